import type { RecordFacts } from '../../kernel/decider.js';
import type { Authoriser, RequestContext } from './principal.js';

/**
 * Whether somebody may do what a record asks for besides the permission in question: the authoriser answers it with the
 * facts; this is for those who decide by reach.
 */
export async function meetsAlso(
  authoriser: Authoriser,
  { principal, organisation }: Pick<RequestContext, 'principal' | 'organisation'>,
  { also = [] }: RecordFacts,
): Promise<boolean> {
  for (const { permission, facts, ifHeld } of also) {
    if (principal === undefined) return false;
    const verdict = await authoriser.authorise(principal, organisation, permission, facts);
    if (!verdict.allowed && !(ifHeld === true && verdict.because === 'area')) return false;
  }
  return true;
}
