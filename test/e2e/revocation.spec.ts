import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '../support/client.js';
import { found, join, PASSWORD, signIn, signUp } from '../support/people.js';
import { Server } from '../support/server.js';
import { embedded } from '../support/stores.js';
import { TwoInstances } from '../support/two-instances.js';

interface Seen {
  /** When the request was begun, `performance.now()`. */
  readonly begun: number;
  readonly status: number;
}

/**
 * How many send one request at a time, and milliseconds between their requests. FerretDB reads a whole collection for each list:
 * without a pause products would be written faster than any list of them is answered, and each list took longer than the last.
 */
const [LANES, PAUSE_MS] = embedded ? [4, 0] : [1, 100];

/** Sends requests, several at a time, until told to stop, and notes down what it sees. */
function hammer(request: () => Promise<{ status: number }>): {
  readonly seen: readonly Seen[];
  readonly stop: () => Promise<void>;
} {
  const seen: Seen[] = [];
  let stopped = false;
  const loops = Array.from({ length: LANES }, async () => {
    while (!stopped) {
      const begun = performance.now();
      const { status } = await request();
      seen.push({ begun, status });
      if (PAUSE_MS > 0) await sleep(PAUSE_MS);
    }
  });
  return {
    seen,
    stop: async () => {
      stopped = true;
      await Promise.all(loops);
    },
  };
}

/** What is asked again and again, and how everything that begins after the revocation must be answered. */
interface Asked {
  readonly ask: () => Promise<{ status: number }>;
  readonly after: number;
}

const lets = (status: number): boolean => status < 300;

/**
 * Hammers with each request, all of which are let in at first, while `revoke` runs. What begins after its answer must be
 * answered as is said, each time: nothing here depends on how long anything takes.
 */
async function expectAfter(asked: readonly Asked[], revoke: () => Promise<{ status: number }>): Promise<void> {
  const hammers = asked.map(({ ask }) => hammer(ask));
  while (!hammers.every(({ seen }) => seen.filter(({ status }) => lets(status)).length > 5)) await sleep(10);
  const revoked = await revoke();
  const acknowledged = performance.now();
  while (!hammers.every(({ seen }) => seen.filter(({ begun }) => begun >= acknowledged).length > 10)) await sleep(10);
  await Promise.all(hammers.map(({ stop }) => stop()));
  expect([200, 204]).toContain(revoked.status);
  for (const [index, { seen }] of hammers.entries()) {
    const { after } = asked[index]!;
    const answered = seen.filter(({ begun }) => begun >= acknowledged).map(({ status }) => status);
    const wrong = answered.filter((status) => (lets(after) ? !lets(status) : status !== after));
    expect({ request: index, wrong }).toEqual({ request: index, wrong: [] });
    expect(seen.filter(({ begun, status }) => begun < acknowledged && status >= 500)).toEqual([]);
  }
}

const expectShutAfter = (
  requests: readonly (() => Promise<{ status: number }>)[],
  revoke: () => Promise<{ status: number }>,
  status: number,
): Promise<void> =>
  expectAfter(
    requests.map((ask) => ({ ask, after: status })),
    revoke,
  );

