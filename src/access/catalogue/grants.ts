import { counted } from '../../kernel/counted.js';
import { isPlainDate } from '../../kernel/dates.js';
import type { Instant, Scope } from '../../kernel/event.js';
import { isUuid } from '../../kernel/ids.js';
import { invalid } from '../../kernel/refusal.js';
import { BUILT_IN_ROLES, roleOf } from './built-in-roles.js';
import { isReading, type Permission } from './permissions.js';
import type { RoleEdit, Roles } from './roles.js';

/** A role given to a person: how much of it, for which brands and bank accounts, until when. Plain JSON, as in events. */
export interface Grant {
  /** Key of a built-in role, or the id of one of the organisation's own. */
  readonly role: string;
  /** Of an own role, as it was called when it was granted: for texts only, never compared. */
  readonly roleName?: string;
  /** Keeps only the permissions that look. */
  readonly readOnly: boolean;
  /** Sorted, without repeats, like the two limits below. */
  readonly switches: readonly string[];
  /** Only records of these brands. Absent: no limit. Never empty. */
  readonly brands?: readonly string[];
  /** Only records of these bank accounts, in the areas whose records are of one. Absent: no limit. Never empty. */
  readonly bankAccounts?: readonly string[];
  /** The first instant at which it does not hold any more. */
  readonly until?: Instant;
}

/** A grant that somebody gave: by which event, who, and when. */
export interface HeldGrant extends Grant {
  readonly grantEventId: string;
  readonly grantedBy: string;
  readonly grantedAt: Instant;
  /** Revision of that event in the organisation's stream. */
  readonly grantRevision: number;
}

export const MAX_GRANTS = 20;
/** Brands, or bank accounts, of one grant. */
export const MAX_LIMITS = 100;
/** Brands times bank accounts of one grant: each pair is a way to a record, and a list asks for all of them. */
const MAX_PAIRS = 250;

const FIELDS = ['role', 'readOnly', 'switches', 'brands', 'bankAccounts', 'until'];
const INSTANT = /^(\d{4}-\d{2}-\d{2})T([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,9})?)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/;

/**
 * Grants as clients write them, a plain string being short for `{role}`, in their one normal form; repeats are dropped.
 * `roles` are the organisation's own.
 *
 * @throws Refusal validation-failed that names the field below `field`.
 */
export function grantsFrom(field: string, value: unknown, roles: Roles): readonly Grant[] {
  if (!Array.isArray(value) || value.length === 0) throw invalid(field, 'must be a list with at least one role');
  if (value.length > MAX_GRANTS) throw invalid(field, `must have at most ${MAX_GRANTS} entries`);
  const grants = value.map((one: unknown, index) => grantFrom(`${field}.${index}`, one, roles));
  return grants.filter((grant, index) => grants.findIndex((other) => sameGrant(grant, other)) === index);
}

function grantFrom(field: string, value: unknown, roles: Roles): Grant {
  if (typeof value === 'string') return grantFrom(field, { role: value }, roles);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalid(field, 'must be the name of a role or an object with a role');
  }
  const input = value as Readonly<Record<string, unknown>>;
  const unknown = Object.keys(input).find((name) => !FIELDS.includes(name));
  if (unknown !== undefined) throw invalid(field, `must not have the field ${JSON.stringify(unknown.slice(0, 50))}`);
  const role = typeof input.role === 'string' ? roleOf(input.role, roles) : undefined;
  if (role === undefined) throw invalid(`${field}.role`, 'must be a role of the organisation');
  if (!role.grantable) throw invalid(`${field}.role`, 'cannot be granted; it moves by handover only');
  const readOnly = input.readOnly ?? false;
  if (typeof readOnly !== 'boolean') throw invalid(`${field}.readOnly`, 'must be true or false');
  if (readOnly && !role.takesReadOnly) throw invalid(`${field}.readOnly`, `cannot be used with the role ${role.key}`);
  const switches = textsFrom(
    `${field}.switches`,
    input.switches ?? [],
    (word) => role.switches.has(word),
    'a switch of the role',
  );
  const brands = limitFrom(`${field}.brands`, input.brands);
  const bankAccounts = limitFrom(`${field}.bankAccounts`, input.bankAccounts);
  if ((brands?.length ?? 0) * (bankAccounts?.length ?? 0) > MAX_PAIRS)
    throw invalid(`${field}.bankAccounts`, `must make at most ${MAX_PAIRS} pairs with the brands; use several grants`);
  const until = instantFrom(`${field}.until`, input.until);
  return {
    role: role.key,
    ...(roles.has(role.key) ? { roleName: role.name } : {}),
    readOnly,
    switches,
    ...(brands === undefined ? {} : { brands }),
    ...(bankAccounts === undefined ? {} : { bankAccounts }),
    ...(until === undefined ? {} : { until }),
  };
}

