import { getEventListeners } from 'node:events';
import { NotLeaderError, StreamDeletedError, StreamNotFoundError, UnavailableError } from '@eventstore/db-client';
import {
  driver,
  grpcError,
  reading,
  readAllOf,
  RECORDED_AT,
  resolved,
  system,
  text,
  uuid,
} from '../../../../test/support/eventstoredb.js';
import { StoreUnavailable } from '../event-store.port.js';
import type { Driver } from './driver.js';
import { EndOfLog } from './end-of-log.js';
import { LogReads } from './log-reads.js';
import { BEFORE_ALL } from './positions.js';
import { Seen } from './seen.js';

const nothingSeen = (): Seen => new Seen(() => 0);
const readsOver = (over: Partial<Driver>, timeoutMs = 5000): LogReads =>
  new LogReads(driver(over), timeoutMs, nothingSeen());
const notLeader = (): NotLeaderError => {
  const metadata = { getMap: () => ({ 'leader-endpoint-host': 'b', 'leader-endpoint-port': '2113' }) };
  return new NotLeaderError(Object.assign(grpcError(5, ''), { metadata }) as never);
};

describe('reading a stream of EventStoreDB', () => {
  it('asks the leader, for a page', async () => {
    const asked: unknown[] = [];
    const reads = readsOver({
      readStream: (stream, options) => {
        asked.push([stream, options]);
        return reading([resolved(3), resolved(4)] as never[]);
      },
    });
    const page = await reads.stream('thing-1', { from: 3, limit: 2 });
    expect(page.events.map(({ revision }) => revision)).toEqual([3, 4]);
    expect(page.full).toBe(true);
    expect(await reads.stream('thing-1', { from: 'end', backwards: true })).toMatchObject({ full: false });
    expect(asked).toEqual([
      ['thing-1', { fromRevision: 3n, direction: 'forwards', maxCount: 2, requiresLeader: true }],
      ['thing-1', { fromRevision: 'end', direction: 'backwards', maxCount: 500, requiresLeader: true }],
    ]);
  });

  it('finds nothing in a stream that is missing or was soft-deleted', async () => {
    const reads = readsOver({ readStream: () => reading([], new StreamNotFoundError(undefined, 'thing-1')) });
    expect(await reads.stream('thing-1', { from: 'start' })).toEqual({ events: [], full: false });
  });

  it('finds nothing past the end', async () => {
    const reads = readsOver({ readStream: () => reading([]) });
    expect(await reads.stream('thing-1', { from: 1000 })).toEqual({ events: [], full: false });
  });

  it.each([
    ['a tombstone', () => reading([], new StreamDeletedError(undefined, 'thing-1'))],
    ['an event of somebody else', () => reading([resolved(0, 'Done', { metadata: {} }) as never])],
  ])('says so where it finds %s', async (_, readStream) => {
    await expect(readsOver({ readStream }).stream('thing-1', { from: 0 })).rejects.toMatchObject({
      name: 'LogAltered',
    });
  });

  it('a server that is away is unavailable', async () => {
    const away = new UnavailableError(grpcError(14, 'No connection established') as never);
    const reading14 = readsOver({ readStream: () => reading([], away) }).stream('thing-1', { from: 0 });
    await expect(reading14).rejects.toBeInstanceOf(StoreUnavailable);
    await expect(reading14).rejects.toMatchObject({ cause: away });
  });

  it('a server that hangs is unavailable after our own time, and the read is given up', async () => {
    const silent = reading([resolved(0)], 'silence');
    await expect(
      readsOver({ readStream: () => silent as never }, 20).stream('thing-1', { from: 0 }),
    ).rejects.toMatchObject({ name: 'StoreUnavailable', message: 'EventStoreDB did not answer in time' });
    expect(silent.cancelled).toBe(true);
    expect((silent as unknown as { destroyed: boolean }).destroyed).toBe(true);
  });

  it('asks again where it got to a follower: the client has turned to the leader', async () => {
    const answers = [reading([], notLeader()), reading([resolved(0)])];
    const reads = readsOver({ readStream: () => answers.shift() as never });
    expect((await reads.stream('thing-1', { from: 0 })).events).toHaveLength(1);
    await expect(
      readsOver({ readStream: () => reading([], notLeader()) }).stream('thing-1', { from: 0 }),
    ).rejects.toBeInstanceOf(StoreUnavailable);
  });

  it('ends with the reason of its signal, and when the store is closed', async () => {
    const silent = { readStream: () => reading([], 'silence') } as Partial<Driver>;
    const abort = new AbortController();
    const reason = new Error('enough');
    const aborted = readsOver(silent).stream('thing-1', { from: 0, signal: abort.signal });
    abort.abort(reason);
    await expect(aborted).rejects.toBe(reason);
    const reads = readsOver(silent);
    const closed = reads.stream('thing-1', { from: 0 });
    reads.close();
    await expect(closed).rejects.toBeInstanceOf(StoreUnavailable);
    await expect(reads.stream('thing-1', { from: 0 })).rejects.toBeInstanceOf(StoreUnavailable);
  });

  it('leaves no listeners behind', async () => {
    const reads = readsOver({ readStream: () => reading([]) });
    const asked = reads.stream('thing-1', { from: 0 });
    expect(getEventListeners(reads.closed, 'abort')).toHaveLength(1);
    await asked;
    expect(getEventListeners(reads.closed, 'abort')).toEqual([]);
  });
});

