import { parentPort, workerData } from 'node:worker_threads';
import { openReader } from '../../src/platform/event-store/sqlite/sqlite-event-store.js';

/** Tells its parent which events it sees; ends by itself when told to stop, if nothing keeps it. */
const { folder } = workerData as { readonly folder: string };
const port = parentPort!;
const reader = openReader(folder);
const abort = new AbortController();
port.once('message', () => abort.abort());
for await (const batch of reader.subscribeToAll({ signal: abort.signal })) {
  port.postMessage({ ids: batch.events.map(({ id }) => id), caughtUp: batch.caughtUp });
}
await reader.close();
