import type Database from 'better-sqlite3';
import type { ViewDefinition } from '../../../kernel/view.js';
import { type Declaration, declarationOf, textOf } from '../declaration.js';
import type { Generation } from '../read-model.port.js';
import { documentsSql, droppingOf, indexing, type Indexing, tablesOf } from './tables.js';

/** A line of the bookkeeping. At most one generation of a view is `live`, at most one is being built. */
export interface GenerationRow {
  readonly number: number;
  readonly view: string;
  readonly version: number;
  readonly declaration: string;
  readonly state: 'building' | 'live' | 'old';
  readonly checkpoint: string | null;
  readonly folded: number;
}

export const declarationIn = (row: Pick<GenerationRow, 'declaration'>): Declaration =>
  JSON.parse(row.declaration) as Declaration;

/** The bookkeeping of generations, for a writer. Callers put what belongs together into one transaction. */
export class Generations {
  private readonly rows: Database.Statement<[string], GenerationRow>;
  private readonly row: Database.Statement<[number], GenerationRow>;
  private readonly retired: Database.Statement<[], GenerationRow>;
  private readonly insert: Database.Statement<[string, number, string]>;
  private readonly state: Database.Statement<[string, number]>;
  private readonly remove: Database.Statement<[number]>;
  private readonly named: Database.Statement<[string]>;

  constructor(private readonly db: Database.Database) {
    this.rows = db.prepare("SELECT * FROM generations WHERE view = ? AND state <> 'old'");
    this.row = db.prepare('SELECT * FROM generations WHERE number = ?');
    this.retired = db.prepare("SELECT * FROM generations WHERE state = 'old'");
    this.insert = db.prepare(
      "INSERT INTO generations (view, version, declaration, state) VALUES (?, ?, ?, 'building')",
    );
    this.state = db.prepare('UPDATE generations SET state = ? WHERE number = ?');
    this.remove = db.prepare('DELETE FROM generations WHERE number = ?');
    this.named = db.prepare('SELECT 1 FROM sqlite_schema WHERE name = ?');
  }

  /** The generations that the view is to be fed into; what was being built for another version is dropped. */
  feedable(view: ViewDefinition): readonly Generation[] {
    const { live, building } = this.ofView(view);
    const found = [live, building].filter((row) => row !== undefined && isOf(row, view)) as GenerationRow[];
    if (found.length > 0) return found.map((row) => generationOf(row, live));
    return [this.create(view, live)];
  }

  /** The generation that is being built for the view, a new one if there is none. */
  building(view: ViewDefinition): Generation {
    const { live, building } = this.ofView(view);
    return building === undefined ? this.create(view, live) : generationOf(building, live);
  }

  /** What is still missing to search the generation. Each takes up to seconds. */
  missing(number: number): readonly Indexing[] {
    const row = this.existing(number);
    return indexing(tablesOf(row.view, number, declarationIn(row))).filter(
      ({ name }) => this.named.get(name) === undefined,
    );
  }

  /** Of a generation that nothing is missing of. */
  swap(number: number): void {
    const next = this.existing(number);
    if (next.state === 'live') return;
    const { live } = this.ofName(next.view);
    if (live !== undefined) this.state.run('old', live.number);
    this.state.run('live', number);
  }

  abandon(number: number): void {
    const row = this.row.get(number);
    if (row?.state === 'building') this.drop(row);
  }

  dropOld(): void {
    for (const row of this.retired.all()) this.drop(row);
  }

  existing(number: number): GenerationRow {
    const row = this.row.get(number);
    if (row === undefined) throw new Error(`Generation ${number} is gone`);
    return row;
  }

  private ofView(view: ViewDefinition): { live: GenerationRow | undefined; building: GenerationRow | undefined } {
    const { live, building } = this.ofName(view.name);
    if (building === undefined || isOf(building, view)) return { live, building };
    this.drop(building);
    return { live, building: undefined };
  }

  private ofName(view: string): { live: GenerationRow | undefined; building: GenerationRow | undefined } {
    const rows = this.rows.all(view);
    return { live: rows.find((row) => row.state === 'live'), building: rows.find((row) => row.state === 'building') };
  }

  private create(view: ViewDefinition, live: GenerationRow | undefined): Generation {
    const declaration = declarationOf(view);
    const { lastInsertRowid } = this.insert.run(view.name, view.version, textOf(declaration));
    const number = Number(lastInsertRowid);
    // Without its indexes: filling a table that has them walks all over the file.
    this.db.exec(documentsSql(tablesOf(view.name, number, declaration)));
    return generationOf(this.existing(number), live);
  }

  private drop(row: GenerationRow): void {
    for (const sql of droppingOf(tablesOf(row.view, row.number, declarationIn(row)))) this.db.exec(sql);
    this.remove.run(row.number);
  }
}

const isOf = (row: GenerationRow, view: ViewDefinition): boolean =>
  row.version === view.version && row.declaration === textOf(declarationOf(view));

const generationOf = (row: GenerationRow, live: GenerationRow | undefined): Generation => ({
  view: row.view,
  version: row.version,
  number: row.number,
  live: row.state === 'live',
  checkpoint: row.checkpoint ?? undefined,
  folded: row.folded,
  target: live?.folded ?? 0,
});
