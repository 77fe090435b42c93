import { setTimeout as sleep } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { serveProjector } from '../../src/platform/projector/serve-projector.js';
import { alone } from '../../src/platform/projector/turns.js';
import { SqliteRebuildRequests } from '../../src/platform/read-model/sqlite/rebuild-requests.js';
import { SqliteViewWriter } from '../../src/platform/read-model/sqlite/view-writer.js';
import { counted, notesView, recorded } from '../contract/read-model/notes.js';
import { FedLog, PlainCodec } from './fed-log.js';

/** A projector's thread over a log in memory that is the same at every start: `events` events that count a note each. */
export interface ThreadData {
  readonly folder: string;
  readonly view: string;
  readonly events: number;
}

export const threadView = (name: string) =>
  notesView(name, {
    fold: (note) => ({ organisation: 'acme', at: 0, title: '', counter: (note?.counter ?? 0) + 1 }),
  });

const { folder, view, events } = workerData as ThreadData;
if (parentPort !== null) {
  const log = new FedLog(10);
  const turns = alone(new SqliteViewWriter(folder), new SqliteRebuildRequests(folder));
  log.beforeRead = () => sleep(0);
  log.add(...Array.from({ length: events }, (_, i) => recorded(i + 1, counted(`k${i % 7}`))));
  await serveProjector(parentPort, {
    reader: log,
    turns,
    codec: new PlainCodec(),
    views: [threadView(view)],
    pollMs: 5,
  });
  await turns.close();
}
