import Database from 'better-sqlite3';
import { viewsFile } from '../../src/platform/read-model/sqlite/database.js';
import { type GenerationRow, declarationIn } from '../../src/platform/read-model/sqlite/generations.js';
import { documentColumns, documentIn } from '../../src/platform/read-model/sqlite/stored-form.js';
import { Symbols } from '../../src/platform/read-model/sqlite/symbols.js';
import { tablesOf } from '../../src/platform/read-model/sqlite/tables.js';

/** Documents by key. */
export type Documents = Readonly<Record<string, unknown>>;

export interface StoredGeneration {
  readonly row: GenerationRow;
  readonly documents: Documents;
}

/** Every generation in `views.db`, whatever its state, and the names of all tables; nobody else has the file open. */
export function storedViews(folder: string): {
  readonly generations: readonly StoredGeneration[];
  readonly tables: readonly string[];
} {
  // Not for reading only: the journal of a file that was just being made is to be rolled back.
  const db = new Database(viewsFile(folder));
  try {
    // Arrays of the driver are not of the realm of Jest's tests, where they would equal none.
    const tables = Array.from(
      db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all() as string[],
    );
    const rows = tables.includes('generations')
      ? (db.prepare('SELECT * FROM generations').all() as GenerationRow[])
      : [];
    const symbols = tables.includes('symbols') ? new Symbols(db) : undefined;
    const generations = Array.from(rows, (row) => {
      const tables = tablesOf(row.view, row.number, declarationIn(row));
      const sql = `SELECT key, ${documentColumns(tables)} FROM "${tables.documents}" ORDER BY key`;
      const found = db.prepare(sql).raw().all() as [string, ...unknown[]][];
      return {
        row: { ...row },
        documents: Object.fromEntries(Array.from(found, ([key, ...doc]) => [key, documentIn(tables, symbols!, doc)])),
      };
    });
    return { generations, tables };
  } finally {
    db.close();
  }
}

/** The documents of the live generations by view. */
export const liveDocuments = (generations: readonly StoredGeneration[]): Readonly<Record<string, Documents>> =>
  Object.fromEntries(
    generations.filter(({ row }) => row.state === 'live').map(({ row, documents }) => [row.view, documents]),
  );
