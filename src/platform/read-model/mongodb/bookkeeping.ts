import type { Collection } from 'mongodb';
import type { ViewDefinition } from '../../../kernel/view.js';
import { type Declaration, declarationOf, textOf } from '../declaration.js';
import { NotLeading } from '../lease.port.js';
import type { Generation } from '../read-model.port.js';
import { type Connection, insertedAlone } from './connection.js';
import type { StoredDocument } from './documents.js';

/** The generation pointer of a view: one document, so that a swap is one atomic step. */
export interface Pointer {
  readonly _id: string;
  readonly view: string;
  /** Counts changes; each is made to the revision that it was decided on. */
  readonly revision: number;
  /** The highest lease that wrote here. */
  readonly token: number;
  /** The last number given to a generation; none is given twice. */
  readonly last: number;
  readonly live: number | null;
  readonly building: number | null;
  /** Were live once; cursors still lead through them. */
  readonly old: readonly number[];
  /** Not to be read any more; a read that began before may still be under way. */
  readonly gone: readonly { readonly number: number; readonly at: number }[];
}

/**
 * A generation's row: its checkpoint moves with every batch, so it is a document of its own. (A server that reads, changes
 * and writes a document in steps of its own, as FerretDB does, would lose one of two changes to one document.)
 */
export interface Row {
  readonly _id: string;
  readonly view: string;
  readonly number: number;
  readonly version: number;
  readonly declaration: string;
  readonly checkpoint: string | null;
  readonly folded: number;
  readonly token: number;
}

/** A view with its generations, read in one query. */
export interface Books {
  readonly pointer: Pointer | undefined;
  readonly rows: ReadonlyMap<number, Row>;
}

export const rowId = (view: string, number: number): string => `${view}.${number}`;

export const declarationIn = (row: Pick<Row, 'declaration'>): Declaration => JSON.parse(row.declaration) as Declaration;

export const isOf = (row: Row, view: ViewDefinition): boolean =>
  row.version === view.version && row.declaration === textOf(declarationOf(view));

const EMPTY = { token: 0, revision: 0, last: 0, live: null, building: null, old: [], gone: [] } as const;

/** What must not be lost with a primary: who leads, which generation is live, how far it is. */
const SAFE = { writeConcern: { w: 'majority' } } as const;

export class Bookkeeping {
  private readonly collection: Collection<Pointer | Row>;

  constructor(private readonly connection: Connection) {
    this.collection = connection.db.collection('views');
  }

  documents(view: string, number: number): Collection<StoredDocument> {
    return this.connection.db.collection(`view.${view}.${number}`);
  }

  async index(): Promise<void> {
    await this.connection.call(() => this.collection.createIndex({ view: 1 }));
  }

  async read(views: readonly string[]): Promise<ReadonlyMap<string, Books>> {
    const found = await this.connection.call(() => this.collection.find({ view: { $in: [...views] } }).toArray());
    return new Map(
      views.map((view) => {
        const own = found.filter((one) => one.view === view);
        const rows = own.filter((one) => 'number' in one);
        const pointer = own.find((one): one is Pointer & { _id: string } => 'revision' in one);
        return [view, { pointer, rows: new Map(rows.map((row) => [row.number, row])) }];
      }),
    );
  }

  async of(view: string): Promise<Books> {
    return (await this.read([view])).get(view)!;
  }

  async pointers(): Promise<readonly Pointer[]> {
    return this.connection.call(
      () => this.collection.find({ revision: { $exists: true } }).toArray() as Promise<unknown> as Promise<Pointer[]>,
    );
  }

  /**
   * Changes a pointer as it was read. False where somebody else was faster: read again.
   *
   * @throws NotLeading where somebody with a later lease wrote here
   */
  async point(view: string, read: Pointer | undefined, change: Partial<Pointer>, token: number): Promise<boolean> {
    const base = read ?? { _id: view, view, ...EMPTY };
    this.fence(view, base.token, token);
    const next: Pointer = { ...base, ...change, token, revision: base.revision + 1 };
    if (read === undefined) {
      return this.connection.call(() => insertedAlone(() => this.collection.insertOne(next, SAFE)));
    }
    const { _id, ...fields } = next;
    const { matchedCount } = await this.connection.call(() =>
      this.collection.updateOne({ _id, revision: base.revision }, { $set: fields }, SAFE),
    );
    return matchedCount === 1;
  }

  fence(view: string, written: number, token: number): void {
    if (written > token) throw new NotLeading(`Somebody else leads the view ${view} by now`);
  }

  async insert(row: Row): Promise<void> {
    await this.connection.call(() => insertedAlone(() => this.collection.insertOne(row, SAFE)));
  }

  async remove(view: string, numbers: readonly number[]): Promise<void> {
    if (numbers.length === 0) return;
    const deletes = numbers.map((number) => ({ deleteOne: { filter: { _id: rowId(view, number) } } }));
    await this.connection.call(() => this.collection.bulkWrite(deletes, { ordered: false, ...SAFE }));
  }

  /** Puts the lease of a new leader on rows: from then on its predecessors cannot move them. */
  async stamp(rows: Iterable<Row>, token: number): Promise<void> {
    const updates = [...rows]
      .filter((row) => row.token < token)
      .map(({ _id }) => ({ updateOne: { filter: { _id, token: { $lt: token } }, update: { $set: { token } } } }));
    if (updates.length === 0) return;
    await this.connection.call(() => this.collection.bulkWrite(updates, { ordered: false, ...SAFE }));
  }

  /**
   * Moves checkpoints by compare-and-set.
   *
   * @throws NotLeading where one is not as it was read, or a later lease wrote it; others may have moved all the same, and
   * rightly: their documents were written
   */
  async move(
    moves: readonly { readonly row: Row; readonly folded: number }[],
    to: string,
    token: number,
  ): Promise<void> {
    if (moves.length === 0) return;
    const updates = moves.map(({ row: { _id, checkpoint }, folded }) => ({
      updateOne: {
        filter: { _id, checkpoint, token: { $lte: token } },
        update: { $set: { checkpoint: to, token }, $inc: { folded } },
      },
    }));
    const { matchedCount } = await this.connection.call(() =>
      this.collection.bulkWrite(updates, { ordered: false, ...SAFE }),
    );
    if (matchedCount !== moves.length) throw new NotLeading('Somebody else moved the views meanwhile');
  }

  async drop(view: string, number: number): Promise<void> {
    await this.connection.call(() => this.documents(view, number).drop());
  }
}

export const generationOf = (row: Row, { pointer, rows }: Books): Generation => ({
  view: row.view,
  version: row.version,
  number: row.number,
  live: pointer?.live === row.number,
  checkpoint: row.checkpoint ?? undefined,
  folded: row.folded,
  target: rows.get(pointer?.live ?? 0)?.folded ?? 0,
});
