import type { Instant } from '../../kernel/event.js';
import { conflict, invalid } from '../../kernel/refusal.js';
import { beyond, type Grant, holdingsOf, type Permission } from '../contract.js';
import type { OrganisationState } from './organisation.js';

/**
 * Nobody grants beyond their own: each permission of each grant, its scope, brands, bank accounts and end are held by
 * the giver now.
 *
 * @throws Refusal conflict beyond-own-rights; validation-failed for a grant that has ended already.
 */
export function requireMayGrant(state: OrganisationState, giver: string, grants: readonly Grant[], now: Instant): void {
  for (const grant of grants) {
    if (grant.until !== undefined && grant.until <= now)
      throw invalid('roles', 'must not hold a role that ends in the past');
    const missing = missingToGrant(state, giver, grant, now);
    if (missing === undefined) continue;
    throw conflict('beyond-own-rights', `You do not hold ${missing} as far as this role would, so you cannot give it`);
  }
}

/** The first permission of a grant that a person does not hold as far as that; all of them for who is no active member. */
export function missingToGrant(
  state: OrganisationState,
  giver: string,
  grant: Grant,
  now: Instant,
): Permission | undefined {
  const member = state.members.get(giver);
  return beyond(member?.status === 'active' ? member.grants : [], grant, Date.parse(now));
}

/** Whether an active member holds a permission now, on everything. */
export function holdsNow(state: OrganisationState, userId: string, permission: Permission, now: Instant): boolean {
  const member = state.members.get(userId);
  if (member?.status !== 'active') return false;
  const holdings = holdingsOf(member.grants).get(permission) ?? [];
  return holdings.some(
    ({ scope, brands, until }) => scope === 'all' && brands === undefined && Date.parse(now) < until,
  );
}