describe('a revocation holds from its acknowledgement on', () => {
  let server: Server;
  let owner: Client;
  let bob: Client;
  let at: string;

  beforeAll(async () => {
    server = await Server.start();
    owner = await signUp(server, 'owner@firm.example');
    const organisation = await found(owner);
    at = `/v1/organisations/${organisation}`;
    bob = await join(server, owner, organisation, 'bob@firm.example', ['sales-and-purchases']);
  });

  afterAll(() => server.dispose());

  const read = (): Promise<{ status: number }> => bob.get(`${at}/products`);
  const write = (): Promise<{ status: number }> => bob.post(`${at}/products`, { name: 'A frame', unitPrice: '12.5' });

  it.each([1, 2, 3])('shuts out a disabled person under load, and lets them in when enabled (round %i)', async () => {
    await expectShutAfter(
      [read, write],
      () => owner.post(`${at}/members/${bob.userId}/disable`, { reason: 'left' }),
      404,
    );
    expect((await owner.post(`${at}/members/${bob.userId}/enable`)).status).toBe(200);
    expect((await read()).status).toBe(200);
  });

  it.each([1, 2, 3])('closes an area when the role changes under load (round %i)', async () => {
    await expectShutAfter(
      [read, write],
      () => owner.put(`${at}/members/${bob.userId}/roles`, { roles: ['compliance'] }),
      403,
    );
    expect((await owner.put(`${at}/members/${bob.userId}/roles`, { roles: ['sales-and-purchases'] })).status).toBe(200);
    expect((await write()).status).toBe(201);
  });

  it('ends a session at once when its person signs out', async () => {
    const session = await server
      .client()
      .post('/v1/sessions', { email: 'bob@firm.example', password: 'correct horse battery staple' });
    const other = server.client().as(session.body.accessToken as string);
    expect((await other.get('/v1/me')).status).toBe(200);
    expect((await other.delete('/v1/sessions/current')).status).toBe(204);
    expect((await other.get('/v1/me')).status).toBe(401);
    expect((await read()).status).toBe(200);
  });
});

/** Who is stopped, and by whom. */
interface Scene {
  readonly owner: Client;
  /** Has two sessions, this one and `bobElsewhere`, and a key. */
  readonly bob: Client;
  readonly bobElsewhere: Client;
  readonly keyId: string;
  /** Role of the organisation's own that Bob holds. */
  readonly roleId: string;
  readonly at: string;
}

interface Revocation {
  readonly what: string;
  readonly by: (scene: Scene) => Promise<{ status: number }>;
  /** The answers afterwards: of the session that may have asked for it, of the other, of the key. */
  readonly session: number;
  readonly elsewhere: number;
  readonly key: number;
}

const revocations: readonly Revocation[] = [
  {
    what: 'disabling',
    by: ({ owner, bob, at }) => owner.post(`${at}/members/${bob.userId}/disable`, {}),
    ...{ session: 404, elsewhere: 404, key: 401 },
  },
  {
    what: 'removal',
    by: ({ owner, bob, at }) => owner.post(`${at}/members/${bob.userId}/remove`, {}),
    ...{ session: 404, elsewhere: 404, key: 401 },
  },
  {
    what: 'leaving',
    by: ({ bob, at }) => bob.post(`${at}/leave`, {}),
    ...{ session: 404, elsewhere: 404, key: 401 },
  },
  {
    what: 'another role',
    by: ({ owner, bob, at }) => owner.put(`${at}/members/${bob.userId}/roles`, { roles: ['compliance'] }),
    ...{ session: 403, elsewhere: 403, key: 403 },
  },
  {
    what: 'an edit of the role',
    by: ({ owner, roleId, at }) => owner.put(`${at}/roles/${roleId}`, { name: 'Clerk', permissions: ['brands:read'] }),
    ...{ session: 403, elsewhere: 403, key: 403 },
  },
  {
    what: 'the end of the role',
    by: async ({ owner, bob, roleId, at }) => {
      // On a slow machine the request itself takes long.
      const end = Date.now() + 2000;
      const roles = [{ role: roleId, until: new Date(end).toISOString() }];
      const changed = await owner.put(`${at}/members/${bob.userId}/roles`, { roles });
      while (Date.now() < end) await sleep(5);
      return changed;
    },
    ...{ session: 404, elsewhere: 404, key: 404 },
  },
  {
    what: 'deletion of the key',
    by: ({ owner, keyId, at }) => owner.delete(`${at}/api-keys/${keyId}`),
    ...{ session: 200, elsewhere: 200, key: 401 },
  },
  {
    what: 'signing out',
    by: ({ bob }) => bob.delete('/v1/sessions/current'),
    ...{ session: 401, elsewhere: 200, key: 200 },
  },
  {
    what: 'signing out everywhere',
    by: ({ bob }) => bob.delete('/v1/me/sessions'),
    ...{ session: 401, elsewhere: 401, key: 401 },
  },
  {
    what: 'a new password',
    by: ({ bob }) => bob.put('/v1/me/password', { password: PASSWORD, newPassword: 'quite another horse' }),
    ...{ session: 200, elsewhere: 401, key: 401 },
  },
  {
    what: 'the erasure of the account',
    by: ({ bob }) => bob.delete('/v1/me'),
    ...{ session: 401, elsewhere: 401, key: 401 },
  },
];

