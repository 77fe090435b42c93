import { AccountsWorld, visitor } from '../../../test/support/accounts.js';
import { isUuid } from '../../kernel/ids.js';
import { eraseAccount } from './account.decide.js';
import { accounts } from './account.js';
import { claimAddress } from './email-claim.decide.js';
import { emailClaims } from './email-claim.js';

const PASSWORD = 'correct horse battery staple';
const ann = { email: 'Ann@Hale.example', firstName: 'Ann', lastName: 'Hale', password: PASSWORD };

/** Something to wait for. */
function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open: () => open() };
}

describe('accounts', () => {
  let world: AccountsWorld;

  beforeEach(async () => {
    world = await AccountsWorld.open();
  });
  afterEach(() => world.close());

  const signUp = (more: Partial<typeof ann> = {}): Promise<string> =>
    world.node.accounts.signUp({ ...ann, ...more }, visitor());
  const account = (id: string) => world.node.writer.state(accounts, id);
  const signIn = (email: string, password = PASSWORD) => world.node.sessions.signIn({ email, password }, visitor());
  const verify = async (token: string) => {
    const { accountId, eventId } = await world.node.links.read('verify-email', token);
    return world.node.accounts.verify(accountId, eventId, visitor());
  };
  /** Signs up and clicks on the link in the mail. */
  const owner = async (more: Partial<typeof ann> = {}): Promise<string> => {
    const id = await signUp(more);
    await world.react();
    await verify(world.tokenTo(more.email ?? ann.email));
    return id;
  };

  describe('signing up', () => {
    it('makes an unverified account that nobody can read out of the log', async () => {
      const id = await signUp();
      expect(await account(id)).toMatchObject({ id, status: 'open', verified: false });
      const log = JSON.stringify(await world.events());
      for (const secret of ['ann@hale', 'Ann', 'Hale', PASSWORD, '192.0.2.7'])
        expect(log.toLowerCase()).not.toContain(secret.toLowerCase());
      expect((await world.node.profiles.current(id)).doc).toMatchObject({
        id,
        email: 'Ann@Hale.example',
        firstName: 'Ann',
      });
    });

    it('says who did it', async () => {
      const id = await signUp();
      for (const { metadata } of await world.events())
        expect(metadata).toMatchObject({ actor: { kind: 'user', id }, command: 'SignUp' });
    });

    it('with the address of an unverified account makes another one; each has its password', async () => {
      const first = await signUp();
      const second = await signUp({ email: ' ann@hale.EXAMPLE', password: 'another password' });
      expect(second).not.toBe(first);
      await expect(signIn('ann@hale.example')).resolves.toBeDefined();
      await expect(signIn('ann@hale.example', 'another password')).resolves.toBeDefined();
      await expect(signIn('ann@hale.example', 'no password at all')).rejects.toMatchObject({ code: 'unauthenticated' });
      expect(await world.node.accounts.identify('ANN@hale.example')).toEqual({ unverified: [first, second] });
    });

    it('with a taken address looks the same, makes nothing, and tells the owner once an hour', async () => {
      const id = await owner();
      const attempt = await signUp({ password: 'a stranger`s password' });
      expect(isUuid(attempt)).toBe(true);
      expect(await account(attempt)).toMatchObject({ status: 'none' });
      await expect(signIn(ann.email, 'a stranger`s password')).rejects.toMatchObject({ code: 'unauthenticated' });
      expect(await world.vault.credential(attempt, attempt)).toBeUndefined();
      await signUp();
      world.time.now += 60 * 60 * 1000;
      await signUp();

      world.mails.length = 0;
      await world.react();
      expect(world.mails.map(({ to, subject }) => ({ to, subject }))).toEqual([
        { to: 'Ann@Hale.example', subject: 'You already have an account' },
        { to: 'Ann@Hale.example', subject: 'You already have an account' },
      ]);
      expect((await world.node.profiles.current(id)).doc).toMatchObject({ firstName: 'Ann' });
    });

    it('writes as much for a taken address as for a free one', async () => {
      await owner();
      const writes: string[] = [];
      const { store, vault } = world;
      const [append, put, drop] = [
        store.append.bind(store),
        vault.putCredential.bind(vault),
        vault.dropCredentials.bind(vault),
      ];
      store.append = (...args) => (writes.push('append'), append(...args));
      vault.putCredential = (...args) => (writes.push('vault'), put(...args));
      vault.dropCredentials = (...args) => (writes.push('vault'), drop(...args));
      await signUp();
      const taken = writes.splice(0);
      await signUp({ email: 'free@hale.example' });
      expect([taken, writes]).toEqual([
        ['append', 'vault', 'vault'],
        ['append', 'vault', 'append'],
      ]);
    });

    it.each(['short', '\u{1F600}'.repeat(7), 'x'.repeat(201)])(
      'refuses the password %j without repeating it',
      async (password) => {
        const refusal = await signUp({ password }).catch((error: unknown) => error);
        expect(refusal).toMatchObject({ code: 'validation-failed', details: { errors: [{ field: 'password' }] } });
        expect(JSON.stringify(refusal)).not.toContain(password);
        expect(await world.events()).toEqual([]);
      },
    );

    it('takes a password however the keyboard composes it', async () => {
      await signUp({ password: 'cafe\u0301 au lait' });
      await expect(signIn(ann.email, 'caf\u00e9 au lait')).resolves.toBeDefined();
    });

    it('is limited by address, taken or not', async () => {
      const refusals = await Promise.all(
        Array.from({ length: 12 }, () =>
          signUp().then(
            () => undefined,
            (error: unknown) => (error as { code: string }).code,
          ),
        ),
      );
      expect(refusals.filter((code) => code === 'too-many-requests')).toHaveLength(2);
      expect(refusals.filter((code) => code === undefined)).toHaveLength(10);
    });
  });

  describe('verifying', () => {
    it('makes the account the owner of its address, by the mail', async () => {
      const id = await signUp();
      await world.react();
      expect(world.mails).toMatchObject([{ to: 'Ann@Hale.example', subject: 'Confirm your email address' }]);
      expect(world.mails[0]!.text).toMatch(/^https:\/\/books\.example\/verify#token=\S+$/m);
      expect(world.mails[0]!.text).not.toContain('Ann');
      await verify(world.tokenTo(ann.email));
      expect(await account(id)).toMatchObject({ verified: true });
      expect(await world.node.accounts.identify('ann@HALE.example')).toEqual({ verified: id, unverified: [] });
      expect(await world.node.accounts.identify('bob@hale.example')).toEqual({ unverified: [] });
    });

    it('again changes nothing, and no mail is sent any more', async () => {
      const id = await owner();
      const before = (await world.events()).length;
      const { revision } = await verify(world.tokenTo(ann.email));
      expect(revision).toBe(1);
      world.mails.length = 0;
      await world.react();
      expect(world.mails).toEqual([]);
      expect(await world.events()).toHaveLength(before);
      expect(await account(id)).toMatchObject({ verified: true });
    });

    it('ends the others that say the address is theirs: passwords, sessions and all', async () => {
      const stranger = await signUp({ password: 'a stranger`s password' });
      const { accessToken } = await signIn(ann.email, 'a stranger`s password');
      expect(await world.node.authenticator.authenticate(accessToken)).toMatchObject({ userId: stranger });
      await owner();
      expect(await world.node.authenticator.authenticate(accessToken)).toBeUndefined();
      await expect(signIn(ann.email, 'a stranger`s password')).rejects.toMatchObject({ code: 'unauthenticated' });
      await expect(signIn(ann.email)).resolves.toBeDefined();
    });

    it('is refused to the slower of two, and after seven days', async () => {
      await signUp();
      await world.react();
      const slow = world.tokenTo(ann.email);
      await signUp();
      world.mails.length = 0;
      await world.react();
      await verify(world.tokenTo(ann.email));
      await expect(verify(slow)).rejects.toMatchObject({ code: 'conflict', details: { rule: 'address-taken' } });

      await signUp({ email: 'bob@hale.example' });
      await world.react();
      world.time.now += 7 * 24 * 60 * 60 * 1000;
      await expect(verify(world.tokenTo('bob@hale.example'))).rejects.toMatchObject({ code: 'validation-failed' });
    });

    it.each(['', 'x', 'W10.x', 'a.b.c', '\u0000'])('refuses %j as a token', async (token) => {
      await expect(world.node.links.read('verify-email', token)).rejects.toMatchObject({ code: 'validation-failed' });
    });

    it('is finished by the reactor where the request did not get to it', async () => {
      const stranger = await signUp({ password: 'a stranger`s password' });
      const id = await signUp();
      const { address } = await account(id);
      await world.node.writer.write(emailClaims, address, {
        decide: claimAddress(id),
        by: world.node.writer.system('VerifyEmail'),
      });
      expect(await account(id)).toMatchObject({ verified: false });
      await world.react();
      await world.react();
      expect(await account(id)).toMatchObject({ verified: true });
      expect(await account(stranger)).toMatchObject({ status: 'closed' });
      expect(await world.events('EmailVerified', 'SignInClosed')).toHaveLength(2);
      const [verified] = await world.events('EmailVerified');
      const [claimed] = await world.events('AddressClaimed');
      expect(verified!.metadata).toMatchObject({ actor: { kind: 'system' }, causationId: claimed!.id });
    });
  });

  describe('an invited address', () => {
    const invited = { email: 'bob@hale.example', firstName: 'Bob', lastName: 'Hale', password: PASSWORD };
    const accept = (userId: string, more: Partial<typeof invited> = {}) =>
      world.node.accounts.takeOver({ userId, ...invited, ...more, context: visitor() });

    it('keeps one user id, whoever invites and whoever signs up', async () => {
      const userId = await world.node.accounts.reserveUserId(invited.email);
      expect(await world.node.accounts.reserveUserId('BOB@hale.example')).toBe(userId);
      expect(await signUp(invited)).toBe(userId);
      expect(await signUp(invited)).not.toBe(userId);
      expect(await world.node.accounts.reserveUserId(invited.email)).toBe(userId);
      expect(await account(userId)).toMatchObject({ verified: false });
    });

    it('keeps one user id under concurrent invitations of two nodes', async () => {
      const other = world.build();
      const ids = await Promise.all(
        Array.from({ length: 8 }, (_, index) => (index % 2 ? other : world.node).accounts.reserveUserId(invited.email)),
      );
      expect(new Set(ids).size).toBe(1);
      expect(await world.events('AddressReserved')).toHaveLength(1);
    });

    it('gets a verified account by accepting, without another mail', async () => {
      const userId = await world.node.accounts.reserveUserId(invited.email);
      expect(await accept(userId)).toBe(userId);
      expect(await account(userId)).toMatchObject({ verified: true });
      expect(await world.node.accounts.identify(invited.email)).toEqual({ verified: userId, unverified: [] });
      await expect(signIn(invited.email)).resolves.toBeDefined();
      await world.react();
      expect(world.mails).toEqual([]);
    });

    it('is taken from a stranger who registered it first: their password and sessions die', async () => {
      const stranger = await signUp({ ...invited, firstName: 'Mallory', password: 'a stranger`s password' });
      const other = await signUp({ ...invited, password: 'another stranger`s' });
      const { accessToken, refreshToken } = await signIn(invited.email, 'a stranger`s password');
      await world.react();
      const link = world.tokenTo(invited.email);
      const userId = await world.node.accounts.reserveUserId(invited.email);
      expect(userId).toBe(stranger);
      await accept(userId);

      expect(await world.node.authenticator.authenticate(accessToken)).toBeUndefined();
      await expect(world.node.sessions.refresh(refreshToken, visitor())).rejects.toMatchObject({
        code: 'unauthenticated',
      });
      await expect(signIn(invited.email, 'a stranger`s password')).rejects.toMatchObject({ code: 'unauthenticated' });
      await expect(signIn(invited.email, 'another stranger`s')).rejects.toMatchObject({ code: 'unauthenticated' });
      await expect(signIn(invited.email)).resolves.toBeDefined();
      expect(await account(other)).toMatchObject({ status: 'closed' });
      expect((await world.node.profiles.current(userId)).doc).toMatchObject({ firstName: 'Bob' });
      await expect(verify(link)).rejects.toBeDefined();
    });

    it('accepted again is refused and changes nothing, the password included', async () => {
      const userId = await world.node.accounts.reserveUserId(invited.email);
      await accept(userId);
      const before = (await world.events()).length;
      await expect(accept(userId, { password: 'another password' })).rejects.toMatchObject({ code: 'conflict' });
      expect(await world.events()).toHaveLength(before);
      await expect(signIn(invited.email)).resolves.toBeDefined();
    });

    describe('is given to one of several requests at once', () => {
      const passwords = ['the first password', 'the second password', 'the third password'];
      const outcomes = async (attempts: readonly Promise<unknown>[]): Promise<readonly boolean[]> =>
        (await Promise.allSettled(attempts)).map(({ status }) => status === 'fulfilled');
      const opening = (tried: readonly string[]) => outcomes(tried.map((password) => signIn(invited.email, password)));

      it('whose password it gets; the others are refused', async () => {
        const nodes = [world.node, world.build()];
        const userId = await world.node.accounts.reserveUserId(invited.email);
        const attempts = passwords.map((password, index) =>
          nodes[index % 2]!.accounts.takeOver({ userId, ...invited, password, context: visitor() }),
        );
        const accepted = await outcomes(attempts);
        expect(accepted.filter(Boolean)).toHaveLength(1);
        for (const attempt of attempts)
          await attempt.catch((error: unknown) => expect(error).toMatchObject({ code: 'conflict' }));
        expect(await opening(passwords)).toEqual(accepted);
        expect(await world.events('EmailVerified')).toHaveLength(1);
      });

      it('also where the second password comes between the first claim and its verification', async () => {
        const { store } = world;
        const append = store.append.bind(store);
        const [claimed, taken] = [gate(), gate()];
        store.append = async (stream, expected, events) => {
          const type = events[0]?.type;
          if (type === 'AccountTakenOver') await claimed.opened;
          if (type === 'EmailVerified') await taken.opened;
          const appended = await append(stream, expected, events);
          if (type === 'AddressClaimed') claimed.open();
          if (type === 'AccountTakenOver') taken.open();
          return appended;
        };
        const userId = await world.node.accounts.reserveUserId(invited.email);
        const tried = passwords.slice(0, 2);
        const accepted = await outcomes(tried.map((password) => accept(userId, { password })));
        expect(await world.events('AccountTakenOver')).toHaveLength(1);
        expect(accepted.filter(Boolean)).toHaveLength(1);
        expect(await opening(tried)).toEqual(accepted);
      });

      it('and no password of the others is kept', async () => {
        const userId = await world.node.accounts.reserveUserId(invited.email);
        const kept: string[] = [];
        const put = world.vault.putCredential.bind(world.vault);
        world.vault.putCredential = (account, version, phc) => (kept.push(version), put(account, version, phc));
        await outcomes(passwords.map((password) => accept(userId, { password })));
        const { credential } = await account(userId);
        expect(kept.length).toBeGreaterThan(1);
        const found = await Promise.all(kept.map((version) => world.vault.credential(userId, version)));
        expect(kept.filter((_, index) => found[index] !== undefined)).toEqual([credential]);
      });
    });

    it('is accepted by its session where somebody verified it meanwhile', async () => {
      const userId = await world.node.accounts.reserveUserId(invited.email);
      await signUp(invited);
      const second = await owner(invited);
      expect(second).not.toBe(userId);
      await expect(accept(userId)).rejects.toMatchObject({ code: 'unauthenticated' });
    });

    it('needs a password that can be one', async () => {
      const userId = await world.node.accounts.reserveUserId(invited.email);
      await expect(accept(userId, { password: 'short' })).rejects.toMatchObject({ code: 'validation-failed' });
      expect(await account(userId)).toMatchObject({ status: 'none' });
    });

    it('that ended half way can be accepted again', async () => {
      const userId = await world.node.accounts.reserveUserId(invited.email);
      const append = world.store.append.bind(world.store);
      world.store.append = (stream, ...rest) =>
        stream.startsWith('email-') ? Promise.reject(new Error('power cut')) : append(stream, ...rest);
      await expect(accept(userId, { password: 'the lost password' })).rejects.toThrow('power cut');
      world.store.append = append;
      await accept(userId);
      expect(await account(userId)).toMatchObject({ verified: true });
      await expect(signIn(invited.email)).resolves.toBeDefined();
      await expect(signIn(invited.email, 'the lost password')).rejects.toMatchObject({ code: 'unauthenticated' });
    });
  });

  describe('an erased account', () => {
    it('leaves nothing that can be read, and a free address', async () => {
      const id = await owner();
      await world.node.writer.write(accounts, id, {
        decide: (state, context) => eraseAccount(state, context, { primaryOf: [] }),
        by: world.node.writer.system('EraseAccount'),
      });
      await world.react();
      world.mails.length = 0;
      await world.react();
      expect(world.mails).toEqual([]);
      expect((await world.node.profiles.current(id)).doc).toMatchObject({ email: 'erased', firstName: 'erased' });
      expect(await world.node.accounts.identify(ann.email)).toEqual({ unverified: [] });
      await expect(signIn(ann.email)).rejects.toMatchObject({ code: 'unauthenticated' });
      const again = await signUp();
      expect(await account(again)).toMatchObject({ status: 'open' });
    });
  });
});
