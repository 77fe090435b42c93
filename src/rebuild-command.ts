import { setTimeout as sleep } from 'node:timers/promises';
import { catalogues } from './catalogues.js';
import { DataFolderInUse } from './platform/event-store/sqlite/sqlite-event-store.js';
import { rebuildViews } from './platform/projector/rebuild-views.js';
import { rebuildProgress, requestRebuild } from './platform/read-model/sqlite/rebuild-requests.js';
import { SqliteViewWriter } from './platform/read-model/sqlite/view-writer.js';
import type { Settings } from './platform/config/settings.js';
import { openStores } from './platform/stores/stores.module.js';
import { Progress } from './progress.js';
import { views } from './views.js';

/**
 * `countersign rebuild [view]`: folds views anew from the log, beside the live ones, and swaps them in. Where a server works
 * on the data folder, that one does it and goes on serving; otherwise it is done here.
 *
 * @throws RangeError for a view that there is not; Error when the rebuild failed
 */
export async function rebuild(settings: Settings, only: string | undefined): Promise<void> {
  const names = views.map(({ name }) => name);
  if (only !== undefined && !names.includes(only))
    throw new RangeError(`There is no view ${only}: ${names.join(', ')}`);
  const progress = new Progress(`rebuilding ${only ?? 'all views'}`);
  try {
    await rebuildHere(settings, only, progress);
  } catch (error) {
    if (!(error instanceof DataFolderInUse)) throw error;
    await rebuildThere(settings.dataDir, only, progress);
  } finally {
    progress.end();
  }
}

async function rebuildHere(settings: Settings, only: string | undefined, progress: Progress): Promise<void> {
  const stores = await openStores(settings, catalogues);
  const writer = new SqliteViewWriter(settings.dataDir);
  try {
    await rebuildViews({
      reader: stores.store,
      codec: stores.codec,
      writer,
      views,
      ...(only === undefined ? {} : { only }),
      signal: new AbortController().signal,
      progress: ({ folded, target }) => progress.show(folded, target, 'events'),
    });
  } finally {
    await writer.close();
    await stores.close();
  }
}

async function rebuildThere(folder: string, only: string | undefined, progress: Progress): Promise<void> {
  const { id } = await requestRebuild(folder, only);
  for (;;) {
    const request = await rebuildProgress(folder, id);
    if (request === undefined) throw new Error('The request has gone: was the folder replaced?');
    progress.show(request.folded, request.target, 'events, by the server that is running');
    if (request.state === 'done') return;
    if (request.state === 'failed') throw new Error(request.message ?? 'The rebuild failed: see the log of the server');
    await sleep(200);
  }
}
