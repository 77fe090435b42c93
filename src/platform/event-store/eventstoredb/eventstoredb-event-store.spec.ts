import { InvalidArgumentError } from '@eventstore/db-client';
import { driver, readAllOf, reading, resolved, system, text } from '../../../../test/support/eventstoredb.js';
import type { Batch, StoredEvent } from '../event-store.port.js';
import type { Driver } from './driver.js';
import { EventStoreDb } from './eventstoredb-event-store.js';
import { Seen } from './seen.js';

const open = (over: Partial<Driver>): EventStoreDb =>
  new EventStoreDb({ driver: driver(over), seen: new Seen(() => 0), timeoutMs: 1000 });

async function all<T>(iterable: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of iterable) items.push(item);
  return items;
}

/** `readStream` of a stream with so many events. */
function readStreamOf(length: number, asked: unknown[] = []): Driver['readStream'] {
  const stream = Array.from({ length }, (_, n) => resolved(n + 1, 'Done', { revision: BigInt(n) }));
  return (_, options) => {
    asked.push(options);
    const { fromRevision: from, direction, maxCount } = options;
    if (typeof from === 'bigint' && from < 0n) throw new InvalidArgumentError('fromRevision');
    const found =
      direction === 'forwards'
        ? stream.slice(from === 'start' ? 0 : Number(from))
        : stream.slice(0, from === 'end' ? length : Number(from) + 1).reverse();
    return reading(found.slice(0, maxCount) as never[]);
  };
}

const revisions = (events: readonly StoredEvent[]): number[] => events.map(({ revision }) => revision);

describe('streams of EventStoreDB', () => {
  it('are read in pages, forwards and backwards, up to a limit', async () => {
    const asked: { maxCount: number }[] = [];
    const store = open({ readStream: readStreamOf(1200, asked) });
    const forwards = await all(store.readStream('thing-1'));
    expect(revisions(forwards)).toEqual(Array.from({ length: 1200 }, (_, n) => n));
    expect(asked).toHaveLength(3);
    const backwards = await all(store.readStream('thing-1', { direction: 'backwards', limit: 700 }));
    expect(revisions(backwards)).toEqual(Array.from({ length: 700 }, (_, n) => 1199 - n));
    expect(revisions(await all(store.readStream('thing-1', { from: 499, direction: 'backwards' })))).toHaveLength(500);
    asked.length = 0;
    expect(revisions(await all(store.readStream('thing-1', { from: 7, limit: 2 })))).toEqual([7, 8]);
    expect(asked).toMatchObject([{ maxCount: 2, fromRevision: 7n }]);
  });

  it('are not asked for nothing, which the server takes for a mistake', async () => {
    expect(await all(open({}).readStream('thing-1', { limit: 0 }))).toEqual([]);
  });

  it('are asked for what is newer than a revision, of the leader', async () => {
    const asked: unknown[] = [];
    const store = open({ readStream: readStreamOf(1200, asked) });
    expect(revisions(await store.newerThan('thing-1', 1197))).toEqual([1198, 1199]);
    expect(asked).toMatchObject([{ fromRevision: 1198n, requiresLeader: true }]);
    expect(await store.newerThan('thing-1', -1)).toHaveLength(1200);
    expect(await store.newerThan('thing-1', 5000)).toEqual([]);
  });
});

describe('the log of EventStoreDB', () => {
  const log = Array.from({ length: 1300 }, (_, n) =>
    n % 3 === 0 ? system(n + 1) : resolved(n + 1, n % 100 === 1 ? 'Rare' : 'Done'),
  );
  const positions = (batches: readonly Batch[]): string[] =>
    batches.flatMap(({ events }) => events).map(({ position }) => position);

  it('is read up to the head that was there when it began', async () => {
    const growing = [...log];
    const store = open({ readAll: (options) => readAllOf(growing)(options) });
    const batches: Batch[] = [];
    for await (const batch of store.readAll()) {
      batches.push(batch);
      if (batches.length === 1) growing.push(resolved(2000));
    }
    const ours = log.filter(({ event }) => event!.type !== '$metadata');
    expect(positions(batches)).toEqual(ours.map(({ event }) => text(Number(event!.position.commit))));
    expect(batches.map(({ caughtUp }) => caughtUp)).toEqual([false, false, true]);
    expect(batches.at(-1)!.position).toBe(text(1299));
    expect(positions(await all(store.readAll({ after: text(1299) })))).toEqual([text(2000)]);
    expect(await all(store.readAll({ after: text(2000) }))).toEqual([]);
  });

  it('is read for some types, considering the others', async () => {
    const batches = await all(open({ readAll: readAllOf(log) }).readAll({ types: ['Rare'], after: text(100) }));
    expect(positions(batches)).toHaveLength(8);
    expect(batches.at(-1)).toMatchObject({ position: text(1299), caughtUp: true });
  });

  it('is empty where only the server has written', async () => {
    const store = open({ readAll: readAllOf([system(1), system(2)]) });
    expect(await store.head()).toBeUndefined();
    expect(await all(store.readAll())).toEqual([]);
  });

  it('has positions of its own kind only', async () => {
    await expect(all(open({ readAll: readAllOf(log) }).readAll({ after: '12' }))).rejects.toBeInstanceOf(RangeError);
  });
});

describe('closing', () => {
  it('drains, then lets the client go, once, and tells that another may be opened', async () => {
    const order: string[] = [];
    const store = new EventStoreDb({
      driver: driver({ dispose: async () => void order.push('disposed') }),
      seen: new Seen(() => 0),
      released: () => order.push('released'),
    });
    await Promise.all([store.close(), store.close()]);
    expect(order).toEqual(['disposed', 'released']);
    await expect(store.newerThan('thing-1', -1)).rejects.toMatchObject({ name: 'StoreUnavailable' });
    await expect(all(store.readAll())).rejects.toMatchObject({ name: 'StoreUnavailable' });
  });

  it('does not wait for streams that a hung server does not end', async () => {
    const store = new EventStoreDb({
      driver: driver({ dispose: () => new Promise(() => undefined) }),
      seen: new Seen(() => 0),
      timeoutMs: 10,
    });
    await store.close();
  });
});
