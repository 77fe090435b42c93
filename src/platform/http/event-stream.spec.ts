import Fastify, { type FastifyInstance } from 'fastify';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { Client } from '../../../test/support/client.js';
import { openEvents } from '../../../test/support/events.js';
import type { Principal, RequestContext, Verdict } from '../commands/principal.js';
import type { Logger } from '../telemetry/logger.js';
import { EventStreams, MAX_STREAMS, type Message, type MessageSource, type OpenStream } from './event-stream.js';
import { problemOf } from './problem.js';

const PRINCIPAL: Principal = { userId: 'u-1', session: 's-1' };
const CONTEXT = { principal: PRINCIPAL, organisation: 'o-1', permission: 'audit:read' } as unknown as RequestContext;

describe('a stream of events', () => {
  let server: FastifyInstance;
  let streams: EventStreams;
  let source: MessageSource;
  let knows: (bearer: string) => Principal | undefined;
  let allows: () => boolean;
  const sockets: Socket[] = [];

  beforeEach(async () => {
    knows = () => PRINCIPAL;
    allows = () => true;
    const yes = { allowed: true, authority: {}, reach: { tokens: 'all' } } as unknown as Verdict;
    streams = new EventStreams(
      { authenticate: (bearer) => Promise.resolve(knows(bearer)) },
      { authorise: () => Promise.resolve(allows() ? yes : { allowed: false, because: 'area' }) },
      { warn: () => undefined } as unknown as Logger,
    );
    server = Fastify();
    server.get('/', (request, reply) => {
      try {
        streams.serve(CONTEXT, request, reply, source);
      } catch (error) {
        const { status, body } = problemOf(error);
        void reply.code(status).send(body);
      }
    });
    await server.listen({ host: '127.0.0.1', port: 0 });
  });

  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    streams.onModuleDestroy();
    server.server.closeAllConnections();
    await server.close();
  });

  const address = () => server.server.address() as AddressInfo;
  const client = () => new Client(`http://127.0.0.1:${address().port}`, 'token');
  const never = ({ signal }: OpenStream): Promise<void> =>
    new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));

  it('sends batches as messages with ids, types and one line of data each, and ends with its source', async () => {
    source = async function* () {
      yield [
        { id: 'a', data: { text: 'two\nlines' } },
        { id: 'b', data: 2 },
      ];
      yield [];
      yield [{ event: 'done', data: {} }];
    };
    const reader = await openEvents(client(), '/');
    expect(reader.response.headers.get('content-type')).toBe('text/event-stream');
    await reader.end();
    expect(reader.received).toEqual([
      { id: 'a', event: 'message', data: { text: 'two\nlines' } },
      { id: 'b', event: 'message', data: 2 },
      { id: undefined, event: 'done', data: {} },
    ]);
  });

  it.each([
    ['the token is none any more', () => (knows = () => undefined)],
    ['the token is somebody else’s', () => (knows = () => ({ userId: 'u-2' }))],
    ['the permission is gone', () => (allows = () => false)],
    [
      'nobody can say',
      () =>
        (allows = () => {
          throw new Error('away');
        }),
    ],
  ])('ends a quiet one when %s', async (_, revoke) => {
    source = async function* (stream) {
      yield [{ data: 1 }];
      await never(stream);
    };
    const reader = await openEvents(client(), '/');
    await reader.until((received) => received.length === 1);
    revoke();
    await reader.end(4000);
  });

  it('sends nothing of a batch that is admitted too late', async () => {
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    source = async function* ({ admit }) {
      await admit();
      yield [{ data: 1 }];
      await held;
      await admit();
      yield [{ data: 2 }];
    };
    const reader = await openEvents(client(), '/');
    await reader.until((received) => received.length === 1);
    allows = () => false;
    release();
    await reader.end(4000);
    expect(reader.items).toEqual([1]);
  });

  it('asks its source for no more than a reader takes, and cuts off one that takes nothing', async () => {
    let batches = 0;
    const batch: readonly Message[] = [{ data: 'x'.repeat(64 * 1024) }];
    source = async function* ({ signal }) {
      while (!signal.aborted) {
        batches += 1;
        yield batch;
        await sleep(0);
      }
    };
    const idle = connect(address().port, '127.0.0.1');
    sockets.push(idle);
    idle.pause();
    idle.write('GET / HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer token\r\n\r\n');
    // The socket's buffers fill, whatever their size; then nothing more is made.
    for (let last = -1; last !== batches;) {
      last = batches;
      await sleep(300);
    }
    expect(batches).toBeGreaterThan(0);
    const connections = async (): Promise<number> =>
      new Promise((resolve, reject) =>
        server.server.getConnections((error, count) => (error === null ? resolve(count) : reject(error))),
      );
    expect(await connections()).toBe(1);
    allows = () => false;
    for (let waited = 0; (await connections()) > 0; waited += 50) {
      expect(waited).toBeLessThan(5000);
      await sleep(50);
    }
  });

  it('leaves others a turn after each batch of a source that has everything at hand', async () => {
    let turns = 0;
    let least = Infinity;
    source = async function* ({ signal }) {
      const count = (async () => {
        for (; !signal.aborted; turns++) await nextTurn();
      })();
      for (let batch = 0; batch < 200; batch++) {
        const before = turns;
        yield [];
        if (batch > 0) least = Math.min(least, turns - before);
      }
      void count;
    };
    const reader = await openEvents(client(), '/');
    await reader.end();
    expect(least).toBeGreaterThanOrEqual(1);
  });

  it('lets one person have so many and no more, until one is closed', async () => {
    source = async function* (stream) {
      yield [{ data: 1 }];
      await never(stream);
    };
    const open = await Promise.all(Array.from({ length: MAX_STREAMS }, () => openEvents(client(), '/')));
    const refused = await fetch(client().url, { headers: { authorization: 'Bearer token' } });
    expect(refused.status).toBe(429);
    await refused.text();
    await open[0]!.close();
    let status = 429;
    for (let waited = 0; waited < 2000 && status === 429; waited += 20) {
      const again = await openEvents(client(), '/');
      status = again.response.status;
      await again.close();
      await sleep(20);
    }
    expect(status).toBe(200);
    await Promise.all(open.map((one) => one.close()));
  });

  it('tells its source when the reader has gone', async () => {
    const gone = new Promise<void>((resolve) => {
      source = async function* (stream) {
        yield [{ data: 1 }];
        await never(stream);
        resolve();
      };
    });
    const reader = await openEvents(client(), '/');
    await reader.until((received) => received.length === 1);
    await reader.close();
    await gone;
  });

  it('ends all of them when the server goes, and opens none', async () => {
    source = async function* (stream) {
      yield [{ data: 1 }];
      await never(stream);
    };
    const readers = await Promise.all([openEvents(client(), '/'), openEvents(client(), '/')]);
    streams.onModuleDestroy();
    await Promise.all(readers.map((reader) => reader.end(2000)));
    expect((await client().get('/')).status).toBe(503);
  });

  it('answers HEAD without a stream', async () => {
    // eslint-disable-next-line require-yield
    source = async function* () {
      throw new Error('was opened');
    };
    const { status, headers } = await client().send('HEAD', '/', undefined);
    expect([status, headers.get('content-type')]).toEqual([200, 'text/event-stream']);
  });
});
