import type { Reach } from '../../kernel/decider.js';
import { notFound } from '../../kernel/refusal.js';

/** A tree counts every event, so it is for those whose permission has no limits; others are told nothing. @throws Refusal not-found */
export function requireWhole(reach: Reach | undefined): void {
  if (reach?.tokens !== 'all') throw notFound();
}
