/**
 * Projector: catching up with a log on the adapter of MongoDB, at the server of READ_MODEL_URL.
 *
 * Baseline: the driver writes the documents that come out of it, once each, in the form in which they are stored, in
 * unordered bulk writes; then it makes the same indexes. The log is in memory, because reading it is a figure of its own.
 */
import type { ViewDefinition } from '../src/kernel/view.js';
import type { DomainEvent, Recorded } from '../src/kernel/event.js';
import { declarationOf } from '../src/platform/read-model/declaration.js';
import { stateOf, type StoredDocument } from '../src/platform/read-model/mongodb/documents.js';
import { indexesOf } from '../src/platform/read-model/mongodb/filter.js';
import { openMongoReadModel } from '../src/platform/read-model/mongodb/read-model.js';
import { openMongoViewWriter } from '../src/platform/read-model/mongodb/view-writer.js';
import { type Database, freshDatabase, mongoMissing } from '../test/support/mongodb.js';
import { paired } from './bench.js';
import type { Outcome } from './figure.js';
import { BATCH, documentsOf, eventAt, PER_RECORD, project, records, views } from './support/catch-up.js';

const EVENTS = 10_000;
const ROUNDS = 5;
const NAME = `projector catch-up on MongoDB, batches of ${BATCH}`;

export async function run(): Promise<Outcome[]> {
  const missing = await mongoMissing('READ_MODEL_URL');
  if (missing !== undefined) return [{ name: NAME, skipped: missing }];
  await round(2_000);
  const rounds: { measured: number; baseline: number }[] = [];
  for (let i = 0; i < ROUNDS; i++) rounds.push(await round(EVENTS));
  return [
    {
      name: NAME,
      ...paired(
        rounds.map(({ measured }) => measured),
        rounds.map(({ baseline }) => baseline),
      ),
      unit: 'events/s',
      aim: 'ratio at least 0.5',
      note: `${views.length} views, against bulk writes of the same documents by the driver; ${await serverOf()}`,
    },
  ];
}

/** What answers at the URL: not every server of the protocol is MongoDB. */
async function serverOf(): Promise<string> {
  return inDatabase(async ({ client }) => {
    const info = (await client.db('admin').command({ buildInfo: 1 })) as { version: string };
    return `${'ferretdbVersion' in info ? 'FerretDB as MongoDB' : 'MongoDB'} ${info.version}`;
  });
}

async function inDatabase<T>(work: (database: Database) => Promise<T>): Promise<T> {
  const database = await freshDatabase('READ_MODEL_URL');
  try {
    return await work(database);
  } finally {
    await database.dispose();
  }
}

/** Events a second: of the driver and of the projector, each in a database of its own. */
async function round(count: number): Promise<{ measured: number; baseline: number }> {
  const events = Array.from({ length: count }, (_, n) => eventAt(n));
  const baseline = count / (await inDatabase((database) => bulkWrite(database, events)));
  return inDatabase(async ({ url }) => {
    const measured = count / (await project(await openMongoViewWriter({ url }), events, BATCH));
    const model = await openMongoReadModel({ url });
    const { value } = await model.count(records, [{ field: 'organisation', eq: 'org' }]);
    await model.close();
    if (value !== count / PER_RECORD) throw new Error(`${value} documents instead of ${count / PER_RECORD}`);
    return { measured, baseline };
  });
}

/** Seconds that the driver takes to write the documents of all views, and then their indexes. */
async function bulkWrite({ url, client }: Database, events: readonly Recorded<DomainEvent>[]): Promise<number> {
  const name = new URL(url).pathname.slice(1);
  const work = views.map((view) => ({
    collection: client.db(name).collection<StoredDocument>(view.name),
    documents: storedOf(view, events),
    indexes: indexesOf(declarationOf(view)),
  }));
  const begun = performance.now();
  await Promise.all(
    work.map(async ({ collection, documents, indexes }) => {
      for (let from = 0; from < documents.length; from += BATCH) {
        const operations = documents.slice(from, from + BATCH).map((document) => ({ insertOne: { document } }));
        await collection.bulkWrite(operations, { ordered: false });
      }
      await collection.createIndexes(indexes);
    }),
  );
  return (performance.now() - begun) / 1000;
}

function storedOf(view: ViewDefinition, events: readonly Recorded<DomainEvent>[]): StoredDocument[] {
  const declaration = declarationOf(view);
  const position = events.at(-1)!.position;
  return [...documentsOf(view, events)].map(([key, doc]) => ({ _id: key, s: stateOf(declaration, doc, position) }));
}
