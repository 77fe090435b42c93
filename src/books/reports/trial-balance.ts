import { type Minor, sumOf } from '../../kernel/money.js';
import { type AccountTurnover, amount, type AtDay, balanceOf, byCode, type Table } from './report.js';

export interface TrialBalance extends AtDay {
  /** Each account's balance stands on its side; accounts without one are left out. */
  readonly accounts: readonly {
    readonly code: string;
    readonly name: string;
    readonly debit: Minor;
    readonly credit: Minor;
  }[];
  /** Both are the same. */
  readonly totals: { readonly debit: Minor; readonly credit: Minor };
}

export function trialBalance(of: AtDay, turnovers: readonly AccountTurnover[]): TrialBalance {
  const accounts = byCode(turnovers).flatMap(({ code, name, turnover }) => {
    const balance = balanceOf(turnover);
    return balance === 0 ? [] : [{ code, name, debit: Math.max(balance, 0), credit: Math.max(0 - balance, 0) }];
  });
  const total = (side: 'debit' | 'credit'): Minor =>
    sumOf(
      'at',
      accounts.map((account) => account[side]),
    );
  return { ...of, accounts, totals: { debit: total('debit'), credit: total('credit') } };
}

export const trialBalanceTable = ({ accounts, totals }: TrialBalance): Table => ({
  columns: ['code', 'name', 'debit', 'credit'],
  rows: [
    ...accounts.map(({ code, name, debit, credit }) => [code, name, amount(debit), amount(credit)]),
    ['', 'Total', amount(totals.debit), amount(totals.credit)],
  ],
});
