import type { FieldChange } from '../../kernel/catalogue.js';
import { sameJson } from '../../kernel/changes.js';

/** Say which state of the record it is, and nothing of what is in it. */
const MARKS: ReadonlySet<string> = new Set(['id', 'revision']);

/** The fields in which two states of a record differ, in the order of the newer one's. */
export function differenceOf(from: object, to: object): readonly FieldChange[] {
  const [older, newer] = [from as Readonly<Record<string, unknown>>, to as Readonly<Record<string, unknown>>];
  return [...new Set([...Object.keys(newer), ...Object.keys(older)])]
    .filter((field) => !MARKS.has(field) && !sameJson(older[field], newer[field]))
    .map((field) => ({ field, from: older[field] ?? null, to: newer[field] ?? null }));
}
