import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DomainEvent, Recorded } from '../../src/kernel/event.js';
import type { ViewDefinition } from '../../src/kernel/view.js';
import { runProjector } from '../../src/platform/projector/projector.js';
import { rebuildViews } from '../../src/platform/projector/rebuild-views.js';
import type { ViewStatus } from '../../src/platform/projector/status.js';
import type { RebuildRequests, ViewWriter } from '../../src/platform/read-model/read-model.port.js';
import { viewsFile } from '../../src/platform/read-model/sqlite/database.js';
import { SqliteRebuildRequests } from '../../src/platform/read-model/sqlite/rebuild-requests.js';
import { SqliteViewWriter } from '../../src/platform/read-model/sqlite/view-writer.js';
import { counted, log, type Note, type NoteEvent, notesView, put, removed } from '../contract/read-model/notes.js';
import { FedLog, PlainCodec } from '../support/fed-log.js';
import type { Life } from './life.js';
import { type Documents, liveDocuments, storedViews } from './stored-views.js';

const HISTORY: readonly NoteEvent[] = Array.from({ length: 14 }, (_, i): NoteEvent => {
  const key = `k${i % 5}`;
  if (i % 7 === 6) return removed(key);
  return i % 3 === 2 ? counted(key) : put(key, { at: i, tags: [`t${i % 4}`, 'all'], counter: i });
});
const EVENTS = log(...HISTORY);
const HEAD = EVENTS.at(-1)!.position;

/** Few indexes: each is a page more to write. */
const SLIM = {
  fields: { at: 'number', tags: 'texts' },
  sorts: { newest: { field: 'at', direction: 'desc' } },
  indexes: [['tags'], []],
} as const;

const notes = (version: number) => notesView('notes', { version, ...SLIM });
/** Counts the events it was given: one that is folded twice or left out shows. */
const tally: ViewDefinition<Note> = notesView('tally', {
  ...SLIM,
  events: 'all',
  keys: () => ['all'],
  fold: (note) => ({ organisation: 'acme', at: 0, title: '', counter: (note?.counter ?? 0) + 1 }),
});

/** What the projector is built on; a test may put itself in between. */
export interface Parts {
  readonly reader: FedLog;
  readonly writer: ViewWriter;
  readonly requests: RebuildRequests;
}
export type Between = (parts: Parts) => Parts;

/**
 * Folds the log into a new file; rebuilds one view because somebody asked for it while more events come; then another
 * version of it takes over, and what was replaced is dropped. Each a projector of its own, as after restarts.
 */
export async function liveOfViews(folder: string, tries: number, between: Between = (parts) => parts): Promise<void> {
  await persistently(() => project(folder, [notes(1), tally], EVENTS.slice(0, 7), between), tries);
  await persistently(() => project(folder, [notes(1), tally], EVENTS.slice(0, 10), between, 'notes'), tries);
  await persistently(() => project(folder, [notes(2), tally], EVENTS, between), tries);
}

/** As the projector's thread: whatever ended it, another one is started. */
async function persistently(run: () => Promise<void>, tries: number): Promise<void> {
  for (let failures = 1; ; failures++) {
    try {
      await run();
      return;
    } catch (error) {
      if (failures === tries) throw error;
    }
  }
}

async function project(
  folder: string,
  views: readonly ViewDefinition[],
  events: readonly Recorded<DomainEvent>[],
  between: Between,
  rebuild?: string,
): Promise<void> {
  const log = new FedLog(4);
  log.add(...events);
  const [writer, requests] = [new SqliteViewWriter(folder), new SqliteRebuildRequests(folder)];
  try {
    if (rebuild !== undefined) await requests.add(rebuild);
    await untilLive(between({ reader: log, writer, requests }), requests, views, events.at(-1)!.position);
    await writer.dropOld();
  } finally {
    await requests.close();
    await writer.close();
  }
}

