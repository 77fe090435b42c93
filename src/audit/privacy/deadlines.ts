import { dateOf, daysInMonth } from '../../kernel/dates.js';
import type { Instant, PlainDate } from '../../kernel/event.js';

/** GDPR Art. 12(3): one month, and two further ones where requests are complex or many. */
export const MONTHS_TO_ANSWER = 1;
export const MONTHS_EXTENDED = 3;

const two = (number: number): string => String(number).padStart(2, '0');

/** The same day some months later, or that month's last day where it has no such day: 31 January, then 28 or 29 February. */
export function addMonths(date: PlainDate, months: number): PlainDate {
  const [year, month, day] = date.split('-').map(Number) as [number, number, number];
  const count = year * 12 + month - 1 + months;
  const [inYear, inMonth] = [Math.floor(count / 12), (count % 12) + 1];
  return `${String(inYear).padStart(4, '0')}-${two(inMonth)}-${two(Math.min(day, daysInMonth(inYear, inMonth)))}`;
}

/** `addMonths` of the date that the instant falls on in UTC, at the same time of day. */
export const monthsAfter = (instant: Instant, months: number): Instant =>
  `${addMonths(dateOf(instant), months)}${instant.slice(10)}`;

/** What the time for an answer depends on. */
export interface AnswerClock {
  readonly receivedAt: Instant;
  readonly extended: boolean;
  /** Milliseconds for which the clock stood, because it was not known who asks. */
  readonly pausedFor: number;
}

/** The last instant at which an answer is in time. Both periods count from the receipt, so 31 January ends on 30 April. */
export function dueAtOf({ receivedAt, extended, pausedFor }: AnswerClock): Instant {
  const due = monthsAfter(receivedAt, extended ? MONTHS_EXTENDED : MONTHS_TO_ANSWER);
  return pausedFor === 0 ? due : new Date(Date.parse(due) + pausedFor).toISOString();
}

export interface Retention {
  /** How long records of a period are kept after its end. */
  readonly years: number;
  /** Last day of the accounting period, `MM-DD`; 29 February is the last day of every February. */
  readonly yearEnd: string;
}

/** UK VAT records (VATA 1994 Sch. 11 para. 6) and company records (Companies Act 2006 s. 388, HMRC): six years. */
export const DEFAULT_RETENTION: Retention = { years: 6, yearEnd: '12-31' };

/** Whether `MM-DD` is a day that some year has. */
export function isYearEnd(text: string): boolean {
  const [, month, day] = /^(\d{2})-(\d{2})$/.exec(text) ?? [];
  return month !== undefined && Number(day) >= 1 && Number(day) <= daysInMonth(2000, Number(month));
}

/** The last day of the accounting period that a date falls into. */
export function periodEndOf(date: PlainDate, yearEnd: string): PlainDate {
  const year = Number(date.slice(0, 4));
  const endIn = (which: number): PlainDate => {
    const [month, day] = yearEnd.split('-').map(Number) as [number, number];
    return `${String(which).padStart(4, '0')}-${two(month)}-${two(Math.min(day, daysInMonth(which, month)))}`;
  };
  return date <= endIn(year) ? endIn(year) : endIn(year + 1);
}

/** The last day on which a record of that date is kept: some years after the end of its accounting period. */
export const keptUntil = (date: PlainDate, { years, yearEnd }: Retention): PlainDate =>
  addMonths(periodEndOf(date, yearEnd), years * 12);
