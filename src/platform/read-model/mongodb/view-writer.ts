import type { DomainEvent, Recorded } from '../../../kernel/event.js';
import type { ViewDefinition } from '../../../kernel/view.js';
import { Mutex } from '../../projector/mutex.js';
import { declarationOf, textOf } from '../declaration.js';
import { type Lease, NotLeading } from '../lease.port.js';
import { FoldFailed, type Generation, type Share, ViewsUnavailable, type ViewWriter } from '../read-model.port.js';
import { type Books, Bookkeeping, type Row, declarationIn, generationOf, isOf, rowId } from './bookkeeping.js';
import { Connection, type MongoOptions } from './connection.js';
import { type Change, indexNames, load, write } from './documents.js';
import { Filled } from './filled.js';
import { indexesOf } from './filter.js';
import { fold, touchedBy } from './fold.js';
import { someAtOnce } from './some-at-once.js';
import { Sweeper } from './sweeper.js';

/** A read is over by then: what was replaced may be removed. */
const READS_LAST_MS = 60_000;
/** An index over millions of documents takes minutes. */
const INDEXING_MS = 3_600_000;
const ATTEMPTS = 5;
/**
 * The driver opens two connections at a time, and a call waits two seconds for one: as many as there are views would be more
 * than a server that is busy, or one with TLS and passwords, gets through by then.
 */
const VIEWS_AT_ONCE = 8;

export interface MongoViewWriterOptions extends MongoOptions {
  /** Of the projector, where several nodes share the views; without one the writer takes itself for the only one. */
  readonly lease?: Lease;
  /** Milliseconds since 1970: the age of tombstones and of dropped generations. */
  readonly now?: () => number;
}

/**
 * The writing side of views in MongoDB. There are no transactions: documents are written first, each with its position, then
 * checkpoints move by compare-and-set. A crash in between leaves documents that are ahead of the checkpoint, and whoever
 * goes on skips what they have seen.
 *
 * A writer whose lease is over changes nothing: it does not write when it knows, and where it does not (it was paused between
 * asking and writing) its documents are older than those that are there, and its checkpoints and pointers are refused by the
 * token of the later lease.
 *
 * @throws NotLeading from every method then
 */
export async function openMongoViewWriter(options: MongoViewWriterOptions): Promise<ViewWriter> {
  const connection = new Connection(
    options,
    'The database of views',
    (message, cause) => new ViewsUnavailable(message, { cause }),
  );
  try {
    const books = new Bookkeeping(connection);
    await books.index();
    return new MongoViewWriter(connection, books, options.lease, options.now ?? Date.now);
  } catch (error) {
    await connection.close();
    throw error;
  }
}

class MongoViewWriter implements ViewWriter {
  /** Two changes of one pointer at once would only make one of them try again. */
  private readonly changing = new Mutex();
  private readonly sweeper: Sweeper;
  private readonly filled = new Filled();
  /** By the id of the generation's row. */
  private readonly indexing = new Map<string, Promise<void>>();

  constructor(
    private readonly connection: Connection,
    private readonly books: Bookkeeping,
    private readonly lease: Lease | undefined,
    private readonly now: () => number,
  ) {
    this.sweeper = new Sweeper(connection, now);
  }

  async prepare(views: readonly ViewDefinition[]): Promise<readonly Generation[]> {
    const names = views.map(({ name }) => name);
    if (new Set(names).size < names.length) throw new RangeError(`Two views have one name: ${names.join(', ')}`);
    for (const view of views) declarationOf(view);
    return this.change(async () => {
      const all: Generation[] = [];
      for (const view of views) all.push(...(await this.feedable(view)));
      return all;
    });
  }

  async begin(view: ViewDefinition): Promise<Generation> {
    return this.change(() =>
      this.deciding(view.name, async (books) => {
        const current = await this.ofVersion(view, books);
        if (current === undefined) return undefined;
        const building = current.rows.get(current.pointer?.building ?? 0);
        return building === undefined ? this.create(view, current) : generationOf(building, current);
      }),
    );
  }

  async apply(
    generation: Generation,
    view: ViewDefinition,
    events: readonly Recorded<DomainEvent>[],
    position: string,
  ): Promise<Generation> {
    const [applied] = await this.applyAll([{ generation, view, events }], position);
    if (applied instanceof FoldFailed) throw applied;
    return applied!;
  }

