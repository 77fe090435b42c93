import Database from 'better-sqlite3';
import { makePrivateFile } from '../../files.js';
import { sqliteCodeOf } from '../../sqlite-error.js';
import { VaultUnavailable, VaultUnreadable } from '../vault.port.js';

const FORMAT = 1;
/** How long a checkpoint waits for readers, in milliseconds; theirs are single rows. */
const BUSY_TIMEOUT_MS = 5000;
/** Of each connection, in place of the driver's 16,000: it reads and writes single rows, and keys stay unwrapped in memory. */
const CACHE_KIB = 2 * 1024;

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS subject_keys (
    organisation TEXT NOT NULL, subject TEXT NOT NULL, erased INTEGER NOT NULL, wrapped BLOB NOT NULL,
    PRIMARY KEY (organisation, subject)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS erasures (
    number INTEGER PRIMARY KEY AUTOINCREMENT, organisation TEXT NOT NULL, subject TEXT NOT NULL, erased_at TEXT NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS credentials (
    account TEXT NOT NULL, version TEXT NOT NULL, wrapped BLOB NOT NULL, PRIMARY KEY (account, version)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS secrets (name TEXT PRIMARY KEY, wrapped BLOB NOT NULL) STRICT, WITHOUT ROWID;
  PRAGMA user_version = ${FORMAT};
`;

/**
 * The one writing connection. Makes the file (mode 0600) and its tables where they are missing.
 *
 * What a crash or an I/O error left in the WAL may be readable and yet not on disk, and a write that finds its row there
 * would be answered without another sync. So the WAL is moved into the database, with its syncs, before anybody gets an
 * answer from it; with that goes what an erasure before a power cut may have left in there.
 */
export function openForWriting(file: string): Database.Database {
  makePrivateFile(file);
  const db = new Database(file, { timeout: BUSY_TIMEOUT_MS });
  try {
    db.pragma('journal_mode = WAL');
    // Said on every connection: better-sqlite3 is compiled to run WAL at NORMAL, which does not sync a commit.
    db.pragma('synchronous = FULL');
    db.pragma('secure_delete = ON');
    db.pragma(`cache_size = -${CACHE_KIB}`);
    const format = Number(db.pragma('user_version', { simple: true }));
    if (format > FORMAT)
      throw new VaultUnreadable(`${file} was made by a newer version of Countersign: upgrade this one`);
    if (format < FORMAT) db.exec(`BEGIN IMMEDIATE; ${SCHEMA} COMMIT`);
    moveWalIntoDatabase(db);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

function moveWalIntoDatabase(db: Database.Database): void {
  const [result] = db.pragma('wal_checkpoint(TRUNCATE)') as { readonly busy: number }[];
  if (result?.busy !== 0) throw new Database.SqliteError('readers did not let the WAL go', 'SQLITE_BUSY');
}

/** A connection that sees every commit of the writing one, and writes nothing. */
export function openForReading(file: string): Database.Database {
  const db = new Database(file, { readonly: true, fileMustExist: true, timeout: BUSY_TIMEOUT_MS });
  db.pragma('synchronous = FULL');
  db.pragma(`cache_size = -${CACHE_KIB}`);
  return db;
}

/** Whether an error means that the file itself is broken, rather than out of reach for now. */
function isBroken(code: string): boolean {
  return code.startsWith('SQLITE_CORRUPT') || code.startsWith('SQLITE_NOTADB') || code.startsWith('SQLITE_FORMAT');
}

/** The port's error for an error code of SQLite. Named by its code: a driver's message stays in the cause. */
export function vaultError(code: string, cause?: unknown): VaultUnreadable | VaultUnavailable {
  return isBroken(code)
    ? new VaultUnreadable(`The vault's file is damaged (${code})`, { cause })
    : new VaultUnavailable(`The vault cannot be used now (${code})`, { cause });
}

/** Runs a read; errors of SQLite come out as the port's. */
export function reading<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    const code = sqliteCodeOf(error);
    if (code !== undefined) throw vaultError(code, error);
    throw error;
  }
}
