import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import type { PlainDate, Instant } from '../../kernel/event.js';
import { invalid } from '../../kernel/refusal.js';
import type { RequestContext } from '../../platform/commands/principal.js';
import type { Reflecting } from '../../platform/read-model/read-model.port.js';
import { agedTable } from './aged.js';
import { balanceSheetTable } from './balance-sheet.js';
import { bankSummaryTable } from './bank-summary.js';
import { profitAndLossTable } from './profit-and-loss.js';
import type { Known, Table } from './report.js';
import { type AtDayQuery, type OverDaysQuery, Reports } from './reports.service.js';
import { salesByCustomerTable, salesByProductTable } from './sales.js';
import { trialBalanceTable } from './trial-balance.js';
import { vatReturnTable } from './vat-return.js';

/** A report that was read, with its form as a table. */
export interface ReadReport {
  readonly report: Known;
  readonly table: Table;
  readonly position: string | undefined;
}

interface Asked {
  readonly at?: PlainDate;
  readonly from?: PlainDate;
  readonly to?: PlainDate;
  readonly known?: Instant;
}

type Reading = (reports: Reports, context: RequestContext, asked: Asked) => Promise<ReadReport>;

const atDay =
  <R extends Known>(
    read: (reports: Reports, context: RequestContext, query: AtDayQuery) => Promise<Reflecting<R>>,
    tableOf: (report: R) => Table,
  ): Reading =>
  async (reports, context, asked) =>
    withTable(await read(reports, context, asked), tableOf);

const overDays =
  <R extends Known>(
    read: (reports: Reports, context: RequestContext, query: OverDaysQuery) => Promise<Reflecting<R>>,
    tableOf: (report: R) => Table,
  ): Reading =>
  async (reports, context, { from, to, known }) => {
    if (from === undefined) throw invalid('from', 'is required');
    if (to === undefined) throw invalid('to', 'is required');
    return withTable(await read(reports, context, { from, to, known }), tableOf);
  };

const withTable = <R extends Known>({ value, position }: Reflecting<R>, tableOf: (report: R) => Table): ReadReport => ({
  report: value,
  table: tableOf(value),
  position,
});

const READINGS = {
  'trial-balance': atDay((reports, ...asked) => reports.trialBalance(...asked), trialBalanceTable),
  'profit-and-loss': overDays((reports, ...asked) => reports.profitAndLoss(...asked), profitAndLossTable),
  'balance-sheet': atDay((reports, ...asked) => reports.balanceSheet(...asked), balanceSheetTable),
  'vat-return': overDays((reports, ...asked) => reports.vatReturn(...asked), vatReturnTable),
  'bank-summary': atDay((reports, ...asked) => reports.bankSummary(...asked), bankSummaryTable),
  'aged-debtors': atDay((reports, ...asked) => reports.agedDebtors(...asked), agedTable),
  'aged-creditors': atDay((reports, ...asked) => reports.agedCreditors(...asked), agedTable),
  'sales-by-customer': overDays((reports, ...asked) => reports.salesByCustomer(...asked), salesByCustomerTable),
  'sales-by-product': overDays((reports, ...asked) => reports.salesByProduct(...asked), salesByProductTable),
} as const satisfies Record<string, Reading>;

export type ReportName = keyof typeof READINGS;

export class ReadReportQuery extends Query<ReadReport> {
  constructor(
    readonly context: RequestContext,
    readonly name: ReportName,
    readonly asked: Asked,
  ) {
    super();
  }
}

@QueryHandler(ReadReportQuery)
export class ReadReportHandler implements IQueryHandler<ReadReportQuery> {
  constructor(private readonly reports: Reports) {}

  execute({ context, name, asked }: ReadReportQuery): Promise<ReadReport> {
    return READINGS[name](this.reports, context, asked);
  }
}
