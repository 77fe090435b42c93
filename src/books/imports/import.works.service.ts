import { Inject, Injectable } from '@nestjs/common';
import { invalid, Refusal } from '../../kernel/refusal.js';
import type { DomainEvent } from '../../kernel/event.js';
import { Appender } from '../../platform/commands/appender.js';
import { AUTHORISER, type Authoriser } from '../../platform/commands/principal.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import { type Clock, CLOCK, EVENT_STORE, READ_MODEL, VAULT } from '../../platform/commands/tokens.js';
import type { EventStore } from '../../platform/event-store/event-store.port.js';
import { VIEW_GAUGE, type ViewGauge } from '../../platform/http/view-gauge.port.js';
import type { ReadModel } from '../../platform/read-model/read-model.port.js';
import type { Vault } from '../../platform/vault/vault.port.js';
import { LineAccounts } from '../chart/line-accounts.service.js';
import { type Customer, type CustomerEvent } from '../customers/customer.js';
import { NamedAccounts } from '../journals/journal.handlers.js';
import { NumbersLoader } from '../numbering/numbers.loader.js';
import { NumberRegister } from '../numbering/numbers.register.js';
import { PeriodLocks } from '../periods/period-locks.service.js';
import { type ColumnField, columnsIn } from './columns.js';
import { BALANCE_FIELDS, BalanceImport } from './import.balances.js';
import { type CustomerValues, DescribedCustomers } from './import.customers.js';
import { DocumentImport, type RowReader } from './import.documents.js';
import { RecordFinder, type RecordSource } from './import.finder.js';
import type { ImportKind, ImportOptions } from './import.js';
import { Obstacles } from './import.obstacles.js';
import { type ImportOrder, ImportRights } from './import.order.js';
import { ImportNumbers, type Numbering, type Records, RehearsedRecords, WrittenRecords } from './import.pen.js';
import { RecordImport } from './import.records.js';
import { columnFieldsOf, RecordRows } from './import.rows.js';
import type { Breathe, ImportWork } from './import.run.js';
import { CUSTOMERS, PRODUCTS, SUPPLIERS, type Source } from './import.sources.js';
import { ImportWriter } from './import.writer.js';
import { DOCUMENT_FIELDS, MappedRows } from './mapped-rows.js';
import { COLUMNS, type Header, readHeader, readRow } from './rows.js';
import { DocumentTally, RecordTally } from './tally.js';

/** What an import uses while it works. */
interface Desk {
  readonly order: ImportOrder;
  readonly rights: ImportRights;
  readonly records: Records;
  readonly numbers: Numbering;
  readonly obstacles: Obstacles;
  readonly secret: Uint8Array;
}

const SECRET = 'imports';
/** How long an import waits for a view to show what was there before it, in milliseconds. */
const PATIENCE_MS = 60_000;

/** What the columns of each kind of file can hold. */
export const FIELDS: Readonly<Record<ImportKind, readonly ColumnField[]>> = {
  invoices: DOCUMENT_FIELDS,
  customers: columnFieldsOf(CUSTOMERS.dto),
  suppliers: columnFieldsOf(SUPPLIERS.dto),
  products: columnFieldsOf(PRODUCTS.dto),
  'opening-balances': BALANCE_FIELDS,
};

/**
 * A file is judged by its first line while somebody is there to hear it.
 *
 * @throws Refusal validation-failed
 */
export function checkFirstLine(kind: ImportKind, { columns }: ImportOptions, cells: readonly string[] = []): void {
  if (kind === 'invoices' && columns === undefined) {
    const header = cells.length === 0 ? { missing: COLUMNS } : readHeader(cells);
    if (!('missing' in header)) return;
    const says = `must be CSV whose first line names the columns ${COLUMNS.join(', ')}`;
    throw invalid('file', `${says}; it lacks ${header.missing.join(', ')}`);
  }
  const found = columnsIn(cells, FIELDS[kind], columns ?? {});
  if ('problem' in found) throw invalid('file', `must be CSV whose first line names its columns; ${found.problem}`);
}

