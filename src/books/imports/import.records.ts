import type { DomainEvent, Metadata } from '../../kernel/event.js';
import { ImportStopped, type ImportRights } from './import.order.js';
import type { RecordFinder } from './import.finder.js';
import type { Obstacles } from './import.obstacles.js';
import { RecordRows, refusedRow } from './import.rows.js';
import type { ImportWork } from './import.run.js';
import type { RowError } from './import.js';
import type { RecordTally } from './tally.js';

/** Rows that are looked at together; each such block is written under the grant that holds then. */
const BLOCK_ROWS = 100;

type Values = object & { readonly accountCode?: string | null | undefined };

export interface RecordTools<State extends { readonly status: string }, E extends DomainEvent, V extends Values> {
  readonly rights: ImportRights;
  readonly finder: RecordFinder<State, E, V>;
  readonly obstacles: Pick<Obstacles, 'closedAmong'>;
  /** Resolves when records that were made before the import can be found. */
  readonly ready: () => Promise<void>;
}

/** Records of one kind, a row each. */
export class RecordImport<
  State extends { readonly status: string },
  E extends DomainEvent,
  V extends Values,
> implements ImportWork {
  constructor(
    readonly tally: RecordTally,
    private readonly rows: RecordRows<V>,
    private readonly tools: RecordTools<State, E, V>,
  ) {}

  begin(cells: readonly string[]): void {
    const problem = this.rows.begin(cells);
    if (problem !== undefined) throw new ImportStopped(`The first line does not do: ${problem}`);
  }

  async take(records: readonly (readonly string[])[]): Promise<void> {
    await this.tools.ready();
    for (let from = 0; from < records.length; from += BLOCK_ROWS) {
      const metadata = await this.tools.rights.metadata();
      const block = records.slice(from, from + BLOCK_ROWS);
      const errors = await Promise.all(block.map((cells) => this.row(this.tally.rowRead(), cells, metadata)));
      for (const error of errors) if (error !== undefined) this.tally.rowsRejected(1, [error]);
    }
  }

  finish(): Promise<void> {
    return Promise.resolve();
  }

  dispose(): Promise<void> {
    return Promise.resolve();
  }

  private async row(row: number, cells: readonly string[], metadata: Metadata): Promise<RowError | undefined> {
    const read = this.rows.row(row, cells);
    if ('error' in read) return read.error;
    const { values } = read;
    if (values.accountCode && (await this.tools.obstacles.closedAmong(new Set([values.accountCode]))).size > 0)
      return { row, code: 'invalid-account', detail: 'accountCode must be of an account of income or costs' };
    try {
      const { outcome } = await this.tools.finder.find(row, values, metadata);
      if (outcome === 'erased') return { row, code: 'erased', detail: 'The data of whom this row names was erased' };
      this.tally.found(outcome);
      return undefined;
    } catch (error) {
      return refusedRow(row, error);
    }
  }
}
