import type Database from 'better-sqlite3';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import {
  type Batch,
  type EventStore,
  type ReadAllOptions,
  type ReadStreamOptions,
  type StoredEvent,
  StoreUnavailable,
  type SubscribeOptions,
} from '../event-store.port.js';
import { logFile, openForReading, wakeChannel } from './database.js';
import { positionNumber, positionText } from './encoding.js';
import { EventLogUnreadable, readError } from './errors.js';
import { eventOf, readStatements, type Row } from './rows.js';
import { Wake } from './wake.js';

/** The reading half of the port. */
export type EventLogReader = Pick<
  EventStore,
  'readStream' | 'newerThan' | 'readAll' | 'subscribeToAll' | 'head' | 'close'
>;

/** A page ends with the first of these: its rows are in memory together and are read in one go. */
const PAGE_ROWS = 1000;
const PAGE_BYTES = 4 * 1024 * 1024;
/** Positions that a filtered page goes through at most. */
const FILTER_WINDOW = 20_000;
const RETRY_MS = 500;

type Types = readonly string[] | undefined;

interface Page {
  readonly rows: readonly Row[];
  /** The limit of rows or bytes ended it, so there may be more. */
  readonly full: boolean;
}

/**
 * Opens the log of a folder for reading, in any thread of the process that has its store open. Subscriptions are woken by
 * the writer's commits.
 *
 * @throws EventLogUnreadable, StoreUnavailable
 */
export function openReader(folder: string): EventLogReader {
  const file = logFile(folder);
  try {
    return new SqliteReader(file, openForReading(file), new Wake(wakeChannel(folder)));
  } catch (error) {
    throw readError(file, error);
  }
}

/** Ends early, without an error, when the signal aborts. */
async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  if (milliseconds > 0) await sleep(milliseconds, undefined, { signal }).catch(() => undefined);
}

/** Reads on the calling thread, a page at a time, and gives the event loop a turn between pages. */
class SqliteReader implements EventLogReader {
  readonly #file: string;
  readonly #db: Database.Database;
  readonly #wake: Wake;
  readonly #sql: ReturnType<typeof readStatements>;

  constructor(file: string, db: Database.Database, wake: Wake) {
    this.#file = file;
    this.#db = db;
    this.#wake = wake;
    this.#sql = readStatements(db);
  }

  async *readStream(stream: string, options: ReadStreamOptions = {}): AsyncGenerator<StoredEvent> {
    const backwards = options.direction === 'backwards';
    let from = options.from ?? (backwards ? Number.MAX_SAFE_INTEGER : 0);
    let left = options.limit ?? Infinity;
    options.signal?.throwIfAborted();
    while (left > 0) {
      const { rows, full } = this.#page(backwards ? this.#sql.backwards : this.#sql.forwards, [stream, from], left);
      for (const row of rows) {
        yield this.#event(row);
        options.signal?.throwIfAborted();
      }
      if (!full) return;
      left -= rows.length;
      from = rows.at(-1)![2] + (backwards ? -1 : 1);
      await nextTurn();
      options.signal?.throwIfAborted();
    }
  }

