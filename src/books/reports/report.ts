import type { Instant, PlainDate } from '../../kernel/event.js';
import type { Minor } from '../../kernel/money.js';
import type { AccountType, Turnover } from '../contract.js';

/** An account with what was posted to it. */
export interface AccountTurnover {
  readonly code: string;
  readonly name: string;
  readonly type: AccountType;
  readonly turnover: Turnover;
}

/** What every report says of itself: as known at an instant, or now. */
export interface Known {
  readonly known: Instant | null;
  /** ISO 4217; all amounts are its minor units. */
  readonly currency: string;
}

/** The same at the end of a day. */
export interface AtDay extends Known {
  readonly at: PlainDate;
}

/** The same over some days, both included. */
export interface OverDays extends Known {
  readonly from: PlainDate;
  readonly to: PlainDate;
}

/** A report as a table: its columns, and rows of texts and amounts in the report's currency. */
export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly TableCell[])[];
}

export type TableCell = string | { readonly amount: Minor } | { readonly decimal: string };

export const amount = (value: Minor): TableCell => ({ amount: value });

/** An account with one amount, on the side that is usual where it stands. */
export interface AccountAmount {
  readonly code: string;
  readonly name: string;
  readonly amount: Minor;
}

/** Everything, that which carries the result of a year to equity included; a debit is positive. */
export const balanceOf = ({ debit, credit, closing }: Turnover): Minor =>
  debit - credit + closing.debit - closing.credit;

/** What was earned or spent, whether it has been carried to equity since or not; a debit is positive. */
export const resultOf = ({ debit, credit }: Turnover): Minor => debit - credit;

const RESULT_TYPES: ReadonlySet<AccountType> = new Set(['income', 'cost-of-sales', 'overhead']);

/** Whether an account belongs to profit and loss; all others are in the balance sheet. */
export const isOfResult = (type: AccountType): boolean => RESULT_TYPES.has(type);

export const byCode = <T extends { readonly code: string }>(accounts: readonly T[]): readonly T[] =>
  accounts.toSorted((a, b) => (a.code < b.code ? -1 : a.code > b.code ? 1 : 0));
