/**
 * Projector: catching up with a log, and following it one event at a time, on the embedded adapter.
 *
 * Baseline: the driver writes the documents that come out of it, once each, into the same tables with the same indexes.
 * The log is in memory, because reading it is a figure of its own.
 */
import { once } from 'node:events';
import { join } from 'node:path';
import type { DomainEvent, Recorded } from '../src/kernel/event.js';
import type { ViewDefinition } from '../src/kernel/view.js';
import type { Batch } from '../src/platform/event-store/event-store.port.js';
import { runProjector } from '../src/platform/projector/projector.js';
import { declarationOf } from '../src/platform/read-model/declaration.js';
import { openForWriting } from '../src/platform/read-model/sqlite/database.js';
import { DocumentTable } from '../src/platform/read-model/sqlite/document-table.js';
import { indexSql, tableSql, tablesOf } from '../src/platform/read-model/sqlite/tables.js';
import { SqliteReadModel } from '../src/platform/read-model/sqlite/read-model.js';
import { SqliteViewWriter } from '../src/platform/read-model/sqlite/view-writer.js';
import { type BenchResult, inFolder, median } from './bench.js';

const EVENTS = 60_000;
const LIVE_EVENTS = 4_000;
const BATCH = 1000;
const ROUNDS = 5;
/** Each record gets this many events, one after the other. */
const PER_RECORD = 4;

type ChangedEvent = DomainEvent<'RecordChanged', { id: string; total: number; words: string[]; lines: object[] }>;

/** A document for every event, found by one organisation and one other field. */
const trail: ViewDefinition<object, ChangedEvent> = {
  name: 'trail',
  version: 1,
  events: 'all',
  fields: { organisation: 'text', position: 'text', person: 'text', record: 'text', type: 'text', outcome: 'text' },
  sorts: { newest: { field: 'position', direction: 'desc' } },
  indexes: [
    ['organisation'],
    ['organisation', 'person'],
    ['organisation', 'record'],
    ['organisation', 'type'],
    ['organisation', 'outcome'],
  ],
  keys: ({ id }) => [id],
  fold: (_, { type, position, data, metadata }) => ({
    organisation: metadata.organisation,
    position,
    type,
    person: metadata.actor.id,
    record: data.id,
    outcome: 'accepted',
    command: metadata.command,
    correlationId: metadata.correlationId,
  }),
};

/** A document for every record, with words to search by. */
const records: ViewDefinition<{ readonly changes: number }, ChangedEvent> = {
  name: 'records',
  version: 1,
  events: ['RecordChanged'],
  fields: { organisation: 'text', created: 'text', words: 'texts' },
  sorts: { newest: { field: 'created', direction: 'desc' } },
  indexes: [['organisation', 'words'], ['organisation']],
  keys: ({ data }) => [data.id],
  fold: (doc, { data, metadata, recordedAt }) => ({
    created: recordedAt,
    ...doc,
    organisation: metadata.organisation,
    ...data,
    changes: (doc?.changes ?? 0) + 1,
  }),
};

const views: readonly ViewDefinition[] = [trail, records];

/** From `-PER_RECORD` on. */
const eventAt = (n: number): Recorded<DomainEvent> => ({
  id: `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`,
  type: 'RecordChanged',
  stream: `record-org/${Math.floor(n / PER_RECORD)}`,
  revision: Math.abs(n % PER_RECORD),
  position: String(n + PER_RECORD).padStart(16, '0'),
  recordedAt: '2026-03-01T09:30:00.000Z',
  schemaVersion: 1,
  data: {
    id: `record-${Math.floor(n / PER_RECORD)}`,
    total: n,
    words: ['alpha', 'beta', `word${n % 100}`],
    lines: [1, 2, 3].map((line) => ({
      line,
      description: 'WHITE HANGING HEART T-LIGHT HOLDER',
      quantity: 6,
      net: 1530,
    })),
  },
  metadata: {
    organisation: 'org',
    actor: { kind: 'user', id: `person-${n % 50}` },
    command: 'ChangeRecord',
    correlationId: `correlation-${n}`,
    requestId: `request-${n}`,
  },
});

async function* inBatches(events: readonly Recorded<DomainEvent>[], size: number): AsyncGenerator<Batch> {
  for (let from = 0; from < events.length; from += size) {
    const batch = events.slice(from, from + size);
    yield { events: batch, position: batch.at(-1)!.position, caughtUp: from + size >= events.length };
  }
}

