import { randomUUID } from 'node:crypto';
import { type AccountsApp, startAccountsApp } from '../../../test/support/accounts-app.js';
import type { Client, Json } from '../../../test/support/client.js';

const PASSWORD = 'correct horse battery staple';

describe('one`s own sessions over HTTP', () => {
  let app: AccountsApp;
  let visitor: Client;
  const time = { now: Date.UTC(2026, 2, 1, 9) };

  beforeAll(async () => {
    app = await startAccountsApp(() => time.now);
    visitor = app.client;
  });
  afterAll(() => app.close());

  const signUp = (email: string): Promise<unknown> =>
    visitor.post('/v1/accounts', { email, password: PASSWORD, firstName: 'Ann', lastName: 'Hale' });
  interface SignedIn {
    readonly client: Client;
    readonly refreshToken: string;
  }
  async function signIn(email: string, userAgent = 'spec'): Promise<SignedIn> {
    const { body } = await visitor.post('/v1/sessions', { email, password: PASSWORD }, { 'user-agent': userAgent });
    return { client: visitor.as(body.accessToken as string), refreshToken: body.refreshToken as string };
  }
  const list = async (client: Client): Promise<Json[]> => (await client.get('/v1/me/sessions')).body.items as Json[];
  const alive = async ({ client }: SignedIn): Promise<boolean> => (await client.get('/v1/me')).status === 200;
  const refreshes = async ({ refreshToken }: SignedIn): Promise<boolean> =>
    (await visitor.post('/v1/sessions/refresh', { refreshToken })).status === 201;

  it('are listed newest first, with where they were begun and last seen', async () => {
    await signUp('ann@hale.example');
    const phone = await signIn('ann@hale.example', 'a phone');
    time.now += 60_000;
    const laptop = await signIn('ann@hale.example', 'a laptop');
    time.now += 60_000;
    expect(await refreshes(phone)).toBe(true);
    const answer = await laptop.client.get('/v1/me/sessions');
    const since = Date.UTC(2026, 2, 1, 9);
    const instant = (minutes: number): string => new Date(since + minutes * 60_000).toISOString();
    expect(answer.body).toEqual({
      items: [
        {
          id: expect.any(String),
          since: instant(1),
          lastSeen: instant(1),
          until: instant(1 + 30 * 24 * 60),
          current: true,
          ip: '127.0.0.1',
          userAgent: 'a laptop',
        },
        {
          id: expect.any(String),
          since: instant(0),
          lastSeen: instant(2),
          until: instant(30 * 24 * 60),
          current: false,
          ip: '127.0.0.1',
          userAgent: 'a phone',
        },
      ],
      next: null,
    });
    time.now = since + 30 * 24 * 60 * 60_000;
    const fresh = await signIn('ann@hale.example');
    expect((await list(fresh.client)).map(({ userAgent }) => userAgent as string)).toEqual(['spec', 'a laptop']);
  });

  it('end one by one, at once, refresh tokens included', async () => {
    await signUp('bob@hale.example');
    const [one, other] = [await signIn('bob@hale.example'), await signIn('bob@hale.example')];
    const { id } = (await list(one.client)).find(({ current }) => current !== true);
    expect(await one.client.delete(`/v1/me/sessions/${id}`)).toMatchObject({ status: 204, body: '' });
    expect([await alive(one), await alive(other)]).toEqual([true, false]);
    expect(await refreshes(other)).toBe(false);
    expect((await one.client.delete(`/v1/me/sessions/${id}`)).status).toBe(404);
    expect(await list(one.client)).toHaveLength(1);
  });

  it('of somebody else are not there', async () => {
    await signUp('sue@hale.example');
    await signUp('eve@hale.example');
    const [sue, eve] = [await signIn('sue@hale.example'), await signIn('eve@hale.example')];
    const [{ id }] = (await list(sue.client)) as [Json];
    const refused = await eve.client.delete(`/v1/me/sessions/${id}`);
    const absent = await eve.client.delete(`/v1/me/sessions/${randomUUID()}`);
    expect(refused.status).toBe(404);
    expect(refused.body).toEqual(absent.body);
    expect((await eve.client.delete('/v1/me/sessions/not-an-id')).status).toBe(404);
    expect(await alive(sue)).toBe(true);
    expect((await list(eve.client)).map(({ current }) => current as boolean)).toEqual([true]);
  });

  it('end all together, the one that asks included, and nobody else`s', async () => {
    await signUp('joe@hale.example');
    await signUp('kim@hale.example');
    const kim = await signIn('kim@hale.example');
    const joes = [await signIn('joe@hale.example'), await signIn('joe@hale.example'), await signIn('joe@hale.example')];
    expect(await joes[1]!.client.delete('/v1/me/sessions')).toMatchObject({ status: 204, body: '' });
    for (const joe of joes) expect([await alive(joe), await refreshes(joe)]).toEqual([false, false]);
    expect(await alive(kim)).toBe(true);
    expect(await alive(await signIn('joe@hale.example'))).toBe(true);
  });

  it('are for whoever is signed in', async () => {
    expect((await visitor.get('/v1/me/sessions')).status).toBe(401);
    expect((await visitor.delete('/v1/me/sessions')).status).toBe(401);
    expect((await visitor.delete(`/v1/me/sessions/${randomUUID()}`)).status).toBe(401);
  });
});
