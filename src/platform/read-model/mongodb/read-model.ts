import type { ViewDefinition, ViewQuery } from '../../../kernel/view.js';
import { accessPaths } from '../access-path.js';
import { beginningOf, type Cursor, encodeCursor } from '../cursor.js';
import { type Declaration, declarationOf, textOf } from '../declaration.js';
import {
  InvalidCursor,
  type Page,
  type ReadModel,
  type Reflecting,
  ViewNotReady,
  ViewsUnavailable,
} from '../read-model.port.js';
import { valueOf, wellFormed } from '../values.js';
import { Bookkeeping, type Books, declarationIn, type Row } from './bookkeeping.js';
import { Connection, type MongoOptions } from './connection.js';
import { load } from './documents.js';
import { countFilter, pageFilter, sortOf } from './filter.js';

/**
 * The reading side of views in MongoDB. Connects with the first read; a server that is away makes reads reject with
 * ViewsUnavailable within seconds.
 *
 * The checkpoint is read before the documents: these hold everything up to it, and may hold what came after, since without
 * transactions there are no snapshots that every server of the protocol has.
 */
export async function openMongoReadModel(options: MongoOptions): Promise<ReadModel> {
  return new MongoReadModel(
    new Connection(options, 'The database of views', (message, cause) => new ViewsUnavailable(message, { cause })),
  );
}

class MongoReadModel implements ReadModel {
  private readonly books: Bookkeeping;

  constructor(private readonly connection: Connection) {
    this.books = new Bookkeeping(connection);
  }

  async get<Doc extends object>(view: ViewDefinition<Doc>, key: string): Promise<Reflecting<Doc | null>> {
    const { value, position } = await this.getMany(view, [key]);
    return { value: value[0] ?? null, position };
  }

  async getMany<Doc extends object>(
    view: ViewDefinition<Doc>,
    keys: readonly string[],
  ): Promise<Reflecting<readonly (Doc | null)[]>> {
    const wanted = keys.map(wellFormed);
    return this.reading(view, async (row) => {
      const found = await load(this.connection, this.books.documents(view.name, row.number), [...new Set(wanted)]);
      return wanted.map((key) => {
        const json = found.get(key)?.d;
        return json === undefined ? null : (JSON.parse(json) as Doc);
      });
    });
  }

  async find<Doc extends object>(view: ViewDefinition<Doc>, query: ViewQuery): Promise<Reflecting<Page<Doc>>> {
    const after = beginningOf(view, query);
    return this.reading(view, (row) => this.page<Doc>(view, query, after, row), after);
  }

  async count(view: ViewDefinition, where: ViewQuery['where'], limit?: number): Promise<Reflecting<number>> {
    accessPaths(view, declarationOf(view), { where });
    return this.reading(view, async (row) => {
      const declaration = declarationFor(view, row);
      const paths = accessPaths(view, declaration, { where });
      if (paths === 'nothing') return 0;
      const filter = countFilter(declaration, paths[0]!);
      return this.connection.call(() =>
        this.books.documents(view.name, row.number).countDocuments(filter, limit === undefined ? {} : { limit }),
      );
    });
  }

  async checkpoints(views: readonly string[]): Promise<ReadonlyMap<string, string>> {
    return this.connection.operation(async () => {
      const books = await this.books.read(views);
      const live = views.map((view) => {
        const { pointer, rows } = books.get(view)!;
        return [view, rows.get(pointer?.live ?? 0)?.checkpoint ?? null] as const;
      });
      return new Map(live.filter((entry): entry is readonly [string, string] => entry[1] !== null));
    });
  }

  async close(): Promise<void> {
    await this.connection.close();
  }

  /** Runs `work` on the live generation, or on that of the cursor, behind its checkpoint. */
  private async reading<T>(
    view: ViewDefinition,
    work: (row: Row) => Promise<T>,
    after?: Cursor,
  ): Promise<Reflecting<T>> {
    return this.connection.operation(async () => {
      // A row that is missing although the pointer names it was dropped between the two: then the pointer has moved on.
      const row = readable(await this.books.of(view.name), after) ?? readable(await this.books.of(view.name), after);
      if (row === undefined && after !== undefined) throw new InvalidCursor('What this cursor leads through is gone');
      if (row === undefined) throw new ViewNotReady(`View ${view.name} is being built`);
      return { value: await work(row), position: row.checkpoint ?? undefined };
    });
  }

  private async page<Doc extends object>(
    view: ViewDefinition,
    query: ViewQuery,
    after: Cursor | undefined,
    row: Row,
  ): Promise<Page<Doc>> {
    const declaration = declarationFor(view, row);
    const paths = accessPaths(view, declaration, query);
    if (paths === 'nothing') return { items: [], next: null };
    const order = declaration.sorts[query.sort]!;
    const filter = pageFilter(declaration, paths[0]!, order, after);
    const found = await this.connection.call(() =>
      this.books
        .documents(view.name, row.number)
        .find(filter, {
          projection: { 's.d': 1 },
          sort: sortOf(order),
          limit: query.limit + 1,
          batchSize: query.limit + 2,
        })
        .toArray(),
    );
    // One that moved along the index while it was walked may have been met twice.
    const rows = [...new Map(found.map(({ _id, s }) => [_id, s.d!])).entries()];
    const items = rows.slice(0, query.limit).map(([key, json]) => ({ key, doc: JSON.parse(json) as Doc }));
    const last = items.at(-1);
    if (last === undefined || found.length <= query.limit) return { items, next: null };
    const sort = valueOf(declaration, order.field, last.doc)!;
    return { items, next: encodeCursor(view.name, query, { generation: row.number, sort, key: last.key }) };
  }
}

function readable({ pointer, rows }: Books, after: Cursor | undefined): Row | undefined {
  if (after === undefined) return rows.get(pointer?.live ?? 0);
  const known = pointer?.live === after.generation || pointer?.old.includes(after.generation) === true;
  return known ? rows.get(after.generation) : undefined;
}

function declarationFor(view: ViewDefinition, row: Row): Declaration {
  const own = declarationOf(view);
  return row.declaration === textOf(own) ? own : declarationIn(row);
}