describe('on two application instances over one store', () => {
  let instances: TwoInstances;
  let owner: Client;
  let people = 0;

  beforeAll(async () => {
    instances = await TwoInstances.start();
    owner = await signUp(instances.server, 'owner@two.example');
  });

  afterAll(() => instances.dispose());

  async function scene(): Promise<Scene & { readonly key: Client }> {
    const organisation = await found(owner);
    const at = `/v1/organisations/${organisation}`;
    const email = `bob${people++}@two.example`;
    const permissions = ['products:read', 'products:create', 'api-keys:edit'];
    const roleId = (await owner.post(`${at}/roles`, { name: 'Clerk', permissions })).body.id as string;
    const bob = await join(instances.server, owner, organisation, email, [roleId]);
    const bobElsewhere = await signIn(instances.server, email);
    const powers = { permissions: ['products:read', 'products:create'] };
    const { id: keyId, key } = (await bob.post(`${at}/api-keys`, { name: 'Shop sync', ...powers })).body as {
      id: string;
      key: string;
    };
    return { owner, bob, bobElsewhere, keyId, roleId, at, key: instances.server.client().as(key) };
  }

  it.each(revocations)('$what holds on both from its acknowledgement on', async ({ by, ...after }) => {
    const [one, two] = instances.urls;
    const { bob, bobElsewhere, key, at, ...rest } = await scene();
    const reads = (client: Client, url: string) => () => client.at(url).get(`${at}/products?limit=1`);
    const writes = (client: Client, url: string) => () => client.at(url).post(`${at}/products`, { name: 'A frame' });
    const asked: readonly Asked[] = [
      { ask: writes(bob, one), after: after.session },
      { ask: reads(bob, two), after: after.session },
      { ask: writes(bobElsewhere, two), after: after.elsewhere },
      { ask: reads(bobElsewhere, one), after: after.elsewhere },
      { ask: writes(key, one), after: after.key },
      { ask: writes(key, two), after: after.key },
      { ask: reads(key, two), after: after.key },
    ];
    // What the second instance acknowledges holds on the first, and the other way round.
    const url = people % 2 === 0 ? one : two;
    const actors = { owner: owner.at(url), bob: bob.at(url), bobElsewhere: bobElsewhere.at(url) };
    await expectAfter(asked, () => by({ ...rest, ...actors, at }));
  });

  it('takes the Primary’s powers from whoever handed them over', async () => {
    const [one, two] = instances.urls;
    const { bob, at } = await scene();
    await owner.put(`${at}/account-billing`, { plan: 'yearly', billingEmail: 'bills@two.example' });
    const proposed = await owner.post(`${at}/primary/handover`, { userId: bob.userId, password: PASSWORD });
    expect(proposed.status).toBe(201);
    const asked = [one, two].map((url) => ({ ask: () => owner.at(url).get(`${at}/account-billing`), after: 403 }));
    await expectAfter(asked, () =>
      bob.at(two).post(`${at}/primary/accept`, { proposalId: proposed.body.id as string }),
    );
  });

  it('enabling revives sessions, and no key', async () => {
    const { bob, key, at } = await scene();
    const [one, two] = instances.urls;
    expect((await owner.at(one).post(`${at}/members/${bob.userId}/disable`, {})).status).toBe(200);
    expect((await owner.at(two).post(`${at}/members/${bob.userId}/enable`, {})).status).toBe(200);
    for (const url of [one, two]) {
      expect((await bob.at(url).get(`${at}/products`)).status).toBe(200);
      expect((await key.at(url).get(`${at}/products`)).status).toBe(401);
    }
  });
});
