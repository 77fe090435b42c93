import { EventStoreDBClient, isCommandError, UnavailableError } from '@eventstore/db-client';
import { jest } from '@jest/globals';
import { createServer, type Server } from 'node:net';
import type { AddressInfo } from 'node:net';
import { driver, grpcError } from '../../../../test/support/eventstoredb.js';
import { type NewEvent, OutcomeUnknown, StoreUnavailable } from '../event-store.port.js';
import { connect } from './driver.js';
import { appendError } from './errors.js';
import { eventData } from './event-data.js';
import { EventStoreDb, openEventStoreDb, openEventStoreDbReader } from './eventstoredb-event-store.js';
import { Seen } from './seen.js';

const event: NewEvent = {
  id: '00000000-0000-4000-8000-000000000001',
  type: 'Done',
  schemaVersion: 1,
  data: {},
  metadata: { actor: { kind: 'system', id: 'test' }, command: 'Do', correlationId: 'c', requestId: 'r' },
};

/** A port of this machine at which nobody listens. */
async function closedPort(): Promise<number> {
  const server = await listening(createServer());
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function listening(server: Server): Promise<Server> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

describe('connecting to EventStoreDB', () => {
  const given = (url: string): string => {
    const connecting = jest.spyOn(EventStoreDBClient, 'connectionString').mockReturnValue(driver({}) as never);
    try {
      connect(url);
      return connecting.mock.calls[0]![0] as string;
    } finally {
      connecting.mockRestore();
    }
  };

  it('prefers the leader, where nothing else is asked for', () => {
    expect(given('esdb://a:2113')).toBe('esdb://a:2113?nodePreference=leader');
    expect(given('esdb://a:2113/')).toBe('esdb://a:2113?nodePreference=leader');
    expect(given('esdb://a:1,b:2?tls=true')).toBe('esdb://a:1,b:2?tls=true&nodePreference=leader');
    expect(given('esdb://a:1,b:2?nodepreference=follower')).toBe('esdb://a:1,b:2?nodepreference=follower');
  });

  it('takes the real client, which connects on first use', () => {
    expect(() => connect('esdb://127.0.0.1:1?tls=false')).not.toThrow();
    expect(() => connect('esdb+discover://user:secret@cluster.example:2113')).not.toThrow();
  });

  it.each(['http://localhost', 'esdb://user:secret@', 'esdb://user:secret@a:2113?tlsCAFile=/nowhere/ca.crt'])(
    'refuses %s in words that do not repeat a password',
    (url) => {
      expect(() => connect(url)).toThrow(RangeError);
      expect(() => connect(url)).not.toThrow(/secret/);
    },
  );

  it('refuses to be told of failed appends without an error', () => {
    expect(() => connect('esdb://a:2113?tls=false&throwOnAppendFailure=false')).toThrow(/throwOnAppendFailure/);
  });
});

describe('the client, where no server is', () => {
  it('an append fails before it is sent, by a plain error with code 14; a read by its class', async () => {
    const client = connect(`esdb://127.0.0.1:${await closedPort()}?tls=false`);
    const error: unknown = await client
      .appendToStream('thing-1', eventData([event], '2026-03-01T12:00:00.000Z'), {
        expectedRevision: 'any',
        deadline: 5000,
      })
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 14 });
    expect(isCommandError(error as Error)).toBe(false);
    const attempt = { stream: 'thing-1', expected: 'any', bytes: 1 } as const;
    expect(appendError(error, attempt)).toBeInstanceOf(StoreUnavailable);

    const read = client.readStream('thing-1', {
      fromRevision: 'start',
      direction: 'forwards',
      maxCount: 1,
      requiresLeader: true,
    });
    const failed = (async () => {
      for await (const _ of read) throw new Error('there is nobody');
    })();
    await expect(failed).rejects.toBeInstanceOf(UnavailableError);
    await client.dispose();
  });

  it('a store does not open, and another one may be opened after it', async () => {
    const url = `esdb://127.0.0.1:${await closedPort()}?tls=false`;
    const opening = openEventStoreDb({ url, clock: Date.now });
    await expect(openEventStoreDb({ url, clock: Date.now })).rejects.toThrow('one client a process');
    await expect(opening).rejects.toBeInstanceOf(StoreUnavailable);
    await expect(openEventStoreDb({ url, clock: Date.now })).rejects.toBeInstanceOf(StoreUnavailable);
    await expect(openEventStoreDb({ url: 'x', clock: Date.now })).rejects.toBeInstanceOf(RangeError);
    await expect(openEventStoreDb({ url, clock: Date.now })).rejects.toBeInstanceOf(StoreUnavailable);
  });

  it('a subscription goes on trying, an append and a read are refused, and it can be closed', async () => {
    const drops: unknown[] = [];
    const url = `esdb://127.0.0.1:${await closedPort()}?tls=false`;
    const store = new EventStoreDb({
      driver: connect(url),
      seen: new Seen(Date.now),
      dropped: (error) => drops.push(error),
    });
    const subscription = (async () => {
      for await (const _ of store.subscribeToAll({ signal: new AbortController().signal })) throw new Error('nobody');
    })();
    subscription.catch(() => undefined);
    for (let i = 0; i < 3; i++)
      await expect(store.append('thing-1', 'any', [event])).rejects.toBeInstanceOf(StoreUnavailable);
    await expect(store.newerThan('thing-1', -1)).rejects.toBeInstanceOf(StoreUnavailable);
    await expect(store.head()).rejects.toBeInstanceOf(StoreUnavailable);
    for (let i = 0; i < 1000 && drops.length < 3; i++) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(drops.length).toBeGreaterThanOrEqual(3);
    for (const drop of drops) expect(drop).toBeInstanceOf(UnavailableError);
    await store.close();
    await expect(subscription).rejects.toBeInstanceOf(StoreUnavailable);
  });
});

describe('the client, where a server hangs', () => {
  let server: Server;
  beforeEach(async () => {
    server = await listening(createServer((socket) => void socket.on('error', () => undefined)));
  });
  afterEach(() => new Promise((resolve) => server.close(resolve)));

  it('appends are of unknown outcome and reads are refused after our own time', async () => {
    const { port } = server.address() as AddressInfo;
    const sockets = new Set<{ destroy(): void }>();
    server.on('connection', (socket) => sockets.add(socket));
    const url = `esdb://127.0.0.1:${port}?tls=false`;
    const store = new EventStoreDb({ driver: connect(url), seen: new Seen(Date.now), timeoutMs: 100 });
    const append = store.append('thing-1', 'any', [event]);
    const reader = openEventStoreDbReader({ url, timeoutMs: 100 });
    await expect(reader.newerThan('thing-1', -1)).rejects.toBeInstanceOf(StoreUnavailable);
    await expect(append).rejects.toBeInstanceOf(OutcomeUnknown);
    await reader.close();
    await store.close();
    for (const socket of sockets) socket.destroy();
  });

  it('errors of gRPC have the shape that the specs give them', () => {
    expect(grpcError(14, 'x')).toMatchObject({ code: 14, details: 'x' });
  });
});
