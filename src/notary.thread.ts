import { parentPort, workerData } from 'node:worker_threads';
import { serveNotary } from './platform/proofs/serve-notary.js';
import { openTreeWriter } from './platform/proofs/sqlite/tree-file.js';
import { openLog, type StorePlaces } from './platform/stores/projection.js';

/** The notary's thread: folds the log into trees and signs their heads, off the HTTP thread. */
if (parentPort === null) throw new Error('This file runs as a worker thread');

const { dataDir, servers, seed } = workerData as Pick<StorePlaces, 'dataDir' | 'servers'> & {
  readonly seed: Uint8Array;
};
const reader = await openLog(servers.eventStore, dataDir);
const trees = openTreeWriter(dataDir);
try {
  await serveNotary(parentPort, { reader, trees, seed, now: Date.now });
} finally {
  trees.close();
  await reader.close();
}
