import type Database from 'better-sqlite3';
import type { ViewDefinition, ViewQuery } from '../../../kernel/view.js';
import { type AccessPath, type Test, accessPaths, orNothing } from '../access-path.js';
import { beginningOf, type Cursor, encodeCursor } from '../cursor.js';
import { type Declaration, declarationOf, textOf } from '../declaration.js';
import { InvalidCursor, type Page, type ReadModel, type Reflecting, ViewNotReady } from '../read-model.port.js';
import { type Value, compareValues, wellFormed } from '../values.js';
import { openForReading, readError } from './database.js';
import { type Bound, type PageRow, countSql, pageSql } from './find-sql.js';
import { type GenerationRow, declarationIn } from './generations.js';
import { documentColumns, documentIn } from './stored-form.js';
import { Symbols } from './symbols.js';
import { type Tables, tablesOf } from './tables.js';

/** A generation as a reader needs it. */
interface Source {
  readonly number: number;
  readonly tables: Tables;
  readonly declaration: Declaration;
}

type Head = Pick<GenerationRow, 'number' | 'checkpoint'>;

/** Combinations of values that are walked one by one and merged; more are left to SQLite, which sorts all their matches. */
const MAX_WALKS = 64;
/** How far the ways to serve a query are counted out before one is taken. */
const PROBE = 256;
/** Texts of statements are as many as there are kinds of queries; lists of values of many lengths could make more. */
const MAX_STATEMENTS = 500;

/** The reading side of `views.db`: a read-only connection. Calls are synchronous inside; each sees one snapshot. */
export class SqliteReadModel implements ReadModel {
  private readonly db: Database.Database;
  private readonly live: Database.Statement<[string], Head>;
  private readonly served: Database.Statement<[number, string], Head>;
  private readonly described: Database.Statement<[number], Pick<GenerationRow, 'declaration'>>;
  private readonly statements = new Map<string, Database.Statement<unknown[]>>();
  private readonly sources = new Map<number, Source>();
  private readonly symbols: Symbols;

  /** Opens `views.db` in the data folder; both are made where they are missing. */
  constructor(folder: string) {
    this.db = openForReading(folder);
    this.symbols = new Symbols(this.db);
    this.live = this.db.prepare("SELECT number, checkpoint FROM generations WHERE view = ? AND state = 'live'");
    this.served = this.db.prepare(
      "SELECT number, checkpoint FROM generations WHERE number = ? AND view = ? AND state <> 'building'",
    );
    this.described = this.db.prepare('SELECT declaration FROM generations WHERE number = ?');
  }

  async get<Doc extends object>(view: ViewDefinition<Doc>, key: string): Promise<Reflecting<Doc | null>> {
    const { value, position } = await this.getMany(view, [key]);
    return { value: value[0] ?? null, position };
  }

  async getMany<Doc extends object>(
    view: ViewDefinition<Doc>,
    keys: readonly string[],
  ): Promise<Reflecting<readonly (Doc | null)[]>> {
    return this.reading(view, ({ tables }) => {
      const read = this.documents<Doc>(tables, 'key');
      return keys.map((key) => read(wellFormed(key))?.doc ?? null);
    });
  }

  async find<Doc extends object>(view: ViewDefinition<Doc>, query: ViewQuery): Promise<Reflecting<Page<Doc>>> {
    const after = beginningOf(view, query);
    return this.reading(view, (source) => this.page<Doc>(view, query, after, source), after);
  }

  async count(view: ViewDefinition, where: ViewQuery['where'], limit?: number): Promise<Reflecting<number>> {
    accessPaths(view, declarationOf(view), { where });
    return this.reading(view, ({ tables, declaration }) => {
      const paths = this.numbered(tables, accessPaths(view, declaration, { where }));
      if (paths === 'nothing') return 0;
      return this.matches(tables, declaration, this.best(tables, declaration, paths), limit ?? -1);
    });
  }

  async checkpoints(views: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const live = views.map((view) => [view, this.live.get(view)?.checkpoint ?? null] as const);
    return new Map(live.filter((entry): entry is readonly [string, string] => entry[1] !== null));
  }

  async close(): Promise<void> {
    this.db.close();
  }

  /** Runs `work` on the live generation, or on that of the cursor, in one snapshot with its checkpoint. */
  private reading<T>(view: ViewDefinition, work: (source: Source) => T, after?: Cursor): Reflecting<T> {
    try {
      return this.db.transaction((): Reflecting<T> => {
        const head = after === undefined ? this.live.get(view.name) : this.served.get(after.generation, view.name);
        if (head === undefined && after !== undefined)
          throw new InvalidCursor('What this cursor leads through is gone');
        if (head === undefined) throw new ViewNotReady(`View ${view.name} is being built`);
        return { value: work(this.sourceOf(view, head.number)), position: head.checkpoint ?? undefined };
      })();
    } catch (error) {
      throw readError(error);
    }
  }

