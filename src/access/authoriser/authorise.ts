import type { Reach, RecordFacts } from '../../kernel/decider.js';
import type { Scope } from '../../kernel/event.js';
import { type Access, endOf, type HeldGrant, type Holding, holdsAnything, PERMISSIONS, sourceOf } from '../contract.js';
import { assignedTo, EVERYBODY, madeBy, reachToken } from './reach.js';

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
  access: Access | undefined,
  userId: string,
  permission: string,
  facts: RecordFacts | undefined,
  now: number,
): Decision {
  if (access === undefined) return STRANGER;
  const holdings = access.holdings.get(permission);
  let open: Holding | undefined;
  let held = false;
  for (const holding of holdings ?? []) {
    if (now >= holding.until) continue;
    held = true;
    if (facts !== undefined && !opens(holding, userId, facts)) continue;
    if (facts !== undefined && !meets(access, userId, facts, now)) return RECORD;
    open = holding;
    break;
  }
  if (open !== undefined) return { allowed: true, holding: open, reach: reachOf(holdings!, userId, now) };
  if (held) return RECORD;
  return holdsAnything(access.grants, now) ? AREA : STRANGER;
}

/** Whether somebody is a member at all, by whichever grant holds now; for what any member may do. */
export function membershipOf(access: Access | undefined, now: number): Decision {
  const grant = access?.grants.find((one) => now < endOf(one));
  return grant === undefined ? STRANGER : { allowed: true, holding: byItself(grant), reach: NOWHERE };
}

/** A grant holds the membership also where its role holds no permission any more. */
const byItself = (grant: HeldGrant): Holding => ({
  grant,
  scope: 'own',
  brands: undefined,
  bankAccounts: undefined,
  until: endOf(grant),
  source: sourceOf(grant),
});

/** Whether one grant's permission reaches one record. People limited to brands do not see records without a brand. */
export function opens(holding: Holding, userId: string, facts: RecordFacts): boolean {
  const { scope, brands, bankAccounts, namedBankAccounts } = holding;
  if (brands !== undefined && (facts.brandId === undefined || !brands.has(facts.brandId))) return false;
  if (bankAccounts !== undefined && (facts.bankAccountId === undefined || !bankAccounts.has(facts.bankAccountId)))
    return false;
  if (namedBankAccounts !== undefined && facts.bankAccountId !== undefined)
    if (!namedBankAccounts.has(facts.bankAccountId)) return false;
  switch (scope) {
    case 'all':
      return true;
    case 'assigned':
      return facts.assigned?.includes(userId) === true;
    case 'own':
      return facts.createdBy === userId;
  }
}

/** Whether somebody may do what a record asks for besides. */
export const meets = (access: Access | undefined, userId: string, { also = [] }: RecordFacts, now: number): boolean =>
  also.every(({ permission, facts, ifHeld }) => {
    const held = reasons(access, permission, now);
    return held.length === 0 ? ifHeld === true : held.some((holding) => opens(holding, userId, facts));
  });

/** The tokens of the records that one permission reaches, by all grants that hold it now. */
export function reachOf(holdings: readonly Holding[], userId: string, now: number): Reach {
  const tokens = new Set<string>();
  for (const holding of holdings) {
    if (now >= holding.until) continue;
    if (holding.scope === 'all' && holding.brands === undefined && holding.bankAccounts === undefined) return ALL;
    addTokens(tokens, holding, userId);
  }
  return { tokens: [...tokens] };
}

const NO_LIMIT: readonly string[] = [''];

function addTokens(tokens: Set<string>, { scope, brands, bankAccounts }: Holding, userId: string): void {
  const people = { all: EVERYBODY, assigned: assignedTo(userId), own: madeBy(userId) }[scope];
  for (const brand of brands ?? NO_LIMIT)
    for (const bankAccount of bankAccounts ?? NO_LIMIT) tokens.add(reachToken(people, brand, bankAccount));
}

/** The grants by which somebody holds a permission at an instant, the strongest first. */
export const reasons = (access: Access | undefined, permission: string, now: number): readonly Holding[] =>
  (access?.holdings.get(permission) ?? []).filter((holding) => now < holding.until);

/** All that somebody may do at an instant, each with the widest scope in which they may. */
export function allowedTo(access: Access | undefined, now: number): readonly { permission: string; scope: Scope }[] {
  return PERMISSIONS.flatMap((permission) => {
    const scope = widest(reasons(access, permission, now));
    return scope === undefined ? [] : [{ permission, scope }];
  });
}

/** The widest scope among some holdings; undefined without any. */
export const widest = (holdings: readonly Holding[]): Scope | undefined =>
  (['all', 'assigned', 'own'] as const).find((scope) => holdings.some((holding) => holding.scope === scope));
