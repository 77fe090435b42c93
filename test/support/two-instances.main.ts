import { createApp, listen, openProcess, startProjector } from '../../src/main.js';
import { readSettings } from '../../src/platform/config/settings.js';

/**
 * Two instances of the application over one embedded log; the first one runs the reactors. Where views are shared by nodes, each
 * instance has a projector of its own, of which one leads.
 */
const settings = readSettings({ ...process.env, HOST: '127.0.0.1', PORT: '0' });
const opened = await openProcess(settings);
const { stores, logger } = opened;
const projectors = [
  opened.projector,
  settings.servers.readModel === undefined ? opened.projector : await startProjector(settings, stores, logger),
];
for (const [index, projector] of projectors.entries()) {
  const { app } = await createApp({ ...opened, projector, runReactors: index === 0 });
  process.stdout.write(`listening on ${await listen(app, settings)}\n`);
}
