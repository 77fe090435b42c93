import { createApp, listen, openProcess } from '../../src/main.js';
import { readSettings } from '../../src/platform/config/settings.js';

/** Two instances of the application over one set of embedded stores; the first one runs the reactors. */
const settings = readSettings({ ...process.env, HOST: '127.0.0.1', PORT: '0' });
const opened = await openProcess(settings);
for (const runReactors of [true, false]) {
  const { app } = await createApp({ ...opened, runReactors });
  process.stdout.write(`listening on ${await listen(app, settings)}\n`);
}
