import { setImmediate as turn } from 'node:timers/promises';
import type Database from 'better-sqlite3';
import type { DomainEvent, Recorded } from '../../../kernel/event.js';
import type { ViewDefinition } from '../../../kernel/view.js';
import { declarationOf } from '../declaration.js';
import { FoldFailed, type Generation, type Share, ViewsUnavailable, type ViewWriter } from '../read-model.port.js';
import { openForWriting } from './database.js';
import { DocumentTable } from './document-table.js';
import { type FoldedShare, foldShare } from './fold-share.js';
import { Generations } from './generations.js';
import { tablesOf } from './tables.js';

interface Checkpoint {
  readonly number: number;
  readonly checkpoint: string | null;
}

/** The writing side of `views.db`: one connection, used in the projector's thread. Every call is one transaction. */
export class SqliteViewWriter implements ViewWriter {
  private readonly db: Database.Database;
  private readonly generations: Generations;
  /** Statements of the generations that are fed. */
  private readonly tables = new Map<number, DocumentTable>();
  private readonly checkpoints: Database.Statement<[], Checkpoint>;
  private readonly move: Database.Statement<[string, number, number]>;

  /** Opens `views.db` in the data folder; both are made where they are missing. */
  constructor(folder: string) {
    this.db = openForWriting(folder);
    this.generations = new Generations(this.db);
    this.checkpoints = this.db.prepare("SELECT number, checkpoint FROM generations WHERE state <> 'old'");
    this.move = this.db.prepare('UPDATE generations SET checkpoint = ?, folded = folded + ? WHERE number = ?');
  }

  async prepare(views: readonly ViewDefinition[]): Promise<readonly Generation[]> {
    const names = views.map(({ name }) => name);
    if (new Set(names).size < names.length) throw new RangeError(`Two views have one name: ${names.join(', ')}`);
    for (const view of views) declarationOf(view);
    return this.transaction(() => views.flatMap((view) => this.generations.feedable(view)));
  }

  async begin(view: ViewDefinition): Promise<Generation> {
    return this.transaction(() => this.generations.building(view));
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

  async applyAll(shares: readonly Share[], position: string): Promise<readonly (Generation | FoldFailed)[]> {
    return this.transaction(() => {
      const checkpoints = new Map(this.checkpoints.all().map(({ number, checkpoint }) => [number, checkpoint]));
      return shares.map((share) => {
        const { number } = share.generation;
        const checkpoint = checkpoints.get(number);
        if (checkpoint === undefined)
          throw new Error(`Generation ${number} of view ${share.view.name} is not fed any more`);
        return this.applyOne(share, checkpoint, position);
      });
    });
  }

  /** An index a transaction, with a turn of the event loop in between: other views are fed meanwhile. */
  async complete(generation: Generation): Promise<void> {
    for (const sql of this.transaction(() => this.generations.indexing(generation.number))) {
      this.db.exec(sql);
      await turn();
    }
  }

  async swap(generation: Generation): Promise<void> {
    this.transaction(() => this.generations.swap(generation.number));
  }

  async abandon(generation: Generation): Promise<void> {
    this.tables.delete(generation.number);
    this.transaction(() => this.generations.abandon(generation.number));
  }

  async dropOld(): Promise<void> {
    this.tables.clear();
    this.transaction(() => this.generations.dropOld());
    // What an erasure found in there is gone from the file as well. A reader who is in the way leaves it to the next time.
    this.emptyWal();
  }

  async scrub(): Promise<void> {
    this.tables.clear();
    this.transaction(() => this.generations.dropOld());
    if (!this.emptyWal()) throw new ViewsUnavailable('A reader is in the way of emptying the WAL of the views');
  }

  async close(): Promise<void> {
    this.db.close();
  }

  /** The bookkeeping decides what was folded, not the caller's copy of it: the same share twice changes nothing. */
  private applyOne(share: Share, checkpoint: string | null, position: string): Generation | FoldFailed {
    const { generation } = share;
    if (checkpoint !== null && position <= checkpoint) return { ...generation, checkpoint };
    let folded: FoldedShare;
    try {
      folded = foldShare(this.tableOf(share), share, checkpoint);
    } catch (error) {
      if (error instanceof FoldFailed) return error;
      throw error;
    }
    folded.write();
    this.move.run(position, folded.events, generation.number);
    return { ...generation, checkpoint: position, folded: generation.folded + folded.events };
  }

  private tableOf({ generation, view }: Share): DocumentTable {
    const known = this.tables.get(generation.number);
    if (known !== undefined) return known;
    const declaration = declarationOf(view);
    const tables = tablesOf(view.name, generation.number, declaration);
    const table = new DocumentTable(this.db, tables, declaration);
    this.tables.set(generation.number, table);
    return table;
  }

  /** Pages as they were before stand in the WAL, and in the file until the WAL is moved into it. */
  private emptyWal(): boolean {
    const [result] = this.db.pragma('wal_checkpoint(TRUNCATE)') as { readonly busy: number }[];
    return result?.busy === 0;
  }

  /** IMMEDIATE: the command line may write a request beside us, and a transaction that begins by reading could not wait. */
  private transaction<T>(work: () => T): T {
    return this.db.transaction(work).immediate();
  }
}
