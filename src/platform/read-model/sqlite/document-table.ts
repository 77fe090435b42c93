import type Database from 'better-sqlite3';
import type { Declaration } from '../declaration.js';
import { type Value, textsOf, valueOf } from '../values.js';
import { type ManyTable, type Tables, column } from './tables.js';

/** A document as it stands in the table. */
export interface StoredDocument {
  readonly id: number;
  readonly json: string;
}

/** A document as it goes into the tables: its text, its single values by column, its many values by field. */
export interface DocumentRow {
  readonly json: string;
  readonly values: readonly (Value | null)[];
  readonly many: readonly (readonly string[])[];
}

type Bound = Value | null;

/** One generation's documents, for the writer. Reading and writing only; the caller has the transaction. */
export class DocumentTable {
  private readonly select: Database.Statement<[string], StoredDocument>;
  private readonly insert: Database.Statement<Bound[]>;
  private readonly update: Database.Statement<Bound[]>;
  private readonly remove: Database.Statement<[number]>;
  private readonly sides: readonly SideTable[];
  private readonly sortFields: readonly string[];

  constructor(
    db: Database.Database,
    private readonly tables: Tables,
    private readonly declaration: Declaration,
  ) {
    const table = `"${tables.documents}"`;
    const names = tables.columns.map(column);
    const marks = names.map(() => '?, ').join('');
    this.select = db.prepare(`SELECT id, doc AS json FROM ${table} WHERE key = ?`);
    this.insert = db.prepare(`INSERT INTO ${table} (${['key', ...names, 'doc'].join(', ')}) VALUES (?, ${marks}?)`);
    this.update = db.prepare(
      `UPDATE ${table} SET ${[...names, 'doc'].map((name) => `${name} = ?`).join(', ')} WHERE id = ?`,
    );
    this.remove = db.prepare(`DELETE FROM ${table} WHERE id = ?`);
    this.sides = tables.many.map((many) => new SideTable(db, many, tables.columns));
    this.sortFields = Object.values(declaration.sorts).map(({ field }) => field);
  }

  get(key: string): StoredDocument | undefined {
    return this.select.get(key);
  }

  /** @throws TypeError for a document that does not keep to the declaration, or has no JSON form. */
  rowOf(doc: object): DocumentRow {
    const { columns, many } = this.tables;
    const values = columns.map((field) => valueOf(this.declaration, field, doc));
    for (const field of this.sortFields) {
      if (values[columns.indexOf(field)] === null)
        throw new TypeError(`A document without ${field}, which a sort needs`);
    }
    const json = JSON.stringify(doc) as string | undefined;
    if (json === undefined) throw new TypeError('A document without a JSON form');
    return { json, values, many: many.map(({ field }) => textsOf(field, doc)) };
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
    } else if (stored.json !== row.json) {
      this.update.run(...row.values, row.json, stored.id);
      if (this.sides.length > 0) this.refill(key, stored, row);
    }
  }

  private refill(key: string, stored: StoredDocument, row: DocumentRow): void {
    const before = this.rowOf(JSON.parse(stored.json) as object);
    this.sides.forEach((side, i) => {
      if (side.same(before.many[i]!, before.values, row.many[i]!, row.values)) return;
      side.clear(stored.id);
      side.fill(stored.id, key, row.many[i]!, row.values);
    });
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
