/**
 * Projector: catching up with a log, and following it one event at a time, on the embedded adapter.
 *
 * Baseline: the driver writes the documents that come out of it, once each, into the same tables with the same indexes.
 * The log is in memory, because reading it is a figure of its own.
 */
import { join } from 'node:path';
import type { DomainEvent, Recorded } from '../src/kernel/event.js';
import { declarationOf } from '../src/platform/read-model/declaration.js';
import { openForWriting } from '../src/platform/read-model/sqlite/database.js';
import { DocumentTable } from '../src/platform/read-model/sqlite/document-table.js';
import { WrittenSymbols } from '../src/platform/read-model/sqlite/symbols.js';
import { documentsSql, indexing, tablesOf } from '../src/platform/read-model/sqlite/tables.js';
import { SqliteReadModel } from '../src/platform/read-model/sqlite/read-model.js';
import { SqliteViewWriter } from '../src/platform/read-model/sqlite/view-writer.js';
import { inFolder, paired } from './bench.js';
import type { Outcome } from './figure.js';
import { BATCH, documentsOf, eventAt, PER_RECORD, project, records, views } from './support/catch-up.js';

const EVENTS = 60_000;
const LIVE_EVENTS = 4_000;
const ROUNDS = 5;

/** Seconds that the driver takes to write the documents, a transaction for so many of them. */
function bulkWrite(folder: string, events: readonly Recorded<DomainEvent>[], size: number): number {
  const db = openForWriting(folder);
  try {
    const symbols = new WrittenSymbols(db);
    const work = views.map((view) => {
      const declaration = declarationOf(view);
      const tables = tablesOf(view.name, 0, declaration);
      const indexes = indexing(tables).flatMap(({ sql }) => sql);
      db.exec(documentsSql(tables));
      // As the projector does it: what is filled in bulk is indexed afterwards.
      if (size === 1) for (const sql of indexes) db.exec(sql);
      const table = new DocumentTable(db, symbols, tables, declaration);
      return { table, later: size === 1 ? [] : indexes, documents: [...documentsOf(view, events)] };
    });
    const begun = performance.now();
    for (const { table, later, documents } of work) {
      for (let from = 0; from < documents.length; from += size) {
        db.transaction(() => {
          for (const [key, doc] of documents.slice(from, from + size)) table.put(key, undefined, table.rowOf(doc));
        }).immediate();
      }
      for (const sql of later) db.exec(sql);
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
    if (size === 1) await project(new SqliteViewWriter(projected), [eventAt(-PER_RECORD)], 1);
    const measured = count / (await project(new SqliteViewWriter(projected), events, size));
    const model = new SqliteReadModel(projected);
    const { value } = await model.count(records, [{ field: 'organisation', eq: 'org' }]);
    await model.close();
    const expected = count / PER_RECORD + (size === 1 ? 1 : 0);
    if (value !== expected) throw new Error(`${value} documents instead of ${expected}`);
    return { measured, baseline };
  });
}

async function figure(name: string, count: number, size: number): Promise<Outcome> {
  const rounds: { measured: number; baseline: number }[] = [];
  for (let i = 0; i < ROUNDS; i++) rounds.push(await round(count, size));
  return {
    name,
    ...paired(
      rounds.map(({ measured }) => measured),
      rounds.map(({ baseline }) => baseline),
    ),
    unit: 'events/s',
    note: `${views.length} views, against the driver that writes the same documents`,
  };
}

export async function run(): Promise<Outcome[]> {
  await round(4_000, BATCH);
  return [
    await figure(`projector catch-up, batches of ${BATCH}`, EVENTS, BATCH),
    await figure('projector live, one event a commit', LIVE_EVENTS, 1),
  ];
}
