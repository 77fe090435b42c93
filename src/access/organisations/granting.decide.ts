import type { Instant } from '../../kernel/event.js';
import { conflict, invalid } from '../../kernel/refusal.js';
import {
  type Access,
  accessOf,
  beyond,
  type Grant,
  type HeldGrant,
  type Permission,
  permissionsOf,
  roleOf,
  sourceOf,
  type Wanted,
} from '../contract.js';
import type { OrganisationState } from './organisation.js';

/**
 * Nobody grants beyond their own: each permission of each grant, its scope, brands, bank accounts and end are held by
 * the giver now.
 *
 * @throws Refusal conflict beyond-own-rights; validation-failed for a grant that has ended already, or of a role that is gone.
 */
export function requireMayGrant(state: OrganisationState, giver: string, grants: readonly Grant[], now: Instant): void {
  for (const grant of grants) {
    if (roleOf(grant.role, state.roles) === undefined) throw invalid('roles', 'must be roles of the organisation');
    if (grant.until !== undefined && grant.until <= now)
      throw invalid('roles', 'must not hold a role that ends in the past');
    requireMayGive(state, giver, { ...grant, permissions: permissionsOf(grant, state.roles) }, now);
  }
}

/** @throws Refusal conflict beyond-own-rights */
export function requireMayGive(state: OrganisationState, giver: string, wanted: Wanted, now: Instant): void {
  const missing = missingToGive(state, giver, wanted, now);
  if (missing === undefined) return;
  throw conflict('beyond-own-rights', `You do not hold ${missing} as far as this role would, so you cannot give it`);
}

/** The first permission that a person does not hold as far as that; all of them for who is no active member. */
function missingToGive(state: OrganisationState, giver: string, wanted: Wanted, now: Instant): Permission | undefined {
  const holdings = accessIn(state, giver)?.holdings ?? new Map<string, never>();
  return beyond(holdings, wanted, Date.parse(now));
}

/**
 * Whether what a grant gives is still held by whoever gave it: by its giver, and what came into its role by an edit since
 * by whoever made that edit.
 */
export function stillGiven(state: OrganisationState, grant: HeldGrant, now: Instant): boolean {
  const { role, brands, bankAccounts, until } = grant;
  if (roleOf(role, state.roles) === undefined) return false;
  const limits = { ...(brands && { brands }), ...(bankAccounts && { bankAccounts }), ...(until && { until }) };
  return permissionsOf(grant, state.roles).every(
    (one) => missingToGive(state, sourceOf(grant, one.edit).by, { ...limits, permissions: [one] }, now) === undefined,
  );
}

/** Whether an active member holds a permission now, on everything. */
export function holdsNow(state: OrganisationState, userId: string, permission: Permission, now: Instant): boolean {
  const holdings = accessIn(state, userId)?.holdings.get(permission) ?? [];
  return holdings.some(
    ({ scope, brands, until }) => scope === 'all' && brands === undefined && Date.parse(now) < until,
  );
}

const accessIn = ({ members, roles }: OrganisationState, userId: string): Access | undefined =>
  accessOf(members.get(userId), roles);
