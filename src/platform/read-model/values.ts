import type { Declaration } from './declaration.js';

export type Value = string | number;

/**
 * A text as every store keeps it: lone surrogates have no UTF-8 form and become U+FFFD, in documents' indexed values and
 * keys as in queries, so that a hostile text neither stops a view nor hides a document.
 */
export const wellFormed = (text: string): string => text.toWellFormed();

/** Each value once, in the order in which they come first. */
export const distinct = <T>(values: readonly T[]): readonly T[] => (values.length < 2 ? values : [...new Set(values)]);

/** Order of single values in sorts: numbers as such, texts by code points (the order of their UTF-8 bytes). */
export function compareValues(a: Value, b: Value): number {
  if (typeof a === 'string' && typeof b === 'string') return compareTexts(a, b);
  return a < b ? -1 : a > b ? 1 : 0;
}

/** UTF-16 units order code points beyond the first plane before U+E000 to U+FFFF; moved here behind them. */
function compareTexts(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const left = a.charCodeAt(i);
    const right = b.charCodeAt(i);
    if (left !== right) return rank(left) - rank(right);
  }
  return a.length - b.length;
}

const rank = (unit: number): number => (unit >= 0xe000 ? unit - 0x800 : unit >= 0xd800 ? unit + 0x2000 : unit);

/**
 * A document's value in a single-valued field, `null` without one.
 *
 * @throws TypeError for a value of another type than declared.
 */
export function valueOf(declaration: Declaration, field: string, doc: object): Value | null {
  const value: unknown = Object.hasOwn(doc, field) ? (doc as Record<string, unknown>)[field] : undefined;
  if (value === undefined || value === null) return null;
  const type = declaration.fields[field];
  if ((type === 'text' || type === 'symbol') && typeof value === 'string') return wellFormed(value);
  if (type === 'number' && typeof value === 'number' && Number.isFinite(value)) return value;
  throw new TypeError(`Field ${field} is declared as ${String(type)} but holds a ${typeof value}`);
}

/** A document's values in a field of type `texts`, each once. @throws TypeError for anything but an array of texts. */
export function textsOf(field: string, doc: object): readonly string[] {
  const value: unknown = Object.hasOwn(doc, field) ? (doc as Record<string, unknown>)[field] : undefined;
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'string')) {
    throw new TypeError(`Field ${field} is declared as texts but holds something else`);
  }
  return distinct(value.map(wellFormed));
}
