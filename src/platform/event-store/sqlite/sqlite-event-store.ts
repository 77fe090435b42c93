import { resolve } from 'node:path';
import {
  type Appended,
  type Awaitable,
  type Batch,
  type EventStore,
  EventTooLarge,
  type ExpectedRevision,
  MAX_APPEND_BYTES,
  type NewEvent,
  type ReadAllOptions,
  type ReadStreamOptions,
  type StoredEvent,
  type SubscribeOptions,
} from '../event-store.port.js';
import { isUuid } from '../../../kernel/ids.js';
import { logFile, wakeChannel } from './database.js';
import { Heads } from './heads.js';
import { type FolderLock, lockFolder } from './lock.js';
import { ANY_REVISION, NO_STREAM, type WireAppend, type WireEvent } from './protocol.js';
import { type EventLogReader, openReader } from './reader.js';
import { Writer } from './writer.js';

export { DataFolderInUse, EventLogUnreadable } from './errors.js';
export { type EventLogReader, openReader };

export interface SqliteEventStoreOptions {
  /** Made where it is missing (mode 0700). Holds `events.db`, its WAL and the lock of the folder. */
  readonly folder: string;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
}

/**
 * The embedded event store. One process works on a folder, with one store; its application instances share it, and other
 * threads read through `openReader`.
 *
 * @throws DataFolderInUse, EventLogUnreadable, StoreUnavailable
 */
export async function openSqliteEventStore({ clock, ...options }: SqliteEventStoreOptions): Promise<EventStore> {
  const folder = resolve(options.folder);
  const lock = await lockFolder(folder);
  let writer: Writer | undefined;
  try {
    const heads = new Heads();
    writer = new Writer({ file: logFile(folder), channel: wakeChannel(folder) }, heads);
    await writer.open();
    return new SqliteEventStore(lock, writer, openReader(folder), heads, clock);
  } catch (error) {
    await writer?.close();
    lock.release();
    throw error;
  }
}

const NOTHING_NEWER: readonly StoredEvent[] = Object.freeze([]);

class SqliteEventStore implements EventStore {
  #closing: Promise<void> | undefined;

  constructor(
    private readonly lock: FolderLock,
    private readonly writer: Writer,
    private readonly reader: EventLogReader,
    private readonly heads: Heads,
    private readonly clock: () => number,
  ) {}

  async append(stream: string, expected: ExpectedRevision, events: readonly NewEvent[]): Promise<Appended> {
    return this.writer.append(wireAppend(stream, expected, events, this.clock()), expected);
  }

  newerThan(stream: string, revision: number): Awaitable<readonly StoredEvent[]> {
    const bound = this.heads.get(stream);
    return bound !== undefined && bound <= revision ? NOTHING_NEWER : this.#readNewer(stream, revision);
  }

  readStream(stream: string, options?: ReadStreamOptions): AsyncIterable<StoredEvent> {
    return this.reader.readStream(stream, options);
  }

  readAll(options?: ReadAllOptions): AsyncIterable<Batch> {
    return this.reader.readAll(options);
  }

  /** A subscriber may hear of an event before its acknowledgement arrives here; what it then loads must have the event. */
  async *subscribeToAll(options: SubscribeOptions): AsyncGenerator<Batch> {
    for await (const batch of this.reader.subscribeToAll(options)) {
      for (const { stream, revision } of batch.events) this.heads.raise(stream, revision);
      yield batch;
    }
  }

  head(): Promise<string | undefined> {
    return this.reader.head();
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    await this.writer.drain();
    await this.reader.close();
    await this.writer.close();
    this.lock.release();
  }

  async #readNewer(stream: string, revision: number): Promise<readonly StoredEvent[]> {
    const events = await this.reader.newerThan(stream, revision);
    this.heads.raise(stream, events.at(-1)?.revision ?? revision);
    return events;
  }
}

/** Checks an append and writes its JSON. @throws RangeError, EventTooLarge */
function wireAppend(stream: string, expected: ExpectedRevision, events: readonly NewEvent[], now: number): WireAppend {
  if (stream === '' || !stream.isWellFormed()) throw new RangeError('A stream has a name of well-formed Unicode');
  if (events.length === 0) throw new RangeError(`There is nothing to append to ${stream}`);
  const bodies = new Bodies();
  const wired = events.map((event): WireEvent => {
    if (!isUuid(event.id)) throw new RangeError(`The id of an event is a lower-case UUID, not ${event.id}`);
    if (event.type === '' || !event.type.isWellFormed()) throw new RangeError('An event has a type');
    if (!Number.isSafeInteger(event.schemaVersion)) throw new RangeError(`No schema version is ${event.schemaVersion}`);
    return { id: event.id, type: event.type, schemaVersion: event.schemaVersion, body: bodies.of(event) };
  });
  if (wired.length > 1 && new Set(wired.map(({ id }) => id)).size < wired.length)
    throw new RangeError('Two events of an append share an id');
  if (bodies.bytes > MAX_APPEND_BYTES) throw new EventTooLarge(bodies.bytes);
  return { stream, expected: wireRevision(expected), at: Math.floor(now), bytes: bodies.bytes, events: wired };
}

function wireRevision(expected: ExpectedRevision): number {
  if (expected === 'no-stream') return NO_STREAM;
  if (expected === 'any') return ANY_REVISION;
  if (!Number.isSafeInteger(expected) || expected < 0) throw new RangeError(`No revision is ${expected}`);
  return expected;
}

/** The JSON of events. The events of one append mostly share their metadata, so that is written once. */
class Bodies {
  bytes = 0;
  #metadata: NewEvent['metadata'] | undefined;
  #json = '';

  of({ data, metadata }: NewEvent): string {
    if (metadata !== this.#metadata) {
      this.#metadata = metadata;
      this.#json = JSON.stringify(metadata);
    }
    const body = `{"data":${JSON.stringify(data)},"metadata":${this.#json}}`;
    this.bytes += Buffer.byteLength(body);
    return body;
  }
}
