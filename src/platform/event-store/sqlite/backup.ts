import Database from 'better-sqlite3';
import { logFile, openForReading } from './database.js';
import { instantText, positionText } from './encoding.js';
import { EventLogUnreadable, readError } from './errors.js';

/** What a log holds. */
export interface LogFacts {
  readonly events: number;
  readonly streams: number;
  /** Position of the last event; null in an empty log. */
  readonly head: string | null;
  readonly lastRecordedAt: string | null;
}

export interface LogSnapshot {
  /** Writes the log as of the snapshot into an empty file that is there. `progress` counts pages. */
  copy(file: string, progress: (copied: number, total: number) => void): Promise<void>;
  close(): void;
}

/** 16 MiB: between two steps the progress is told. */
const PAGES_A_STEP = 2048;

/**
 * The log of a data folder as of now, while another process writes it or none does. One read transaction lasts until
 * `close`: the writer goes on, and its WAL grows meanwhile, because pages that are being read stay in it.
 *
 * Not for the process that has the store open: see `makePrivateFile`.
 *
 * @throws EventLogUnreadable, StoreUnavailable
 */
export function snapshotLog(folder: string): LogSnapshot {
  const file = logFile(folder);
  let db: Database.Database;
  try {
    db = openForReading(file);
    // The transaction begins with its first read. Within one, SQLite's backup does not begin anew after each commit.
    db.exec('BEGIN');
    db.prepare('SELECT max(position) FROM events').get();
  } catch (error) {
    throw readError(file, error);
  }
  return {
    async copy(to, progress) {
      try {
        await db.backup(to, {
          progress({ totalPages, remainingPages }) {
            if (totalPages > 0) progress(totalPages - remainingPages, totalPages);
            return PAGES_A_STEP;
          },
        });
        intoOneFile(to);
      } catch (error) {
        throw readError(file, error);
      }
    },
    close: () => void db.close(),
  };
}

/** A copy says that it has a WAL, as its original. Without one it is a single file, and reading it makes no other. */
function intoOneFile(file: string): void {
  const db = new Database(file, { fileMustExist: true });
  try {
    db.pragma('journal_mode = DELETE');
  } finally {
    db.close();
  }
}

/**
 * Looks at the whole log: SQLite's own structures, positions from 1 and revisions from 0 without a gap, a name for each
 * stream and type. What the events hold is not looked at.
 *
 * @throws EventLogUnreadable with what is wrong; StoreUnavailable
 */
export function verifyLog(file: string): LogFacts {
  let db: Database.Database | undefined;
  try {
    db = openForReading(file);
    return verified(db, file);
  } catch (error) {
    throw readError(file, error);
  } finally {
    db?.close();
  }
}

function verified(db: Database.Database, file: string): LogFacts {
  const broken = (what: string): EventLogUnreadable => new EventLogUnreadable(`${file} is damaged: ${what}`);
  const [integrity] = db.prepare('PRAGMA integrity_check(1)').pluck().all();
  if (integrity !== 'ok') throw broken(String(integrity));

  const { events, first, last } = db
    .prepare(
      'SELECT count(*) AS events, coalesce(min(position), 1) AS first, coalesce(max(position), 0) AS last FROM events',
    )
    .get() as { events: number; first: number; last: number };
  if (first !== 1 || last !== events)
    throw broken(`it has ${events} events at positions ${first} to ${last}, so some are missing`);

  const gap = db
    .prepare(
      `SELECT stream, count(*) AS events, max(revision) AS last FROM events
       GROUP BY stream HAVING min(revision) <> 0 OR max(revision) <> count(*) - 1 LIMIT 1`,
    )
    .get() as { stream: number; events: number; last: number } | undefined;
  if (gap !== undefined)
    throw broken(`stream ${gap.stream} has ${gap.events} events and its last revision is ${gap.last}`);

  const nameless = db
    .prepare(
      `SELECT (SELECT count(*) FROM (SELECT DISTINCT stream FROM events EXCEPT SELECT key FROM streams))
            + (SELECT count(*) FROM (SELECT DISTINCT type FROM events EXCEPT SELECT key FROM types))`,
    )
    .pluck()
    .get() as number;
  if (nameless !== 0) throw broken(`${nameless} streams or types of events have no name`);

  const streams = db.prepare('SELECT count(*) FROM streams').pluck().get() as number;
  const recorded = db.prepare('SELECT recorded_at FROM events WHERE position = ?').pluck().get(last);
  return {
    events,
    streams,
    head: events === 0 ? null : positionText(last),
    lastRecordedAt: events === 0 ? null : instantText(recorded as number),
  };
}
