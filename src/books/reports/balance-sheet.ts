import { type Minor, sumOf } from '../../kernel/money.js';
import type { AccountType } from '../contract.js';
import {
  type AccountAmount,
  type AccountTurnover,
  amount,
  type AtDay,
  balanceOf,
  byCode,
  isOfResult,
  type Table,
} from './report.js';

export interface BalanceSheet extends AtDay {
  /** What is owned is positive. */
  readonly fixedAssets: readonly AccountAmount[];
  readonly currentAssets: readonly AccountAmount[];
  /** What is owed is positive. */
  readonly currentLiabilities: readonly AccountAmount[];
  readonly longTermLiabilities: readonly AccountAmount[];
  readonly equity: readonly AccountAmount[];
  /** Profit that no year-end journal has carried to equity yet: that of the current year, where the years before are closed. */
  readonly currentEarnings: Minor;
  readonly totals: {
    readonly fixedAssets: Minor;
    readonly currentAssets: Minor;
    readonly currentLiabilities: Minor;
    readonly longTermLiabilities: Minor;
    /** The assets less the liabilities. */
    readonly netAssets: Minor;
    /** The same as the net assets. */
    readonly equity: Minor;
  };
}

export function balanceSheet(of: AtDay, turnovers: readonly AccountTurnover[]): BalanceSheet {
  const section = (type: AccountType, sign: 1 | -1): readonly AccountAmount[] =>
    byCode(turnovers).flatMap(({ code, name, type: own, turnover }) => {
      const balance = balanceOf(turnover);
      return own !== type || balance === 0 ? [] : [{ code, name, amount: sign * balance }];
    });
  const total = (accounts: readonly AccountAmount[]): Minor =>
    sumOf(
      'at',
      accounts.map((account) => account.amount),
    );
  const sections = {
    fixedAssets: section('fixed-asset', 1),
    currentAssets: section('current-asset', 1),
    currentLiabilities: section('current-liability', -1),
    longTermLiabilities: section('long-term-liability', -1),
  };
  const equity = section('equity', -1);
  const results = turnovers.filter(({ type }) => isOfResult(type)).map(({ turnover }) => 0 - balanceOf(turnover));
  const currentEarnings = sumOf('at', results);
  const totals = {
    fixedAssets: total(sections.fixedAssets),
    currentAssets: total(sections.currentAssets),
    currentLiabilities: total(sections.currentLiabilities),
    longTermLiabilities: total(sections.longTermLiabilities),
  };
  return {
    ...of,
    ...sections,
    equity,
    currentEarnings,
    totals: {
      ...totals,
      netAssets: totals.fixedAssets + totals.currentAssets - totals.currentLiabilities - totals.longTermLiabilities,
      equity: sumOf('at', [total(equity), currentEarnings]),
    },
  };
}

export function balanceSheetTable(sheet: BalanceSheet): Table {
  const { totals, currentEarnings } = sheet;
  const section = (name: string, accounts: readonly AccountAmount[], total: Minor) => [
    ...accounts.map(({ code, name: account, amount: value }) => [name, code, account, amount(value)]),
    [name, '', 'Total', amount(total)],
  ];
  return {
    columns: ['section', 'code', 'name', 'amount'],
    rows: [
      ...section('Fixed assets', sheet.fixedAssets, totals.fixedAssets),
      ...section('Current assets', sheet.currentAssets, totals.currentAssets),
      ...section('Current liabilities', sheet.currentLiabilities, totals.currentLiabilities),
      ...section('Long-term liabilities', sheet.longTermLiabilities, totals.longTermLiabilities),
      ['', '', 'Net assets', amount(totals.netAssets)],
      ...section(
        'Equity',
        [...sheet.equity, { code: '', name: 'Profit not carried forward yet', amount: currentEarnings }],
        totals.equity,
      ),
    ],
  };
}
