import type { Instant, Scope } from '../../kernel/event.js';
import { BUILT_IN_ROLES } from './built-in-roles.js';
import { type Grant, type GrantedPermission, type HeldGrant, permissionsOf } from './grants.js';
import { type Area, areaOf, type Permission } from './permissions.js';
import type { Role, RoleEdit, Roles } from './roles.js';

/** The event that gave somebody something: whose it was, and when. */
export interface Source {
  readonly eventId: string;
  readonly by: string;
  readonly at: Instant;
}

/** One permission as one grant holds it. */
export interface Holding {
  readonly grant: HeldGrant;
  readonly scope: Scope;
  /** Undefined: no limit. */
  readonly brands: ReadonlySet<string> | undefined;
  readonly bankAccounts: ReadonlySet<string> | undefined;
  /** Of a permission whose records are of no bank account, and name one: those that they may name. */
  readonly namedBankAccounts?: ReadonlySet<string> | undefined;
  /** Milliseconds since 1970; it holds before that, not at it. */
  readonly until: number;
  /** The grant's event; where an edit of the role gave it later, that one. */
  readonly source: Source;
}

/** Everything that a person's grants hold, by permission, the strongest first. */
export type Holdings = Pick<ReadonlyMap<string, readonly Holding[]>, 'get'>;

/** What decisions about somebody are made on. */
export interface Access {
  /** By these they are a member, as long as one of them holds. */
  readonly grants: readonly HeldGrant[];
  readonly holdings: Holdings;
}

/** What the organisation says of a person. */
export interface Membership {
  readonly status: 'invited' | 'active' | 'disabled';
  /** A new list whenever it changes. */
  readonly grants: readonly HeldGrant[];
}

/** Areas whose records are each of one bank account; a limit to bank accounts reaches these. */
const BANKED: ReadonlySet<Area> = new Set<Area>(['bank-accounts', 'transactions']);

/** What is done to records of no bank account and moves money to or from one: a limit to bank accounts holds for that one. */
const NAMING: ReadonlySet<Permission> = new Set<Permission>(['invoices:record-payment', 'purchases:pay']);

const takesBankAccounts = (permission: Permission): boolean => BANKED.has(areaOf(permission)) || NAMING.has(permission);

const SCOPE_ORDER: Readonly<Record<Scope, number>> = { all: 0, assigned: 1, own: 2 };

interface Known {
  /** The map of own roles that it was last asked with. */
  roles: Roles;
  /** The own roles that the grants are of, as they were when the table was made. */
  readonly made: readonly (readonly [id: string, role: Role | undefined])[];
  readonly access: Access;
}

const accesses = new WeakMap<readonly HeldGrant[], Known>();

/** Undefined for whoever is no active member. `roles` are the organisation's own, of the same state as the member. */
export const accessOf = (member: Membership | undefined, roles: Roles): Access | undefined =>
  member?.status === 'active' ? accessBy(member.grants, roles) : undefined;

/**
 * Made when it is first asked for. A change of grants is a new list, one of a role a new role in a new map, so it is never
 * stale, a decision looks up instead of adding up, and an edit of a role costs something to those who hold it only.
 */
function accessBy(grants: readonly HeldGrant[], roles: Roles): Access {
  const known = accesses.get(grants);
  if (known?.roles === roles) return known.access;
  if (known?.made.every(([id, role]) => roles.get(id) === role) === true) {
    known.roles = roles;
    return known.access;
  }
  const access: Access = { grants, holdings: tableOf(grants, roles) };
  const own = grants.flatMap(({ role }) => (BUILT_IN_ROLES.has(role) ? [] : [role]));
  accesses.set(grants, { roles, made: own.map((id) => [id, roles.get(id)]), access });
  return access;
}

/** The table of a list of grants, whoever holds them. `roles` are the organisation's own. */
export const holdingsOf = (grants: readonly HeldGrant[], roles: Roles): Holdings => accessBy(grants, roles).holdings;

