import type { Reach } from '../../kernel/decider.js';
import type { Condition } from '../../kernel/view.js';
import type { RequestContext } from '../commands/principal.js';

/** What every document of an organisation's records holds for this. `reach` comes from `reachTokens` of access/contract. */
export interface Reachable {
  readonly organisation: string;
  readonly reach: readonly string[];
}

/**
 * The conditions of every list: this organisation's documents, and of these what the route's permission reaches. A request
 * that no gate has let in reaches nothing.
 */
export const withinReach = ({ organisation, reach }: RequestContext): readonly Condition[] =>
  withinReachOf(organisation, reach);

/** The same where no request asks. */
export function withinReachOf(organisation: string, reach: Reach | undefined): readonly Condition[] {
  const ours: Condition = { field: 'organisation', eq: organisation };
  return reach?.tokens === 'all' ? [ours] : [ours, { field: 'reach', hasAny: reach?.tokens ?? [] }];
}

/**
 * Whether the permission reaches records that nobody made for a brand, a project or themselves: people, roles. Only what
 * reaches everything does.
 */
export const reachesCommon = ({ reach }: Pick<RequestContext, 'reach'>): boolean => reach?.tokens === 'all';

/** The condition of a list of such records: this organisation's, or none. */
export const withinCommonReach = (context: RequestContext): Condition => ({
  field: 'organisation',
  eq: reachesCommon(context) ? context.organisation : '',
});

/** The same question about one document. */
export function isWithinReach({ organisation, reach }: RequestContext, doc: Reachable): boolean {
  if (doc.organisation !== organisation) return false;
  return reach?.tokens === 'all' || (reach?.tokens ?? []).some((token) => doc.reach.includes(token));
}
