import { invalid } from '../../kernel/refusal.js';
import type { PageQuery } from './fields.js';

/**
 * A page of a list that is folded whole. The cursor is the id of the last entry: it is for lists whose ids tell nothing and whose
 * entries never go. @throws Refusal validation-failed for another cursor
 */
export function pageOf<T extends { readonly id: string }>(
  items: readonly T[],
  { after, limit }: PageQuery,
): { readonly items: readonly T[]; readonly next: string | null } {
  const last = after === undefined ? -1 : items.findIndex(({ id }) => id === after);
  if (after !== undefined && last === -1) throw invalid('after', 'is not a cursor of this list');
  const shown = items.slice(last + 1, last + 1 + limit);
  return { items: shown, next: last + 1 + limit < items.length ? (shown.at(-1)?.id ?? null) : null };
}