/** Seconds until readers see all of the events, which are handed to the projector in batches of a size. */
async function project(folder: string, events: readonly Recorded<DomainEvent>[], size: number): Promise<number> {
  const writer = new SqliteViewWriter(folder);
  const abort = new AbortController();
  const last = events.at(-1)!.position;
  const seen = new Set<string>();
  const see = (view: string, position: string | undefined): void => {
    if (position === last) seen.add(view);
    if (seen.size === views.length) abort.abort();
  };
  const begun = performance.now();
  try {
    await runProjector({
      reader: {
        head: async () => last,
        readAll: () => inBatches([], size),
        subscribeToAll: async function* ({ after, signal }) {
          yield* inBatches(after === undefined ? events : events.filter(({ position }) => position > after), size);
          if (!signal.aborted) await once(signal, 'abort');
        },
      },
      writer,
      codec: { open: async (stored) => stored },
      views,
      signal: abort.signal,
      report: (report) => {
        if (report.kind === 'moved') for (const view of report.views) see(view, report.position);
        if (report.kind === 'status') see(report.view, report.status.checkpoint);
      },
    });
    return (performance.now() - begun) / 1000;
  } finally {
    await writer.close();
  }
}

/** All documents of a view after the events. */
function documentsOf(view: ViewDefinition, events: readonly Recorded<DomainEvent>[]): Map<string, object> {
  const documents = new Map<string, object>();
  for (const event of events) {
    for (const key of view.keys(event)) documents.set(key, view.fold(documents.get(key) ?? null, event, key)!);
  }
  return documents;
}

/** Seconds that the driver takes to write the documents, a transaction for so many of them. */
function bulkWrite(folder: string, events: readonly Recorded<DomainEvent>[], size: number): number {
  const db = openForWriting(folder);
  try {
    const work = views.map((view) => {
      const declaration = declarationOf(view);
      const tables = tablesOf(view.name, 0, declaration);
      for (const sql of tableSql(tables)) db.exec(sql);
      // As the projector does it: what is filled in bulk is indexed afterwards.
      if (size === 1) for (const sql of indexSql(tables, declaration)) db.exec(sql);
      const table = new DocumentTable(db, tables, declaration);
      return { table, tables, declaration, documents: [...documentsOf(view, events)] };
    });
    const begun = performance.now();
    for (const { table, tables, declaration, documents } of work) {
      for (let from = 0; from < documents.length; from += size) {
        db.transaction(() => {
          for (const [key, doc] of documents.slice(from, from + size)) table.put(key, undefined, table.rowOf(doc));
        }).immediate();
      }
      for (const sql of indexSql(tables, declaration)) db.exec(sql);
    }
    return (performance.now() - begun) / 1000;
  } finally {
    db.close();
  }
}

/** Events a second: of the projector, whose views are live already where it is to follow, and of the driver. */
async function round(count: number, size: number): Promise<{ measured: number; baseline: number }> {
  const events = Array.from({ length: count }, (_, n) => eventAt(n));
  return inFolder(async (folder) => {
    const baseline = count / bulkWrite(join(folder, 'driver'), events, size);
    const projected = join(folder, 'projector');
    if (size === 1) await project(projected, [eventAt(-PER_RECORD)], 1);
    const measured = count / (await project(projected, events, size));
    const model = new SqliteReadModel(projected);
    const { value } = await model.count(records, [{ field: 'organisation', eq: 'org' }]);
    await model.close();
    const expected = count / PER_RECORD + (size === 1 ? 1 : 0);
    if (value !== expected) throw new Error(`${value} documents instead of ${expected}`);
    return { measured, baseline };
  });
}

async function figure(name: string, count: number, size: number): Promise<BenchResult> {
  const rounds: { measured: number; baseline: number }[] = [];
  for (let i = 0; i < ROUNDS; i++) rounds.push(await round(count, size));
  return {
    name,
    measured: median(rounds.map(({ measured }) => measured)),
    baseline: median(rounds.map(({ baseline }) => baseline)),
    ratio: median(rounds.map(({ measured, baseline }) => measured / baseline)),
    unit: 'events/s',
    note: `${views.length} views`,
  };
}

export async function run(): Promise<BenchResult[]> {
  await round(4_000, BATCH);
  return [
    await figure(`projector catch-up, batches of ${BATCH}`, EVENTS, BATCH),
    await figure('projector live, one event a commit', LIVE_EVENTS, 1),
  ];
}