  async newerThan(stream: string, revision: number): Promise<readonly StoredEvent[]> {
    const events: StoredEvent[] = [];
    for (let from = revision + 1; ; from = events.at(-1)!.revision + 1) {
      const { rows, full } = this.#page(this.#sql.forwards, [stream, from]);
      for (const row of rows) events.push(this.#event(row));
      if (!full) return events;
      await nextTurn();
    }
  }

  async *readAll({ after, types, signal }: ReadAllOptions = {}): AsyncGenerator<Batch> {
    let position = positionNumber(after);
    const end = this.#head();
    while (position < end) {
      signal?.throwIfAborted();
      const batch = this.#batch(position, end, types);
      position = positionNumber(batch.position);
      yield batch;
      await nextTurn();
    }
    signal?.throwIfAborted();
  }

  async *subscribeToAll(options: SubscribeOptions): AsyncGenerator<Batch> {
    const { after, types, signal, paceMs = 0 } = options;
    let position = positionNumber(after);
    let told = false;
    /** What was heard before the log was read to its end. */
    let readUpTo: number | undefined;
    while (!signal.aborted) {
      const heard = this.#wake.heard;
      const looked = performance.now();
      // What came meanwhile is of other types: the log need not be read to know that.
      const skips = types !== undefined && readUpTo !== undefined && !this.#wake.mayHaveCome(types, readUpTo);
      const batch = skips ? this.#emptyBatch(position) : await this.#nextBatch(position, types, signal);
      if (batch === undefined) return;
      const moved = batch.position !== positionText(position);
      if (moved || !told) {
        position = positionNumber(batch.position);
        told = batch.caughtUp;
        yield batch;
      }
      if (!batch.caughtUp) await nextTurn();
      else {
        readUpTo = heard;
        await this.#wake.next(heard, signal);
        await pause(looked + paceMs - performance.now(), signal);
      }
    }
  }

  async head(): Promise<string | undefined> {
    const head = this.#head();
    return head === 0 ? undefined : positionText(head);
  }

  async close(): Promise<void> {
    this.#db.close();
    this.#wake.close();
  }

  /** Tries again while the file cannot be read, until aborted. @throws EventLogUnreadable, StoreUnavailable when closed */
  async #nextBatch(after: number, types: Types, signal: AbortSignal): Promise<Batch | undefined> {
    while (!signal.aborted) {
      try {
        return this.#batch(after, this.#head(), types);
      } catch (error) {
        if (!(error instanceof StoreUnavailable) || !this.#db.open) throw error;
      }
      await sleep(RETRY_MS, undefined, { signal }).catch(() => undefined);
    }
    return undefined;
  }

  /** What comes after a position, as far as a page reaches, and not beyond `end`. */
  #batch(after: number, end: number, types: Types): Batch {
    const upTo = types === undefined ? end : Math.min(end, after + FILTER_WINDOW);
    const { rows, full } =
      types === undefined
        ? this.#page(this.#sql.all, [after, upTo])
        : this.#page(this.#sql.ofTypes, [after, upTo, JSON.stringify(types)]);
    const position = Math.max(after, full ? rows.at(-1)![0] : upTo);
    const hasGap = rows.length !== position - after || rows.some(([at], i) => at !== after + 1 + i);
    if (types === undefined && hasGap) this.#damaged(`events are missing after position ${after}`);
    return {
      events: rows.map((row) => this.#event(row)),
      position: positionText(position),
      caughtUp: position >= this.#head(),
    };
  }

  #emptyBatch(after: number): Batch {
    return { events: [], position: positionText(Math.max(after, this.#wake.position)), caughtUp: true };
  }

  #head(): number {
    return this.#read(() => (this.#sql.head.get() as number | null) ?? 0);
  }

  #page(statement: Database.Statement, values: readonly unknown[], limit = Infinity): Page {
    return this.#read(() => {
      const rows: Row[] = [];
      const most = Math.min(limit, PAGE_ROWS);
      let bytes = 0;
      for (const row of statement.iterate(...values, most) as IterableIterator<Row>) {
        rows.push(row);
        bytes += row[7].length;
        if (bytes >= PAGE_BYTES) break;
      }
      return { rows, full: rows.length === most || bytes >= PAGE_BYTES };
    });
  }

  /** SQLite has no checksums, so a row may come out of a damaged file that cannot have been written. */
  #event(row: Row): StoredEvent {
    try {
      return eventOf(row);
    } catch {
      // What was thrown quotes the event.
      return this.#damaged(`the event at position ${row[0]} cannot be read`);
    }
  }

  #damaged(how: string): never {
    throw new EventLogUnreadable(`${this.#file} is damaged: ${how}`);
  }

  #read<T>(read: () => T): T {
    if (!this.#db.open) throw new StoreUnavailable('The event store is closed');
    try {
      return read();
    } catch (error) {
      throw readError(this.#file, error);
    }
  }
}
