import { sqliteCodeOf } from '../../sqlite-error.js';
import { StoreUnavailable } from '../event-store.port.js';

/** Another process, or another store of this one, works on the data folder. */
export class DataFolderInUse extends Error {
  override readonly name = 'DataFolderInUse';
  constructor(readonly folder: string) {
    super(`The data folder ${folder} is in use: one process works on it at a time, so end the other one first`);
  }
}

/** The file of the log is no event log, is damaged, or was made by a newer version. */
export class EventLogUnreadable extends Error {
  override readonly name = 'EventLogUnreadable';
}

/** Whether an error code of SQLite means that the file is broken or lacks tables, rather than out of reach for now. */
function isBroken(code: string): boolean {
  return /^SQLITE_(CORRUPT|NOTADB|FORMAT|ERROR$)/.test(code);
}

export function codeOf(error: unknown): string {
  return sqliteCodeOf(error) ?? 'ERROR';
}

/** What was thrown while opening or reading a file, in words that name the file and the code of SQLite. */
export function readError(file: string, error: unknown): unknown {
  const code = sqliteCodeOf(error);
  if (code === undefined) return error;
  const { message } = error as Error;
  return isBroken(code)
    ? new EventLogUnreadable(`${file} is damaged or no event log (${code}: ${message})`, { cause: error })
    : new StoreUnavailable(`${file} cannot be used now (${code}: ${message})`, { cause: error });
}