function textsFrom(field: string, value: unknown, fits: (text: string) => boolean, what: string): readonly string[] {
  if (!Array.isArray(value) || value.length > MAX_LIMITS)
    throw invalid(field, `must be a list of at most ${MAX_LIMITS}`);
  const texts = value.map((one: unknown, index) => {
    if (typeof one !== 'string' || !fits(one)) throw invalid(`${field}.${index}`, `must be ${what}`);
    return one;
  });
  return [...new Set(texts)].sort();
}

/** An empty list would be read as "none" by one and as "no limit" by another. */
function limitFrom(field: string, value: unknown): readonly string[] | undefined {
  if (value === undefined || value === null) return undefined;
  const ids = textsFrom(field, value, isUuid, 'an id');
  if (ids.length === 0) throw invalid(field, 'must name at least one; leave it out for no limit');
  return ids;
}

function instantFrom(field: string, value: unknown): Instant | undefined {
  if (value === undefined || value === null) return undefined;
  const parts = typeof value === 'string' ? INSTANT.exec(value) : null;
  if (parts === null || !isPlainDate(parts[1]!)) throw invalid(field, 'must be an instant as in RFC 3339');
  return new Date(parts[0]).toISOString();
}

/** Whether two grants say the same, whoever gave them. */
export const sameGrant = (a: Grant, b: Grant): boolean =>
  a.role === b.role &&
  a.readOnly === b.readOnly &&
  a.until === b.until &&
  sameTexts(a.switches, b.switches) &&
  sameTexts(a.brands, b.brands) &&
  sameTexts(a.bankAccounts, b.bankAccounts);

const sameTexts = (a: readonly string[] | undefined, b: readonly string[] | undefined): boolean =>
  a === b ||
  (a !== undefined && b !== undefined && a.length === b.length && a.every((text, index) => text === b[index]));

/** What was granted, without who granted it. */
export const grantOf = ({
  grantEventId: _event,
  grantedBy: _by,
  grantedAt: _at,
  grantRevision: _revision,
  ...grant
}: HeldGrant): Grant => grant;

/** A permission that a grant holds, its limits and end aside. */
export interface GrantedPermission {
  readonly permission: Permission;
  readonly scope: Scope;
  /** The edit by which it came into the role, or became wider in it. */
  readonly edit?: RoleEdit | undefined;
}

/**
 * The permissions of a grant. A role and its switches can hold one permission in two scopes, then it is in here twice.
 * None for a role that is gone.
 */
export function permissionsOf({ role: key, readOnly, switches }: Grant, roles: Roles): readonly GrantedPermission[] {
  const role = roleOf(key, roles);
  if (role === undefined) return [];
  const held: GrantedPermission[] = [];
  for (const [permission, scope] of role.permissions)
    held.push({ permission, scope, edit: role.edits?.get(permission) });
  for (const word of switches)
    for (const [permission, scope] of role.switches.get(word) ?? []) held.push({ permission, scope });
  return readOnly ? held.filter(({ permission }) => isReading(permission)) : held;
}

const MONTHS = [
  ...['January', 'February', 'March', 'April', 'May', 'June', 'July'],
  ...['August', 'September', 'October', 'November', 'December'],
];

function untilText(until: Instant): string {
  const [date, time] = [until.slice(0, 10), until.slice(11, 16)];
  const [year, month, day] = date.split('-').map(Number);
  return `until ${day} ${MONTHS[month! - 1]} ${year}${until.endsWith('T00:00:00.000Z') ? '' : `, ${time} UTC`}`;
}

/** For people: `Basic with contracts and invoices (read only), limited to 1 brand, until 31 March 2026`. */
export function grantText({ role, roleName, readOnly, switches, brands, bankAccounts, until }: Grant): string {
  const name = BUILT_IN_ROLES.get(role)?.name ?? roleName ?? role;
  const limits = [
    ...(brands === undefined ? [] : [counted(brands.length, 'brand')]),
    ...(bankAccounts === undefined ? [] : [counted(bankAccounts.length, 'bank account')]),
  ];
  return [
    `${name}${switches.length === 0 ? '' : ` with ${joined(switches)}`}${readOnly ? ' (read only)' : ''}`,
    ...(limits.length === 0 ? [] : [`limited to ${joined(limits)}`]),
    ...(until === undefined ? [] : [untilText(until)]),
  ].join(', ');
}

const joined = (words: readonly string[]): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words[words.length - 1]!}`;

export const grantsText = (grants: readonly Grant[]): string => grants.map(grantText).join('; ');
