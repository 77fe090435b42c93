import type { Decide } from '../../kernel/decider.js';
import type { Instant } from '../../kernel/event.js';
import { conflict, invalid, notFound } from '../../kernel/refusal.js';
import {
  accessOf,
  beyond,
  type Grant,
  grantsFrom,
  type Holdings,
  isForKeys,
  type Permission,
  permissionsOf,
  type Roles,
  type Wanted,
} from '../contract.js';
import { type ApiKeyCreated, earlier, ended, type KeyPowers } from './api-keys.js';
import type { ScopedPermission } from './custom-roles.js';
import type { OrganisationEvent, OrganisationState } from './organisation.js';

type Decision = Decide<OrganisationState, OrganisationEvent>;

/** Keys of one organisation at a time, the expired ones included until somebody deletes them. */
export const MAX_API_KEYS = 200;

export interface NewApiKey {
  readonly keyId: string;
  readonly hash: string;
  readonly hint: string;
  readonly name: string;
  readonly expiresAt?: Instant;
  /** Exactly one of the two. */
  readonly permissions?: readonly ScopedPermission[];
  /** As the client wrote them. */
  readonly roles?: readonly unknown[];
}

/** Whoever makes a key cannot give it more than they hold: no wider scope, no other brand, no later end. */
export const createApiKey =
  ({ permissions, roles, expiresAt, ...key }: NewApiKey): Decision =>
  (state, { now, userId }) => {
    const maker = accessOf(state.members.get(userId), state.roles);
    if (maker === undefined) throw notFound();
    if (expiresAt !== undefined && expiresAt <= now) throw invalid('expiresAt', 'must not be in the past');
    const powers = powersFrom(permissions, roles, state.roles);
    const wanted = wantedOf(powers, state.roles, expiresAt);
    if (wanted.every((one) => one.permissions.length === 0)) {
      throw invalid('roles', 'must hold something that an API key can do');
    }
    requireHolds(maker.holdings, wanted, now);
    if (state.apiKeys.size >= MAX_API_KEYS) {
      throw conflict('too-many-api-keys', `There are ${MAX_API_KEYS} API keys; delete some first`);
    }
    const data: ApiKeyCreated['data'] = {
      ...key,
      userId,
      ...(expiresAt === undefined ? {} : { expiresAt }),
      ...powers,
    };
    return [{ type: 'ApiKeyCreated', data }];
  };

export const deleteApiKey =
  (keyId: string): Decision =>
  (state) => {
    const key = state.apiKeys.get(keyId);
    if (key === undefined) throw notFound();
    return [ended(key, 'deleted')];
  };

function powersFrom(
  permissions: readonly ScopedPermission[] | undefined,
  roles: readonly unknown[] | undefined,
  own: Roles,
): KeyPowers {
  if (permissions === undefined) {
    if (roles === undefined) throw invalid('permissions', 'or roles: a key needs one of the two');
    return { grants: grantsFrom('roles', roles, own) };
  }
  if (roles !== undefined) throw invalid('roles', 'cannot be given beside permissions');
  if (permissions.length === 0) throw invalid('permissions', 'must be a list with at least one permission');
  const foreign = permissions.findIndex(({ permission }) => !isForKeys(permission));
  if (foreign >= 0) throw invalid(`permissions.${foreign}`, 'is never for an API key: it is used in person');
  return {
    permissions: permissions.filter((one, index) => permissions.findIndex((other) => same(one, other)) === index),
  };
}

const same = (a: ScopedPermission, b: ScopedPermission): boolean =>
  a.permission === b.permission && a.scope === b.scope;

/** All that a key could ever do by its powers; what no key can do is not among it. */
function wantedOf(powers: KeyPowers, roles: Roles, expiresAt: Instant | undefined): readonly Wanted[] {
  if (powers.permissions !== undefined) return [within({ permissions: powers.permissions }, expiresAt)];
  return powers.grants.map((grant) => within(wantedOfGrant(grant, roles), earlier(grant.until, expiresAt)));
}

const wantedOfGrant = (grant: Grant, roles: Roles): Wanted => ({
  permissions: permissionsOf(grant, roles).filter(({ permission }) => isForKeys(permission)),
  ...(grant.brands === undefined ? {} : { brands: grant.brands }),
  ...(grant.bankAccounts === undefined ? {} : { bankAccounts: grant.bankAccounts }),
});

const within = (wanted: Wanted, until: Instant | undefined): Wanted =>
  until === undefined ? wanted : { ...wanted, until };

function requireHolds(held: Holdings, wanted: readonly Wanted[], now: Instant): void {
  for (const one of wanted) {
    if (one.until !== undefined && one.until <= now)
      throw invalid('roles', 'must not hold a role that ends in the past');
    const missing: Permission | undefined = beyond(held, one, Date.parse(now));
    if (missing === undefined) continue;
    throw conflict('beyond-own-rights', `You do not hold ${missing} as far as this key would, so you cannot give it`);
  }
}
