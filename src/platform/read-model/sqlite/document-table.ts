import type Database from 'better-sqlite3';
import type { Declaration } from '../declaration.js';
import type { Value } from '../values.js';
import { type DocumentRow, documentColumns, documentIn, rowOf, textsIn } from './stored-form.js';
import type { WrittenSymbols } from './symbols.js';
import { ESCAPED, type EntryTable, NONE, type Tables, column } from './tables.js';

/** A document as it stands in the tables. */
export interface StoredDocument {
  readonly id: number;
  /** As the columns hold them. */
  readonly values: readonly Bound[];
  readonly json: string;
  readonly doc: object;
}

type Bound = Value | null;

/** A document as tables of values see it. */
interface Face {
  readonly id: number;
  readonly key: string;
  readonly values: readonly Bound[];
  readonly texts: DocumentRow['texts'];
}

/** One generation's documents, for the writer. Reading and writing only; the caller has the transaction. */
export class DocumentTable {
  private readonly select: Database.Statement<[string], [number, ...Bound[]]>;
  private readonly insert: Database.Statement<Bound[]>;
  /** Statements that update some columns: of all that are named an index is written anew, changed or not. */
  private readonly updates = new Map<string, Database.Statement<Bound[]>>();
  private readonly remove: Database.Statement<[number]>;
  /** Of the tables of values those that are there: a generation that is being filled has none yet. */
  private readonly entries: readonly Entries[];

  constructor(
    private readonly db: Database.Database,
    private readonly symbols: WrittenSymbols,
    private readonly tables: Tables,
    private readonly declaration: Declaration,
  ) {
    const table = `"${tables.documents}"`;
    const names = ['key', ...tables.columns.map(column), 'doc'];
    this.select = db
      .prepare<[string], [number, ...Bound[]]>(`SELECT id, ${documentColumns(tables)} FROM ${table} WHERE key = ?`)
      .raw();
    this.insert = db.prepare(
      `INSERT INTO ${table} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')}) ON CONFLICT (key) DO NOTHING`,
    );
    this.remove = db.prepare(`DELETE FROM ${table} WHERE id = ?`);
    const isThere = db.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?");
    this.entries = tables.entries
      .filter(({ name }) => isThere.get(name) !== undefined)
      .map((entry) => new Entries(db, entry, tables.columns));
  }

  get(key: string): StoredDocument | undefined {
    const found = this.select.get(key);
    if (found === undefined) return undefined;
    const [id, ...row] = found;
    const doc = documentIn(this.tables, this.symbols, row);
    return { id, doc, values: row.slice(0, -1), json: row.at(-1) as string };
  }

  /** @throws TypeError for a document that does not keep to the declaration, or has no JSON form. */
  rowOf(doc: object): DocumentRow {
    return rowOf(this.tables, this.declaration, doc);
  }

  /** Inserts, updates or (`row` null) deletes the document of a key; `stored` is what stands there now. */
  put(key: string, stored: StoredDocument | undefined, row: DocumentRow | null): void {
    const before = stored === undefined ? undefined : this.faceOf(key, stored);
    if (row === null) {
      if (before === undefined) return;
      for (const entries of this.entries) entries.move(before, undefined);
      this.remove.run(before.id);
      return;
    }
    const values = this.bound(row);
    const id = stored === undefined ? this.add(key, values, row.json) : this.change(stored, values, row.json);
    // Nobody had looked whether it is there (`madeOnce`), and it is: an event may stand twice in a log that does not forbid it.
    if (id === undefined) this.put(key, this.get(key), row);
    else for (const entries of this.entries) entries.move(before, { id, key, values, texts: row.texts });
  }

  /** Gives a table of values what its filling from documents left out. */
  completeEntries(name: string): void {
    const entries = this.entries.find((one) => one.name === name);
    if (entries === undefined) return;
    const left = this.db.prepare<[], string>(`SELECT key FROM "${this.tables.documents}" WHERE ${ESCAPED}`).pluck();
    for (const key of left.all()) entries.move(undefined, this.faceOf(key, this.get(key)!));
  }

