import type { Reach, RecordFacts } from '../../kernel/decider.js';
import type { Scope } from '../../kernel/event.js';
import { type HeldGrant, type Holding, holdingsOf, holdsAnything, PERMISSIONS } from '../contract.js';
import { assignedTo, EVERYBODY, madeBy, reachToken } from './reach.js';

/** What the organisation says of a person. */
export interface Membership {
  readonly status: 'invited' | 'active' | 'disabled';
  readonly grants: readonly HeldGrant[];
}

export type Decision =
  | {
      readonly allowed: true;
      /** The strongest grant that opens it. */
      readonly holding: Holding;
      readonly reach: Reach;
    }
  /** `stranger`: no active member; `area`: the permission is missing everywhere; `record`: it does not reach this record. */
  | { readonly allowed: false; readonly because: 'stranger' | 'area' | 'record' };

const STRANGER: Decision = { allowed: false, because: 'stranger' };
const AREA: Decision = { allowed: false, because: 'area' };
const RECORD: Decision = { allowed: false, because: 'record' };
const ALL: Reach = { tokens: 'all' };
const NOWHERE: Reach = { tokens: [] };

/**
 * Whether a person may do something at an instant (milliseconds since 1970): on the record with these facts, or, without
 * facts, on some record at least. The union of the grants counts; the strongest that opens it is named.
 */
export function authorise(
  member: Membership | undefined,
  userId: string,
  permission: string,
  facts: RecordFacts | undefined,
  now: number,
): Decision {
  if (member?.status !== 'active') return STRANGER;
  const holdings = holdingsOf(member.grants).get(permission);
  let open: Holding | undefined;
  let held = false;
  for (const holding of holdings ?? []) {
    if (now >= holding.until) continue;
    held = true;
    if (facts !== undefined && !opens(holding, userId, facts)) continue;
    open = holding;
    break;
  }
  if (open !== undefined) return { allowed: true, holding: open, reach: reachOf(holdings!, userId, now) };
  if (held) return RECORD;
  return holdsAnything(member.grants, now) ? AREA : STRANGER;
}

/** Whether somebody is a member at all, by whichever grant holds now; for what any member may do. */
export function membershipOf(member: Membership | undefined, now: number): Decision {
  if (member?.status !== 'active') return STRANGER;
  for (const holdings of holdingsOf(member.grants).values()) {
    const holding = holdings.find(({ until }) => now < until);
    if (holding !== undefined) return { allowed: true, holding, reach: NOWHERE };
  }
  return STRANGER;
}

/** Whether one grant's permission reaches one record. People limited to brands do not see records without a brand. */
export function opens({ scope, brands, bankAccounts }: Holding, userId: string, facts: RecordFacts): boolean {
  if (brands !== undefined && (facts.brandId === undefined || !brands.has(facts.brandId))) return false;
  if (bankAccounts !== undefined && (facts.bankAccountId === undefined || !bankAccounts.has(facts.bankAccountId)))
    return false;
  switch (scope) {
    case 'all':
      return true;
    case 'assigned':
      return facts.assigned?.includes(userId) === true;
    case 'own':
      return facts.createdBy === userId;
  }
}

/** The tokens of the records that one permission reaches, by all grants that hold it now. */
export function reachOf(holdings: readonly Holding[], userId: string, now: number): Reach {
  const tokens: string[] = [];
  for (const holding of holdings) {
    if (now >= holding.until) continue;
    if (holding.scope === 'all' && holding.brands === undefined && holding.bankAccounts === undefined) return ALL;
    tokens.push(...tokensOf(holding, userId));
  }
  return { tokens: [...new Set(tokens)] };
}

function tokensOf({ scope, brands, bankAccounts }: Holding, userId: string): readonly string[] {
  const people = { all: EVERYBODY, assigned: assignedTo(userId), own: madeBy(userId) }[scope];
  return [...(brands ?? [''])].flatMap((brand) =>
    [...(bankAccounts ?? [''])].map((bankAccount) => reachToken(people, brand, bankAccount)),
  );
}

/** The grants by which somebody holds a permission at an instant, the strongest first. */
export function reasons(member: Membership | undefined, permission: string, now: number): readonly Holding[] {
  if (member?.status !== 'active') return [];
  return (holdingsOf(member.grants).get(permission) ?? []).filter((holding) => now < holding.until);
}

/** All that somebody may do at an instant, each with the widest scope in which they may. */
export function allowedTo(
  member: Membership | undefined,
  now: number,
): readonly { permission: string; scope: Scope }[] {
  return PERMISSIONS.flatMap((permission) => {
    const scope = widest(reasons(member, permission, now));
    return scope === undefined ? [] : [{ permission, scope }];
  });
}

/** The widest scope among some holdings; undefined without any. */
export const widest = (holdings: readonly Holding[]): Scope | undefined =>
  (['all', 'assigned', 'own'] as const).find((scope) => holdings.some((holding) => holding.scope === scope));
