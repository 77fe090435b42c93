import { createHash } from 'node:crypto';
import { canonicalDecimal, exponentOf, microsOf } from '../../kernel/money.js';
import { Refusal } from '../../kernel/refusal.js';
import { derivedId } from '../../platform/commands/idempotency.js';
import type { RequestContext } from '../../platform/commands/principal.js';
import type { StateCache } from '../../platform/commands/state-cache.js';
import type { Clock } from '../../platform/commands/tokens.js';
import { CODES } from '../chart/codes.js';
import { journals, MAX_LINES } from '../journals/journal.js';
import { type LineInput, postOpeningBalances } from '../journals/journal.decide.js';
import type { NamedAccounts } from '../journals/journal.handlers.js';
import { type ColumnField, type Columns, columnsIn, valuesIn } from './columns.js';
import { type ImportOrder, type ImportRights, ImportStopped } from './import.order.js';
import type { Records } from './import.pen.js';
import { problemOf } from './import.rows.js';
import type { ImportWork } from './import.run.js';
import type { RowError } from './import.js';
import type { RecordTally } from './tally.js';

/** What the columns of a file of opening balances can hold: a row has a debit or a credit. */
export const BALANCE_FIELDS: readonly ColumnField[] = [
  { name: 'accountCode', required: true },
  { name: 'debit', required: false },
  { name: 'credit', required: false },
  { name: 'description', required: false },
];

/** As many lines as a journal may have, with the one of the other side. */
const MAX_BALANCES = MAX_LINES - 1;
const MAX_DESCRIPTION = 500;

export interface BalanceTools {
  readonly rights: ImportRights;
  readonly records: Records;
  readonly states: StateCache;
  readonly accounts: Pick<NamedAccounts, 'on'>;
  readonly clock: Clock;
}

interface Line extends LineInput {
  readonly row: number;
}

/** The balances of one day as one journal; a bad row rejects them all. The other side of what they come to is a line of its own. */
export class BalanceImport implements ImportWork {
  private columns: Columns | undefined;
  private readonly lines: Line[] = [];
  private readonly rejected = new Set<number>();

  constructor(
    readonly tally: RecordTally,
    private readonly tools: BalanceTools,
    private readonly order: ImportOrder,
  ) {}

  begin(cells: readonly string[]): void {
    const columns = columnsIn(cells, BALANCE_FIELDS, this.order.options.columns ?? {});
    if ('problem' in columns) throw new ImportStopped(`The first line does not do: ${columns.problem}`);
    this.columns = columns;
  }

  take(records: readonly (readonly string[])[]): Promise<void> {
    for (const cells of records) {
      const line = this.lineIn(this.tally.rowRead(), cells);
      if (line === undefined) continue;
      if ('code' in line) this.reject(line);
      else if (this.lines.length === MAX_BALANCES)
        this.reject({ row: line.row, code: 'too-many-lines', detail: `A journal has at most ${MAX_BALANCES} of them` });
      else this.lines.push(line);
    }
    return Promise.resolve();
  }

  async finish(): Promise<void> {
    if (this.rejected.size === 0 && this.lines.length > 0) await this.post();
    if (this.rejected.size === 0) return;
    const detail = 'Another row of the opening balances is wrong';
    const others = this.lines.filter(({ row }) => !this.rejected.has(row));
    this.tally.rowsRejected(
      0,
      others.map(({ row }) => ({ row, code: 'document-rejected', detail })),
    );
  }

  dispose(): Promise<void> {
    return Promise.resolve();
  }

