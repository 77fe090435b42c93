import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import type { EventStore, NewEvent } from '../../src/platform/event-store/event-store.port.js';
import { openSqliteEventStore } from '../../src/platform/event-store/sqlite/sqlite-event-store.js';
import { faults } from './event-store.faults.js';

/** A process with an event store of its own, for what cannot be tried in the process of the tests. */
const [scenario, folder] = process.argv.slice(2) as [Scenario, string];
export type Scenario = keyof typeof scenarios;

const ID = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
const METADATA: NewEvent['metadata'] = {
  actor: { kind: 'system', id: 'test' },
  command: 'Test',
  correlationId: ID(0),
  requestId: ID(0),
};
const event = (n: number): NewEvent => ({ id: ID(n), type: 'Done', schemaVersion: 1, data: { n }, metadata: METADATA });

/** What an append came to: a revision, or the name of the error. */
async function outcome(store: EventStore, stream: string, n: number): Promise<number | string> {
  return store.append(stream, 'no-stream', [event(n)]).then(
    ({ revision }) => revision,
    (error: unknown) => (error instanceof Error ? error.name : String(error)),
  );
}

async function length(store: EventStore, stream: string): Promise<number> {
  let count = 0;
  for await (const _ of store.readStream(stream)) count += 1;
  return count;
}

/** Each answers what the test wants to know; what it leaves running ends with the process. */
const scenarios = {
  async hold(): Promise<unknown> {
    await openSqliteEventStore({ folder, clock: Date.now });
    return 'open';
  },

  async lock(): Promise<unknown> {
    return openSqliteEventStore({ folder, clock: Date.now }).then(
      () => 'open',
      (error: unknown) => `${(error as Error).name}: ${(error as Error).message}`,
    );
  },

  async syncs(): Promise<unknown> {
    const store = await openSqliteEventStore({ folder, clock: Date.now });
    const before = faults.syncs();
    for (let n = 0; n < 50; n++) await store.append('one', 'any', [event(n)]);
    const single = faults.syncs() - before;
    await Promise.all(Array.from({ length: 1000 }, (_, n) => store.append('many', 'any', [event(100 + n)])));
    const grouped = faults.syncs() - before - single;
    await store.close();
    return { single, grouped };
  },

  async ioError(): Promise<unknown> {
    const store = await openSqliteEventStore({ folder, clock: Date.now });
    const before = await outcome(store, 'before', 1);
    faults.begin('sync-eio-once');
    const once = await outcome(store, 'once', 2);
    const [onceAgain, meanwhile] = await Promise.all([outcome(store, 'once', 2), outcome(store, 'meanwhile', 3)]);
    faults.begin('sync-eio');
    const lasting = await outcome(store, 'lasting', 4);
    const refused = await outcome(store, 'refused', 5);
    const readable = await length(store, 'once');
    faults.end('sync-eio');
    const lastingAgain = await outcome(store, 'lasting', 4);
    const refusedAgain = await outcome(store, 'refused', 5);
    const newer = (await store.newerThan('lasting', -1)).length;
    await store.close();
    return { before, once, onceAgain, meanwhile, lasting, refused, readable, lastingAgain, refusedAgain, newer };
  },

  /** Leaves an append whose sync failed in the WAL. */
  async ioErrorThenCrash(): Promise<unknown> {
    const store = await openSqliteEventStore({ folder, clock: Date.now });
    await outcome(store, 'before', 1);
    faults.begin('sync-eio');
    return { failed: await outcome(store, 'failed', 2), visible: await length(store, 'failed') };
  },

  async diskFull(): Promise<unknown> {
    const store = await openSqliteEventStore({ folder, clock: Date.now });
    const before = await outcome(store, 'before', 1);
    faults.begin('write-enospc');
    const full = await Promise.all([outcome(store, 'a', 2), outcome(store, 'b', 3)]);
    const still = await outcome(store, 'a', 2);
    const readable = [await length(store, 'before'), await length(store, 'a')];
    faults.end('write-enospc');
    const healed = await Promise.all([outcome(store, 'a', 2), outcome(store, 'b', 3)]);
    await store.close();
    return { before, full, still, readable, healed };
  },

  async threadDies(): Promise<unknown> {
    const threads: Worker[] = [];
    process.on('worker', (worker: Worker) => threads.push(worker));
    const store = await openSqliteEventStore({ folder, clock: Date.now });
    await outcome(store, 'before', 1);
    const append = (): Promise<number | string>[] =>
      Array.from({ length: 2000 }, (_, n) => outcome(store, `s${n}`, 10 + n));
    const doubtful = append();
    // They are sent in a microtask, so they are under way after the next immediate at the latest.
    await nextTurn();
    await threads[0]!.terminate();
    const outcomes = new Set(await Promise.all(doubtful));
    const again = new Set(await Promise.all(append()));
    await store.close();
    return { outcomes: [...outcomes], again: [...again], threads: threads.length };
  },

  /** The process has to end by itself afterwards. */
  async closeAll(): Promise<unknown> {
    const store = await openSqliteEventStore({ folder, clock: Date.now });
    const abort = new AbortController();
    const live = (async () => {
      for await (const { events } of store.subscribeToAll({ signal: abort.signal })) if (events.length > 0) return;
    })();
    const forgotten = store.subscribeToAll({ signal: abort.signal })[Symbol.asyncIterator]();
    await outcome(store, 'some', 1);
    await live;
    await forgotten.next();
    await store.close();
    return 'closed';
  },
};

const answer = await scenarios[scenario]();
process.stdout.write(`${JSON.stringify(answer)}\n`);
