import { AccountsWorld, visitor } from '../../../test/support/accounts.js';
import { accounts } from './account.js';
import { eraseAccount, RESET_LIFETIME_MS } from './account.decide.js';

const PASSWORD = 'correct horse battery staple';
const NEW = 'seven new words that nobody has guessed';
const EMAIL = 'ann@hale.example';

describe('new passwords', () => {
  let world: AccountsWorld;

  beforeEach(async () => {
    world = await AccountsWorld.open();
  });
  afterEach(() => world.close());

  const account = (id: string) => world.node.writer.state(accounts, id);
  const signUp = (email = EMAIL): Promise<string> =>
    world.node.accounts.signUp({ email, firstName: 'Ann', lastName: 'Hale', password: PASSWORD }, visitor());
  async function owner(email = EMAIL): Promise<string> {
    const id = await signUp(email);
    await world.react();
    const { accountId, eventId } = await world.node.links.read('verify-email', world.tokenTo(email));
    await world.node.accounts.verify(accountId, eventId, visitor());
    world.mails.length = 0;
    return id;
  }
  const ask = (email = EMAIL): Promise<void> => world.node.resets.ask(email, visitor());
  /** Lets links be made, and mails be sent. Requests that are followed make events that are handled next time. */
  const settle = async (): Promise<void> => {
    await world.react();
    world.mails.length = 0;
    await world.react();
  };
  const reset = (token: string) => world.node.resets.reset(token, NEW, visitor());
  const signIn = (password: string) => world.node.sessions.signIn({ email: EMAIL, password }, visitor());
  const stale = { code: 'validation-failed', details: { errors: [{ field: 'token' }] } };

  it('are asked for with the same work, whether anybody has the address or not', async () => {
    await owner();
    await signUp('unproven@hale.example');
    const work: string[] = [];
    const { store, vault } = world;
    const { passwords } = world.node;
    const [append, put, credential, check] = [
      store.append.bind(store),
      vault.putCredential.bind(vault),
      vault.credential.bind(vault),
      passwords.check.bind(passwords),
    ];
    store.append = (...args) => (work.push(`append ${args[2].length}`), append(...args));
    vault.putCredential = (...args) => (work.push('put'), put(...args));
    vault.credential = (...args) => (work.push('credential'), credential(...args));
    passwords.check = (...args) => (work.push('check'), check(...args));
    for (const email of [EMAIL, 'unproven@hale.example', 'unknown@hale.example']) {
      await ask(email);
      expect(work.splice(0)).toEqual(['append 1']);
    }
  });

  it('tell nobody who reads the log which address it was', async () => {
    await owner();
    await ask();
    await ask('unknown@hale.example');
    const log = JSON.stringify(await world.events('PasswordResetAsked'));
    expect(log).not.toMatch(/hale\.example|192\.0\.2\.7/);
  });

  it('follow from the request after a crash, and once: not again when the log is gone through once more', async () => {
    const id = await owner();
    await ask();
    await settle();
    expect(world.mails).toMatchObject([{ to: EMAIL, subject: 'Choose a new password' }]);
    expect(world.mails[0]!.text).not.toContain('Ann');
    const token = world.tokenTo(EMAIL, 'reset-password');
    await world.react();
    expect(await world.events('PasswordResetRequested')).toHaveLength(1);
    await reset(token);
    await world.react();
    expect(await world.events('PasswordResetRequested')).toHaveLength(1);
    expect((await account(id)).reset).toBeUndefined();
    await expect(signIn(NEW)).resolves.toBeDefined();
  });

  it('send no link that is too old already: who asked has given up', async () => {
    await owner();
    await ask();
    world.time.now += RESET_LIFETIME_MS;
    await settle();
    expect(await world.events('PasswordResetRequested')).toEqual([]);
    await ask();
    await world.react();
    world.time.now += RESET_LIFETIME_MS;
    world.mails.length = 0;
    await world.react();
    expect(world.mails).toEqual([]);
  });

  it('go to nobody where nobody has an account', async () => {
    await world.node.accounts.reserveUserId(EMAIL);
    await ask();
    await settle();
    expect(world.mails).toEqual([]);
    const id = await owner('erased@hale.example');
    await ask('erased@hale.example');
    await world.node.writer.write(accounts, id, {
      decide: (state, context) => eraseAccount(state, context, { primaryOf: [] }),
      by: world.node.writer.system('Spec'),
    });
    await settle();
    expect(world.mails).toEqual([]);
  });

  it('are not set where another node was faster, nor left in the vault', async () => {
    const id = await owner();
    await ask();
    await settle();
    const token = world.tokenTo(EMAIL, 'reset-password');
    const nodes = [world.node, world.build(), world.build()];
    const kept: string[] = [];
    const put = world.vault.putCredential.bind(world.vault);
    world.vault.putCredential = (...args) => (kept.push(args[1]), put(...args));
    const answers = await Promise.allSettled(nodes.map(({ resets }) => resets.reset(token, NEW, visitor())));
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const answer of answers) if (answer.status === 'rejected') expect(answer.reason).toMatchObject(stale);
    const { credential } = await account(id);
    for (const version of kept)
      expect((await world.vault.credential(id, version)) !== undefined).toBe(version === credential);
  });

  it('stay away from an address that another account has proven meanwhile', async () => {
    const stranger = await signUp();
    const ann = await signUp();
    await ask();
    await settle();
    const tokens = world.mails.flatMap(({ text }) => /reset-password#token=(\S+)$/m.exec(text)?.[1] ?? []);
    const links = await Promise.all(tokens.map((token) => world.node.links.read('reset-password', token)));
    const tokenOf = (id: string): string => tokens[links.findIndex(({ accountId }) => accountId === id)]!;
    await reset(tokenOf(ann));
    expect(await account(ann)).toMatchObject({ verified: true, status: 'open' });
    expect(await account(stranger)).toMatchObject({ verified: false, status: 'closed', sessions: new Map() });
    await expect(reset(tokenOf(stranger))).rejects.toMatchObject(stale);
  });
});
