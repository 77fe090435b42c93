import { setImmediate as turn } from 'node:timers/promises';
import type Database from 'better-sqlite3';
import type { DomainEvent, Recorded } from '../../../kernel/event.js';
import type { ViewDefinition } from '../../../kernel/view.js';
import { declarationOf } from '../declaration.js';
import { FoldFailed, type Generation, type Share, ViewsUnavailable, type ViewWriter } from '../read-model.port.js';
import { openForWriting } from './database.js';
import { DocumentTable } from './document-table.js';
import { type FoldedShare, foldShare } from './fold-share.js';
import { Generations, declarationIn } from './generations.js';
import { WrittenSymbols } from './symbols.js';
import { type Indexing, tablesOf } from './tables.js';

interface Checkpoint {
  readonly number: number;
  readonly checkpoint: string | null;
}

/** The writing side of `views.db`: one connection, used in the projector's thread. Every call is one transaction. */
export class SqliteViewWriter implements ViewWriter {
  private readonly db: Database.Database;
  private readonly generations: Generations;
  private readonly symbols: WrittenSymbols;
  /** Statements of the generations that are fed. */
  private readonly tables = new Map<number, DocumentTable>();
  private readonly checkpoints: Database.Statement<[], Checkpoint>;
  private readonly move: Database.Statement<[string, number, number]>;
  /** Counts the changes of any connection to what tables and indexes there are. */
  private readonly schema: Database.Statement<[], number>;
  private knownSchema = -1;

  /** Opens `views.db` in the data folder; both are made where they are missing. */
  constructor(folder: string) {
    this.db = openForWriting(folder);
    this.generations = new Generations(this.db);
    this.symbols = new WrittenSymbols(this.db);
    this.checkpoints = this.db.prepare("SELECT number, checkpoint FROM generations WHERE state <> 'old'");
    this.schema = this.db.prepare<[], number>('PRAGMA schema_version').pluck();
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

  /** An index a transaction, with a turn of the event loop in between: generations are fed meanwhile. */
  async complete({ number }: Generation): Promise<void> {
    const makeNext = (): number => {
      const [next, ...others] = this.generations.missing(number);
      if (next !== undefined) this.make(number, next);
      return others.length;
    };
    while (this.transaction(makeNext) > 0) await turn();
  }

  async swap({ number }: Generation): Promise<void> {
    this.transaction(() => {
      for (const indexing of this.generations.missing(number)) this.make(number, indexing);
      this.generations.swap(number);
    });
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
      folded = foldShare(this.tableOf(generation.number), share, checkpoint);
    } catch (error) {
      if (error instanceof FoldFailed) return error;
      throw error;
    }
    folded.write();
    this.move.run(position, folded.events, generation.number);
    return { ...generation, checkpoint: position, folded: generation.folded + folded.events };
  }

  /** From here on feeding keeps it right: what is fed next goes through statements that know of it. */
  private make(number: number, { name, sql }: Indexing): void {
    for (const one of sql) this.db.exec(one);
    this.tables.delete(number);
    this.tableOf(number).completeEntries(name);
  }

  private tableOf(number: number): DocumentTable {
    const known = this.tables.get(number);
    if (known !== undefined) return known;
    const row = this.generations.existing(number);
    const declaration = declarationIn(row);
    const table = new DocumentTable(this.db, this.symbols, tablesOf(row.view, number, declaration), declaration);
    this.tables.set(number, table);
    return table;
  }

  /** Pages as they were before stand in the WAL, and in the file until the WAL is moved into it. */
  private emptyWal(): boolean {
    const [result] = this.db.pragma('wal_checkpoint(TRUNCATE)') as { readonly busy: number }[];
    return result?.busy === 0;
  }

  /** `countersign rebuild` may write beside a server whose log is elsewhere, and make what our statements do not know of. */
  private lookAtSchema(): void {
    const schema = this.schema.get()!;
    if (schema === this.knownSchema) return;
    this.tables.clear();
    this.knownSchema = schema;
  }

  /** IMMEDIATE: the command line may write a request beside us, and a transaction that begins by reading could not wait. */
  private transaction<T>(work: () => T): T {
    try {
      return this.db
        .transaction(() => {
          this.lookAtSchema();
          return work();
        })
        .immediate();
    } catch (error) {
      // Symbols and tables of values that it made are gone with it.
      this.symbols.forget();
      this.tables.clear();
      throw error;
    }
  }
}
