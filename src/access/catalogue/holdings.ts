import type { Scope } from '../../kernel/event.js';
import { type Grant, type HeldGrant, permissionsOf } from './grants.js';
import { type Area, areaOf, type Permission } from './permissions.js';

/** One permission as one grant holds it. */
export interface Holding {
  readonly grant: HeldGrant;
  readonly scope: Scope;
  /** Undefined: no limit. */
  readonly brands: ReadonlySet<string> | undefined;
  readonly bankAccounts: ReadonlySet<string> | undefined;
  /** Milliseconds since 1970; it holds before that, not at it. */
  readonly until: number;
}

/** Everything that a person's grants hold, by permission, the strongest first. */
export type Holdings = ReadonlyMap<string, readonly Holding[]>;

/** Areas whose records are each of one bank account; a limit to bank accounts reaches these. */
const BANKED: ReadonlySet<Area> = new Set<Area>(['bank-accounts', 'transactions']);

const SCOPE_ORDER: Readonly<Record<Scope, number>> = { all: 0, assigned: 1, own: 2 };

const tables = new WeakMap<readonly HeldGrant[], Holdings>();

/**
 * The table of a list of grants, made when it is first asked for: a change of grants is a new list, so a table is never
 * stale, and a decision looks up instead of adding up.
 */
export function holdingsOf(grants: readonly HeldGrant[]): Holdings {
  const known = tables.get(grants);
  if (known !== undefined) return known;
  const table = new Map<string, Holding[]>();
  for (const grant of grants) {
    for (const [permission, scope] of permissionsOf(grant)) {
      const holdings = table.get(permission) ?? [];
      holdings.push(holdingOf(grant, permission, scope));
      table.set(permission, holdings);
    }
  }
  for (const holdings of table.values()) holdings.sort(strongestFirst);
  tables.set(grants, table);
  return table;
}

function holdingOf(grant: HeldGrant, permission: Permission, scope: Scope): Holding {
  const { brands, bankAccounts, until } = grant;
  return {
    grant,
    scope,
    brands: brands && new Set(brands),
    bankAccounts: BANKED.has(areaOf(permission)) ? bankAccounts && new Set(bankAccounts) : undefined,
    until: until === undefined ? Infinity : Date.parse(until),
  };
}

const strongestFirst = (a: Holding, b: Holding): number =>
  limits(a) - limits(b) || SCOPE_ORDER[a.scope] - SCOPE_ORDER[b.scope] || (a.until === b.until ? 0 : b.until - a.until);

const limits = ({ brands, bankAccounts }: Holding): number =>
  (brands === undefined ? 0 : 1) + (bankAccounts === undefined ? 0 : 1);

const lastEnds = new WeakMap<readonly HeldGrant[], number>();

/** Whether any of the grants holds now: somebody without one is no member any more. */
export function holdsAnything(grants: readonly HeldGrant[], now: number): boolean {
  let last = lastEnds.get(grants);
  if (last === undefined) {
    last = Math.max(-Infinity, ...grants.map(({ until }) => (until === undefined ? Infinity : Date.parse(until))));
    lastEnds.set(grants, last);
  }
  return now < last;
}

/**
 * The first permission of a grant that the given grants do not hold as far as that: same or wider scope, every brand and
 * bank account, no earlier end. Undefined where nobody would get more than the giver has.
 */
export function beyond(held: readonly HeldGrant[], wanted: Grant, now: number): Permission | undefined {
  const table = holdingsOf(held);
  const end = wanted.until === undefined ? Infinity : Date.parse(wanted.until);
  for (const [permission, scope] of permissionsOf(wanted)) {
    const enough = (table.get(permission) ?? []).filter(
      (holding) => now < holding.until && holding.until >= end && (holding.scope === 'all' || holding.scope === scope),
    );
    const bankAccounts = BANKED.has(areaOf(permission)) ? wanted.bankAccounts : undefined;
    for (const brand of wanted.brands ?? [undefined]) {
      for (const bankAccount of bankAccounts ?? [undefined]) {
        if (!enough.some((one) => within(one.brands, brand) && within(one.bankAccounts, bankAccount)))
          return permission;
      }
    }
  }
  return undefined;
}

const within = (limit: ReadonlySet<string> | undefined, one: string | undefined): boolean =>
  limit === undefined || (one !== undefined && limit.has(one));