  /** Its number; undefined where the key is there already. */
  private add(key: string, values: readonly Bound[], json: string): number | undefined {
    const { changes, lastInsertRowid } = this.insert.run(key, ...values, json);
    return changes === 0 ? undefined : Number(lastInsertRowid);
  }

  private change(
    { id, values: before, json: jsonBefore }: StoredDocument,
    values: readonly Bound[],
    json: string,
  ): number {
    const changed = this.tables.columns.flatMap((_, i) => (values[i] === before[i] ? [] : [i]));
    const newJson = json === jsonBefore ? [] : [json];
    if (changed.length + newJson.length > 0) {
      const names = [...changed.map((i) => column(this.tables.columns[i]!)), ...newJson.map(() => 'doc')];
      this.updateOf(names).run(...changed.map((i) => values[i]!), ...newJson, id);
    }
    return id;
  }

  private bound({ values }: DocumentRow): readonly Bound[] {
    const { columns, symbols } = this.tables;
    if (symbols.size === 0) return values;
    return values.map((value, i) =>
      value !== null && symbols.has(columns[i]!) ? this.symbols.intern(value as string) : value,
    );
  }

  private faceOf(key: string, { id, values, doc }: StoredDocument): Face {
    return { id, key, values, texts: this.entries.length === 0 ? NO_TEXTS : textsIn(this.tables.entries, doc) };
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

const NO_TEXTS: DocumentRow['texts'] = new Map();

/** A table of values. What a document had in it follows from what the document was. */
class Entries {
  readonly name: string;
  private readonly field: string;
  private readonly insert: Database.Statement<unknown[]>;
  private readonly remove: Database.Statement<unknown[]>;
  /** Where each column's value stands: among the single values of a document, or by itself. */
  private readonly parts: readonly (number | 'value' | 'key' | 'doc')[];
  /** Where the text itself stands. */
  private readonly value: number;
  /** The parts that stand among the single values. */
  private readonly copied: readonly number[];

  constructor(db: Database.Database, { name, field, copied, columns }: EntryTable, all: readonly string[]) {
    this.name = name;
    this.field = field;
    this.insert = db.prepare(`INSERT INTO "${name}" VALUES (${columns.map(() => '?').join(', ')})`);
    this.remove = db.prepare(`DELETE FROM "${name}" WHERE ${columns.map((one) => `${one} = ?`).join(' AND ')}`);
    const own = new Map(copied.map((one) => [column(one), all.indexOf(one)]));
    this.parts = columns.map((one) => own.get(one) ?? (one as 'value' | 'key' | 'doc'));
    this.value = columns.indexOf('value');
    this.copied = [...own.values()];
  }

  /** Takes out what was there before, puts in what is there now; what both have stays untouched. */
  move(before: Face | undefined, now: Face | undefined): void {
    const left = before?.texts.get(this.field) ?? [];
    const entered = now?.texts.get(this.field) ?? [];
    const stays =
      before !== undefined && now !== undefined && this.copied.every((i) => before.values[i] === now.values[i]);
    if (stays && same(left, entered)) return;
    const [leaves, enters] = stays ? [without(left, entered), without(entered, left)] : [left, entered];
    if (before !== undefined) this.run(this.remove, before, leaves);
    if (now !== undefined) this.run(this.insert, now, enters);
  }

  private run(statement: Database.Statement<unknown[]>, { id, key, values }: Face, texts: readonly string[]): void {
    if (texts.length === 0) return;
    const row = this.parts.map((part): unknown => {
      if (typeof part === 'number') return values[part] ?? NONE;
      return part === 'key' ? key : id;
    });
    for (const text of texts) {
      row[this.value] = text;
      statement.run(row);
    }
  }
}

function without(texts: readonly string[], others: readonly string[]): readonly string[] {
  const those = new Set(others);
  return texts.filter((text) => !those.has(text));
}

const same = (texts: readonly string[], others: readonly string[]): boolean =>
  texts.length === others.length && texts.every((text, i) => text === others[i]);
