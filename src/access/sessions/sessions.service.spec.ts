import { Secret, TOTP } from 'otpauth';
import { AccountsWorld, visitor } from '../../../test/support/accounts.js';
import { accounts } from '../accounts/account.js';
import { CODES_ALLOWED } from '../accounts/guesses.limits.js';
import { enableSecondFactor, prepareSecondFactor } from '../accounts/second-factor.decide.js';
import type { Credentials, SessionKeys } from './sessions.service.js';

const credentials = { email: 'ann@hale.example', password: 'correct horse battery staple' };
const MINUTE = 60 * 1000;
const DAY = 24 * 60 * MINUTE;

describe('sessions', () => {
  let world: AccountsWorld;
  let id: string;

  beforeEach(async () => {
    world = await AccountsWorld.open();
    id = await world.node.accounts.signUp({ ...credentials, firstName: 'Ann', lastName: 'Hale' }, visitor());
  });
  afterEach(() => world.close());

  const signIn = (more: Partial<Credentials> = {}, ip?: string): Promise<SessionKeys> =>
    world.node.sessions.signIn({ ...credentials, ...more }, visitor(ip));
  const refresh = (token: string): Promise<SessionKeys> => world.node.sessions.refresh(token, visitor());
  const whoIs = (token: string, node = world.node) => node.authenticator.authenticate(token);
  const unauthenticated = { name: 'Refusal', code: 'unauthenticated' };

  it('begin with tokens that open the door on every node', async () => {
    const keys = await signIn({ email: ' ANN@hale.example' });
    expect(keys.expiresIn).toBe(900);
    const principal = await whoIs(keys.accessToken);
    expect(principal).toEqual({ userId: id, session: expect.any(String) });
    expect(await whoIs(keys.accessToken, world.build())).toEqual(principal);
    const [signedIn] = await world.events('SignedIn');
    expect(signedIn!.metadata).toMatchObject({
      actor: { kind: 'user', id },
      command: 'SignIn',
      source: expect.any(String),
    });
    const log = JSON.stringify(await world.events());
    for (const secret of [keys.accessToken, keys.refreshToken, credentials.password]) expect(log).not.toContain(secret);
  });

  it('are refused alike for whatever is wrong', async () => {
    const wrong = [{ password: 'wrong password' }, { email: 'nobody@hale.example' }, { password: '' }];
    const refusals = await Promise.all(wrong.map((more) => signIn(more).catch((error: unknown) => error)));
    for (const refusal of refusals) expect(refusal).toMatchObject(unauthenticated);
    expect(new Set(refusals.map(String)).size).toBe(1);
    expect(await world.events('SignedIn')).toEqual([]);
  });

  it('cost one password check for an unknown address, as for a known one', async () => {
    const { passwords } = world.node;
    const check = passwords.check.bind(passwords);
    let checks = 0;
    passwords.check = (...args) => (checks++, check(...args));
    await signIn({ email: 'nobody@hale.example' }).catch(() => undefined);
    expect(checks).toBe(1);
    await signIn({ password: 'wrong password' }).catch(() => undefined);
    expect(checks).toBe(2);
  });

  describe('access tokens', () => {
    it('live fifteen minutes, remembered or not', async () => {
      const { accessToken } = await signIn();
      world.time.now += 15 * MINUTE - 1000;
      expect(await whoIs(accessToken)).toMatchObject({ userId: id });
      world.time.now += 1000;
      expect(await whoIs(accessToken)).toBeUndefined();
      expect(await whoIs(accessToken, world.build())).toBeUndefined();
    });

    it('stop at once when the session ends, on every node', async () => {
      const { accessToken } = await signIn();
      const other = await signIn();
      const node = world.build();
      const principal = await whoIs(accessToken, node);
      await world.node.sessions.end({ userId: id, sessionId: principal!.session! }, 'signed-out', visitor());
      expect(await whoIs(accessToken)).toBeUndefined();
      expect(await whoIs(accessToken, node)).toBeUndefined();
      expect(await whoIs(other.accessToken)).toMatchObject({ userId: id });
    });

    it('are ours alone', async () => {
      const { accessToken, refreshToken } = await signIn();
      const [header, payload, signature] = accessToken.split('.') as [string, string, string];
      const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object;
      const none = Buffer.from('{"alg":"none"}').toString('base64url');
      const altered = Buffer.from(JSON.stringify({ ...claims, sub: 'somebody' })).toString('base64url');
      const forged = [
        `${header}.${altered}.${signature}`,
        `${none}.${payload}.`,
        `${header}.${payload}.`,
        refreshToken,
        '',
        'x',
        'a.b.c',
        'x'.repeat(5000),
      ];
      for (const token of forged) expect(await whoIs(token)).toBeUndefined();
      const elsewhere = await AccountsWorld.open();
      try {
        expect(await elsewhere.node.authenticator.authenticate(accessToken)).toBeUndefined();
      } finally {
        await elsewhere.close();
      }
    });

    it('say who, which session and when, and nothing else', async () => {
      const { accessToken } = await signIn();
      const claims = JSON.parse(Buffer.from(accessToken.split('.')[1]!, 'base64url').toString()) as object;
      expect(Object.keys(claims).sort()).toEqual(['exp', 'iat', 'iss', 'sid', 'sub']);
    });
  });

  describe('refresh tokens', () => {
    it('rotate', async () => {
      const first = await signIn();
      const second = await refresh(first.refreshToken);
      const third = await refresh(second.refreshToken);
      expect(new Set([first, second, third].map(({ refreshToken }) => refreshToken)).size).toBe(3);
      expect(await whoIs(third.accessToken)).toMatchObject({ userId: id });
      expect(await whoIs(first.accessToken)).toMatchObject({ userId: id });
    });

    it('used twice end the whole family, and nothing else', async () => {
      const first = await signIn();
      const other = await signIn();
      const second = await refresh(first.refreshToken);
      await expect(refresh(first.refreshToken)).rejects.toMatchObject(unauthenticated);
      await expect(refresh(second.refreshToken)).rejects.toMatchObject(unauthenticated);
      expect(await whoIs(second.accessToken)).toBeUndefined();
      expect(await world.events('SessionEnded')).toMatchObject([{ data: { reason: 'reuse' } }]);
      await expect(refresh(other.refreshToken)).resolves.toBeDefined();
    });

    it('used twice at once give at most one pair, which does not live', async () => {
      const { refreshToken } = await signIn();
      const nodes = [world.node, world.build(), world.build()];
      const results = await Promise.allSettled(nodes.map(({ sessions }) => sessions.refresh(refreshToken, visitor())));
      const given = results.filter((result) => result.status === 'fulfilled');
      expect(given).toHaveLength(1);
      expect(await whoIs(given[0]!.value.accessToken)).toBeUndefined();
      expect(await world.events('SessionEnded')).toHaveLength(1);
    });

    it('end with the session, thirty days after its sign-in, however often it was refreshed', async () => {
      let keys = await signIn();
      world.time.now += 15 * DAY;
      keys = await refresh(keys.refreshToken);
      world.time.now += 15 * DAY - 5 * MINUTE;
      keys = await refresh(keys.refreshToken);
      expect(keys.expiresIn).toBe(300);
      world.time.now += 5 * MINUTE;
      expect(await whoIs(keys.accessToken)).toBeUndefined();
      await expect(refresh(keys.refreshToken)).rejects.toMatchObject(unauthenticated);
    });

    it('are ours alone', async () => {
      const { refreshToken, accessToken } = await signIn();
      const bytes = Buffer.from(refreshToken, 'base64url');
      bytes[35]! ^= 1;
      for (const token of [
        '',
        'x',
        accessToken,
        bytes.toString('base64url'),
        `${refreshToken}AAAA`,
        'A'.repeat(5000),
      ]) {
        await expect(refresh(token)).rejects.toMatchObject(unauthenticated);
      }
      await expect(refresh(refreshToken)).resolves.toBeDefined();
    });
  });

  describe('failed sign-ins', () => {
    const fail = (ip?: string, email = credentials.email) =>
      signIn({ password: 'wrong password', email }, ip).catch((error: unknown) => (error as { code: string }).code);

    it('stop after five for one account from one place, for a while, with the right password too', async () => {
      for (let attempt = 1; attempt <= 5; attempt++) expect(await fail()).toBe('unauthenticated');
      await expect(signIn()).rejects.toMatchObject({
        code: 'too-many-requests',
        details: { retryAfter: expect.any(Number) },
      });
      await expect(signIn({}, '192.0.2.8')).resolves.toBeDefined();
    });

    it('are counted alike where there is no account', async () => {
      const codes = [];
      for (let attempt = 1; attempt <= 6; attempt++) codes.push(await fail(undefined, 'nobody@hale.example'));
      expect(codes).toEqual([...Array.from({ length: 5 }, () => 'unauthenticated'), 'too-many-requests']);
    });
  });

  describe('of an account with a second factor', () => {
    const STEP = 30_000;
    let secret: string;
    let recovery: readonly string[];
    const code = (steps = 0): string =>
      new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: world.time.now + steps * STEP });
    const refused = { ...unauthenticated, details: { secondFactor: true } };

    beforeEach(async () => {
      const { factors, writer } = world.node;
      const made = await factors.makeSecret(id, credentials.email);
      const codes = await factors.makeRecoveryCodes(id);
      ({ secret } = made);
      recovery = codes.codes;
      const enabled = { secret: made.version, recovery: codes.version, step: 0 };
      for (const decide of [prepareSecondFactor(made.version), enableSecondFactor(enabled)])
        await writer.write(accounts, id, { decide, by: writer.system('Spec') });
    });

    it('take a code once, on whichever node', async () => {
      const other = world.build();
      await other.passwords.onModuleInit();
      const both = [world.node, other].map(({ sessions }) =>
        sessions.signIn({ ...credentials, code: code() }, visitor()).then(
          () => 'in',
          (error: unknown) => error,
        ),
      );
      const answers = await Promise.all(both);
      expect(answers.filter((answer) => answer === 'in')).toHaveLength(1);
      expect(answers.find((answer) => answer !== 'in')).toMatchObject(refused);
      await expect(other.sessions.signIn({ ...credentials, code: code() }, visitor())).rejects.toMatchObject(refused);
      const raced = await Promise.allSettled(
        [world.node, other].map(({ sessions }) =>
          sessions.signIn({ ...credentials, code: recovery[0]! }, visitor('192.0.2.9')),
        ),
      );
      expect(raced.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    });

    it('cost one password check each, whatever is wrong', async () => {
      const { passwords } = world.node;
      const check = passwords.check.bind(passwords);
      let checks = 0;
      passwords.check = (...args) => (checks++, check(...args));
      const attempts: Partial<Credentials>[] = [
        { email: 'nobody@hale.example' },
        { email: 'nobody@hale.example', code: '123456' },
        { password: 'wrong password' },
        { password: 'wrong password', code: code() },
        {},
        { code: recovery[0]! },
      ];
      for (const [index, attempt] of attempts.entries()) {
        await signIn(attempt).catch(() => undefined);
        expect(checks).toBe(index + 1);
      }
    });

    it('touch the secret only after the right password', async () => {
      const asked: string[] = [];
      const credential = world.vault.credential.bind(world.vault);
      world.vault.credential = (...args) => (asked.push(args[0]), credential(...args));
      await signIn({ password: 'wrong password', code: code() }).catch(() => undefined);
      const wrong = asked.splice(0).length;
      await signIn({ email: 'nobody@hale.example', code: code() }).catch(() => undefined);
      expect([wrong, asked.length]).toEqual([1, 1]);
    });

    it('can be begun by the owner while others guess from elsewhere', async () => {
      // What a guess costs is of no interest here.
      world.node.passwords.check = (password) => Promise.resolve(password === credentials.password);
      for (let place = 0; place < 120; place++)
        await signIn({ password: 'wrong password' }, `198.51.100.${place}`).catch(() => undefined);
      await expect(signIn({ code: code() }, '203.0.113.1')).resolves.toBeDefined();
    });

    it('have few guesses of codes, from however many places; recovery codes and a new password get in', async () => {
      const wrong = ['000000', '000001', '000002', '000003'].find((one) => ![-1, 0, 1].map(code).includes(one))!;
      const codes = [];
      for (let place = 0; place < CODES_ALLOWED + 1; place++) {
        const answer = signIn({ code: wrong }, `198.51.100.${place}`);
        codes.push(await answer.catch((error: unknown) => (error as { code: string }).code));
      }
      expect(codes.at(-2)).toBe('unauthenticated');
      expect(codes.at(-1)).toBe('too-many-requests');
      await expect(signIn({ code: code() }, '203.0.113.1')).rejects.toMatchObject({ code: 'too-many-requests' });
      await expect(signIn({ code: recovery[0]! }, '203.0.113.1')).resolves.toBeDefined();
      await world.react();
      const proof = await world.node.links.read('verify-email', world.tokenTo(credentials.email));
      await world.node.accounts.verify(id, proof.eventId, visitor());
      await world.node.resets.ask(credentials.email, visitor());
      for (let round = 0; round < 2; round++) await world.react();
      const token = world.tokenTo(credentials.email, 'reset-password');
      await world.node.resets.reset(token, 'a password nobody else has', visitor());
      const renewed = { password: 'a password nobody else has', code: code() };
      await expect(signIn(renewed, '203.0.113.1')).resolves.toBeDefined();
    });
  });
});
