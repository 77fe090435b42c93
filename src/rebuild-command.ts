import { setTimeout as sleep } from 'node:timers/promises';
import { catalogues } from './catalogues.js';
import { EventOpening } from './platform/codec/event-opening.js';
import { DataFolderInUse } from './platform/event-store/sqlite/sqlite-event-store.js';
import { runProjector } from './platform/projector/projector.js';
import { rebuildViews } from './platform/projector/rebuild-views.js';
import type { Turn } from './platform/projector/turns.js';
import type { RebuildRequest } from './platform/read-model/read-model.port.js';
import { rebuildProgress, requestRebuild } from './platform/read-model/sqlite/rebuild-requests.js';
import { SqliteViewWriter } from './platform/read-model/sqlite/view-writer.js';
import type { Settings } from './platform/config/settings.js';
import { masterKeyFor } from './platform/vault/master-key.js';
import { openProjection, type Projection } from './platform/stores/projection.js';
import { openStores } from './platform/stores/stores.module.js';
import { Progress } from './progress.js';
import { views } from './views.js';

/**
 * `countersign rebuild [view]`: folds views anew from the log, beside the live ones, and swaps them in. Where a server works
 * on the views, that one does it and goes on serving; otherwise it is done here.
 *
 * @throws RangeError for a view that there is not; Error when the rebuild failed
 */
export async function rebuild(settings: Settings, only: string | undefined): Promise<void> {
  const names = views.map(({ name }) => name);
  if (only !== undefined && !names.includes(only))
    throw new RangeError(`There is no view ${only}: ${names.join(', ')}`);
  const progress = new Progress(`rebuilding ${only ?? 'all views'}`);
  try {
    if (settings.servers.readModel !== undefined) await rebuildShared(settings, only, progress);
    else await rebuildHere(settings, only, progress);
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
  await untilRebuilt(() => rebuildProgress(folder, id), progress);
}

/** Views of several nodes: the leader sees the request; where nobody leads, this command takes the lead until it is done. */
async function rebuildShared(settings: Settings, only: string | undefined, progress: Progress): Promise<void> {
  const { dataDir, servers } = settings;
  const { key: masterKey } = await masterKeyFor(dataDir, settings.masterKey);
  const projection = await openProjection({ dataDir, servers, masterKey });
  const ended = new AbortController();
  try {
    const { requests } = projection.turns;
    const { id } = await requests.add(only);
    const led = lead(projection, ended.signal);
    await Promise.race([untilRebuilt(() => requests.find(id), progress, ended.signal), led]);
    ended.abort();
    await led;
  } finally {
    ended.abort();
    await projection.close();
  }
}

/** Projects like a server would, when and while it is this process's turn. Resolves when aborted. */
async function lead({ reader, vault, turns }: Projection, signal: AbortSignal): Promise<void> {
  let turn: Turn | undefined;
  try {
    turn = await turns.take(signal);
    const codec = new EventOpening(vault, catalogues);
    const { requests } = turns;
    const either = AbortSignal.any([signal, turn.over]);
    const report = (): void => undefined;
    await runProjector({ reader, codec, writer: turn.writer, requests, views, signal: either, report });
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    await turn?.release();
  }
}

async function untilRebuilt(
  look: () => Promise<RebuildRequest | undefined>,
  progress: Progress,
  signal?: AbortSignal,
): Promise<void> {
  while (signal?.aborted !== true) {
    const request = await look();
    if (request === undefined) throw new Error('The request has gone: were the views replaced?');
    progress.show(request.folded, request.target, 'events');
    if (request.state === 'done') return;
    if (request.state === 'failed') throw new Error(request.message ?? 'The rebuild failed: see the log of the server');
    await sleep(200);
  }
}
