import { type Minor, sumOf } from '../../kernel/money.js';
import { amount, type AtDay, type Table } from './report.js';

export interface BankBalance {
  readonly bankAccountId: string;
  readonly code: string;
  readonly name: string;
  /** What the books say is in it; negative where it is overdrawn. */
  readonly balance: Minor;
}

export interface BankSummary extends AtDay {
  readonly accounts: readonly BankBalance[];
  readonly total: Minor;
}

export const bankSummary = (of: AtDay, accounts: readonly BankBalance[]): BankSummary => ({
  ...of,
  accounts,
  total: sumOf(
    'at',
    accounts.map(({ balance }) => balance),
  ),
});

export const bankSummaryTable = ({ accounts, total }: BankSummary): Table => ({
  columns: ['bankAccountId', 'code', 'name', 'balance'],
  rows: [
    ...accounts.map(({ bankAccountId, code, name, balance }) => [bankAccountId, code, name, amount(balance)]),
    ['', '', 'Total', amount(total)],
  ],
});
