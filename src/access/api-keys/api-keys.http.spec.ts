import { readdir, readFile } from 'node:fs/promises';
import { join as joinPath } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer, Client, Json } from '../../../test/support/client.js';
import { found, join, PASSWORD, signUp } from '../../../test/support/people.js';
import { Server } from '../../../test/support/server.js';

const NOBODY = '01999999-9999-7999-8999-999999999999';

describe('API keys over HTTP', () => {
  let server: Server;
  let owner: Client;
  let organisation: string;
  let at: string;
  let people = 0;

  beforeAll(async () => {
    server = await Server.start({ env: { LOG_LEVEL: 'debug' } });
    owner = await signUp(server, 'ann@keys.example', 'Ann', 'Hale');
  });
  afterAll(() => server.dispose());

  beforeEach(async () => {
    organisation = await found(owner);
    at = `/v1/organisations/${organisation}`;
  });

  const create = (body: object = {}, maker = owner): Promise<Answer<Json>> =>
    maker.post(`${at}/api-keys`, { name: 'Shop sync', permissions: ['products:read', 'products:create'], ...body });
  /** The key as a client, and its id. */
  async function made(body: object = {}, maker = owner): Promise<{ id: string; key: Client }> {
    const answer = await create(body, maker);
    expect(answer.status).toBe(201);
    return { id: answer.body.id as string, key: server.client().as(answer.body.key as string) };
  }
  const list = async (reader = owner): Promise<Json[]> => (await reader.get(`${at}/api-keys`)).body.items as Json[];
  const member = (...roles: unknown[]): Promise<Client> => {
    people += 1;
    return join(server, owner, organisation, `p${people}@keys.example`, roles);
  };
  const trail = async (query = ''): Promise<Json[]> => (await owner.get(`${at}/audit${query}`)).body.items as Json[];

  it('are shown once, and opened by', async () => {
    const answer = await create({ expiresAt: '2099-01-01T00:00:00+01:00' });
    expect(answer.status).toBe(201);
    const { id, key } = answer.body as { id: string; key: string };
    expect(key).toMatch(/^csk_[0-9A-Za-z]{93}$/);
    expect(answer.headers.get('location')).toBe(`${at}/api-keys/${id}`);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    const listed = {
      id,
      name: 'Shop sync',
      hint: `csk_…${key.slice(-4)}`,
      permissions: [
        { permission: 'products:read', scope: 'all' },
        { permission: 'products:create', scope: 'all' },
      ],
      createdBy: owner.userId,
      createdAt: expect.any(String) as string,
      expiresAt: '2098-12-31T23:00:00.000Z',
      lastUsedAt: null,
    };
    expect(await owner.get(`${at}/api-keys`)).toMatchObject({ status: 200, body: { items: [listed], next: null } });
    expect((await owner.get(`${at}/api-keys/${id}`)).body).toEqual(listed);

    const client = server.client().as(key);
    const product = await client.post(`${at}/products`, { name: 'A frame' });
    expect(product.status).toBe(201);
    expect((await client.get(`${at}/products`)).body.items).toMatchObject([{ name: 'A frame' }]);
    expect(await client.get(`${at}/invoices`)).toMatchObject({ status: 403, body: { permission: 'invoices:read' } });

    expect((await owner.delete(`${at}/api-keys/${id}`)).status).toBe(200);
    expect((await client.get(`${at}/products`)).status).toBe(401);
    expect(await list()).toEqual([]);
    expect((await owner.get(`${at}/api-keys/${id}`)).status).toBe(404);
    expect((await owner.delete(`${at}/api-keys/${id}`)).status).toBe(404);
  });

  it('are answered once even to a repeat: their answer is a secret', async () => {
    const headers = { 'idempotency-key': 'the same' };
    const [one, two] = [
      await owner.post(`${at}/api-keys`, { name: 'One', roles: ['sales'] }, headers),
      await owner.post(`${at}/api-keys`, { name: 'One', roles: ['sales'] }, headers),
    ];
    expect([one.status, two.status]).toEqual([201, 201]);
    expect(one.body.key).not.toBe(two.body.key);
  });

  it.each([
    [{ name: ' ' }, 'name'],
    [{ name: 'x', permissions: undefined }, 'permissions'],
    [{ roles: ['sales'] }, 'roles'],
    [{ permissions: [] }, 'permissions'],
    [{ permissions: ['invoices:fly'] }, 'permissions.0.permission'],
    [{ permissions: ['members:read'] }, 'permissions.0'],
    [{ permissions: ['products:read', 'api-keys:edit'] }, 'permissions.1'],
    [{ permissions: undefined, roles: ['primary'] }, 'roles.0.role'],
    [{ expiresAt: '2020-01-01T00:00:00.000Z' }, 'expiresAt'],
    [{ expiresAt: 'tomorrow' }, 'expiresAt'],
    [{ key: 'csk_mine' }, 'key'],
  ])('are not made of %j', async (body, field) => {
    expect(await create(body)).toMatchObject({ status: 400, body: { errors: [{ field }] } });
  });

  it('tell of their last use, once an hour, and the trail tells their name', async () => {
    const { id, key } = await made();
    const before = Date.now();
    for (let i = 0; i < 5; i++) expect((await key.get(`${at}/products`)).status).toBe(200);
    let [listed] = await list();
    for (let i = 0; listed.lastUsedAt === null && i < 200; i++) {
      await sleep(20);
      [listed] = await list();
    }
    expect(Date.parse(listed.lastUsedAt as string)).toBeGreaterThanOrEqual(before - 1000);
    await key.post(`${at}/products`, { name: 'A frame' });
    await owner.post(`${at}/products`, { name: 'Glass' });
    const uses = await trail('?type=ApiKeyUsed');
    // Two where the hour has just struck.
    expect([1, 2]).toContain(uses.length);
    const who = { actor: { id, kind: 'api-key', name: 'Shop sync' }, onBehalfOf: { kind: 'user', name: 'Ann Hale' } };
    expect(uses[0]).toMatchObject({ ...who, record: { kind: 'api-key', id, label: 'Shop sync' } });
    const [, made1] = await trail('?type=ProductCreated');
    expect(made1).toMatchObject({
      ...who,
      summary: expect.stringMatching(/^Ann Hale, by the API key Shop sync, /) as string,
      authority: { permission: 'products:create', role: 'primary', grantedBy: owner.userId },
    });
    expect((await trail('?type=ApiKeyCreated'))[0]).toMatchObject({
      summary: 'Ann Hale made the API key Shop sync',
      changes: [
        { field: 'name', from: null, to: 'Shop sync' },
        { field: 'hint', from: null, to: `csk_…${key.token!.slice(-4)}` },
        { field: 'permissions', from: null, to: 'products:read, products:create' },
      ],
    });
    await owner.delete(`${at}/api-keys/${id}`);
    const [deleted] = await trail('?type=ApiKeyDeleted');
    expect(deleted).toMatchObject({ summary: 'Ann Hale deleted the API key Shop sync', record: { id } });
    expect((await trail('?type=ApiKeyUsed'))[0]).toMatchObject({ actor: { name: 'Shop sync' } });
  });

  describe('against an attacker', () => {
    it('cannot be made beyond their maker', async () => {
      const { body } = await owner.post(`${at}/roles`, {
        name: 'Integrator',
        permissions: [
          'api-keys:edit',
          'api-keys:read',
          'products:read',
          { permission: 'customers:read', scope: 'own' },
        ],
      });
      const maker = await member(body.id);
      for (const beyond of [
        { permissions: ['products:create'] },
        { permissions: ['customers:read'] },
        { permissions: [{ permission: 'products:read', scope: 'all' }, 'journals:read'] },
        { permissions: undefined, roles: ['sales'] },
      ]) {
        expect(await create(beyond, maker)).toMatchObject({ status: 409, body: { rule: 'beyond-own-rights' } });
      }
      const { key } = await made({ permissions: undefined, roles: [body.id] }, maker);
      expect((await key.get(`${at}/products`)).status).toBe(200);
      expect(await list(maker)).toMatchObject([{ roles: [{ role: body.id }], createdBy: maker.userId }]);
      await owner.put(`${at}/roles/${body.id}`, {
        name: 'Integrator',
        permissions: ['api-keys:edit', 'customers:read'],
      });
      expect((await key.get(`${at}/products`)).status).toBe(403);
      expect((await key.get(`${at}/customers`)).status).toBe(200);
    });

    it('hold no power over people, rights, keys, personal data and the account', async () => {
      const { id, key } = await made({ permissions: undefined, roles: ['admin'] });
      expect((await key.get(at)).status).toBe(200);
      for (const [permission, ask] of [
        ['members:read', () => key.get(`${at}/members`)],
        ['members:read', () => key.get(`${at}/access/matrix`)],
        [
          'members:invite',
          () => key.post(`${at}/invitations`, { email: 'x@y.example', firstName: 'X', lastName: 'Y' }),
        ],
        ['members:change-roles', () => key.put(`${at}/members/${owner.userId}/roles`, { roles: ['sales'] })],
        ['members:disable', () => key.post(`${at}/members/${owner.userId}/disable`)],
        ['roles:read', () => key.get(`${at}/roles`)],
        ['api-keys:read', () => key.get(`${at}/api-keys`)],
        ['api-keys:edit', () => create({}, key)],
        ['api-keys:edit', () => key.delete(`${at}/api-keys/${id}`)],
        ['account-billing:read', () => key.get(`${at}/account-billing`)],
        ['own', () => key.post(`${at}/leave`)],
        ['own', () => key.get(`${at}/access/check?permission=products:read`)],
        ['own', () => key.post(`${at}/primary/accept`, { proposalId: NOBODY })],
        ['primary', () => key.post(`${at}/primary/handover`, { userId: NOBODY, password: PASSWORD })],
        ['own', () => key.get('/v1/me')],
        ['own', () => key.patch('/v1/me', { firstName: 'Eve' })],
        ['own', () => key.delete('/v1/me')],
        ['own', () => key.get('/v1/me/organisations')],
        ['own', () => key.delete('/v1/sessions/current')],
        ['signed-in', () => key.post('/v1/organisations', { name: 'Mine', currency: 'GBP' })],
        ['token', () => key.post('/v1/invitations/accept', { token: 'x' })],
      ] as const) {
        expect(await ask()).toMatchObject({ status: 403, body: { code: 'permission-denied', permission } });
      }
    });

    it('do not accept an invitation for their maker', async () => {
      const elsewhere = await found(await signUp(server, `other${++people}@keys.example`), 'Elsewhere');
      const host = await signUp(server, `host${++people}@keys.example`);
      const theirs = await found(host, 'Theirs');
      expect(elsewhere).not.toBe(theirs);
      await host.post(`/v1/organisations/${theirs}/invitations`, {
        email: 'ann@keys.example',
        firstName: 'Ann',
        lastName: 'Hale',
      });
      const token = await server.mailToken('ann@keys.example', 'invitations/accept');
      const { key } = await made();
      expect((await key.post('/v1/invitations/accept', { token })).status).toBe(403);
      expect((await owner.post('/v1/invitations/accept', { token })).status).toBe(200);
    });

    it('are nobody in another organisation of their maker', async () => {
      const { key } = await made();
      const other = await found(owner, 'Another of Ann');
      const [there, nowhere] = [
        await key.get(`/v1/organisations/${other}/products`),
        await key.get(`/v1/organisations/${NOBODY}/products`),
      ];
      expect(there).toMatchObject({ status: 404, body: nowhere.body });
      expect((await key.post(`/v1/organisations/${other}/leave`)).status).toBe(404);
      expect((await owner.delete(`/v1/organisations/${other}/api-keys/${NOBODY}`)).status).toBe(404);
    });

    it('are not deleted, or seen, from another organisation', async () => {
      const { id, key } = await made();
      const stranger = await signUp(server, `stranger${++people}@keys.example`);
      const other = await found(stranger, 'Elsewhere');
      expect((await stranger.delete(`/v1/organisations/${other}/api-keys/${id}`)).status).toBe(404);
      expect((await stranger.get(`/v1/organisations/${other}/api-keys/${id}`)).status).toBe(404);
      expect((await stranger.delete(`${at}/api-keys/${id}`)).status).toBe(404);
      expect((await key.get(`${at}/products`)).status).toBe(200);
    });

    it('are refused alike whatever is wrong with them', async () => {
      const { id, key } = await made();
      const text = key.token!;
      const gone = await made();
      await owner.delete(`${at}/api-keys/${gone.id}`);
      const expired = await made({ expiresAt: new Date(Date.now() + 400).toISOString() });
      await sleep(450);
      const seen = new Set<string>();
      for (const wrong of [
        `${text.slice(0, 60)}${text[60] === 'a' ? 'b' : 'a'}${text.slice(61)}`,
        text.slice(0, -1),
        `${text}0`,
        'csk_',
        id,
        gone.key.token!,
        expired.key.token!,
      ]) {
        const { status, body } = await server.client().as(wrong).get(`${at}/products`);
        seen.add(`${status} ${JSON.stringify(body)}`);
      }
      expect(seen.size).toBe(1);
      expect([...seen][0]).toMatch(/^401 /);
    });

    it('stop with each thing that stops their maker', async () => {
      for (const [stop, status] of [
        [(user: string) => owner.post(`${at}/members/${user}/disable`), 401],
        [(user: string) => owner.post(`${at}/members/${user}/remove`), 401],
        [(_: string, maker: Client) => maker.post(`${at}/leave`), 401],
        [(_: string, maker: Client) => maker.delete('/v1/me'), 401],
        [(user: string) => owner.put(`${at}/members/${user}/roles`, { roles: ['compliance'] }), 403],
      ] as const) {
        const maker = await member('admin');
        const { key } = await made({}, maker);
        expect((await key.get(`${at}/products`)).status).toBe(200);
        expect((await stop(maker.userId!, maker)).status).toBe(200);
        expect((await key.get(`${at}/products`)).status).toBe(status);
        await owner.post(`${at}/members/${maker.userId}/enable`);
        expect((await key.get(`${at}/products`)).status).toBe(status);
      }
      expect((await trail('?type=ApiKeyDeleted')).map(({ summary }) => summary as string)).toContain(
        'Ann Hale deleted the API key Shop sync, because its maker was disabled',
      );
    });

    it('stop when the role of their maker ends', async () => {
      const maker = await member('admin');
      const { key } = await made({}, maker);
      const end = Date.now() + 500;
      const roles = [{ role: 'admin', until: new Date(end).toISOString() }];
      expect((await owner.put(`${at}/members/${maker.userId}/roles`, { roles })).status).toBe(200);
      while (Date.now() < end) await sleep(20);
      const [there, nowhere] = [await key.get(`${at}/products`), await key.get(`/v1/organisations/${NOBODY}/products`)];
      expect(there).toMatchObject({ status: 404, body: nowhere.body });
    });

    it('die with the account of an impostor that the owner of its mailbox takes over', async () => {
      const email = `rosa${++people}@keys.example`;
      await server.client().post('/v1/accounts', { email, password: PASSWORD, firstName: 'Not', lastName: 'Rosa' });
      const session = await server.client().post('/v1/sessions', { email, password: PASSWORD });
      const impostor = server.client().as(session.body.accessToken as string);
      const theirs = `/v1/organisations/${await found(impostor, 'A trap')}`;
      const { body } = await impostor.post(`${theirs}/api-keys`, { name: 'Back door', roles: ['admin'] });
      const backDoor = server.client().as(body.key as string);
      expect((await backDoor.get(`${theirs}/products`)).status).toBe(200);

      await owner.post(`${at}/invitations`, { email, firstName: 'Rosa', lastName: 'Klein' });
      const token = await server.mailToken(email, 'invitations/accept');
      const password = 'quite another horse';
      expect((await server.client().post('/v1/invitations/accept', { token, password })).status).toBe(200);
      expect((await backDoor.get(`${theirs}/products`)).status).toBe(401);
    });

    it('see what their maker may see now: brands', async () => {
      const maker = await member('admin');
      const { key } = await made({}, maker);
      const product = await owner.post(`${at}/products`, { name: 'A frame' });
      key.reflect(product.headers.get('countersign-position')!);
      expect((await key.get(`${at}/products/${product.body.id}`)).status).toBe(200);
      const brand = '01990000-0000-7000-8000-0000000000b1';
      await owner.put(`${at}/members/${maker.userId}/roles`, { roles: [{ role: 'sales', brands: [brand] }] });
      expect(await key.get(`${at}/products`)).toMatchObject({ status: 200, body: { items: [] } });
      expect((await key.get(`${at}/products/${product.body.id}`)).status).toBe(404);
      expect((await key.post(`${at}/products`, { name: 'Glass' })).status).not.toBe(201);
    });

    it('have idempotency keys of their own', async () => {
      const { key } = await made();
      const headers = { 'idempotency-key': 'frame 1' };
      const post = (client: Client, name: string): Promise<Answer<Json>> =>
        client.post(`${at}/products`, { name }, headers);
      const first = await post(owner, 'A frame');
      const byKey = await post(key, 'Another frame');
      expect(byKey.status).toBe(201);
      expect(byKey.body.id).not.toBe(first.body.id);
      expect((await post(key, 'Another frame')).body.id).toBe(byKey.body.id);
      const second = await made();
      expect((await post(second.key, 'Another frame')).body.id).not.toBe(byKey.body.id);
    });

    it('are not taken from the URL, a body or a cookie, and stand in no log and no file', async () => {
      const { key } = await made();
      const text = key.token!;
      const nobody = server.client();
      for (const url of [`${at}/products?key=${text}`, `${at}/products?access_token=${text}`]) {
        expect((await nobody.get(url)).status).toBe(401);
        expect((await key.get(url)).status).toBe(400);
      }
      expect((await nobody.get(`${at}/products`, { cookie: `key=${text}`, 'x-api-key': text })).status).toBe(401);
      expect((await key.get(`${at}/products/${text}`)).status).toBe(404);
      expect((await key.get(`${at}/products`)).status).toBe(200);
      await sleep(300);
      const secret = text.slice(48, 91);
      expect(server.output.length).toBeGreaterThan(10);
      expect(server.output.filter((line) => line.includes(secret))).toEqual([]);
      for (const name of await readdir(server.folder)) {
        if (!name.includes('.db')) continue;
        expect((await readFile(joinPath(server.folder, name))).includes(secret)).toBe(false);
      }
    });

    it('are nobody’s whose scope is what they made, but their own', async () => {
      const { body } = await owner.post(`${at}/roles`, {
        name: 'Own keys',
        permissions: [
          'products:read',
          { permission: 'api-keys:read', scope: 'own' },
          { permission: 'api-keys:edit', scope: 'own' },
        ],
      });
      const maker = await member(body.id);
      const [theirs, own] = [await made(), await made({ permissions: ['products:read'] }, maker)];
      expect((await list(maker)).map(({ id }) => id as string)).toEqual([own.id]);
      expect((await maker.get(`${at}/api-keys/${theirs.id}`)).status).toBe(404);
      expect((await maker.delete(`${at}/api-keys/${theirs.id}`)).status).toBe(404);
      expect((await maker.delete(`${at}/api-keys/${own.id}`)).status).toBe(200);
      expect((await theirs.key.get(`${at}/products`)).status).toBe(200);
    });
  });

  it('are paged through', async () => {
    for (const name of ['one', 'two', 'three']) await made({ name });
    const first = await owner.get(`${at}/api-keys?limit=2`);
    expect(first.body.items.map(({ name }: Json) => name as string)).toEqual(['three', 'two']);
    const rest = await owner.get(`${at}/api-keys?limit=2&after=${encodeURIComponent(first.body.next as string)}`);
    expect(rest.body.items.map(({ name }: Json) => name as string)).toEqual(['one']);
    expect(rest.body.next).toBeNull();
  });

  it('count towards the limit of requests, each for itself', async () => {
    const limited = await Server.start({ env: { RATE_LIMIT: '5' } });
    try {
      const ann = await signUp(limited, 'ann@limits.example');
      const there = `/v1/organisations/${await found(ann)}`;
      await sleep(1100);
      const keys: Client[] = [];
      for (const name of ['one', 'two']) {
        const { body } = await ann.post(`${there}/api-keys`, { name, permissions: ['products:read'] });
        keys.push(limited.client().as(body.key as string));
      }
      const [one, two] = keys as [Client, Client];
      const answers = await Promise.all(Array.from({ length: 60 }, () => one.get(`${there}/products`)));
      const refused = answers.filter(({ status }) => status === 429);
      expect(refused.length).toBeGreaterThan(0);
      expect(refused[0]!.headers.get('retry-after')).toMatch(/^\d+$/);
      expect((await two.get(`${there}/products`)).status).toBe(200);
    } finally {
      await limited.dispose();
    }
  });
});
