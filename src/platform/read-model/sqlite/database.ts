import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { makePrivateFile } from '../../files.js';
import { sqliteCodeOf } from '../../sqlite-error.js';
import { ViewsUnavailable } from '../read-model.port.js';

/** Raised when an older program could not read what this one writes, or this one not what older ones wrote. */
const FORMAT = 3;
/** Views of these are dropped, and folded again from the log. */
const FORMER = [1, 2];

const BOOKKEEPING = `
  CREATE TABLE IF NOT EXISTS generations (
    number      INTEGER PRIMARY KEY AUTOINCREMENT,
    view        TEXT NOT NULL,
    version     INTEGER NOT NULL,
    declaration TEXT NOT NULL,
    state       TEXT NOT NULL CHECK (state IN ('building', 'live', 'old')),
    checkpoint  TEXT,
    folded      INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE UNIQUE INDEX IF NOT EXISTS generations_one ON generations (view, state) WHERE state <> 'old';
  CREATE TABLE IF NOT EXISTS symbols (
    number INTEGER PRIMARY KEY,
    text   TEXT NOT NULL UNIQUE
  ) STRICT;
  CREATE TABLE IF NOT EXISTS rebuild_requests (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    view    TEXT,
    state   TEXT NOT NULL CHECK (state IN ('requested', 'running', 'done', 'failed')),
    folded  INTEGER NOT NULL DEFAULT 0,
    target  INTEGER NOT NULL DEFAULT 0,
    message TEXT
  ) STRICT;
  PRAGMA user_version = ${FORMAT};`;

/** The views' file of a data folder. Numbers in it are integers up to 2^53 and doubles; texts are UTF-8. */
export const viewsFile = (folder: string): string => join(folder, 'views.db');

/**
 * Opens `views.db` for writing; folder (mode 0700) and file (0600) are made where they are missing.
 *
 * @param beside a process that has the folder to itself: what it may have written in a former format is left as it is
 * @throws Error for a file of another format, with what to do
 */
export function openForWriting(folder: string, { beside = false } = {}): Database.Database {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  makePrivateFile(viewsFile(folder));
  const db = new Database(viewsFile(folder), { timeout: 5000 });
  try {
    // Of a new file; an older one keeps its own. A rebuild takes 6 % less time than with half of it, and single events cost the same.
    db.pragma('page_size = 8192');
    db.pragma('journal_mode = WAL');
    // Views can be folded again from the log, and documents and their checkpoint are in the same transaction: after a power
    // failure the file is an older but whole state, from which the projector goes on. So commits need no fsync of their own.
    db.pragma('synchronous = NORMAL');
    // What an erasure takes out of a document is overwritten, not just unlinked.
    db.pragma('secure_delete = ON');
    // 64 MiB: documents of a large view are all over the file, and a page that changes often is copied back once.
    db.pragma('wal_autocheckpoint = 8000');
    db.pragma('cache_size = -8192');
    // What indexes a view that was filled sorts with a thread of its own.
    db.pragma('threads = 1');
    if (formatOf(db) !== FORMAT) db.transaction(() => makeBookkeeping(db, beside)).immediate();
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Opens `views.db` for reading only. The file is made where it is missing, so the order of starting does not matter. */
export function openForReading(folder: string): Database.Database {
  openForWriting(folder).close();
  const db = new Database(viewsFile(folder), { readonly: true, timeout: 5000 });
  db.pragma('synchronous = NORMAL');
  db.pragma('cache_size = -4096');
  return db;
}

/** A broken file or a statement that is none does not pass by itself, so neither is taken for an outage. */
const LASTING = /^SQLITE_(CORRUPT|NOTADB|FORMAT|ERROR|MISUSE|RANGE|MISMATCH)/;

/** What a read threw, as the port says it. Named by SQLite's code; the driver's message stays in the cause. */
export function readError(error: unknown): unknown {
  const code = sqliteCodeOf(error);
  if (code === undefined || LASTING.test(code)) return error;
  return new ViewsUnavailable(`The views cannot be read now (${code})`, { cause: error });
}

const formatOf = (db: Database.Database): unknown => db.pragma('user_version', { simple: true });

/** @throws Error for a file of another format. Looks again inside the transaction: two threads may open a new file at once. */
function makeBookkeeping(db: Database.Database, beside: boolean): void {
  const format = formatOf(db) as number;
  if (FORMER.includes(format) && beside) {
    throw new Error(
      `${db.name} has format ${format}, this program knows ${FORMAT}: an older version runs on this folder. Stop it and start this one`,
    );
  }
  if (FORMER.includes(format)) dropAll(db);
  else if (format !== 0 && format !== FORMAT) {
    throw new Error(`${db.name} has format ${format}, this program knows ${FORMAT}: delete it, the views are rebuilt`);
  }
  db.exec(BOOKKEEPING);
}

function dropAll(db: Database.Database): void {
  const tables = db.prepare<[], string>(
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
  );
  for (const table of tables.pluck().all()) db.exec(`DROP TABLE "${table}"`);
}
