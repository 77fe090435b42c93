import type { Instant } from '../../kernel/event.js';
import { conflict, notFound } from '../../kernel/refusal.js';

/** What one person asks for and, where the organisation wants two, another one approves or declines: erasures, exports. */
export interface AskedFor {
  readonly status: string;
  /** The person who asked for it, also behind an API key. */
  readonly by: string;
}

/** What waits for an approval. @throws Refusal not-found; conflict not-pending */
export function pending<T extends AskedFor>(entries: ReadonlyMap<string, T>, id: string): T {
  const entry = entries.get(id);
  if (entry === undefined) throw notFound();
  if (entry.status !== 'pending') throw conflict('not-pending', 'This waits for nobody’s approval (any more)');
  return entry;
}

/** The same, for whoever is to approve it. @throws Refusal not-found; conflict not-pending, second-person */
export function approvableBy<T extends AskedFor>(userId: string, entries: ReadonlyMap<string, T>, id: string): T {
  const entry = pending(entries, id);
  if (entry.by === userId)
    throw conflict('second-person', 'Whoever asked for it does not approve it; somebody else has to');
  return entry;
}

export const EXPORT_DAYS = 7;

/**
 * The first instant at which an export can not be had any more, in milliseconds since 1970. `since` is when nothing stood in its
 * way any longer: it was asked for, or approved where that was needed.
 */
export const expiryOf = ({ since }: { readonly since: Instant }): number =>
  Date.parse(since) + EXPORT_DAYS * 24 * 60 * 60 * 1000;