/** Runs a projector until all views are live at the position and nothing is left to rebuild. Rejects as the projector does. */
async function untilLive(
  parts: Parts,
  requests: RebuildRequests,
  views: readonly ViewDefinition[],
  position: string,
): Promise<void> {
  const abort = new AbortController();
  const statuses = new Map<string, ViewStatus>();
  const look = async (): Promise<void> => {
    const live = views.every(({ name }) => {
      const status = statuses.get(name);
      return status?.state === 'live' && status.checkpoint === position;
    });
    if (live && (await requests.pending()).length === 0) abort.abort();
  };
  let looking: Promise<void> = Promise.resolve();
  await runProjector({
    ...parts,
    codec: new PlainCodec(),
    views,
    pollMs: 2,
    keepOldMs: 0,
    signal: abort.signal,
    report: (report) => {
      if (report.kind === 'status') statuses.set(report.view, report.status);
      if (report.kind === 'moved')
        for (const view of report.views) statuses.set(view, { ...statuses.get(view)!, checkpoint: report.position });
      looking = looking.then(look);
    },
  });
  await looking;
}

/** The documents that the events up to a checkpoint come to, by nothing but the view's own functions. */
function folded(view: ViewDefinition, upTo: string | null): Documents {
  const documents = new Map<string, object>();
  for (const event of EVENTS) {
    if (upTo === null || event.position > upTo) break;
    if (view.events !== 'all' && !view.events.includes(event.type)) continue;
    for (const key of view.keys(event)) {
      const doc = view.fold(documents.get(key) ?? null, event, key);
      if (doc === null) documents.delete(key);
      else documents.set(key, doc);
    }
  }
  return Object.fromEntries(documents);
}

/**
 * What must hold after a life that ended anywhere: each generation holds exactly what the events up to its own checkpoint
 * come to; the next projector ends where it would have ended, with what a rebuild makes, and nothing is left over.
 */
export async function assertViews(folder: string): Promise<void> {
  const byName = new Map<string, ViewDefinition>([
    ['notes', notes(1)],
    ['tally', tally],
  ]);
  if (existsSync(viewsFile(folder)))
    for (const { row, documents } of storedViews(folder).generations)
      assert.deepEqual(
        documents,
        folded(byName.get(row.view)!, row.checkpoint),
        `documents and checkpoint of ${row.view}`,
      );

  await project(folder, [notes(2), tally], EVENTS, (parts) => parts);
  const { generations, tables } = storedViews(folder);
  assert.deepEqual(generations.map(({ row }) => [row.view, row.version, row.state, row.checkpoint]).sort(), [
    ['notes', 2, 'live', HEAD],
    ['tally', 1, 'live', HEAD],
  ]);
  const numbers = generations.map(({ row }) => String(row.number));
  const left = tables.filter((table) => table.includes('#') && !numbers.includes(table.split('#')[1]!));
  assert.deepEqual(left, [], 'tables of generations that are gone');
  assert.deepEqual(liveDocuments(generations), await rebuilt());
}

let rebuild: Promise<ReturnType<typeof liveDocuments>> | undefined;
/** The documents of a rebuild in a folder of its own; the same for everybody. */
function rebuilt(): Promise<ReturnType<typeof liveDocuments>> {
  return (rebuild ??= (async () => {
    const folder = await mkdtemp(join(tmpdir(), 'countersign-rebuilt-'));
    const [reader, writer] = [new FedLog(100), new SqliteViewWriter(folder)];
    reader.add(...EVENTS);
    await rebuildViews({ reader, writer, codec: new PlainCodec(), views: [notes(2), tally] });
    await writer.close();
    const documents = liveDocuments(storedViews(folder).generations);
    await rm(folder, { recursive: true });
    return documents;
  })());
}

export const viewsLife: Life = {
  live: (folder, _, tries) => liveOfViews(folder, tries),
  look: (folder) => assertViews(folder),
};
