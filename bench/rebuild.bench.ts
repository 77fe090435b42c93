/**
 * All views folded anew from a log of 1,000,000 events, as `countersign rebuild` does it, into a folder of their own.
 *
 * Baseline: the same log read and parsed, and nothing else.
 */
import { join } from 'node:path';
import { catalogues } from '../src/catalogues.js';
import { readSettings } from '../src/platform/config/settings.js';
import { rebuildViews } from '../src/platform/projector/rebuild-views.js';
import { SqliteReadModel } from '../src/platform/read-model/sqlite/read-model.js';
import { SqliteViewWriter } from '../src/platform/read-model/sqlite/view-writer.js';
import { openStores } from '../src/platform/stores/stores.module.js';
import { views } from '../src/views.js';
import { inFolder, paired } from './bench.js';
import type { Outcome } from './figure.js';
import { historySize, numberText } from './support/history-size.js';
import { keptFolder } from './support/million-log.js';
import { readLog } from './support/read-log.js';

const LARGE = 100_000;
const ROUNDS = 3;

/** Events a second, from the first one read to all views live. */
async function rebuilt(folder: string, events: number): Promise<number> {
  return inFolder(async (aside) => {
    const stores = await openStores(readSettings({ DATA_DIR: folder }), catalogues);
    const into = join(aside, 'views');
    const writer = new SqliteViewWriter(into);
    try {
      const begun = performance.now();
      await rebuildViews({ reader: stores.store, codec: stores.codec, writer, views });
      const seconds = (performance.now() - begun) / 1000;
      await requireWhole(into, await stores.store.head());
      return events / seconds;
    } finally {
      await writer.close();
      await stores.close();
    }
  });
}

async function requireWhole(folder: string, head: string | undefined): Promise<void> {
  const model = new SqliteReadModel(folder);
  try {
    const checkpoints = await model.checkpoints(views.map(({ name }) => name));
    for (const { name } of views) if (checkpoints.get(name) !== head) throw new Error(`the view ${name} is not whole`);
  } finally {
    await model.close();
  }
}

export async function run(): Promise<Outcome[]> {
  const { folder, events } = await keptFolder(historySize());
  const rates: { readonly rebuilt: number[]; readonly read: number[] } = { rebuilt: [], read: [] };
  for (let round = 0; round < (events < LARGE ? ROUNDS : 1); round++) {
    rates.read.push(await readLog(folder));
    rates.rebuilt.push(await rebuilt(folder, events));
  }
  return [
    {
      name: `rebuild of all views, ${numberText(events)} events`,
      ...paired(rates.rebuilt, rates.read),
      unit: 'events/s',
      aim: 'ratio at least 0.1',
      note: `${views.length} views; against reading and parsing the same log`,
    },
  ];
}
