import Database from 'better-sqlite3';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makePrivateFile, syncFolder } from '../../files.js';
import { codeOf, DataFolderInUse, readError } from './errors.js';

/** Two that start at the same moment see each other's lock while they look for one. */
const BUSY_TIMEOUT_MS = 500;

export interface FolderLock {
  release(): void;
}

/**
 * Takes the data folder for this process, making it where it is missing. The lock is the operating system's, on
 * `lock.db`, held by an open transaction of SQLite: it ends with the process, also by kill -9, and keeps out a second
 * store of the same process as well. No other code of this process may open `lock.db` or `events.db`: see `makePrivateFile`.
 *
 * @param folder an absolute path
 * @throws DataFolderInUse, StoreUnavailable, EventLogUnreadable
 */
export async function lockFolder(folder: string): Promise<FolderLock> {
  await makeFolder(folder);
  const file = join(folder, 'lock.db');
  makePrivateFile(file);
  const db = new Database(file, { timeout: BUSY_TIMEOUT_MS });
  try {
    db.pragma('synchronous = FULL');
    db.pragma('locking_mode = EXCLUSIVE');
    db.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    db.close();
    if (codeOf(error).startsWith('SQLITE_BUSY')) throw new DataFolderInUse(folder);
    throw readError(file, error);
  }
  return { release: () => void db.close() };
}

/** Makes a folder and those above it, durably. */
async function makeFolder(folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true, mode: 0o700 });
  if (first === undefined) return;
  for (let made = folder; made.length >= first.length; made = dirname(made)) await syncFolder(dirname(made));
}
