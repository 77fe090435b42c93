import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '../support/client.js';
import { found, join, signUp } from '../support/people.js';
import { Server } from '../support/server.js';
import { TwoInstances } from '../support/two-instances.js';

interface Seen {
  /** When the request was begun, `performance.now()`. */
  readonly begun: number;
  readonly status: number;
}

/** Sends requests without a pause, several at a time, until told to stop, and notes down what it sees. */
function hammer(
  request: () => Promise<{ status: number }>,
  concurrency = 8,
): { readonly seen: readonly Seen[]; readonly stop: () => Promise<void> } {
  const seen: Seen[] = [];
  let stopped = false;
  const loops = Array.from({ length: concurrency }, async () => {
    while (!stopped) {
      const begun = performance.now();
      const { status } = await request();
      seen.push({ begun, status });
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

/** Hammers through each client while `revoke` runs; what begins after its answer must be answered `status` everywhere. */
async function expectShutAfter(
  requests: readonly (() => Promise<{ status: number }>)[],
  revoke: () => Promise<{ status: number }>,
  status: number,
): Promise<void> {
  const hammers = requests.map((request) => hammer(request));
  while (!hammers.every(({ seen }) => seen.filter((one) => one.status < 300).length > 10)) await sleep(10);
  expect((await revoke()).status).toBe(200);
  const acknowledged = performance.now();
  while (!hammers.every(({ seen }) => seen.filter(({ begun }) => begun >= acknowledged).length > 20)) await sleep(10);
  for (const { stop, seen } of hammers) {
    await stop();
    const after = seen.filter(({ begun }) => begun >= acknowledged);
    expect(after.filter((one) => one.status !== status)).toEqual([]);
  }
}

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

describe('a revocation on one of two application instances over one store', () => {
  let instances: TwoInstances;

  beforeAll(async () => {
    instances = await TwoInstances.start();
  });

  afterAll(() => instances.dispose());

  it('holds on the other from its acknowledgement on', async () => {
    const [one, two] = instances.urls;
    const owner = await signUp(instances.server, 'owner@two.example');
    const organisation = await found(owner);
    const at = `/v1/organisations/${organisation}`;
    const bob = await join(instances.server, owner, organisation, 'bob@two.example', ['sales-and-purchases']);
    const through = (url: string) => (): Promise<{ status: number }> =>
      bob.at(url).post(`${at}/products`, { name: 'A frame' });
    await expectShutAfter(
      [through(one), through(two)],
      () => owner.at(one).post(`${at}/members/${bob.userId}/disable`, {}),
      404,
    );
    await owner.at(two).post(`${at}/members/${bob.userId}/enable`, {});
    await expectShutAfter(
      [through(one), through(two)],
      () => owner.at(two).put(`${at}/members/${bob.userId}/roles`, { roles: ['compliance'] }),
      403,
    );
  });
});
