import { parentPort, workerData } from 'node:worker_threads';
import { catalogues } from './catalogues.js';
import { EventOpening } from './platform/codec/event-opening.js';
import { openReader } from './platform/event-store/sqlite/sqlite-event-store.js';
import { serveProjector } from './platform/projector/serve-projector.js';
import { SqliteRebuildRequests } from './platform/read-model/sqlite/rebuild-requests.js';
import { SqliteViewWriter } from './platform/read-model/sqlite/view-writer.js';
import { openSqliteVaultReader } from './platform/vault/sqlite/sqlite-vault-reader.js';
import { views } from './views.js';

export interface ProjectorThreadData {
  readonly dataDir: string;
  readonly masterKey: Uint8Array;
}

/** The projector's thread: folds the log into the views, off the HTTP thread. */
const { dataDir: folder, masterKey } = workerData as ProjectorThreadData;
if (parentPort === null) throw new Error('This file runs as a worker thread');

const vault = await openSqliteVaultReader({ folder, masterKey });
const store = openReader(folder);
const writer = new SqliteViewWriter(folder);
const requests = new SqliteRebuildRequests(folder);
try {
  await serveProjector(parentPort, {
    reader: store,
    writer,
    requests,
    views,
    codec: new EventOpening(vault, catalogues),
  });
} finally {
  await requests.close();
  await writer.close();
  await store.close();
  await vault.close();
}
