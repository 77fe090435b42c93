import { setTimeout as sleep } from 'node:timers/promises';
import { type AccountsApp, startAccountsApp } from '../../../test/support/accounts-app.js';
import type { Answer, Client, Json } from '../../../test/support/client.js';
import { RESET_LIFETIME_MS } from './account.decide.js';
import { RESETS_REMEMBERED } from './email-claim.js';

const PASSWORD = 'correct horse battery staple';
const NEW = 'seven new words that nobody has guessed';

describe('passwords over HTTP', () => {
  let app: AccountsApp;
  let visitor: Client;
  const time = { now: Date.UTC(2026, 2, 1, 9) };

  beforeAll(async () => {
    app = await startAccountsApp(() => time.now);
    visitor = app.client;
  });
  afterAll(() => app.close());

  const signUp = (email: string, password = PASSWORD): Promise<Answer<Json>> =>
    visitor.post('/v1/accounts', { email, password, firstName: 'Ann', lastName: 'Hale' });
  const signIn = (email: string, password: string): Promise<Answer<Json>> =>
    visitor.post('/v1/sessions', { email, password });
  const forgot = (email: string): Promise<Answer<Json>> => visitor.post('/v1/accounts/forgot-password', { email });
  const reset = (token: string, password = NEW): Promise<Answer<Json>> =>
    visitor.post('/v1/accounts/reset-password', { token, password });
  const LINK = /^https:\/\/books\.example\/reset-password#token=(\S+)$/m;
  const links = async (email: string, count = 1): Promise<string[]> =>
    (await app.mailsTo(email, LINK, count)).map(([, token]) => token!);
  /** Asks for a link and answers the token of the one that was not there before. */
  async function link(email: string, known: readonly string[] = []): Promise<string> {
    expect((await forgot(email)).status).toBe(202);
    const all = await links(email, known.length + 1);
    return all.find((token) => !known.includes(token))!;
  }
  async function verified(email: string): Promise<string> {
    const { body } = await signUp(email);
    const [[, token]] = (await app.mailsTo(email, /\/verify#token=(\S+)$/m)) as [RegExpExecArray];
    expect((await visitor.post('/v1/accounts/verify', { token })).status).toBe(200);
    return body.id as string;
  }
  async function signedIn(email: string, password = PASSWORD): Promise<Client> {
    const { status, body } = await signIn(email, password);
    expect(status).toBe(201);
    return visitor.as(body.accessToken as string);
  }
  const alive = async (client: Client): Promise<boolean> => (await client.get('/v1/me')).status === 200;
  const stale = { status: 400, body: { code: 'validation-failed', errors: [{ field: 'token' }] } };
  const wrong = { status: 400, body: { code: 'validation-failed', errors: [{ field: 'password' }] } };

  describe('asking for a new one', () => {
    it('is answered alike whether the address is known, unproven or unknown', async () => {
      await verified('known@hale.example');
      await signUp('unproven@hale.example');
      const answers = await Promise.all(['known', 'unproven', 'unknown'].map((who) => forgot(`${who}@hale.example`)));
      for (const { status, body, headers } of answers) {
        expect({ status, body }).toEqual({ status: 202, body: '' });
        const names = [...headers.keys()].sort();
        expect(names).toEqual([...answers[0]!.headers.keys()].sort());
        expect(names).not.toContain('countersign-position');
      }
    });

    it('is refused alike when it is done too often', async () => {
      const codes = async (email: string): Promise<number[]> => {
        const answers = [];
        for (let count = 0; count < 11; count++) answers.push((await forgot(email)).status);
        return answers;
      };
      const id = await verified('often@hale.example');
      const known = await codes('often@hale.example');
      expect(known).toEqual([...Array.from({ length: 10 }, () => 202), 429]);
      expect(await codes('nobody-often@hale.example')).toEqual(known);
      // Who asks in somebody's name neither floods their mailbox nor voids the last link in it.
      const made = async (): Promise<string[]> => {
        const types = [];
        for await (const { type } of app.stores.store.readStream(`account-${id}`)) types.push(type);
        return types.filter((type) => type === 'PasswordResetRequested');
      };
      while ((await made()).length < RESETS_REMEMBERED) await sleep(20);
      expect(await made()).toHaveLength(RESETS_REMEMBERED);
      // Only the newest works, and its mail may be the last to come.
      const tried = new Map<string, number>();
      while (![...tried.values()].includes(200)) {
        for (const token of await links('often@hale.example'))
          if (!tried.has(token)) tried.set(token, (await reset(token)).status);
      }
      expect([...tried.values()].filter((status) => status === 200)).toHaveLength(1);
    });
  });

  describe('a link', () => {
    it('sets a password, ends every session, and its owner hears of it', async () => {
      await verified('ann@hale.example');
      const thief = await signedIn('ann@hale.example');
      const token = await link('ann@hale.example');
      expect(await alive(thief)).toBe(true);
      expect(await reset(token)).toMatchObject({ status: 200, body: { id: expect.any(String) } });
      expect(await alive(thief)).toBe(false);
      expect((await signIn('ann@hale.example', PASSWORD)).status).toBe(401);
      expect((await signIn('ann@hale.example', NEW)).status).toBe(201);
      const [notice] = await app.mailsTo('ann@hale.example', /^Subject: Your password was changed$/m);
      expect(notice!.input).not.toMatch(/token=|Ann/);
    });

    it('is good once, however many use it at once', async () => {
      const id = await verified('bob@hale.example');
      const token = await link('bob@hale.example');
      const passwords = Array.from({ length: 6 }, (_, index) => `${NEW} ${index}`);
      const answers = await Promise.all(passwords.map((password) => reset(token, password)));
      const winners = passwords.filter((_, index) => answers[index]!.status === 200);
      expect(winners).toHaveLength(1);
      for (const answer of answers) if (answer.status !== 200) expect(answer).toMatchObject(stale);
      expect((await signIn('bob@hale.example', winners[0]!)).status).toBe(201);
      expect(await reset(token)).toMatchObject(stale);
      // Nothing that lost, nor the password before, is left in the vault.
      const versions = [];
      for await (const { events } of app.stores.store.readAll())
        for (const { type, data } of events)
          if (type === 'CredentialReplaced' || type === 'AccountRegistered')
            versions.push((data as { credential: string }).credential);
      const kept = await Promise.all(versions.map((version) => app.stores.vault.credential(id, version)));
      expect(kept.filter((phc) => phc !== undefined)).toHaveLength(1);
    });

    it('is good for thirty minutes, to the millisecond', async () => {
      await verified('sue@hale.example');
      const first = await link('sue@hale.example');
      time.now += RESET_LIFETIME_MS;
      expect(await reset(first)).toMatchObject(stale);
      const second = await link('sue@hale.example', [first]);
      time.now += RESET_LIFETIME_MS - 1;
      expect((await reset(second)).status).toBe(200);
    });

    it('is void when another one is asked for', async () => {
      await verified('joe@hale.example');
      const older = await link('joe@hale.example');
      const newer = await link('joe@hale.example', [older]);
      expect(await reset(older)).toMatchObject(stale);
      expect((await reset(newer)).status).toBe(200);
    });

    it('is void when the password was changed', async () => {
      await verified('kim@hale.example');
      const token = await link('kim@hale.example');
      const kim = await signedIn('kim@hale.example');
      expect((await kim.put('/v1/me/password', { password: PASSWORD, newPassword: NEW })).status).toBe(200);
      expect(await reset(token)).toMatchObject(stale);
      expect((await signIn('kim@hale.example', NEW)).status).toBe(201);
    });

    it('is ours alone, and for this alone', async () => {
      await signUp('eve@hale.example');
      const [[, verify]] = (await app.mailsTo('eve@hale.example', /\/verify#token=(\S+)$/m)) as [RegExpExecArray];
      const token = await link('eve@hale.example');
      for (const forged of [verify!, `${token}x`, token.slice(1), 'x', 'a.b'])
        expect(await reset(forged)).toMatchObject(stale);
      expect(await visitor.post('/v1/accounts/verify', { token })).toMatchObject(stale);
      expect(await reset(token, 'short')).toMatchObject(wrong);
      expect((await reset(token)).status).toBe(200);
    });

    it('gives an unproven account to the mailbox, and nothing of it to whoever made it', async () => {
      const stranger = await signUp('victim@hale.example', 'a stranger`s password');
      const other = await signUp('victim@hale.example', 'another stranger`s password');
      const inside = await signedIn('victim@hale.example', 'a stranger`s password');
      expect((await forgot('victim@hale.example')).status).toBe(202);
      const tokens = await links('victim@hale.example', 2);
      const idOf = (token: string): unknown =>
        (JSON.parse(Buffer.from(token.split('.')[0]!, 'base64url').toString()) as unknown[])[0];
      const mine = tokens.find((token) => idOf(token) === stranger.body.id)!;
      const others = tokens.find((token) => idOf(token) === other.body.id)!;
      expect((await reset(mine)).status).toBe(200);
      expect(await alive(inside)).toBe(false);
      for (const password of ['a stranger`s password', 'another stranger`s password'])
        expect((await signIn('victim@hale.example', password)).status).toBe(401);
      const me = await (await signedIn('victim@hale.example', NEW)).get('/v1/me');
      expect(me.body.id).toBe(stranger.body.id);
      // The address has an owner now.
      expect(await reset(others)).toMatchObject(stale);
      const link2 = await link('victim@hale.example', tokens);
      expect(idOf(link2)).toBe(stranger.body.id);
    });

    it('does nothing for an account that was erased', async () => {
      await verified('zoe@hale.example');
      const token = await link('zoe@hale.example');
      expect((await (await signedIn('zoe@hale.example')).delete('/v1/me')).status).toBe(200);
      expect(await reset(token)).toMatchObject(stale);
    });
  });

  describe('changing one`s own', () => {
    it('ends the other sessions and not this one', async () => {
      await verified('liz@hale.example');
      const [here, there] = [await signedIn('liz@hale.example'), await signedIn('liz@hale.example')];
      const change = { password: PASSWORD, newPassword: NEW };
      expect(await here.put('/v1/me/password', change)).toMatchObject({
        status: 200,
        body: { id: expect.any(String) },
      });
      expect([await alive(here), await alive(there)]).toEqual([true, false]);
      expect((await signIn('liz@hale.example', PASSWORD)).status).toBe(401);
      expect((await signIn('liz@hale.example', NEW)).status).toBe(201);
      await app.mailsTo('liz@hale.example', /^Subject: Your password was changed$/m);
    });

    it('takes the one that is', async () => {
      await verified('tom@hale.example');
      const thief = await signedIn('tom@hale.example');
      const guess = (password: string): Promise<Answer<Json>> =>
        thief.put('/v1/me/password', { password, newPassword: NEW });
      for (let count = 0; count < 5; count++) expect(await guess(`guess ${count}`)).toMatchObject(wrong);
      expect(await guess(PASSWORD)).toMatchObject({ status: 429, body: { code: 'too-many-requests' } });
      // Whoever guesses here locks nobody out there.
      expect((await signIn('tom@hale.example', PASSWORD)).status).toBe(201);
    });

    it('of two at once takes one', async () => {
      await verified('uma@hale.example');
      const uma = await signedIn('uma@hale.example');
      const change = (newPassword: string): Promise<Answer<Json>> =>
        uma.put('/v1/me/password', { password: PASSWORD, newPassword });
      const answers = await Promise.all([change(`${NEW} a`), change(`${NEW} b`)]);
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 400]);
    });

    it.each([
      [{ password: PASSWORD, newPassword: 'short' }, 'newPassword'],
      [{ password: PASSWORD, newPassword: '\u{1F600}'.repeat(7) }, 'newPassword'],
      [{ password: PASSWORD, newPassword: PASSWORD }, 'newPassword'],
      [{ newPassword: NEW }, 'password'],
    ])('refuses %j', async (body, field) => {
      await signUp(`bad-${field}@hale.example`);
      const answer = await (await signedIn(`bad-${field}@hale.example`)).put('/v1/me/password', body);
      expect(answer).toMatchObject({ status: 400, body: { errors: [{ field }] } });
      expect(JSON.stringify(answer.body)).not.toContain(PASSWORD);
    });
  });
});
