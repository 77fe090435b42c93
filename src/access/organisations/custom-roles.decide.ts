import { changesTo, isEmpty } from '../../kernel/changes.js';
import type { Decide } from '../../kernel/decider.js';
import { foldedName } from '../../kernel/names.js';
import { conflict, invalid, notFound, Refusal } from '../../kernel/refusal.js';
import { BUILT_IN_ROLES, type Grant, holdsAnything, type Permission, PERMISSIONS, roleOf } from '../contract.js';
import type { OwnRole, RoleEdited, RoleSwitch, ScopedPermission } from './custom-roles.js';
import { holdsNow, requireMayGive } from './granting.decide.js';
import type { OrganisationEvent, OrganisationState } from './organisation.js';
import { requireAllApart } from './two-pairs-of-eyes.decide.js';

type Decision = Decide<OrganisationState, OrganisationEvent>;

/** Of an organisation's own. */
export const MAX_ROLES = 200;
export const MAX_ROLE_NAME = 100;

/** An edit gives and takes from whoever holds the role, so it takes this as well. */
export const CHANGES_HOLDERS: Permission = 'members:change-roles';

export interface RoleBody {
  readonly name: string;
  readonly description?: string;
  readonly permissions: readonly ScopedPermission[];
}

/** @throws Refusal validation-failed; conflict too-many-roles, role-name-taken, beyond-own-rights */
export const defineRole =
  ({ name, description = '', permissions }: RoleBody): Decision =>
  (state, { now, userId, newId }) => {
    requireRoom(state);
    requireFreeName(state, name);
    requireMayGive(state, userId, { permissions }, now);
    const data = { roleId: newId, name, description, permissions: inOrder(permissions), switches: [] };
    return [{ type: 'RoleDefined', data }];
  };

/** Keeps the scopes and the switches. Whoever copies must hold all of it, since they could give it away next. */
export const copyRole =
  ({ role: key, name }: { readonly role: string; readonly name?: string | undefined }): Decision =>
  (state, { now, userId, newId }) => {
    const original = roleOf(key, state.roles);
    if (original === undefined) throw notFound();
    requireRoom(state);
    if (name !== undefined) requireFreeName(state, name);
    const permissions = scopedOf(original.permissions);
    const switches = [...original.switches].map(([word, opens]) => ({ switch: word, permissions: scopedOf(opens) }));
    requireMayGive(state, userId, { permissions: everythingOf(permissions, switches) }, now);
    const data = {
      roleId: newId,
      name: name ?? nameOfCopy(state, original.name),
      description: original.description,
      permissions,
      switches,
      copiedFrom: { role: original.key, name: original.name },
    };
    return [{ type: 'RoleDefined', data }];
  };

/**
 * Puts a name, a description and permissions in the place of those that an own role has; its switches stay. What is added
 * or becomes wider must be the editor's own to give; nobody edits what they hold themselves.
 *
 * @throws Refusal permission-denied members:change-roles; conflict built-in-role, own-role-held, ...
 */
export const editRole =
  ({ roleId, permissions, name, description = '' }: RoleBody & { readonly roleId: string }): Decision =>
  (state, { now, userId }) => {
    const role = requireOwnRole(state, roleId);
    if (!holdsNow(state, userId, CHANGES_HOLDERS, now)) throw lacks(CHANGES_HOLDERS);
    requireNotHolding(state, userId, roleId, now);
    requireFreeName(state, name, roleId);
    const changes = changesTo({ name: role.name, description: role.description }, { name, description });
    const difference = differenceOf(role, permissions);
    const { added, removed, rescoped } = difference;
    if (isEmpty(changes) && added.length + removed.length + rescoped.length === 0) return [];
    requireMayGive(state, userId, { permissions: widenedBy(difference) }, now);
    requireAllApart(state, new Map(state.roles).set(roleId, { ...role, permissions: heldBy(permissions) }));
    return [{ type: 'RoleEdited', data: { roleId, name: role.name, changes, ...difference } }];
  };

/** @throws Refusal conflict built-in-role, role-in-use */
export const deleteRole =
  (roleId: string): Decision =>
  (state) => {
    const { name } = requireOwnRole(state, roleId);
    const uses = usesOf(state, roleId);
    if (uses.length > 0) {
      throw conflict('role-in-use', `The role is given by ${uses.join(', ')}; give these something else first`);
    }
    return [{ type: 'RoleDeleted', data: { roleId, name } }];
  };

function requireOwnRole(state: OrganisationState, roleId: string): OwnRole {
  if (BUILT_IN_ROLES.has(roleId)) {
    throw conflict('built-in-role', 'A built-in role stays as it is; make a copy and change that');
  }
  const role = state.roles.get(roleId);
  if (role === undefined) throw notFound();
  return role;
}

function requireRoom({ roles }: OrganisationState): void {
  if (roles.size >= MAX_ROLES) throw conflict('too-many-roles', `There are ${MAX_ROLES} roles; delete some first`);
}

