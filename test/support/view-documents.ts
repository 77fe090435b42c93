import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { MongoClient } from 'mongodb';
import { type GenerationRow, declarationIn } from '../../src/platform/read-model/sqlite/generations.js';
import { documentColumns, documentIn } from '../../src/platform/read-model/sqlite/stored-form.js';
import { Symbols } from '../../src/platform/read-model/sqlite/symbols.js';
import { tablesOf } from '../../src/platform/read-model/sqlite/tables.js';
import { embedded, mongoOf } from './stores.js';

/** A document of a live view as the store holds it. */
export interface HeldDocument {
  readonly view: string;
  readonly key: string;
  /** All of it, as JSON; for a store that keeps fields apart from the rest, these first. */
  readonly doc: string;
  /** Everything in its place in the store, as text. */
  readonly held: string;
}

/** Every document of every live view of a data folder, in the order of views and keys. */
export async function documentsOf(folder: string): Promise<readonly HeldDocument[]> {
  const all = embedded ? inFile(join(folder, 'views.db')) : await inMongo(mongoOf(folder).READ_MODEL_URL);
  const place = ({ view, key }: HeldDocument): string => `${view}\0${key}`;
  return [...all].sort((a, b) => (place(a) < place(b) ? -1 : 1));
}

/** The same in one text each, for comparing. */
export const documentTexts = async (folder: string): Promise<readonly string[]> =>
  (await documentsOf(folder)).map(({ view, key, doc }) => `${view} ${key} ${doc}`);

/** Deletes all views of a data folder; nobody may have them open. */
export async function deleteViews(folder: string): Promise<void> {
  if (embedded) {
    for (const file of ['views.db', 'views.db-wal', 'views.db-shm']) await rm(join(folder, file), { force: true });
    return;
  }
  const client = new MongoClient(mongoOf(folder).READ_MODEL_URL);
  await client.db().dropDatabase();
  await client.close();
}

function inFile(file: string): readonly HeldDocument[] {
  const db = new Database(file, { readonly: true });
  try {
    const symbols = new Symbols(db);
    const live = db.prepare<[], GenerationRow>("SELECT * FROM generations WHERE state = 'live'").all();
    return live.flatMap((row) => {
      const tables = tablesOf(row.view, row.number, declarationIn(row));
      const rows = db
        .prepare(`SELECT id, key, ${documentColumns(tables)} FROM "${tables.documents}"`)
        .raw()
        .all();
      return (rows as [number, string, ...unknown[]][]).map(([id, key, ...columns]) => {
        const doc = JSON.stringify(documentIn(tables, symbols, columns));
        return { view: row.view, key, doc, held: JSON.stringify({ id, key, doc, columns }) };
      });
    });
  } finally {
    db.close();
  }
}

interface Pointer {
  readonly view: string;
  readonly live: number | null;
}

interface Stored {
  readonly _id: string;
  readonly s: { readonly d?: string };
}

/** Without tombstones. */
async function inMongo(url: string): Promise<readonly HeldDocument[]> {
  const client = new MongoClient(url);
  try {
    const pointers = client.db().collection<Pointer>('views');
    const all: HeldDocument[] = [];
    for (const { view, live } of await pointers.find({ revision: { $exists: true } }).toArray()) {
      const documents = client.db().collection<Stored>(`view.${view}.${live}`);
      for (const stored of await documents.find().toArray()) {
        const { _id: key, s } = stored;
        if (s.d !== undefined) all.push({ view, key, doc: s.d, held: JSON.stringify(stored) });
      }
    }
    return all;
  } finally {
    await client.close();
  }
}
