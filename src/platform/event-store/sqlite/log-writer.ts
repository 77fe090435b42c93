import type Database from 'better-sqlite3';
import { LRUCache } from 'lru-cache';
import { openForWriting } from './database.js';
import { codeOf } from './errors.js';
import { type Accepted, type Answer, ANY_REVISION, NO_STREAM, type WireAppend, type WireEvent } from './protocol.js';

interface Stream {
  readonly key: number;
  head: number;
}

type Row = readonly [position: number, stream: number, revision: number, id: string, recordedAt: number];

/** How many streams the writer knows without asking the database: keys and revisions, some 100 bytes each. */
const KNOWN_STREAMS = 10_000;

/** A whole batch that was not acknowledged. */
export class CommitFailed extends Error {
  override readonly name = 'CommitFailed';

  constructor(
    /** `unknown`: the commit itself failed in a way that leaves it open whether the events are there after a restart. */
    readonly written: 'nothing' | 'unknown',
    /** False for what passes by itself, as a full disk does: the connection is as good as before. */
    readonly reconnect: boolean,
    override readonly cause: unknown,
  ) {
    super(`${codeOf(cause)}: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
}

/** The writing connection: takes batches of appends, each a transaction, and keeps the log's order. */
export class LogWriter {
  readonly #db: Database.Database;
  readonly #streams = new LRUCache<string, Stream>({ max: KNOWN_STREAMS });
  readonly #types = new Map<string, number>();
  readonly #sql: ReturnType<typeof statements>;
  /** Key of the stream that was begun last. What was rolled back leaves gaps. */
  #streamKey: number;
  /** Of the last event; both move only with a commit. */
  #position: number;
  #recordedAt: number;

  constructor(file: string) {
    this.#db = openForWriting(file);
    this.#sql = statements(this.#db);
    const last = this.#sql.last.get() as readonly [number, number] | undefined;
    this.#position = last?.[0] ?? 0;
    this.#recordedAt = last?.[1] ?? 0;
    this.#streamKey = this.#sql.lastStream.get() as number;
  }

  get position(): number {
    return this.#position;
  }

  /**
   * Commits a batch and answers each append; durable when it returns. One that is refused leaves the others alone.
   *
   * @throws CommitFailed
   */
  commit(appends: readonly WireAppend[]): Answer[] {
    const before = { position: this.#position, recordedAt: this.#recordedAt };
    let committing = false;
    try {
      this.#sql.begin.run();
      const answers: Answer[] = [];
      for (const append of appends) answers.push(this.#append(append));
      committing = true;
      this.#sql.commit.run();
      return answers;
    } catch (error) {
      this.#position = before.position;
      this.#recordedAt = before.recordedAt;
      this.#forget();
      throw this.#failure(error, committing);
    }
  }

  /** Moves the WAL into the database when no reader is left. */
  close(): void {
    this.#db.close();
  }

  #failure(error: unknown, committing: boolean): CommitFailed {
    const code = codeOf(error);
    // A disk without room fails a write, and the last thing written of a transaction is what commits it.
    const passing = code === 'SQLITE_FULL' || code.startsWith('SQLITE_BUSY');
    let clean = passing;
    try {
      if (this.#db.inTransaction) this.#db.exec('ROLLBACK');
    } catch {
      clean = false;
    }
    return new CommitFailed(committing && !passing ? 'unknown' : 'nothing', !clean, error);
  }

  #forget(): void {
    this.#streams.clear();
    this.#types.clear();
  }

  #append(append: WireAppend): Answer {
    const { expected, events } = append;
    const stream = this.#stream(append.stream);
    const head = stream?.head ?? NO_STREAM;
    if (expected !== ANY_REVISION && expected !== head)
      return this.#earlier(stream?.key, expected + 1, events) ?? { refused: 'wrong-revision', actual: head };

    const before = { position: this.#position, recordedAt: this.#recordedAt };
    // Only the row of an event is ever refused, and a single one is undone by SQLite itself: a savepoint for it would cost
    // a fifth of the commit. So it goes before the name of its stream; a type that is left over means nothing.
    const guarded = events.length > 1;
    if (guarded) this.#sql.savepoint.run();
    try {
      const written = stream ?? this.#newStream(append.stream);
      const accepted = this.#write(append, written);
      if (stream === undefined) this.#sql.newStream.run(written.key, append.stream);
      if (guarded) this.#sql.release.run();
      return accepted;
    } catch (error) {
      // After an I/O error SQLite may have given up the whole transaction, and there is no savepoint to go back to.
      if (codeOf(error) !== 'SQLITE_CONSTRAINT_UNIQUE' || !this.#db.inTransaction) throw error;
      if (guarded) this.#db.exec('ROLLBACK TO one; RELEASE one');
      this.#position = before.position;
      this.#recordedAt = before.recordedAt;
      this.#forget();
      return expected === ANY_REVISION ? this.#repeated(append, head) : { refused: 'id-taken' };
    }
  }

  /** The answer to an append at any revision that has ids which are in the log. */
  #repeated({ stream, events }: WireAppend, head: number): Answer {
    const key = this.#stream(stream)?.key;
    const found = this.#sql.byId.get(events[0]!.id) as Row | undefined;
    const earlier = found?.[1] === key && found !== undefined ? this.#earlier(key, found[2], events) : undefined;
    return earlier ?? { refused: 'wrong-revision', actual: head };
  }

  /** The answer that these events got when they were written at this revision; undefined if they were not. */
  #earlier(key: number | undefined, first: number, events: readonly WireEvent[]): Accepted | undefined {
    if (key === undefined) return undefined;
    const rows = this.#sql.range.all(key, first, first + events.length - 1) as Row[];
    if (rows.length !== events.length || events.some(({ id }, i) => rows[i]![3] !== id)) return undefined;
    const [position, , revision, , recordedAt] = rows.at(-1)!;
    return [revision, position, recordedAt];
  }

  #write(append: WireAppend, stream: Stream): Accepted {
    this.#recordedAt = Math.max(this.#recordedAt, append.at);
    const at = this.#recordedAt;
    for (const { id, type, schemaVersion, body } of append.events) {
      const key = this.#type(type);
      this.#position += 1;
      stream.head += 1;
      this.#sql.insert.run(this.#position, stream.key, stream.head, key, id, schemaVersion, at, body);
    }
    return [stream.head, this.#position, this.#recordedAt];
  }

  #stream(name: string): Stream | undefined {
    const known = this.#streams.get(name);
    if (known !== undefined) return known;
    const row = this.#sql.stream.get(name) as readonly [key: number, head: number] | undefined;
    return row === undefined ? undefined : this.#know(name, { key: row[0], head: row[1] });
  }

  #newStream(name: string): Stream {
    this.#streamKey += 1;
    return this.#know(name, { key: this.#streamKey, head: NO_STREAM });
  }

  #know(name: string, stream: Stream): Stream {
    this.#streams.set(name, stream);
    return stream;
  }

  #type(name: string): number {
    let key = this.#types.get(name) ?? (this.#sql.type.get(name) as number | undefined);
    key ??= Number(this.#sql.newType.run(name).lastInsertRowid);
    this.#types.set(name, key);
    return key;
  }
}

function statements(db: Database.Database) {
  const row = 'SELECT position, stream, revision, id, recorded_at FROM events';
  return {
    begin: db.prepare('BEGIN IMMEDIATE'),
    commit: db.prepare('COMMIT'),
    savepoint: db.prepare('SAVEPOINT one'),
    release: db.prepare('RELEASE one'),
    last: db.prepare('SELECT position, recorded_at FROM events ORDER BY position DESC LIMIT 1').raw(),
    stream: db
      .prepare(
        `SELECT key, (SELECT coalesce(max(revision), ${NO_STREAM}) FROM events WHERE stream = key) FROM streams WHERE name = ?`,
      )
      .raw(),
    lastStream: db.prepare('SELECT coalesce(max(key), 0) FROM streams').pluck(),
    newStream: db.prepare('INSERT INTO streams VALUES (?, ?)'),
    type: db.prepare('SELECT key FROM types WHERE name = ?').pluck(),
    newType: db.prepare('INSERT INTO types (name) VALUES (?)'),
    byId: db.prepare(`${row} WHERE id = ?`).raw(),
    range: db.prepare(`${row} WHERE stream = ? AND revision BETWEEN ? AND ? ORDER BY revision`).raw(),
    insert: db.prepare('INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?)'),
  };
}
