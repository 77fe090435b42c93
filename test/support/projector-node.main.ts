import { setTimeout as sleep } from 'node:timers/promises';
import { BroadcastChannel, MessageChannel } from 'node:worker_threads';
import { catalogues } from '../../src/catalogues.js';
import { EventOpening } from '../../src/platform/codec/event-opening.js';
import { readSettings } from '../../src/platform/config/settings.js';
import { wakeChannel } from '../../src/platform/event-store/sqlite/database.js';
import type { FromProjector } from '../../src/platform/projector/messages.js';
import { serveProjector } from '../../src/platform/projector/serve-projector.js';
import { openProjection } from '../../src/platform/stores/projection.js';
import { views } from '../../src/views.js';

/**
 * A node that does nothing but project, in a process of its own: it reads the embedded log of another one and shares its views.
 * Prints one line when it watches or leads for the first time.
 */
const { dataDir, servers, masterKey = '' } = readSettings(process.env);
const { port1, port2 } = new MessageChannel();
port2.on('message', ({ kind }: FromProjector) => {
  if (kind === 'prepared') process.stdout.write('prepared\n');
});
// An embedded log is one process's: its writer wakes the readers of its own process only.
const wake = new BroadcastChannel(wakeChannel(dataDir));
setInterval(() => wake.postMessage({ position: 0, types: null }), 50);
for (;;) {
  // As the client of a projector's thread does: what goes wrong ends it, and it is started again.
  try {
    const projection = await openProjection({ dataDir, servers, masterKey: Buffer.from(masterKey, 'base64') });
    const { reader, turns, vault } = projection;
    await serveProjector(port1, { reader, turns, views, codec: new EventOpening(vault, catalogues) }).finally(() =>
      projection.close(),
    );
  } catch (error) {
    process.stderr.write(`${new Date().toISOString()} ${String(error)}\n`);
    await sleep(250);
  }
}
