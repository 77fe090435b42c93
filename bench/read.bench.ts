import Database from 'better-sqlite3';
import type { EventStore } from '../src/platform/event-store/event-store.port.js';
import { logFile } from '../src/platform/event-store/sqlite/database.js';
import { openSqliteEventStore } from '../src/platform/event-store/sqlite/sqlite-event-store.js';
import { alternate, appends, inFolder } from './bench.js';
import type { Figure, Outcome } from './figure.js';

const EVENTS = 100_000;
const ROUNDS = 9;

/** Events a second of a pass over the whole log; fails where it did not see every event. */
function pass(read: () => Promise<number> | number): () => Promise<number> {
  return async () => {
    const begun = performance.now();
    const seen = await read();
    if (seen !== EVENTS) throw new Error(`saw ${seen} of ${EVENTS} events`);
    return (EVENTS * 1000) / (performance.now() - begun);
  };
}

/** The baseline: every column of every row in one scan, and its JSON parsed. */
function rawScan(db: Database.Database): () => Promise<number> {
  const statement = db.prepare('SELECT * FROM events ORDER BY position').raw();
  return pass(() => {
    let seen = 0;
    for (const row of statement.iterate() as IterableIterator<unknown[]>) {
      if (typeof JSON.parse(row[7] as string) === 'object') seen += 1;
    }
    return seen;
  });
}

function readAll(store: EventStore): () => Promise<number> {
  return pass(async () => {
    let seen = 0;
    for await (const { events } of store.readAll()) seen += events.length;
    return seen;
  });
}

function catchUp(store: EventStore): () => Promise<number> {
  return pass(async () => {
    const abort = new AbortController();
    let seen = 0;
    for await (const { events, caughtUp } of store.subscribeToAll({ signal: abort.signal })) {
      seen += events.length;
      if (caughtUp) abort.abort();
    }
    return seen;
  });
}

/** Reading everything and decoding it, against a raw scan of SQLite and JSON.parse. */
export async function run(): Promise<Outcome[]> {
  return inFolder(async (folder) => {
    const store = await openSqliteEventStore({ folder, clock: Date.now });
    const next = appends();
    const append = async (): Promise<unknown> => {
      const { stream, expected, event } = next();
      return store.append(stream, expected, [event]);
    };
    for (let i = 0; i < EVENTS; i += 1000) await Promise.all(Array.from({ length: 1000 }, append));
    const db = new Database(logFile(folder), { readonly: true });
    try {
      const [baseline, all, subscribed] = await alternate(ROUNDS, [rawScan(db), readAll(store), catchUp(store)]);
      const figure = (name: string, value: { rate: number; ratio: number }): Figure => ({
        name,
        measured: value.rate,
        baseline: baseline!.rate,
        ratio: value.ratio,
        unit: 'events/s',
      });
      return [figure('read all and decode', all!), figure('catch up by subscription', subscribed!)];
    } finally {
      db.close();
      await store.close();
    }
  });
}