  private page<Doc extends object>(
    view: ViewDefinition,
    query: ViewQuery,
    after: Cursor | undefined,
    { number, tables, declaration }: Source,
  ): Page<Doc> {
    const paths = this.numbered(tables, accessPaths(view, declaration, query));
    if (paths === 'nothing') return { items: [], next: null };
    const order = declaration.sorts[query.sort]!;
    const walks = walksOf(this.best(tables, declaration, paths));
    const found = walks.map((walk) => this.rows<PageRow>(pageSql(tables, walk, order, after, query.limit + 1)));
    const rows = found.length === 1 ? found[0]! : merged(found.flat(), order.direction);
    const fetch = this.documents<Doc>(tables, 'id');
    const items = rows.slice(0, query.limit).map(({ id }) => fetch(id)!);
    const last = items.at(-1);
    return {
      items,
      next:
        last === undefined || rows.length <= query.limit
          ? null
          : encodeCursor(view.name, query, { generation: number, sort: rows[items.length - 1]!.sort, key: last.key }),
    };
  }

  /** Paths whose values of symbols are their numbers. A text that has none is in no document. */
  private numbered(tables: Tables, paths: ReturnType<typeof accessPaths>): ReturnType<typeof accessPaths> {
    if (paths === 'nothing' || tables.symbols.size === 0) return paths;
    const numbered = <T extends Test>(test: T): T => {
      if (test.kind !== 'one-of' || !tables.symbols.has(test.field)) return test;
      return { ...test, values: test.values.flatMap((text) => this.symbols.numberOf(text as string) ?? []) };
    };
    return orNothing(
      paths.map(({ list, tests, filters }) => ({ list, tests: tests.map(numbered), filters: filters.map(numbered) })),
    );
  }

  /** The way with the fewest matches; of equal ones (many matches are as good as equal) the one declared first. */
  private best(tables: Tables, declaration: Declaration, paths: readonly AccessPath[]): AccessPath {
    const [first, ...others] = paths;
    if (others.length === 0) return first!;
    const width = ({ list, tests }: AccessPath): number =>
      this.matches(tables, declaration, { list, tests, filters: [] }, PROBE);
    let best = { path: first!, width: width(first!) };
    for (const path of others) {
      const found = width(path);
      if (found < best.width) best = { path, width: found };
    }
    return best.path;
  }

  private matches(tables: Tables, { sorts }: Declaration, path: AccessPath, limit: number): number {
    return this.rows<{ count: number }>(countSql(tables, path, Object.values(sorts)[0]?.field, limit))[0]!.count;
  }

  private documents<Doc extends object>(
    tables: Tables,
    by: 'id' | 'key',
  ): (value: Value) => { readonly key: string; readonly doc: Doc } | undefined {
    const sql = `SELECT key, ${documentColumns(tables)} FROM "${tables.documents}" WHERE ${by} = ?`;
    const statement = this.statement(sql).raw();
    return (value) => {
      const row = statement.get(value) as [string, ...unknown[]] | undefined;
      if (row === undefined) return undefined;
      const [key, ...rest] = row;
      return { key, doc: documentIn(tables, this.symbols, rest) as Doc };
    };
  }

  private rows<Row>({ sql, values }: Bound): Row[] {
    return this.statement(sql).all(...values) as Row[];
  }

  private statement(sql: string): Database.Statement<unknown[]> {
    const known = this.statements.get(sql);
    if (known !== undefined) return known;
    if (this.statements.size >= MAX_STATEMENTS) this.statements.clear();
    const statement = this.db.prepare<unknown[]>(sql);
    this.statements.set(sql, statement);
    return statement;
  }

  private sourceOf(view: ViewDefinition, number: number): Source {
    const known = this.sources.get(number);
    if (known !== undefined) return known;
    const row = this.described.get(number)!;
    const own = declarationOf(view);
    const declaration = row.declaration === textOf(own) ? own : declarationIn(row);
    const source = { number, declaration, tables: tablesOf(view.name, number, declaration) };
    this.sources.set(number, source);
    return source;
  }
}

/** A path with several values for a field as paths with one value each, each a walk in order along the index. */
function walksOf(path: AccessPath): readonly AccessPath[] {
  const combinations = path.tests.reduce((product, { values }) => product * values.length, 1);
  if (combinations > MAX_WALKS) return [path];
  let walks: AccessPath['tests'][] = [[]];
  for (const test of path.tests) {
    walks = walks.flatMap((chosen) => test.values.map((value) => [...chosen, { ...test, values: [value] }]));
  }
  return walks.map((tests) => ({ ...path, tests }));
}

/** Rows of several walks in order; a document that has several of the values asked for is there once. */
function merged(rows: readonly PageRow[], direction: 'asc' | 'desc'): PageRow[] {
  const sign = direction === 'asc' ? 1 : -1;
  return [...new Map(rows.map((row) => [row.id, row])).values()].sort(
    (a, b) => sign * (compareValues(a.sort, b.sort) || compareValues(a.key ?? '', b.key ?? '')),
  );
}
