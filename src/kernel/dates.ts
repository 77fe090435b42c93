import type { Instant, PlainDate } from './event.js';
import { invalid } from './refusal.js';

const PLAIN_DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
const DAYS_IN_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

export const FIRST_YEAR = 1900;
export const LAST_YEAR = 2999;

/** Proleptic Gregorian calendar. */
export const isLeapYear = (year: number): boolean => (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;

/** Months count from 1. */
export const daysInMonth = (year: number, month: number): number =>
  month === 2 && isLeapYear(year) ? 29 : (DAYS_IN_MONTH[month - 1] ?? 0);

/** Whether a text is a date of the calendar, `YYYY-MM-DD`, that books may carry: years 1900 to 2999. */
export function isPlainDate(text: string): text is PlainDate {
  const parts = PLAIN_DATE.exec(text);
  if (parts === null) return false;
  const [year, month, day] = [Number(parts[1]), Number(parts[2]), Number(parts[3])];
  return year >= FIRST_YEAR && year <= LAST_YEAR && day >= 1 && day <= daysInMonth(year, month);
}

/** @throws Refusal validation-failed, naming the field. */
export function plainDate(field: string, text: string): PlainDate {
  if (isPlainDate(text)) return text;
  throw invalid(field, `must be a date of the calendar as YYYY-MM-DD, years ${FIRST_YEAR} to ${LAST_YEAR}`);
}

/** The date that an instant falls on in UTC. */
export const dateOf = (instant: Instant): PlainDate => instant.slice(0, 10);

/** The date in UTC at an instant in milliseconds since 1970: of what a clock tells, today. */
export const dateAt = (milliseconds: number): PlainDate => dateOf(new Date(milliseconds).toISOString());

const DAY_MS = 86_400_000;
const midnight = (date: PlainDate): number => Date.parse(`${date}T00:00:00Z`);

/** Whole days from one date to another; negative where `to` comes first. */
export const daysBetween = (from: PlainDate, to: PlainDate): number => (midnight(to) - midnight(from)) / DAY_MS;

export const addDays = (date: PlainDate, days: number): PlainDate => dateAt(midnight(date) + days * DAY_MS);