/** Makes of an order what does its work, or what tries it out and writes nothing. */
@Injectable()
export class ImportWorks {
  constructor(
    @Inject(EVENT_STORE) private readonly store: EventStore,
    @Inject(READ_MODEL) private readonly model: ReadModel,
    @Inject(VIEW_GAUGE) private readonly gauge: ViewGauge,
    @Inject(AUTHORISER) private readonly authoriser: Authoriser,
    @Inject(VAULT) private readonly vault: Pick<Vault, 'secret'>,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly appender: Appender,
    private readonly states: StateCache,
    private readonly register: NumberRegister,
    private readonly numbers: NumbersLoader,
    private readonly locks: PeriodLocks,
    private readonly lineAccounts: LineAccounts,
    private readonly namedAccounts: NamedAccounts,
  ) {}

  /** @param scratch a place for temporary files, which the work removes in the end */
  async work(order: ImportOrder, scratch: string, breathe: Breathe): Promise<ImportWork> {
    const records = new WrittenRecords(this.store, this.appender, order);
    return this.at(await this.desk(order, records, new ImportNumbers(this.register, this.numbers)), scratch, breathe);
  }

  async rehearsal(order: ImportOrder, scratch: string, breathe: Breathe): Promise<ImportWork> {
    const records = new RehearsedRecords(this.store, order.organisation);
    return this.at(await this.desk(order, records, records), scratch, breathe);
  }

  private async desk(order: ImportOrder, records: Records, numbers: Numbering): Promise<Desk> {
    const rights = new ImportRights(this.authoriser, order);
    const obstacles = new Obstacles(this.store, this.states, this.locks, this.lineAccounts, order.organisation);
    return { order, rights, records, numbers, obstacles, secret: await this.vault.secret(SECRET) };
  }

  private at(desk: Desk, scratch: string, breathe: Breathe): ImportWork {
    switch (desk.order.kind) {
      case 'invoices':
        return this.documents(desk, scratch, breathe);
      case 'customers':
        return this.recordsOf(CUSTOMERS, desk);
      case 'suppliers':
        return this.recordsOf(SUPPLIERS, desk);
      case 'products':
        return this.recordsOf(PRODUCTS, desk);
      case 'opening-balances':
        return new BalanceImport(
          new RecordTally(),
          { ...desk, states: this.states, accounts: this.namedAccounts, clock: this.clock },
          desk.order,
        );
    }
  }

  private documents(desk: Desk, scratch: string, breathe: Breathe): ImportWork {
    const { columns } = desk.order.options;
    const tally = new DocumentTally();
    if (columns === undefined) {
      return new DocumentImport(tally, fixedRows(), new ImportWriter(desk, desk.order, tally), scratch, breathe);
    }
    const finder = this.finder<Customer, CustomerEvent, CustomerValues>(CUSTOMERS, desk);
    const customers = new DescribedCustomers(finder, tally, this.readiness(CUSTOMERS.view.name));
    const writer = new ImportWriter({ ...desk, customers }, desk.order, tally);
    return new DocumentImport(tally, new MappedRows(columns), writer, scratch, breathe);
  }

  private recordsOf<State extends { readonly status: string }, E extends DomainEvent, V extends object>(
    source: Source<State, E, V>,
    desk: Desk,
  ): ImportWork {
    const { rights, obstacles, order } = desk;
    const finder = this.finder(source, desk);
    const tools = { rights, obstacles, finder, ready: this.readiness(source.view.name) };
    return new RecordImport(new RecordTally(), new RecordRows(source.dto, order.options.columns ?? {}), tools);
  }

  private finder<State extends { readonly status: string }, E extends DomainEvent, V extends object>(
    source: RecordSource<State, E, V>,
    desk: Desk,
  ): RecordFinder<State, E, V> {
    const { authoriser, states, model, clock } = this;
    return new RecordFinder(source, { ...desk, authoriser, states, model, clock }, desk.order);
  }

  /** Waits once for what was written before the import. */
  private readiness(view: string): () => Promise<void> {
    let waited: Promise<void> | undefined;
    return () => (waited ??= this.waitFor(view));
  }

  private async waitFor(view: string): Promise<void> {
    const head = await this.store.head();
    if (head === undefined || (await this.gauge.waitFor(view, head, PATIENCE_MS))) return;
    throw new Refusal('unavailable', 'What is there already cannot be looked up now', { retryAfter: 1 });
  }
}

function fixedRows(): RowReader {
  let header: Header | undefined;
  return {
    begin(cells) {
      const found = readHeader(cells);
      if ('missing' in found) return `The first line lacks ${found.missing.join(', ')}`;
      header = found;
      return undefined;
    },
    row(number, cells) {
      if (header === undefined) throw new Error('A row came before the first line');
      return readRow(number, cells, header);
    },
  };
}
