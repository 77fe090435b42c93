import type { Recorded } from '../../kernel/event.js';
import type { Minor } from '../../kernel/money.js';
import type { ViewDefinition } from '../../kernel/view.js';
import { plus } from './amount.js';
import type { AccountKey } from './entry.js';
import { entryOf, POSTING_TYPES } from './rules.js';

/** Two amounts of each day of a month, by its two digits. */
export type Days = Readonly<Record<string, readonly [Minor, Minor]>>;

/**
 * What one month or one year of the books has on one account, of what was recorded in one month or year. With both times in
 * the key, what was known at an instant is the sum of whole years and months and of the few entries of the instant's own
 * month; and a posting costs the same whatever there is already.
 */
export interface LedgerBalanceDoc {
  readonly organisation: string;
  readonly account: AccountKey;
  /** Of the days in the books: `YYYY-MM`, or `YYYY`. */
  readonly period: string;
  /** Of the instants of recording, as long as the period is. */
  readonly recorded: string;
  /** Where it is looked for: all years by `YEARS`, months by the years of their days and of their recording. */
  readonly shelves: readonly string[];
  /** Carries the result of a year to equity: no part of profit and loss. */
  readonly closing: boolean;
  /** Turnover, both positive; `BEYOND` where no number holds it. */
  readonly debit: Minor;
  readonly credit: Minor;
  /** The same by day, for a month. */
  readonly days: Days;
}

/** `YYYY-MM` of a day or an instant. */
export const monthOf = (date: string): string => date.slice(0, 7);
/** `YYYY` of a day, an instant or a month. */
export const yearOf = (date: string): string => date.slice(0, 4);

export const YEARS = 'years';
/** The months of a year of the books. */
export const monthsOf = (year: string): string => `of:${year}`;
/** The months of what was recorded in a year. */
export const monthsRecordedIn = (year: string): string => `in:${year}`;

const shelvesOf = (period: string, recorded: string): readonly string[] =>
  isYear(period) ? [YEARS] : [monthsOf(yearOf(period)), monthsRecordedIn(yearOf(recorded))];

export const isYear = (period: string): boolean => period.length === 4;

export const ledgerBalancesView: ViewDefinition<LedgerBalanceDoc> = {
  name: 'ledger-balances',
  version: 1,
  events: POSTING_TYPES,
  fields: { organisation: 'symbol', period: 'text', shelves: 'texts' },
  sorts: { byPeriod: { field: 'period', direction: 'asc' } },
  indexes: [['organisation', 'shelves']],
  keys: (event) => [...turnoversOf(event).keys()],
  fold(doc, event, key) {
    const entry = entryOf(event);
    const turnover = turnoversOf(event).get(key);
    if (entry === null || turnover === undefined) return doc;
    const { account, period, recorded, amounts } = turnover;
    const [debit, credit] = sum([doc?.debit ?? 0, doc?.credit ?? 0], amounts);
    return {
      organisation: event.metadata.organisation ?? '',
      account,
      period,
      recorded,
      shelves: shelvesOf(period, recorded),
      closing: entry.closing ?? false,
      debit,
      credit,
      days: isYear(period) ? {} : added(doc?.days, dayOf(entry.date), amounts),
    };
  },
};

const dayOf = (date: string): string => date.slice(8, 10);

interface Turnover extends Pick<LedgerBalanceDoc, 'account' | 'period' | 'recorded'> {
  readonly amounts: readonly [debit: Minor, credit: Minor];
}

const remembered = new WeakMap<Recorded, ReadonlyMap<string, Turnover>>();

/** By the keys of the documents. */
function turnoversOf(event: Recorded): ReadonlyMap<string, Turnover> {
  const known = remembered.get(event);
  if (known !== undefined) return known;
  const turnovers = new Map<string, Turnover>();
  const entry = entryOf(event);
  const { organisation = '' } = event.metadata;
  for (const { account, amount } of entry?.postings ?? []) {
    for (const cut of [monthOf, yearOf]) {
      const [period, recorded] = [cut(entry!.date), cut(event.recordedAt)];
      const key = `${organisation}|${account}|${period}|${recorded}${entry!.closing === true ? '|closing' : ''}`;
      const amounts = sum(turnovers.get(key)?.amounts ?? [0, 0], amount > 0 ? [amount, 0] : [0, 0 - amount]);
      turnovers.set(key, { account, period, recorded, amounts });
    }
  }
  remembered.set(event, turnovers);
  return turnovers;
}

export const added = (days: Days | undefined, day: string, amounts: readonly [Minor, Minor]): Days => ({
  ...days,
  [day]: sum(days?.[day] ?? [0, 0], amounts),
});

const sum = ([a, b]: readonly [Minor, Minor], [c, d]: readonly [Minor, Minor]): readonly [Minor, Minor] => [
  plus(a, c),
  plus(b, d),
];

/** What the days up to one come to, of a month that may end before it or begin after it; both ends included. */
export function sumOfDays(month: string, days: Days, from: string | undefined, to: string): readonly [Minor, Minor] {
  let sums: readonly [Minor, Minor] = [0, 0];
  for (const [day, amounts] of Object.entries(days)) {
    const date = `${month}-${day}`;
    if (date > to || (from !== undefined && date < from)) continue;
    sums = sum(sums, amounts);
  }
  return sums;
}
