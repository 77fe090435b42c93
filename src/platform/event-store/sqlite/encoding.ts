import type { Instant } from '../../../kernel/event.js';

/** Digits of a position: enough for every safe integer, and texts of one length sort as the numbers do. */
const DIGITS = 16;

/** The position before the first event. */
export const START = '0'.repeat(DIGITS);

export function positionText(position: number): string {
  return String(position).padStart(DIGITS, '0');
}

/** @throws RangeError for a text that no store of this kind gave out. */
export function positionNumber(text: string | undefined): number {
  if (text === undefined) return 0;
  const position = /^\d{16}$/.test(text) ? Number(text) : NaN;
  if (!Number.isSafeInteger(position)) throw new RangeError('This is no position of an embedded event log');
  return position;
}

let lastInstant: { milliseconds: number; text: Instant } | undefined;

/** RFC 3339 of milliseconds since 1970. Events that were committed together carry the same instant. */
export function instantText(milliseconds: number): Instant {
  if (lastInstant?.milliseconds !== milliseconds)
    lastInstant = { milliseconds, text: new Date(milliseconds).toISOString() };
  return lastInstant.text;
}
