import { type Minor, sumOf } from '../../kernel/money.js';
import type { AccountType } from '../contract.js';
import {
  type AccountAmount,
  type AccountTurnover,
  amount,
  byCode,
  type OverDays,
  resultOf,
  type Table,
} from './report.js';

export interface ProfitAndLoss extends OverDays {
  /** What was earned is positive. */
  readonly income: readonly AccountAmount[];
  /** What was spent is positive. */
  readonly costOfSales: readonly AccountAmount[];
  readonly overheads: readonly AccountAmount[];
  readonly totals: {
    readonly income: Minor;
    readonly costOfSales: Minor;
    readonly grossProfit: Minor;
    readonly overheads: Minor;
    /** Negative for a loss. */
    readonly netProfit: Minor;
  };
}

/** Without what carries the result to equity: the accounts of a year that was closed say what they said before. */
export function profitAndLoss(of: OverDays, turnovers: readonly AccountTurnover[]): ProfitAndLoss {
  const section = (type: AccountType, sign: 1 | -1): readonly AccountAmount[] =>
    byCode(turnovers).flatMap((account) => {
      const result = resultOf(account.turnover);
      if (account.type !== type || result === 0) return [];
      return [{ code: account.code, name: account.name, amount: sign * result }];
    });
  const total = (accounts: readonly AccountAmount[]): Minor =>
    sumOf(
      'to',
      accounts.map((account) => account.amount),
    );
  const [income, costOfSales, overheads] = [section('income', -1), section('cost-of-sales', 1), section('overhead', 1)];
  const totals = { income: total(income), costOfSales: total(costOfSales), overheads: total(overheads) };
  const grossProfit = totals.income - totals.costOfSales;
  return {
    ...of,
    income,
    costOfSales,
    overheads,
    totals: { ...totals, grossProfit, netProfit: grossProfit - totals.overheads },
  };
}

export function profitAndLossTable({ income, costOfSales, overheads, totals }: ProfitAndLoss): Table {
  const rows = (section: string, accounts: readonly AccountAmount[]) =>
    accounts.map(({ code, name, amount: value }) => [section, code, name, amount(value)]);
  return {
    columns: ['section', 'code', 'name', 'amount'],
    rows: [
      ...rows('Income', income),
      ['Income', '', 'Total', amount(totals.income)],
      ...rows('Cost of sales', costOfSales),
      ['Cost of sales', '', 'Total', amount(totals.costOfSales)],
      ['', '', 'Gross profit', amount(totals.grossProfit)],
      ...rows('Overheads', overheads),
      ['Overheads', '', 'Total', amount(totals.overheads)],
      ['', '', 'Net profit', amount(totals.netProfit)],
    ],
  };
}