function tableOf(grants: readonly HeldGrant[], roles: Roles): Holdings {
  const table = new Map<string, Holding[]>();
  for (const grant of grants) {
    const common = { grant, brands: limitOf(grant.brands), until: endOf(grant) };
    const bankAccounts = limitOf(grant.bankAccounts);
    const given = sourceOf(grant);
    for (const { permission, scope, edit } of permissionsOf(grant, roles)) {
      const holding: Holding = {
        ...common,
        scope,
        bankAccounts: bankAccounts !== undefined && BANKED.has(areaOf(permission)) ? bankAccounts : undefined,
        ...(bankAccounts !== undefined && NAMING.has(permission) && { namedBankAccounts: bankAccounts }),
        source: edit === undefined ? given : sourceOf(grant, edit),
      };
      const others = table.get(permission);
      if (others === undefined) table.set(permission, [holding]);
      else others.push(holding);
    }
  }
  for (const holdings of table.values()) if (holdings.length > 1) holdings.sort(strongestFirst);
  return table;
}

const limitOf = (ids: readonly string[] | undefined): ReadonlySet<string> | undefined => ids && new Set(ids);

/** In milliseconds since 1970. */
export const endOf = ({ until }: Pick<Grant, 'until'>): number => (until === undefined ? Infinity : Date.parse(until));

/** Who gave a permission of a grant: its giver, or whoever put it into the role after the grant. */
export const sourceOf = (grant: HeldGrant, edit?: RoleEdit): Source =>
  edit !== undefined && edit.revision > grant.grantRevision
    ? { eventId: edit.eventId, by: edit.by, at: edit.at }
    : { eventId: grant.grantEventId, by: grant.grantedBy, at: grant.grantedAt };

export const strongestFirst = (a: Holding, b: Holding): number =>
  limits(a) - limits(b) || SCOPE_ORDER[a.scope] - SCOPE_ORDER[b.scope] || (a.until === b.until ? 0 : b.until - a.until);

const limits = (holding: Holding): number =>
  (holding.brands === undefined ? 0 : 1) + (bankLimitOf(holding) === undefined ? 0 : 1);

/** The limit to bank accounts, be it of the records or of what they name. */
export const bankLimitOf = ({
  bankAccounts,
  namedBankAccounts,
}: Pick<Holding, 'bankAccounts' | 'namedBankAccounts'>): ReadonlySet<string> | undefined =>
  bankAccounts ?? namedBankAccounts;

const lastEnds = new WeakMap<readonly HeldGrant[], number>();

/** Whether any of the grants holds now: somebody without one is no member any more. */
export function holdsAnything(grants: readonly HeldGrant[], now: number): boolean {
  let last = lastEnds.get(grants);
  if (last === undefined) {
    last = Math.max(-Infinity, ...grants.map(endOf));
    lastEnds.set(grants, last);
  }
  return now < last;
}

/** Permissions with the limits and the end of a grant. */
export interface Wanted extends Pick<Grant, 'brands' | 'bankAccounts' | 'until'> {
  readonly permissions: readonly Pick<GrantedPermission, 'permission' | 'scope'>[];
}

/**
 * The first of some permissions that the holdings do not hold as far as that: same or wider scope, every brand and bank
 * account, no earlier end. Undefined where nobody would get more than the giver has.
 */
export function beyond(held: Holdings, wanted: Wanted, now: number): Permission | undefined {
  const end = endOf(wanted);
  for (const { permission, scope } of wanted.permissions) {
    const enough = (held.get(permission) ?? []).filter(
      (holding) => now < holding.until && holding.until >= end && (holding.scope === 'all' || holding.scope === scope),
    );
    const bankAccounts = takesBankAccounts(permission) ? wanted.bankAccounts : undefined;
    for (const brand of wanted.brands ?? [undefined]) {
      for (const bankAccount of bankAccounts ?? [undefined]) {
        if (!enough.some((one) => within(one.brands, brand) && within(bankLimitOf(one), bankAccount)))
          return permission;
      }
    }
  }
  return undefined;
}

const within = (limit: ReadonlySet<string> | undefined, one: string | undefined): boolean =>
  limit === undefined || (one !== undefined && limit.has(one));
