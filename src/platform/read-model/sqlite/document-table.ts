import type Database from 'better-sqlite3';
import type { Declaration } from '../declaration.js';
import { type Value, textsOf } from '../values.js';
import { type DocumentRow, documentColumns, documentIn, rowOf } from './stored-form.js';
import { type ManyTable, type Tables, column } from './tables.js';

/** A document as it stands in the tables. */
export interface StoredDocument {
  readonly id: number;
  readonly row: DocumentRow;
  readonly doc: object;
}

type Bound = Value | null;

/** One generation's documents, for the writer. Reading and writing only; the caller has the transaction. */
export class DocumentTable {
  private readonly select: Database.Statement<[string], [number, ...Bound[]]>;
  private readonly insert: Database.Statement<Bound[]>;
  /** Statements that update some columns: of all that are named an index is written anew, changed or not. */
  private readonly updates = new Map<string, Database.Statement<Bound[]>>();
  private readonly remove: Database.Statement<[number]>;
  private readonly sides: readonly SideTable[];

  constructor(
    private readonly db: Database.Database,
    private readonly tables: Tables,
    private readonly declaration: Declaration,
  ) {
    const table = `"${tables.documents}"`;
    const names = ['key', ...tables.columns.map(column), 'doc'];
    this.select = db
      .prepare<[string], [number, ...Bound[]]>(`SELECT id, ${documentColumns(tables)} FROM ${table} WHERE key = ?`)
      .raw();
    this.insert = db.prepare(`INSERT INTO ${table} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`);
    this.remove = db.prepare(`DELETE FROM ${table} WHERE id = ?`);
    this.sides = tables.many.map((many) => new SideTable(db, many, tables.columns));
  }

  get(key: string): StoredDocument | undefined {
    const found = this.select.get(key);
    if (found === undefined) return undefined;
    const [id, ...row] = found;
    const doc = documentIn(this.tables, row);
    const many = this.tables.many.map(({ field }) => textsOf(field, doc));
    return { id, doc, row: { values: row.slice(0, -1), many, json: row.at(-1) as string } };
  }

  /** @throws TypeError for a document that does not keep to the declaration, or has no JSON form. */
  rowOf(doc: object): DocumentRow {
    return rowOf(this.tables, this.declaration, doc);
  }

  /** Inserts, updates or (`row` null) deletes the document of a key; `stored` is what stands there now. */
  put(key: string, stored: StoredDocument | undefined, row: DocumentRow | null): void {
    if (row === null) {
      if (stored === undefined) return;
      for (const side of this.sides) side.clear(stored.id);
      this.remove.run(stored.id);
    } else if (stored === undefined) {
      const { lastInsertRowid } = this.insert.run(key, ...row.values, row.json);
      this.sides.forEach((side, i) => side.fill(Number(lastInsertRowid), key, row.many[i]!, row.values));
    } else {
      this.change(key, stored, row);
    }
  }

  private change(key: string, { id, row: before }: StoredDocument, row: DocumentRow): void {
    const changed = this.tables.columns.flatMap((_, i) => (row.values[i] === before.values[i] ? [] : [i]));
    const newJson = row.json === before.json ? [] : [row.json];
    if (changed.length + newJson.length > 0) {
      const names = [...changed.map((i) => column(this.tables.columns[i]!)), ...newJson.map(() => 'doc')];
      this.updateOf(names).run(...changed.map((i) => row.values[i]!), ...newJson, id);
    }
    this.sides.forEach((side, i) => {
      if (side.same(before.many[i]!, before.values, row.many[i]!, row.values)) return;
      side.clear(id);
      side.fill(id, key, row.many[i]!, row.values);
    });
  }

  private updateOf(names: readonly string[]): Database.Statement<Bound[]> {
    const assignments = names.map((name) => `${name} = ?`).join(', ');
    let update = this.updates.get(assignments);
    if (update === undefined) {
      update = this.db.prepare<Bound[]>(`UPDATE "${this.tables.documents}" SET ${assignments} WHERE id = ?`);
      this.updates.set(assignments, update);
    }
    return update;
  }
}

/** The values of one field of type `texts`, with the copies of single values that stand beside them. */
class SideTable {
  private readonly insert: Database.Statement<Bound[]>;
  private readonly remove: Database.Statement<[number]>;
  /** Where the copied columns stand among the single values of a document. */
  private readonly copied: readonly number[];

  constructor(db: Database.Database, { table, columns }: ManyTable, all: readonly string[]) {
    const names = ['doc', 'value', 'key', ...columns.map(column)];
    this.insert = db.prepare(
      `INSERT INTO "${table}" (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`,
    );
    this.remove = db.prepare(`DELETE FROM "${table}" WHERE doc = ?`);
    this.copied = columns.map((name) => all.indexOf(name));
  }

  clear(id: number): void {
    this.remove.run(id);
  }

  fill(id: number, key: string, texts: readonly string[], values: readonly Bound[]): void {
    const copies = this.copied.map((i) => values[i]!);
    for (const text of texts) this.insert.run(id, text, key, ...copies);
  }

  same(
    texts: readonly string[],
    values: readonly Bound[],
    newTexts: readonly string[],
    newValues: readonly Bound[],
  ): boolean {
    return (
      texts.length === newTexts.length &&
      texts.every((text, i) => text === newTexts[i]) &&
      this.copied.every((i) => values[i] === newValues[i])
    );
  }
}
