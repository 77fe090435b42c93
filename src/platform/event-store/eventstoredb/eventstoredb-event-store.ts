import type {
  Appended,
  Batch,
  EventStore,
  ExpectedRevision,
  NewEvent,
  ReadAllOptions,
  ReadStreamOptions,
  StoredEvent,
  SubscribeOptions,
} from '../event-store.port.js';
import { Appends } from './appends.js';
import { connect, type Driver } from './driver.js';
import type { LogImport } from '../log-import.port.js';
import { EndOfLog } from './end-of-log.js';
import { Imports } from './imports.js';
import { LogReads } from './log-reads.js';
import { BEFORE_ALL, readPosition } from './positions.js';
import { Seen } from './seen.js';
import { subscribeToLog } from './subscription.js';
import { within } from './timing.js';

export { LogAltered } from './errors.js';

/** The reading half of the port. */
export type EventStoreDbReader = Omit<EventStore, 'append'>;

export interface EventStoreDbReaderOptions {
  /** A connection string, `esdb://…`: with its user, TLS and servers. */
  readonly url: string;
  /** How long a call may take, in milliseconds; 10,000 by default. An append that takes longer is of unknown outcome. */
  readonly timeoutMs?: number;
  /** Told each time that a subscription drops, which is normal, before it is taken up again. */
  readonly dropped?: (error: unknown) => void;
}

export interface EventStoreDbOptions extends EventStoreDbReaderOptions {
  /** Milliseconds since 1970. */
  readonly clock: () => number;
}

const TIMEOUT_MS = 10_000;

/** Of this thread: the client keeps the appends that it waits for in one map for all its instances. */
let appending = false;

/**
 * The event store on a server of EventStoreDB or a cluster. One is open in a thread at a time, since closing one would fail
 * the appends of another; its application instances share it. Other threads have modules of their own, so they may open
 * readers (or, if they had to, a store) without harm; see `openEventStoreDbReader`.
 *
 * @throws StoreUnavailable where the server cannot be reached, or lets this user not read `$all`; RangeError for a wrong url
 */
export async function openEventStoreDb({ clock, ...options }: EventStoreDbOptions): Promise<EventStore & LogImport> {
  if (appending) throw new Error('EventStoreDB is open already: one client a process');
  appending = true;
  try {
    const store = new EventStoreDb({
      ...options,
      driver: connect(options.url),
      seen: new Seen(clock),
      released: () => (appending = false),
    });
    await store.begin();
    return store;
  } catch (error) {
    appending = false;
    throw error;
  }
}

/** The same log for reading, in any thread. Connects on first use, and by itself again after the server was away. */
export function openEventStoreDbReader(options: EventStoreDbReaderOptions): EventStoreDbReader {
  return new EventStoreDb({ ...options, driver: connect(options.url), seen: new Seen(() => 0) });
}

interface Parts {
  readonly driver: Driver;
  readonly seen: Seen;
  readonly timeoutMs?: number;
  readonly dropped?: (error: unknown) => void;
  readonly released?: () => void;
}

export class EventStoreDb implements EventStore, LogImport {
  readonly #parts: Parts & { readonly timeoutMs: number };
  readonly #reads: LogReads;
  readonly #end: EndOfLog;
  readonly #appends: Appends;
  #closing: Promise<void> | undefined;

  constructor(parts: Parts) {
    this.#parts = { timeoutMs: TIMEOUT_MS, ...parts };
    const { driver, seen, timeoutMs } = this.#parts;
    this.#reads = new LogReads(driver, timeoutMs, seen);
    this.#end = new EndOfLog(this.#reads, seen);
    this.#appends = new Appends({ driver, reads: this.#reads, seen, timeoutMs });
  }

  /** Finds the end of the log, by which repeats of what an earlier process appended are known. Closes where it cannot. */
  async begin(): Promise<void> {
    try {
      await this.#end.head();
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  append(stream: string, expected: ExpectedRevision, events: readonly NewEvent[]): Promise<Appended> {
    return this.#appends.append(stream, expected, events);
  }

  importEvents(events: readonly StoredEvent[]): Promise<void> {
    return new Imports(this.#parts).importEvents(events);
  }

  async *readStream(stream: string, options: ReadStreamOptions = {}): AsyncGenerator<StoredEvent> {
    const { signal } = options;
    const backwards = options.direction === 'backwards';
    let from: number | 'start' | 'end' = options.from ?? (backwards ? 'end' : 'start');
    // The server takes no limit of nothing.
    for (let left = options.limit ?? Infinity; left > 0;) {
      signal?.throwIfAborted();
      const { events, full } = await this.#reads.stream(stream, { from, backwards, limit: left, signal });
      for (const event of events) {
        yield event;
        signal?.throwIfAborted();
      }
      if (!full) return;
      left -= events.length;
      from = events.at(-1)!.revision + (backwards ? -1 : 1);
      if (from < 0) return;
    }
  }

  async newerThan(stream: string, revision: number): Promise<readonly StoredEvent[]> {
    const newer: StoredEvent[] = [];
    for (let from = revision + 1; ; from = newer.at(-1)!.revision + 1) {
      const { events, full } = await this.#reads.stream(stream, { from });
      newer.push(...events);
      if (!full) return newer;
    }
  }

  /** Types are chosen here: the client passes a filter of `readAll` over in silence. */
  async *readAll({ after = BEFORE_ALL, types, signal }: ReadAllOptions = {}): AsyncGenerator<Batch> {
    signal?.throwIfAborted();
    readPosition(after);
    const end = (await this.#end.head()) ?? BEFORE_ALL;
    const wanted = types === undefined ? undefined : new Set(types);
    let position = after;
    for (let cursor = after; position < end;) {
      const page = await this.#reads.after(cursor, signal);
      cursor = page.cursor;
      const done = page.ended || cursor >= end;
      if (!done && page.position === undefined) continue;
      position = done ? end : page.position!;
      const events = page.events.filter((event) => event.position <= end && (wanted?.has(event.type) ?? true));
      yield { events, position, caughtUp: done };
      signal?.throwIfAborted();
    }
    signal?.throwIfAborted();
  }

  subscribeToAll(options: SubscribeOptions): AsyncIterable<Batch> {
    return subscribeToLog({ ...this.#parts, reads: this.#reads, end: this.#end }, options);
  }

  async head(): Promise<string | undefined> {
    return this.#end.head();
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    const { driver, timeoutMs, released } = this.#parts;
    await this.#appends.drain();
    this.#reads.close();
    // It waits for the end of streams, which a server that hangs does not end.
    await within(timeoutMs, driver.dispose(), () => new Error('late')).catch(() => undefined);
    released?.();
  }
}
