import { parentPort, workerData } from 'node:worker_threads';
import { catalogues } from './catalogues.js';
import { EventOpening } from './platform/codec/event-opening.js';
import { serveProjector } from './platform/projector/serve-projector.js';
import { openProjection, type StorePlaces } from './platform/stores/projection.js';
import { views } from './views.js';

/** The projector's thread: folds the log into the views, off the HTTP thread. */
if (parentPort === null) throw new Error('This file runs as a worker thread');

const projection = await openProjection(workerData as StorePlaces);
const { reader, turns, vault } = projection;
try {
  await serveProjector(parentPort, { reader, turns, views, codec: new EventOpening(vault, catalogues) });
} finally {
  await projection.close();
}
