import type { RecordFacts } from '../../kernel/decider.js';
import type { Instant, Scope } from '../../kernel/event.js';
import {
  type Access,
  accessOf,
  bankLimitOf,
  beyond,
  type Grant,
  type Holding,
  type Permission,
  PERMISSIONS,
  type Roles,
} from '../contract.js';
import { meets, opens, reasons } from './authorise.js';
import { type Assigned, withPerson } from './reach.js';

/** A permission as far as somebody holds it; limits and an end only where there are any. */
export interface Right {
  readonly permission: Permission;
  readonly scope: Scope;
  readonly brands?: readonly string[];
  readonly bankAccounts?: readonly string[];
  readonly until?: Instant;
}

/** What somebody would hold by these grants if they were given now. */
export const accessBy = (grants: readonly Grant[], roles: Roles): Access | undefined => {
  const unrecorded = { grantEventId: '', grantedBy: '', grantedAt: '', grantRevision: Number.MAX_SAFE_INTEGER };
  return accessOf({ status: 'active', grants: grants.map((grant) => ({ ...grant, ...unrecorded })) }, roles);
};

/**
 * The rights of one access that another one does not have as far as that, at an instant: what is gained by going from the
 * other to the one, and what is lost on the way back.
 */
export function rightsBeyond(one: Access | undefined, other: Access | undefined, at: number): readonly Right[] {
  // Long lists of limits are compared once, for all permissions that the same grants hold in the same way.
  const known = new Map<string, readonly number[]>();
  return PERMISSIONS.flatMap((permission) => {
    const held = reasons(one, permission, at);
    if (held.length === 0) return [];
    const pattern = `${patternOf(held, one)}/${patternOf(reasons(other, permission, at), other)}`;
    const telling = known.get(pattern) ?? tellingOf(held, other, permission, at);
    known.set(pattern, telling);
    return telling.map((index) => rightOf(permission, held[index]!));
  });
}

/** By which grants and how: what is the same for two permissions gives the same answer for both. */
const patternOf = (holdings: readonly Holding[], access: Access | undefined): string =>
  holdings
    .map(({ grant, scope, bankAccounts, namedBankAccounts }) => {
      const limited = bankAccounts !== undefined ? 'b' : namedBankAccounts !== undefined ? 'n' : '';
      return `${access?.grants.indexOf(grant) ?? -1}${scope}${limited}`;
    })
    .join();

/** The places of the holdings that the other access does not cover, without those that say less than one before. */
function tellingOf(
  held: readonly Holding[],
  other: Access | undefined,
  permission: Permission,
  at: number,
): readonly number[] {
  const missing = held.filter((holding) => !covers(other, permission, holding, at));
  // The strongest come first, and say all that a weaker one would.
  const telling = missing.filter((holding, index) => {
    const stronger = new Map([[permission, missing.slice(0, index)]]);
    return !covers({ grants: [], holdings: stronger }, permission, holding, at);
  });
  return telling.map((holding) => held.indexOf(holding));
}

const covers = (access: Access | undefined, permission: Permission, holding: Holding, at: number): boolean => {
  const { scope, ...limits } = rightOf(permission, holding);
  return (
    access !== undefined &&
    beyond(access.holdings, { ...limits, permissions: [{ permission, scope }] }, at) === undefined
  );
};

function rightOf(permission: Permission, holding: Holding): Right {
  const { scope, brands, until } = holding;
  const bankAccounts = bankLimitOf(holding);
  return {
    permission,
    scope,
    ...(brands && { brands: [...brands] }),
    ...(bankAccounts && { bankAccounts: [...bankAccounts] }),
    ...(until !== Infinity && { until: new Date(until).toISOString() }),
  };
}

/** Somebody who may take the step that finishes records, on some of them at least. */
export interface Finisher {
  readonly userId: string;
  readonly access: Access | undefined;
  readonly holdings: readonly Holding[];
  /** Undefined where no grant asks for it. */
  readonly assigned: Assigned | undefined;
}

export const canFinish = (
  { userId, access, holdings, assigned }: Finisher,
  facts: RecordFacts,
  at: number,
): boolean => {
  const known = assigned === undefined ? facts : withPerson(facts, userId, assigned);
  return meets(access, userId, facts, at) && holdings.some((holding) => opens(holding, userId, known));
};

export const canFinishAll = ({ holdings }: Finisher): boolean =>
  holdings.some(
    ({ scope, brands, bankAccounts }) => scope === 'all' && brands === undefined && bankAccounts === undefined,
  );