const RESERVED: ReadonlySet<string> = new Set(
  [...BUILT_IN_ROLES.values()].flatMap(({ key, name }) => [foldedName(key), foldedName(name)]),
);

function isFreeName({ roles }: OrganisationState, name: string, exceptOf?: string): boolean {
  const wanted = foldedName(name);
  const taken = [...roles.values()].some((role) => role.key !== exceptOf && foldedName(role.name) === wanted);
  return !taken && !RESERVED.has(wanted);
}

function requireFreeName(state: OrganisationState, name: string, exceptOf?: string): void {
  if (!isFreeName(state, name, exceptOf)) throw conflict('role-name-taken', 'There is a role with this name already');
}

/** `Copy of Sales`, `Copy of Sales 2`: among one more than there can be roles, one is free. */
function nameOfCopy(state: OrganisationState, name: string): string {
  const names = Array.from({ length: MAX_ROLES + 1 }, (_, index) => {
    const ending = index === 0 ? '' : ` ${index + 1}`;
    return `${`Copy of ${name}`.slice(0, MAX_ROLE_NAME - ending.length).trimEnd()}${ending}`;
  });
  return names.find((one) => isFreeName(state, one))!;
}

function requireNotHolding({ members }: OrganisationState, userId: string, roleId: string, now: string): void {
  const grants = members.get(userId)?.grants.filter(({ role }) => role === roleId) ?? [];
  if (!holdsAnything(grants, Date.parse(now))) return;
  throw conflict('own-role-held', 'You hold this role, and nobody changes a role that they hold');
}

const lacks = (permission: Permission): Refusal =>
  new Refusal('permission-denied', `This needs the permission ${permission}`, { permission });

/** What gives the role, for people. A grant that has ended counts until it is taken away: the member's list names it. */
function usesOf({ members, apiKeys }: OrganisationState, roleId: string): readonly string[] {
  const gives = (grants: readonly Grant[] | undefined): boolean => grants?.some(({ role }) => role === roleId) === true;
  const giving = [...members.values()].filter(({ grants }) => gives(grants));
  const invited = giving.filter(({ status }) => status === 'invited').length;
  const keys = [...apiKeys.values()].filter(({ grants }) => gives(grants)).length;
  return [
    ...counted(giving.length - invited, 'member', 'members'),
    ...counted(invited, 'open invitation', 'open invitations'),
    ...counted(keys, 'API key', 'API keys'),
  ];
}

const counted = (count: number, one: string, many: string): readonly string[] =>
  count === 0 ? [] : [`${count} ${count === 1 ? one : many}`];

type Difference = Pick<RoleEdited['data'], 'added' | 'removed' | 'rescoped'>;

function differenceOf({ permissions: before }: OwnRole, after: readonly ScopedPermission[]): Difference {
  const kept = new Set(after.map(({ permission }) => permission));
  return {
    added: inOrder(after.filter(({ permission }) => !before.has(permission))),
    removed: scopedOf(before).filter(({ permission }) => !kept.has(permission)),
    rescoped: inOrder(after).flatMap(({ permission, scope: to }) => {
      const from = before.get(permission);
      return from === undefined || from === to ? [] : [{ permission, from, to }];
    }),
  };
}

/** What is assigned and what is one's own are two things, neither a part of the other. */
const widenedBy = ({ added, rescoped }: Difference): readonly ScopedPermission[] => [
  ...added,
  ...rescoped.filter(({ from }) => from !== 'all').map(({ permission, to }) => ({ permission, scope: to })),
];

const heldBy = (permissions: readonly ScopedPermission[]): OwnRole['permissions'] =>
  new Map(permissions.map(({ permission, scope }) => [permission, scope]));

const scopedOf = (permissions: OwnRole['permissions']): readonly ScopedPermission[] =>
  [...permissions].map(([permission, scope]) => ({ permission, scope }));

const everythingOf = (permissions: readonly ScopedPermission[], switches: readonly RoleSwitch[]) => [
  ...permissions,
  ...switches.flatMap((one) => one.permissions),
];

const PLACES: ReadonlyMap<Permission, number> = new Map(PERMISSIONS.map((permission, place) => [permission, place]));

/** In the order of the catalogue, however they were written. */
const inOrder = (permissions: readonly ScopedPermission[]): readonly ScopedPermission[] =>
  [...permissions].sort((a, b) => PLACES.get(a.permission)! - PLACES.get(b.permission)!);

/**
 * Permissions as clients write them, a text being short for the whole area (`all`).
 *
 * @throws Refusal validation-failed that names the entry below `field`, for one that is named twice.
 */
export function scopedFrom(
  field: string,
  written: readonly { readonly permission: Permission; readonly scope?: ScopedPermission['scope'] }[],
): readonly ScopedPermission[] {
  const seen = new Set<Permission>();
  return written.map(({ permission, scope = 'all' }, index) => {
    if (seen.has(permission)) throw invalid(`${field}.${index}`, 'names a permission that the list has already');
    seen.add(permission);
    return { permission, scope };
  });
}