  /** Undefined for an account without a balance. */
  private lineIn(row: number, cells: readonly string[]): Line | RowError | undefined {
    const { columns } = this;
    if (columns === undefined) throw new Error('A row came before the first line');
    const problem = problemOf(row, cells, columns);
    if (problem !== undefined) return problem;
    const values = valuesIn(cells, columns);
    const bad = (detail: string): RowError => ({ row, code: 'invalid-field', detail });
    const accountCode = values.get('accountCode');
    const description = values.get('description');
    if (accountCode === undefined) return bad('accountCode is required');
    if ((description ?? '').length > MAX_DESCRIPTION)
      return bad(`description must be at most ${MAX_DESCRIPTION} characters long`);
    const [debit, credit] = [this.amountIn(values.get('debit')), this.amountIn(values.get('credit'))];
    if (debit === undefined || credit === undefined)
      return bad(`debit and credit must be amounts of ${this.order.currency} that are not negative`);
    if (debit !== 0 && credit !== 0) return bad('must have a debit or a credit, and not both');
    if (debit === 0 && credit === 0) return undefined;
    const side = credit === 0 ? { debit } : { credit };
    return { row, accountCode, ...side, ...(description === undefined ? {} : { description }) };
  }

  /** Minor units; 0 for an empty cell. Undefined for what is no amount. */
  private amountIn(text = '0'): number | undefined {
    const decimal = canonicalDecimal(text);
    if (decimal === undefined || decimal.startsWith('-')) return undefined;
    const scaled = microsOf(decimal) * 10n ** BigInt(exponentOf(this.order.currency));
    const amount = Number(scaled / 1_000_000n);
    return scaled % 1_000_000n === 0n && Number.isSafeInteger(amount) ? amount : undefined;
  }

  /** One journal for one content: the same again is there already, unless it was reversed since. */
  private async post(): Promise<void> {
    const { rights, records, states } = this.tools;
    const { organisation } = this.order;
    const metadata = await rights.metadata();
    for (let life = 0; ; life++) {
      const id = this.idOf(life);
      const { state } = await states.load(journals, organisation, id);
      if (state.status === 'reversed') continue;
      if (state.status !== 'absent') {
        this.tally.found((await records.isOf(0, journals, id)) ? 'created' : 'existing');
        return;
      }
      const event = await this.decided(id);
      if (event === undefined) return;
      this.tally.found((await records.makeFor(0, journals, id, event, metadata)) ? 'created' : 'existing');
      return;
    }
  }

  /** Undefined where it was refused, and the rows are rejected. */
  private async decided(id: string) {
    const { rights, accounts, clock } = this.tools;
    const { organisation, options } = this.order;
    const { date = '' } = options;
    // Asked for in the name of whoever began it: what is hidden from them is no account.
    const asking = { organisation, principal: rights.principal } as RequestContext;
    try {
      const named = await accounts.on(asking, date);
      const input = { date, description: 'Opening balances', lines: this.lines };
      const context = { now: new Date(clock()).toISOString(), userId: rights.person, organisation, newId: id };
      const [event] = postOpeningBalances(input, { accountCode: CODES.openingBalances })(
        journals.initial(),
        context,
        named,
      );
      return event;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.refused(error);
      return undefined;
    }
  }

  /** A refusal of the whole, or of single lines, which it counts from 0. */
  private refused({ code, details }: Refusal): void {
    if (code === 'conflict') throw new ImportStopped('The books are locked on the day of the opening balances');
    for (const { field, message } of details.errors ?? []) {
      const { row } = this.lines[Number(/^lines\.(\d+)\b/.exec(field)?.[1])] ?? this.lines[0]!;
      this.reject({ row, code: 'invalid-field', detail: `${field.split('.')[2] ?? 'The line'} ${message}` });
    }
  }

  private reject(error: RowError): void {
    this.rejected.add(error.row);
    this.tally.rowsRejected(1, [error]);
  }

  private idOf(life: number): string {
    const { organisation, options } = this.order;
    const lines = this.lines.map(({ row: _, ...line }) => line);
    const content = createHash('sha256')
      .update(JSON.stringify([options.date, lines]))
      .digest('base64url');
    return derivedId('imported-opening-balances', organisation, content, String(life));
  }
}
