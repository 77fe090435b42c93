import Database from 'better-sqlite3';
import { existsSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { makePrivateFile } from '../../files.js';
import { EventLogUnreadable } from './errors.js';

/** `CSEV`: tells an event log from any other database of SQLite. */
const APPLICATION_ID = 0x43534556;
const FORMAT = 1;
/** Older ones carry a bug that can lose commits when the WAL starts over (https://sqlite.org/wal.html#walresetbug). */
const OLDEST_SQLITE = '3.51.3';
/** How long a checkpoint waits for readers, in milliseconds; theirs last for a page of rows. */
const BUSY_TIMEOUT_MS = 5000;
/** Pages of the WAL after which a commit moves them into the database, and the WAL is written over. */
const CHECKPOINT_PAGES = 4000;
/** With half of it a commit of many events costs a third more CPU: it writes the WAL and the database page by page. */
const PAGE_BYTES = 8192;
/** New rows go to the end of every tree, so a few pages of each are in use, however large the log. */
const CACHE_KIB = 4 * 1024;
/**
 * Of each reading connection; the main thread, the projector and the notary have one each. It holds the inner pages of the trees.
 * The others come from the system's cache, which has them once for all; the driver's default of 16,000 would have them three times.
 */
const READING_CACHE_KIB = 2 * 1024;

/** Positions have no gaps: the writer counts. `body` is the JSON text `{"data":…,"metadata":…}`. */
const SCHEMA = `
  CREATE TABLE streams (key INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
  CREATE TABLE types (key INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
  CREATE TABLE events (
    position INTEGER PRIMARY KEY, stream INTEGER NOT NULL, revision INTEGER NOT NULL, type INTEGER NOT NULL,
    id TEXT NOT NULL UNIQUE, schema_version INTEGER NOT NULL, recorded_at INTEGER NOT NULL, body TEXT NOT NULL,
    UNIQUE (stream, revision)
  ) STRICT;
  PRAGMA application_id = ${APPLICATION_ID};
  PRAGMA user_version = ${FORMAT};
`;

export function logFile(folder: string): string {
  return join(folder, 'events.db');
}

/** Name of the channel on which the writer of a folder tells the readers in all threads that the log has grown. */
export function wakeChannel(folder: string): string {
  return `countersign event log ${realpathSync(folder)}`;
}

/**
 * The one writing connection; makes the file (mode 0600) and its tables where they are missing.
 *
 * What a crash or an I/O error left in the WAL may be readable and yet not on disk, since the system forgets that a page
 * is dirty once it has failed to write it. So the WAL is moved into the database, with its syncs, before anybody gets an
 * answer from it.
 *
 * @throws EventLogUnreadable, SqliteError
 */
export function openForWriting(file: string): Database.Database {
  makePrivateFile(file);
  const db = new Database(file, { timeout: BUSY_TIMEOUT_MS });
  try {
    assertSqlite(db);
    if (isEmpty(db)) {
      // It cannot be changed any more once there is a WAL.
      db.pragma(`page_size = ${PAGE_BYTES}`);
      db.pragma('journal_mode = WAL');
      db.pragma('synchronous = FULL');
      db.exec(`BEGIN IMMEDIATE; ${SCHEMA} COMMIT`);
    }
    assertFormat(db, file);
    db.pragma('journal_mode = WAL');
    // Said on every connection: better-sqlite3 is compiled to run WAL at NORMAL, which does not sync a commit.
    db.pragma('synchronous = FULL');
    // On macOS a plain fsync leaves data in the drive's cache; elsewhere this changes nothing.
    db.pragma('fullfsync = ON');
    db.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
    db.pragma(`cache_size = -${CACHE_KIB}`);
    db.pragma('temp_store = MEMORY');
    moveWalIntoDatabase(db);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** A connection that sees every commit of the writing one, and writes nothing. @throws EventLogUnreadable, SqliteError */
export function openForReading(file: string): Database.Database {
  if (!existsSync(file)) throw new EventLogUnreadable(`There is no event log ${file}`);
  const db = new Database(file, { readonly: true, fileMustExist: true, timeout: BUSY_TIMEOUT_MS });
  try {
    db.pragma('synchronous = FULL');
    db.pragma(`cache_size = -${READING_CACHE_KIB}`);
    assertFormat(db, file);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

function assertSqlite(db: Database.Database): void {
  const version = db.prepare('SELECT sqlite_version()').pluck().get() as string;
  if (version.localeCompare(OLDEST_SQLITE, 'en', { numeric: true }) < 0)
    throw new EventLogUnreadable(`SQLite ${version} may lose commits: at least ${OLDEST_SQLITE} is needed`);
}

function isEmpty(db: Database.Database): boolean {
  return db.prepare('SELECT count(*) FROM sqlite_schema').pluck().get() === 0 && format(db) === 0;
}

function format(db: Database.Database): number {
  return Number(db.pragma('user_version', { simple: true }));
}

function assertFormat(db: Database.Database, file: string): void {
  if (Number(db.pragma('application_id', { simple: true })) !== APPLICATION_ID)
    throw new EventLogUnreadable(`${file} is no event log of Countersign`);
  if (format(db) > FORMAT)
    throw new EventLogUnreadable(`${file} was made by a newer version of Countersign: upgrade this one`);
}

function moveWalIntoDatabase(db: Database.Database): void {
  const [result] = db.pragma('wal_checkpoint(TRUNCATE)') as { busy: number }[];
  if (result?.busy !== 0) throw new Database.SqliteError('readers did not let the WAL go', 'SQLITE_BUSY');
}
