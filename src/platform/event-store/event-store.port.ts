import type { Instant, Metadata } from '../../kernel/event.js';

/** The revision that a stream is expected to have: its last event's, `no-stream`, or `any`. */
export type ExpectedRevision = number | 'no-stream' | 'any';

/** What is there, or will be. */
export type Awaitable<T> = T | Promise<T>;

/** An event to append; `data` and `metadata` are plain JSON. The id is a UUID, the same on every retry. */
export interface NewEvent {
  readonly id: string;
  readonly type: string;
  readonly schemaVersion: number;
  readonly data: object;
  readonly metadata: Metadata;
}

/** An event as stored: personal fields are ciphertext. */
export interface StoredEvent extends NewEvent {
  readonly stream: string;
  readonly revision: number;
  readonly position: string;
  readonly recordedAt: Instant;
}

export interface Appended {
  /** Revision and position of the last event of the append. */
  readonly revision: number;
  readonly position: string;
  readonly recordedAt: Instant;
}

export interface ReadStreamOptions {
  /** First revision to read; the start (forwards) or the end (backwards) by default. */
  readonly from?: number;
  readonly direction?: 'forwards' | 'backwards';
  readonly limit?: number;
  readonly signal?: AbortSignal;
}

export interface ReadAllOptions {
  /** Exclusive. The start of the log by default. */
  readonly after?: string | undefined;
  /** Only events of these types. */
  readonly types?: readonly string[];
  readonly signal?: AbortSignal;
}

export interface SubscribeOptions extends ReadAllOptions {
  readonly signal: AbortSignal;
  /**
   * Milliseconds, at least, from one look at the end of the log to the next, so that events come together while many are
   * written. What comes after a quiet time comes at once. None by default.
   */
  readonly paceMs?: number;
}

/** Events in log order, as they arrived together. */
export interface Batch {
  readonly events: readonly StoredEvent[];
  /** Everything up to here has been considered, events of other types included. A checkpoint. */
  readonly position: string;
  /** True where nothing newer was there when the batch was read. */
  readonly caughtUp: boolean;
}

/**
 * The log. One stream per record, single-stream appends, global order. Adapters: SQLite (embedded), EventStoreDB.
 *
 * Every method rejects with `StoreUnavailable` while the store cannot be reached, and with `signal.reason` when aborted.
 */
export interface EventStore {
  /**
   * Appends events atomically; resolves when they are durable (fsync). The same stream, ids and expected revision again
   * answers the first result, even when the stream has moved on. Nothing to append is a mistake of the caller (RangeError).
   *
   * @throws WrongExpectedRevision, EventTooLarge, StoreUnavailable (nothing was written), OutcomeUnknown (it may have
   * been: retry with the same ids at the same expected revision).
   */
  append(stream: string, expected: ExpectedRevision, events: readonly NewEvent[]): Promise<Appended>;

  /** A stream's events; nothing for a stream that does not exist. */
  readStream(stream: string, options?: ReadStreamOptions): AsyncIterable<StoredEvent>;

  /**
   * The events of a stream beyond a revision (-1 for all), as of a moment after the call: whatever was acknowledged
   * before the call, by any node, is among them. Where there surely are none and that is known without I/O (as embedded,
   * on the path of every command), the answer is there at once.
   */
  newerThan(stream: string, revision: number): Awaitable<readonly StoredEvent[]>;

  /** The log in order, up to a head taken when the read begins, in batches. */
  readAll(options?: ReadAllOptions): AsyncIterable<Batch>;

  /**
   * The log in order and then live, in batches, until aborted (it then returns). Resumes by itself after the store was
   * away. A batch is handed out only when the one before has been handled (back-pressure). At least one batch with
   * `caughtUp` comes whenever the end is reached, be it empty.
   */
  subscribeToAll(options: SubscribeOptions): AsyncIterable<Batch>;

  /** Position of the last event, undefined in an empty log. */
  head(): Promise<string | undefined>;

  /** Finishes appends that were accepted, then releases everything. */
  close(): Promise<void>;
}

/** An event with its data and metadata is at most 1 MiB of JSON, and so is an append, on every store. */
export const MAX_APPEND_BYTES = 1024 * 1024;

export class WrongExpectedRevision extends Error {
  override readonly name = 'WrongExpectedRevision';
  constructor(
    readonly stream: string,
    readonly expected: ExpectedRevision,
    readonly actual: number | 'no-stream',
  ) {
    super(`Stream ${stream} is at ${String(actual)}, expected ${String(expected)}`);
  }
}

/** The store cannot be used now; nothing was written. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
}

/** The store failed or did not answer in time while writing: the events may or may not be there. */
export class OutcomeUnknown extends Error {
  override readonly name = 'OutcomeUnknown';
}

export class EventTooLarge extends Error {
  override readonly name = 'EventTooLarge';
  constructor(readonly bytes: number) {
    super(`An append of ${bytes} bytes is over the limit of ${MAX_APPEND_BYTES}`);
  }
}
