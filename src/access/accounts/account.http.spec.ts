import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type AccountsApp, startAccountsApp } from '../../../test/support/accounts-app.js';
import type { Answer, Client, Json } from '../../../test/support/client.js';
import { isUuid } from '../../kernel/ids.js';

const PASSWORD = 'correct horse battery staple';

describe('accounts and sessions over HTTP', () => {
  let app: AccountsApp;
  let visitor: Client;

  beforeAll(async () => {
    app = await startAccountsApp();
    visitor = app.client;
  });
  afterAll(() => app.close());

  const signUp = (email: string, more: object = {}): Promise<Answer<Json>> =>
    visitor.post('/v1/accounts', { email, password: PASSWORD, firstName: ' Ann ', lastName: 'Hale', ...more });
  const signIn = (email: string, password = PASSWORD): Promise<Answer<Json>> =>
    visitor.post('/v1/sessions', { email, password });

  async function tokenTo(email: string): Promise<string> {
    for (let waited = 0; waited < 10_000; waited += 20) {
      for (const name of await readdir(app.outbox).catch(() => [])) {
        // A mail gets this name when it is complete.
        if (!name.endsWith('.eml') || name.startsWith('.')) continue;
        const text = await readFile(join(app.outbox, name), 'utf8').catch(() => '');
        const [, token] = /^https:\/\/books\.example\/verify#token=(\S+)$/m.exec(text) ?? [];
        if (text.includes(`To: ${email}`) && token !== undefined) return token;
      }
      await sleep(20);
    }
    throw new Error(`no mail to ${email}`);
  }

  /** A person with a verified address, signed in. */
  async function person(email: string): Promise<Client> {
    const { body } = await signUp(email);
    expect((await visitor.post('/v1/accounts/verify', { token: await tokenTo(email) })).status).toBe(200);
    const session = await signIn(email);
    return visitor.as(session.body.accessToken as string, body.id as string);
  }

  const headersOf = ({ headers }: Answer): string[] =>
    [...headers.keys()].filter((name) => name !== 'content-length').sort();

  it('answers a sign-up with an id alone, whether the address is free, waiting or taken', async () => {
    const free = await signUp('free@hale.example');
    const waiting = await signUp('free@hale.example');
    await person('taken@hale.example');
    const taken = await signUp('Taken@Hale.example');
    for (const { status, body } of [free, waiting, taken]) {
      expect(status).toBe(201);
      expect(Object.keys(body as object)).toEqual(['id']);
      expect(isUuid(body.id as string)).toBe(true);
    }
    expect(headersOf(taken)).toEqual(headersOf(free));
    expect(headersOf(free)).not.toContain('countersign-position');
    expect((await signIn('taken@hale.example')).status).toBe(201);
  });

  it.each([
    [{ password: 'short' }, 'password'],
    [{ firstName: '' }, 'firstName'],
    [{ lastName: 'x'.repeat(101) }, 'lastName'],
    [{ firstName: 'A\u0007' }, 'firstName'],
    [{ email: 'nobody' }, 'email'],
    [{ role: 'primary' }, 'role'],
  ])('refuses a sign-up with %j', async (more, field) => {
    const { status, body } = await signUp('bad@hale.example', more);
    expect({ status, body }).toMatchObject({ status: 400, body: { code: 'validation-failed', errors: [{ field }] } });
    expect(JSON.stringify(body)).not.toContain(PASSWORD);
  });

  it('lets an unverified person sign in, and verifies once however often one clicks', async () => {
    await signUp('bob@hale.example');
    expect((await signIn('bob@hale.example')).status).toBe(201);
    const token = await tokenTo('bob@hale.example');
    for (let click = 0; click < 2; click++) {
      expect((await visitor.post('/v1/accounts/verify', { token })).status).toBe(200);
    }
    expect(await visitor.post('/v1/accounts/verify', { token: `${token}x` })).toMatchObject({ status: 400 });
  });

  it('gives and takes sessions', async () => {
    await signUp('sue@hale.example');
    const session = await signIn('SUE@hale.example');
    expect(session).toMatchObject({ status: 201, body: { expiresIn: 900 } });
    expect(Object.keys(session.body as object).sort()).toEqual(['accessToken', 'expiresIn', 'refreshToken']);
    const next = await visitor.post('/v1/sessions/refresh', { refreshToken: session.body.refreshToken });
    expect(next.status).toBe(201);
    const sue = visitor.as(next.body.accessToken as string);
    expect((await sue.get('/v1/me')).status).toBe(200);
    expect(await sue.delete('/v1/sessions/current')).toMatchObject({ status: 204, body: '' });
    expect((await sue.get('/v1/me')).status).toBe(401);
    expect((await visitor.post('/v1/sessions/refresh', { refreshToken: next.body.refreshToken })).status).toBe(401);
  });

  it('refuses a wrong password and an unknown address with the same body', async () => {
    await signUp('joe@hale.example');
    const wrong = await signIn('joe@hale.example', 'wrong password');
    const unknown = await signIn('unknown@hale.example');
    expect(wrong).toMatchObject({ status: 401, body: { code: 'unauthenticated' } });
    expect(unknown.body).toEqual(wrong.body);
    for (let attempt = 2; attempt <= 5; attempt++) await signIn('joe@hale.example', 'wrong password');
    const stopped = await signIn('joe@hale.example');
    expect(stopped).toMatchObject({ status: 429, body: { code: 'too-many-requests' } });
    expect(Number(stopped.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  it('shows and changes one`s own profile', async () => {
    const ann = await person('Ann@hale.example');
    const me = await ann.get('/v1/me');
    expect(me.body).toEqual({ id: ann.userId, email: 'Ann@hale.example', firstName: 'Ann', lastName: 'Hale' });
    const etag = me.headers.get('etag')!;
    const edited = await ann.patch('/v1/me', { lastName: 'Low', phone: '+44 1234' }, { 'if-match': etag });
    expect(edited).toMatchObject({ status: 200, body: { id: ann.userId } });
    const after = await ann.get('/v1/me');
    expect(after.body).toMatchObject({ lastName: 'Low', phone: '+44 1234' });
    expect(after.headers.get('etag')).toBe(`"${edited.body.revision}"`);
    expect((await ann.patch('/v1/me', { lastName: 'Hale' }, { 'if-match': etag })).status).toBe(412);
    expect((await ann.patch('/v1/me', { phone: null })).status).toBe(200);
    expect((await ann.get('/v1/me')).body).not.toHaveProperty('phone');
    expect((await ann.patch('/v1/me', { email: 'eve@hale.example' })).status).toBe(400);
    expect((await visitor.get('/v1/me')).status).toBe(401);
  });

  it('erases one`s own account, not while one is a Primary', async () => {
    const zoe = await person('zoe@hale.example');
    app.primaries.set(zoe.userId!, ['o1']);
    expect(await zoe.delete('/v1/me')).toMatchObject({ status: 409, body: { rule: 'primary-of-organisation' } });
    app.primaries.delete(zoe.userId!);
    expect((await zoe.delete('/v1/me')).status).toBe(200);
    expect((await zoe.get('/v1/me')).status).toBe(401);
    expect((await signIn('zoe@hale.example')).status).toBe(401);
  });
});