describe('reading the log of EventStoreDB', () => {
  const log = [
    resolved(1),
    system(2),
    resolved(3, 'Other'),
    resolved(4, 'Done', { metadata: {} }),
    resolved(5),
    system(6),
  ];

  it('goes on behind a position, which the answer begins with', async () => {
    const reads = readsOver({ readAll: readAllOf(log) });
    const page = await reads.after(text(1));
    expect(page.events.map(({ position }) => position)).toEqual([text(3), text(5)]);
    expect(page).toMatchObject({ position: text(5), cursor: text(6), ended: true });
    expect(await reads.after(text(6))).toEqual({ events: [], position: undefined, cursor: text(6), ended: true });
    expect((await reads.after(BEFORE_ALL)).events).toHaveLength(3);
  });

  it('reads pages, all by the leader', async () => {
    const long = Array.from({ length: 1200 }, (_, n) => resolved(n + 1));
    const asked: unknown[] = [];
    const readAll = readAllOf(long);
    const reads = readsOver({
      readAll: (options) => {
        asked.push(options);
        return readAll(options);
      },
    });
    const seen: string[] = [];
    let cursor = BEFORE_ALL;
    for (let ended = false; !ended;) {
      const page = await reads.after(cursor);
      seen.push(...page.events.map(({ id }) => id));
      ({ cursor, ended } = page);
    }
    expect(seen).toEqual(long.map((_, n) => uuid(n + 1)));
    expect(asked).toHaveLength(3);
    for (const options of asked) expect(options).toMatchObject({ requiresLeader: true, direction: 'forwards' });
  });
});

describe('the end of the log of EventStoreDB', () => {
  function endOver(log: ReturnType<typeof resolved>[]) {
    const counts: number[] = [];
    const reads = readsOver({
      readAll: (options) => {
        counts.push(options.maxCount);
        return readAllOf(log)(options);
      },
    });
    const seen = nothingSeen();
    return { end: new EndOfLog(reads, seen), counts, log, seen };
  }

  it('is the last event that is none of the server itself', async () => {
    const { end, counts, seen } = endOver([
      resolved(1),
      resolved(2),
      ...Array.from({ length: 50 }, (_, n) => system(3 + n)),
    ]);
    expect(await end.head()).toBe(text(2));
    expect(counts).toEqual([1, 32, 500]);
    expect(seen.position).toBe(text(2));
  });

  it('is nowhere in a log that holds none', async () => {
    expect(await endOver([]).end.head()).toBeUndefined();
    expect(await endOver([system(1), system(2)]).end.head()).toBeUndefined();
  });

  it('is not looked for again where it was before', async () => {
    const { end, counts, log } = endOver([resolved(1), ...Array.from({ length: 600 }, (_, n) => system(2 + n))]);
    await end.head();
    counts.length = 0;
    expect(await end.head()).toBe(text(1));
    expect(counts).toEqual([1]);
    log.push(system(700), system(701));
    expect(await end.head()).toBe(text(1));
    log.push(resolved(702));
    expect(await end.head()).toBe(text(702));
  });

  it('tells when its event was recorded', async () => {
    const { end, seen } = endOver([resolved(1)]);
    await end.head();
    expect(seen.stamp(uuid(1))).toBe(RECORDED_AT);
  });
});
