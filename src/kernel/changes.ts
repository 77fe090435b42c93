import type { Changes } from './event.js';

/** What a client may send to change a record: an absent field stays as it is, `null` clears an optional one. */
export type Patch<Fields extends object> = {
  readonly [K in keyof Fields]?: (undefined extends Fields[K] ? Fields[K] | null : Fields[K]) | undefined;
};

type Anything = Readonly<Record<string, unknown>>;

/** A copy without the fields that are absent in JSON or cleared, as events carry them. */
export function withoutNothing<T extends object>(fields: { readonly [K in keyof T]: T[K] | null | undefined }): T {
  const kept: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) if (value !== undefined && value !== null) kept[name] = value;
  return kept as T;
}

/** What a patch changes of the current fields: only those that become something else. */
export function changesTo<Fields extends object>(current: Fields, patch: Patch<Fields>): Changes<Fields> {
  const before = current as Anything;
  const changes = Object.entries(patch as Anything).flatMap(([field, value]) => {
    const to = value ?? undefined;
    const from = before[field];
    return value === undefined || sameJson(from, to) ? [] : [[field, withoutNothing({ from, to })]];
  });
  return Object.fromEntries(changes) as Changes<Fields>;
}

/** The fields after the changes; what was cleared is absent. Works for anything that has those fields. */
export function changed<Fields extends object>(current: Fields, changes: Changes<Fields>): Fields {
  const after = new Map(Object.entries(current));
  for (const [field, { to }] of Object.entries(changes as Readonly<Record<string, { readonly to?: unknown }>>)) {
    if (to === undefined || to === null) after.delete(field);
    else after.set(field, to);
  }
  return Object.fromEntries(after) as Fields;
}

export const isEmpty = (record: object): boolean => Object.keys(record).length === 0;

/** Whether two JSON values are the same, whatever the order of their properties; absent and `undefined` are the same. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const [left, right] = [a as Anything, b as Anything];
  return [...new Set([...Object.keys(left), ...Object.keys(right)])].every((key) => sameJson(left[key], right[key]));
}
