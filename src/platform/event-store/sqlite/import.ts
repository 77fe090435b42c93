import { resolve } from 'node:path';
import { OutcomeUnknown, type StoredEvent, StoreUnavailable } from '../event-store.port.js';
import { ImportRefused, type LogImport } from '../log-import.port.js';
import { logFile } from './database.js';
import { readError } from './errors.js';
import { lockFolder } from './lock.js';
import { CommitFailed, LogWriter } from './log-writer.js';
import { NO_STREAM, type WireAppend } from './protocol.js';
import { type EventLogReader, openReader } from './reader.js';

export interface SqliteImport extends LogImport {
  readonly reader: EventLogReader;
  close(): Promise<void>;
}

/**
 * Opens the log of a folder to import into, making both where they are missing. It writes on the calling thread, a transaction
 * for each call: a tool does nothing else meanwhile.
 *
 * @throws DataFolderInUse, EventLogUnreadable, StoreUnavailable
 */
export async function openSqliteImport(path: string): Promise<SqliteImport> {
  const folder = resolve(path);
  const lock = await lockFolder(folder);
  let writer: LogWriter | undefined;
  try {
    writer = new LogWriter(logFile(folder));
    const reader = openReader(folder);
    const log = writer;
    return {
      reader,
      importEvents: async (events) => write(log, events),
      async close() {
        await reader.close();
        log.close();
        lock.release();
      },
    };
  } catch (error) {
    writer?.close();
    lock.release();
    throw readError(logFile(folder), error);
  }
}

function write(log: LogWriter, events: readonly StoredEvent[]): void {
  let answers;
  try {
    answers = log.commit(events.map(wireAppend));
  } catch (error) {
    if (!(error instanceof CommitFailed)) throw error;
    throw error.written === 'nothing' ? new StoreUnavailable(error.message) : new OutcomeUnknown(error.message);
  }
  for (const [index, answer] of answers.entries()) {
    const { id, stream, revision, recordedAt } = events[index]!;
    // The writer stamps no event earlier than the one before, which those of a log are not either.
    const kept = !('refused' in answer) && answer[0] === revision && answer[2] === Date.parse(recordedAt);
    if (!kept) throw new ImportRefused(`Event ${id} cannot be written as event ${revision} of ${stream}`);
  }
}

function wireAppend({
  id,
  type,
  schemaVersion,
  stream,
  revision,
  recordedAt,
  data,
  metadata,
}: StoredEvent): WireAppend {
  const body = JSON.stringify({ data, metadata });
  return {
    stream,
    expected: revision === 0 ? NO_STREAM : revision - 1,
    at: Date.parse(recordedAt),
    bytes: Buffer.byteLength(body),
    events: [{ id, type, schemaVersion, body }],
  };
}
