import type { Instant, PlainDate } from '../../kernel/event.js';
import type { Minor } from '../../kernel/money.js';
import { plus } from './amount.js';
import type { AccountKey, VatAmount } from './entry.js';

/** Which entries: of these days in the books, both included, as far as they had been recorded at an instant. */
export interface Extent {
  readonly from?: PlainDate | undefined;
  readonly to: PlainDate;
  readonly known?: Instant | undefined;
}

/** Turnover on an account, both sides positive; that of carrying the result of a year to equity is apart. */
export interface Turnover {
  readonly debit: Minor;
  readonly credit: Minor;
  readonly closing: { readonly debit: Minor; readonly credit: Minor };
}

export type Turnovers = ReadonlyMap<AccountKey, Turnover>;

/** What was sold or bought at a rate. */
export type VatSum = VatAmount;

/** What is owed with a document at the end of a day, never 0; negative where it is owed the other way. */
export interface OpenItem {
  readonly documentId: string;
  readonly party: string;
  /** The day from which it counts as late: when it is due, or else the day on which it came up. */
  readonly due: PlainDate;
  readonly amount: Minor;
}

/** What of an open item's document says what is open. */
interface Movements {
  readonly party: string;
  readonly dueDate?: PlainDate;
  readonly movements: readonly { readonly date: PlainDate; readonly recordedAt: Instant; readonly amount: Minor }[];
}

/** None where nothing is open. */
export function openAt(
  documentId: string,
  doc: Movements,
  to: PlainDate,
  known: Instant | undefined,
): readonly OpenItem[] {
  const movements = doc.movements.filter(
    ({ date, recordedAt }) => date <= to && (known === undefined || recordedAt <= known),
  );
  const amount = movements.reduce((sum, movement) => plus(sum, movement.amount), 0);
  const [first, ...others] = movements.map(({ date }) => date);
  if (first === undefined || amount === 0) return [];
  const cameUp = others.reduce((earliestDay, date) => (date < earliestDay ? date : earliestDay), first);
  return [{ documentId, party: doc.party, due: doc.dueDate ?? cameUp, amount }];
}