  /** Not one transaction: each view moves by itself, which is all that their readers can tell. */
  async applyAll(shares: readonly Share[], position: string): Promise<readonly (Generation | FoldFailed)[]> {
    return this.connection.operation(async () => {
      this.assertLeading();
      const books = await this.books.read([...new Set(shares.map(({ view }) => view.name))]);
      const rows = shares.map(({ view, generation }) => fedRow(books.get(view.name)!, generation));
      for (const row of rows) this.books.fence(row.view, row.token, this.token);
      const done = await this.writing(shares, rows, position);
      await this.sweeper.sweep(rows.map((row) => [row, this.books.documents(row.view, row.number)]));
      return done.map((result, i) => {
        const { generation } = shares[i]!;
        if (result.kind === 'failed') return result.error;
        if (result.kind === 'stays') return { ...generation, checkpoint: rows[i]!.checkpoint ?? undefined };
        return { ...generation, checkpoint: position, folded: generation.folded + result.folded };
      });
    });
  }

  async complete(generation: Generation): Promise<void> {
    await this.connection.operation(async () => {
      this.assertLeading();
      const { view, number } = generation;
      const row = (await this.books.of(view)).rows.get(number);
      if (row === undefined) throw new Error(`Generation ${number} of view ${view} is gone`);
      await this.index(row);
    });
  }

  async swap({ view, number }: Generation): Promise<void> {
    await this.change(() =>
      this.deciding(view, async (books) => {
        const { pointer, rows } = books;
        if (pointer?.live === number) return true;
        const row = rows.get(number);
        if (row === undefined || pointer?.building !== number)
          throw new Error(`Generation ${number} of view ${view} is gone`);
        await this.index(row);
        const old = pointer.live === null ? pointer.old : [...pointer.old, pointer.live];
        return (await this.books.point(view, pointer, { live: number, building: null, old }, this.token)) || undefined;
      }),
    );
  }

  async abandon({ view, number }: Generation): Promise<void> {
    await this.change(() =>
      this.deciding(view, async (books) => {
        if (books.pointer?.building !== number) return true;
        return (await this.dropBuilding(view, books)) || undefined;
      }),
    );
  }

  /**
   * Their cursors end at once. Their documents are removed the next time, when no read of them can be under way any more:
   * a collection that is gone reads as an empty one.
   */
  async dropOld(): Promise<void> {
    await this.change(async () => {
      const pointers = (await this.books.pointers()).filter(({ old, gone }) => old.length + gone.length > 0);
      for (const { _id: view } of pointers) {
        await this.deciding(view, async ({ pointer, rows }) => {
          if (pointer === undefined) return true;
          const at = this.now();
          const over = pointer.gone.filter((one) => one.at + READS_LAST_MS < at);
          if (pointer.old.length === 0 && over.length === 0) return true;
          for (const { number } of over) await this.books.drop(view, number);
          const gone = [
            ...pointer.gone.filter((one) => !over.includes(one)),
            ...pointer.old.map((number) => ({ number, at })),
          ];
          if (!(await this.books.point(view, pointer, { old: [], gone }, this.token))) return undefined;
          const kept = [pointer.live, pointer.building];
          await this.books.remove(
            view,
            [...rows.keys()].filter((number) => !kept.includes(number)),
          );
          return true;
        });
      }
    });
  }

  async close(): Promise<void> {
    await this.connection.close();
  }

  private get token(): number {
    return this.lease?.token ?? 0;
  }

  private assertLeading(): void {
    if (this.lease?.held() === false) throw new NotLeading('The lease of the projector is over');
  }

  private async change<T>(work: () => Promise<T>): Promise<T> {
    return this.connection.operation(() => this.changing.run(work));
  }

