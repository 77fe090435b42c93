import Database from 'better-sqlite3';
import { parentPort, workerData } from 'node:worker_threads';
import { VaultUnreadable } from '../vault.port.js';
import { openForWriting } from './database.js';
import type { Answer, Request } from './writer.js';
import { Writes } from './writes.js';

/** The thread that owns the vault's writing connection, so that no fsync ever holds up a request. */
const port = parentPort;
if (port === null) throw new Error('this file runs as a worker');
const { file } = workerData as { readonly file: string };

let open: { readonly db: Database.Database; readonly writes: Writes } | undefined;

function connect(): Writes {
  if (open === undefined) {
    const db = openForWriting(file);
    open = { db, writes: new Writes(db) };
  }
  return open.writes;
}

function disconnect(): void {
  open?.db.close();
  open = undefined;
}

function answer(request: Request): Answer {
  try {
    switch (request.kind) {
      case 'open':
        connect();
        return { kind: 'done', written: [] };
      case 'commit':
        return { kind: 'done', written: connect().commit(request.batch) };
      case 'close':
        disconnect();
        return { kind: 'done', written: [] };
    }
  } catch (error) {
    return failure(error);
  }
}

/** After an I/O error the outcome is unknown, and so is the connection's idea of the file: the next batch opens anew. */
function failure(error: unknown): Answer {
  try {
    disconnect();
  } catch {
    open = undefined;
  }
  const { message, code } = error as NodeJS.ErrnoException;
  if (error instanceof VaultUnreadable) return { kind: 'unreadable', message };
  return { kind: 'failed', code: code ?? 'ERROR', message };
}

port.on('message', (request: Request) => {
  port.postMessage(answer(request));
  if (request.kind === 'close') port.close();
});
