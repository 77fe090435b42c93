import { Secret, TOTP } from 'otpauth';
import { type AccountsApp, startAccountsApp } from '../../../test/support/accounts-app.js';
import type { Answer, Client, Json } from '../../../test/support/client.js';
import { ENROLMENT_LIFETIME_MS } from './second-factor.decide.js';

const PASSWORD = 'correct horse battery staple';
const STEP = 30_000;

describe('the second factor over HTTP', () => {
  let app: AccountsApp;
  let visitor: Client;
  const time = { now: Date.UTC(2026, 2, 1, 9) };

  beforeAll(async () => {
    app = await startAccountsApp(() => time.now);
    visitor = app.client;
  });
  afterAll(() => app.close());

  /** The code that the device shows, so many steps from now. */
  const codeOf = (secret: string, steps = 0): string =>
    new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: time.now + steps * STEP });
  /** A code that no step near shows. */
  const wrongCode = (secret: string): string => {
    const right = [-1, 0, 1].map((steps) => codeOf(secret, steps));
    return ['000000', '000001', '000002', '000003'].find((code) => !right.includes(code))!;
  };
  const signIn = (email: string, code?: string, password = PASSWORD): Promise<Answer<Json>> =>
    visitor.post('/v1/sessions', { email, password, ...(code === undefined ? {} : { code }) });
  async function person(email: string): Promise<Client> {
    const account = await visitor.post('/v1/accounts', {
      email,
      password: PASSWORD,
      firstName: 'Ann',
      lastName: 'Hale',
    });
    const [[, token]] = (await app.mailsTo(email, /\/verify#token=(\S+)$/m)) as [RegExpExecArray];
    expect((await visitor.post('/v1/accounts/verify', { token })).status).toBe(200);
    return visitor.as((await signIn(email)).body.accessToken as string, account.body.id as string);
  }
  interface Enrolled {
    readonly client: Client;
    readonly secret: string;
    readonly codes: string[];
  }
  /** Somebody whose second factor is on; every code until now is used up. */
  async function enrolled(email: string): Promise<Enrolled> {
    const client = await person(email);
    const { body } = await client.post('/v1/me/second-factor', { password: PASSWORD });
    const secret = body.secret as string;
    const confirmed = await client.post('/v1/me/second-factor/confirm', { code: codeOf(secret) });
    expect(confirmed.status).toBe(200);
    time.now += STEP;
    return { client, secret, codes: confirmed.body.recoveryCodes as string[] };
  }
  const send = (client: Client, method: string, path: string, code: string, password = PASSWORD) =>
    client.send(method, path, { password, code });
  const disable = (client: Client, code: string, password?: string): Promise<Answer<Json>> =>
    send(client, 'DELETE', '/v1/me/second-factor', code, password);
  const newCodes = (client: Client, code: string, password?: string): Promise<Answer<Json>> =>
    send(client, 'POST', '/v1/me/recovery-codes', code, password);
  const refused = { status: 401, body: { code: 'unauthenticated', secondFactor: true } };
  const wrong = (field: string) => ({ status: 400, body: { code: 'validation-failed', errors: [{ field }] } });

  it('is set up with the password and a code, and shown once', async () => {
    const ann = await person('ann@hale.example');
    expect((await ann.get('/v1/me/second-factor')).body).toEqual({ enabled: false });
    expect(await ann.post('/v1/me/second-factor', { password: 'wrong' })).toMatchObject(wrong('password'));
    expect(await ann.post('/v1/me/second-factor/confirm', { code: '123456' })).toMatchObject({
      status: 409,
      body: { rule: 'second-factor-not-prepared' },
    });

    const { status, body } = await ann.post('/v1/me/second-factor', { password: PASSWORD });
    expect(status).toBe(200);
    expect(body.secret).toMatch(/^[A-Z2-7]{32}$/);
    const uri = new URL(body.uri as string);
    expect(uri.protocol).toBe('otpauth:');
    expect(decodeURIComponent(uri.pathname)).toContain('Countersign:ann@hale.example');
    expect(Object.fromEntries(uri.searchParams)).toEqual({
      issuer: 'Countersign',
      secret: body.secret,
      algorithm: 'SHA1',
      digits: '6',
      period: '30',
    });
    // Not on before a device has shown that it knows the secret.
    expect((await ann.get('/v1/me/second-factor')).body).toEqual({ enabled: false });
    expect((await signIn('ann@hale.example')).status).toBe(201);
    const secret = body.secret as string;
    expect(await ann.post('/v1/me/second-factor/confirm', { code: wrongCode(secret) })).toMatchObject(wrong('code'));
    const confirmed = await ann.post('/v1/me/second-factor/confirm', { code: codeOf(secret) });
    const codes = confirmed.body.recoveryCodes as string[];
    expect(confirmed.status).toBe(200);
    expect(codes).toHaveLength(10);
    expect(new Set(codes).size).toBe(10);
    for (const code of codes) expect(code).toMatch(/^([a-z2-7]{4}-){3}[a-z2-7]{4}$/);
    expect((await ann.get('/v1/me/second-factor')).body).toEqual({
      enabled: true,
      since: new Date(time.now).toISOString(),
      recoveryCodesLeft: 10,
    });
    const on = { status: 409, body: { rule: 'second-factor-on' } };
    expect(await ann.post('/v1/me/second-factor', { password: PASSWORD })).toMatchObject(on);
    expect(await ann.post('/v1/me/second-factor/confirm', { code: codeOf(secret) })).toMatchObject(on);
    await app.mailsTo('ann@hale.example', /^Subject: Your second factor was switched on$/m);

    let log = '';
    for await (const { events } of app.stores.store.readAll()) log += JSON.stringify(events);
    for (const hidden of [secret, ...codes, ...codes.map((code) => code.replaceAll('-', ''))])
      expect(log).not.toContain(hidden);
  });

  it('is to be confirmed within half an hour', async () => {
    const bob = await person('bob@hale.example');
    const { body } = await bob.post('/v1/me/second-factor', { password: PASSWORD });
    time.now += ENROLMENT_LIFETIME_MS;
    const later = visitor.as((await signIn('bob@hale.example')).body.accessToken as string);
    expect(await later.post('/v1/me/second-factor/confirm', { code: codeOf(body.secret as string) })).toMatchObject({
      status: 409,
      body: { rule: 'second-factor-not-prepared' },
    });
  });

  it('is the one that was asked for last', async () => {
    const cat = await person('cat@hale.example');
    const [first, second] = [
      await cat.post('/v1/me/second-factor', { password: PASSWORD }),
      await cat.post('/v1/me/second-factor', { password: PASSWORD }),
    ];
    const confirm = (secret: string): Promise<Answer<Json>> =>
      cat.post('/v1/me/second-factor/confirm', { code: codeOf(secret) });
    expect(await confirm(first.body.secret as string)).toMatchObject(wrong('code'));
    expect((await confirm(second.body.secret as string)).status).toBe(200);
  });

  describe('when signing in', () => {
    it('is asked for after the right password, and only then told of', async () => {
      const { secret } = await enrolled('sue@hale.example');
      expect(await signIn('sue@hale.example')).toMatchObject(refused);
      expect(await signIn('sue@hale.example', wrongCode(secret))).toMatchObject(refused);
      const nobody = await signIn('nobody@hale.example', '123456');
      for (const code of [undefined, codeOf(secret)]) {
        const { status, body } = await signIn('sue@hale.example', code, 'a wrong password');
        expect({ status, body }).toEqual({ status: 401, body: nobody.body });
      }
      expect((await signIn('sue@hale.example', codeOf(secret))).status).toBe(201);
    });

    it('takes a code once, in its step and one before or after', async () => {
      const { secret } = await enrolled('joe@hale.example');
      time.now += 5 * STEP;
      for (const steps of [-2, 2])
        expect(await signIn('joe@hale.example', codeOf(secret, steps))).toMatchObject(refused);
      const codes = [codeOf(secret, -1), codeOf(secret), codeOf(secret, 1)];
      for (const code of codes) {
        expect((await signIn('joe@hale.example', code)).status).toBe(201);
        expect(await signIn('joe@hale.example', code)).toMatchObject(refused);
      }
      // An older one that was never used is of no use after a newer one either.
      time.now += 3 * STEP;
      const older = codeOf(secret, -1);
      expect(
        (await signIn('joe@hale.example', `${codeOf(secret).slice(0, 3)} ${codeOf(secret).slice(3)}`)).status,
      ).toBe(201);
      expect(await signIn('joe@hale.example', older)).toMatchObject(refused);
    });

    it('takes a code once, however many give it at once', async () => {
      const { secret } = await enrolled('kim@hale.example');
      const answers = await Promise.all(Array.from({ length: 4 }, () => signIn('kim@hale.example', codeOf(secret))));
      expect(answers.map(({ status }) => status).sort()).toEqual([201, 401, 401, 401]);
    });

    it('takes each recovery code once, however it is typed', async () => {
      const { codes, client } = await enrolled('liz@hale.example');
      const typed = ` ${codes[3]!.toUpperCase().replaceAll('-', ' ')}`;
      expect((await signIn('liz@hale.example', typed)).status).toBe(201);
      expect(await signIn('liz@hale.example', codes[3])).toMatchObject(refused);
      expect((await signIn('liz@hale.example', codes[0])).status).toBe(201);
      expect((await client.get('/v1/me/second-factor')).body).toMatchObject({ recoveryCodesLeft: 8 });
      await app.mailsTo('liz@hale.example', /recovery codes of your Countersign account was used; 8 are left\./);
      const raced = await Promise.all(Array.from({ length: 3 }, () => signIn('liz@hale.example', codes[1])));
      expect(raced.map(({ status }) => status).sort()).toEqual([201, 401, 401]);
    });

    it('lets nobody guess, also where the password is right; a missing code gives no guess more', async () => {
      const { secret, codes } = await enrolled('tom@hale.example');
      for (let count = 0; count < 5; count++) {
        expect(await signIn('tom@hale.example', wrongCode(secret))).toMatchObject(refused);
        expect((await signIn('tom@hale.example')).status).toBe(count < 4 ? 401 : 429);
      }
      expect((await signIn('tom@hale.example', codes[0])).status).toBe(429);
    });
  });

  describe('of a new password by mail', () => {
    it('stays: a mailbox is one factor', async () => {
      const { secret } = await enrolled('uma@hale.example');
      await visitor.post('/v1/accounts/forgot-password', { email: 'uma@hale.example' });
      const [[, token]] = (await app.mailsTo('uma@hale.example', /reset-password#token=(\S+)$/m)) as [RegExpExecArray];
      const password = 'a new password for uma';
      expect((await visitor.post('/v1/accounts/reset-password', { token, password })).status).toBe(200);
      expect(await signIn('uma@hale.example', undefined, password)).toMatchObject(refused);
      expect((await signIn('uma@hale.example', codeOf(secret), password)).status).toBe(201);
    });

    it('goes with whoever made an unproven account', async () => {
      const email = 'victim@hale.example';
      await visitor.post('/v1/accounts', { email, password: PASSWORD, firstName: 'Eve', lastName: 'Hale' });
      const stranger = visitor.as((await signIn(email)).body.accessToken as string);
      const { body } = await stranger.post('/v1/me/second-factor', { password: PASSWORD });
      await stranger.post('/v1/me/second-factor/confirm', { code: codeOf(body.secret as string) });
      await visitor.post('/v1/accounts/forgot-password', { email });
      const [[, token]] = (await app.mailsTo(email, /reset-password#token=(\S+)$/m)) as [RegExpExecArray];
      const password = 'the victim`s own password';
      expect((await visitor.post('/v1/accounts/reset-password', { token, password })).status).toBe(200);
      expect((await signIn(email, undefined, password)).status).toBe(201);
      expect((await signIn(email)).status).toBe(401);
    });
  });

  describe('is switched off', () => {
    it('with the password and a code that was not used', async () => {
      const { client, secret } = await enrolled('vic@hale.example');
      const code = codeOf(secret);
      expect(await disable(client, code, 'wrong')).toMatchObject(wrong('password'));
      expect(await disable(client, wrongCode(secret))).toMatchObject(wrong('code'));
      expect((await signIn('vic@hale.example', code)).status).toBe(201);
      expect(await disable(client, code)).toMatchObject(wrong('code'));
      expect((await disable(client, codeOf(secret, 1))).status).toBe(200);
      expect((await signIn('vic@hale.example')).status).toBe(201);
      expect(await disable(client, codeOf(secret, 1))).toMatchObject({
        status: 409,
        body: { rule: 'second-factor-off' },
      });
      await app.mailsTo('vic@hale.example', /^Subject: Your second factor was switched off$/m);
    });

    it('with a recovery code too', async () => {
      const { client, codes } = await enrolled('wes@hale.example');
      expect((await disable(client, codes[9]!)).status).toBe(200);
      expect((await client.get('/v1/me/second-factor')).body).toEqual({ enabled: false });
    });
  });

  it('has new recovery codes when asked with the password and a code; the older ones are void', async () => {
    const { client, secret, codes } = await enrolled('xia@hale.example');
    const code = codeOf(secret);
    const made = await newCodes(client, code);
    expect(made).toMatchObject({ status: 200, body: { recoveryCodes: expect.any(Array) } });
    expect(await newCodes(client, code)).toMatchObject(wrong('code'));
    expect(await signIn('xia@hale.example', codes[0])).toMatchObject(refused);
    expect((await signIn('xia@hale.example', made.body.recoveryCodes[0] as string)).status).toBe(201);
    expect(await newCodes(client, made.body.recoveryCodes[1] as string)).toMatchObject({ status: 200 });
  });

  it('leaves nothing in the vault: not what was replaced, and of an erased account nothing at all', async () => {
    const { client, secret } = await enrolled('yan@hale.example');
    const id = client.userId!;
    const versions = async (): Promise<string[]> => {
      const found = new Set<string>();
      for await (const { data } of app.stores.store.readStream(`account-${id}`)) {
        const { credential, secret: of, recovery } = data as Record<string, string | undefined>;
        for (const version of [credential, of, recovery]) if (version !== undefined) found.add(version);
      }
      return [...found];
    };
    const kept = async (): Promise<number> => {
      const all = await Promise.all((await versions()).map((version) => app.stores.vault.credential(id, version)));
      return all.filter((content) => content !== undefined).length;
    };
    const reaches = async (count: number): Promise<void> => {
      for (let waited = 0; (await kept()) !== count; waited += 20) {
        if (waited > 5000) throw new Error(`${await kept()} in place of ${count} versions are left`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    };
    await reaches(3);
    expect((await newCodes(client, codeOf(secret))).status).toBe(200);
    expect(await versions()).toHaveLength(4);
    await reaches(3);
    expect((await client.delete('/v1/me')).status).toBe(200);
    await reaches(0);
  });

  it('is nothing for whoever is not signed in', async () => {
    expect((await visitor.get('/v1/me/second-factor')).status).toBe(401);
    for (const path of ['/v1/me/second-factor', '/v1/me/second-factor/confirm', '/v1/me/recovery-codes'])
      expect((await visitor.post(path, {})).status).toBe(401);
    expect((await visitor.send('DELETE', '/v1/me/second-factor', {})).status).toBe(401);
  });
});