  /** Decides on what is there, again where it changed meanwhile (`undefined`). */
  private async deciding<T>(view: string, decide: (books: Books) => Promise<T | undefined>): Promise<T> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      this.assertLeading();
      const books = await this.books.of(view);
      this.books.fence(view, books.pointer?.token ?? 0, this.token);
      const result = await decide(books);
      if (result !== undefined) return result;
    }
    throw new NotLeading(`Somebody else changes the view ${view} at the same time`);
  }

  /** As the port's `prepare` says, for one view. Puts this writer's lease on what is there. */
  private async feedable(view: ViewDefinition): Promise<readonly Generation[]> {
    return this.deciding(view.name, async (books) => {
      const current = await this.ofVersion(view, books);
      if (current === undefined) return undefined;
      const { pointer, rows } = current;
      if (pointer !== undefined && pointer.token < this.token) {
        // Behind this nobody before us can swap or begin; behind the next, move a checkpoint. Then they are read again.
        await this.books.point(view.name, pointer, {}, this.token);
        await this.books.stamp(rows.values(), this.token);
        return undefined;
      }
      const own = [pointer?.live, pointer?.building].flatMap((number) => rows.get(number ?? 0) ?? []);
      const found = own.filter((row) => isOf(row, view));
      if (found.length > 0) return found.map((row) => generationOf(row, current));
      const created = await this.create(view, current);
      return created === undefined ? undefined : [created];
    });
  }

  /** The books without what was being built for another version. */
  private async ofVersion(view: ViewDefinition, books: Books): Promise<Books | undefined> {
    const { pointer, rows } = books;
    const building = rows.get(pointer?.building ?? 0);
    if (building === undefined || isOf(building, view)) return books;
    await this.dropBuilding(view.name, books);
    return undefined;
  }

  private async dropBuilding(view: string, { pointer }: Books): Promise<boolean> {
    const number = pointer!.building!;
    if (!(await this.books.point(view, pointer, { building: null }, this.token))) return false;
    await this.books.remove(view, [number]);
    await this.books.drop(view, number);
    return true;
  }

  /** The pointer first, which gives out the number; a row that a crash left out is made under the next number. */
  private async create(view: ViewDefinition, books: Books): Promise<Generation | undefined> {
    const number = (books.pointer?.last ?? 0) + 1;
    const { name, version } = view;
    if (!(await this.books.point(name, books.pointer, { last: number, building: number }, this.token)))
      return undefined;
    const declaration = textOf(declarationOf(view));
    const row: Row = {
      _id: rowId(name, number),
      view: name,
      number,
      version,
      declaration,
      checkpoint: null,
      folded: 0,
      token: this.token,
    };
    await this.books.insert(row);
    this.filled.begin(row);
    return generationOf(row, books);
  }

  /**
   * In one call, which walks the documents once. Only those that are missing, and one call for all who ask meanwhile: where two
   * of the indexes are there FerretDB drops the connection.
   */
  private async index(row: Row): Promise<void> {
    const underWay = this.indexing.get(row._id);
    if (underWay !== undefined) return underWay;
    const made = this.makeIndexes(row).finally(() => this.indexing.delete(row._id));
    this.indexing.set(row._id, made);
    return made;
  }

  private async makeIndexes(row: Row): Promise<void> {
    const documents = this.books.documents(row.view, row.number);
    const there = await this.connection.call(() => indexNames(documents));
    const missing = indexesOf(declarationIn(row)).filter(({ name }) => !there.has(name!));
    if (missing.length > 0) await this.connection.call(() => documents.createIndexes(missing), INDEXING_MS);
  }

  /** Documents, then checkpoints. */
  private async writing(shares: readonly Share[], rows: readonly Row[], position: string): Promise<readonly Written[]> {
    try {
      const done = await someAtOnce(VIEWS_AT_ONCE, shares, (share, i) => this.documentsOf(share, rows[i]!, position));
      this.assertLeading();
      const moves = done.flatMap((result, i) => (result.kind === 'moves' ? [{ row: rows[i]!, ...result }] : []));
      await this.books.move(moves, position, this.token);
      for (const { row, keys } of moves) this.filled.moved(row, position, keys);
      return done;
    } catch (error) {
      for (const row of rows) this.filled.forget(row);
      throw error;
    }
  }

  /** Folds a share and writes its documents. The bookkeeping decides what was folded, not the caller's copy of it. */
  private async documentsOf(share: Share, row: Row, position: string): Promise<Written> {
    const { checkpoint } = row;
    if (checkpoint !== null && position <= checkpoint) return { kind: 'stays' };
    const documents = this.books.documents(row.view, row.number);
    const touched = touchedBy(share, checkpoint);
    const stored = await load(this.connection, documents, this.filled.among(row, touched.keys));
    let changes: readonly Change[];
    try {
      changes = fold(share.view, touched, stored, this.now());
    } catch (error) {
      if (error instanceof FoldFailed) return { kind: 'failed', error };
      throw error;
    }
    this.assertLeading();
    await write(this.connection, documents, changes);
    return { kind: 'moves', folded: touched.events.length, keys: touched.keys };
  }
}

type Written =
  | { readonly kind: 'stays' }
  | { readonly kind: 'moves'; readonly folded: number; readonly keys: readonly string[] }
  | { readonly kind: 'failed'; readonly error: FoldFailed };

function fedRow({ pointer, rows }: Books, { view, number }: Generation): Row {
  const row = rows.get(number);
  const fed = pointer?.live === number || pointer?.building === number;
  if (row === undefined || !fed) throw new Error(`Generation ${number} of view ${view} is not fed any more`);
  return row;
}
