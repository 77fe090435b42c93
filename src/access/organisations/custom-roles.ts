import { changesOf, type EventCatalogue, type FieldChange } from '../../kernel/catalogue.js';
import { changed } from '../../kernel/changes.js';
import { type Changes, type DomainEvent, personOf, type Recorded, type Scope } from '../../kernel/event.js';
import type { Permission, Role, RoleEdit } from '../contract.js';

/** A permission of a role with its scope. */
export interface ScopedPermission {
  readonly permission: Permission;
  readonly scope: Scope;
}

/** A switch that a copied role took over, with what it adds. */
export interface RoleSwitch {
  readonly switch: string;
  readonly permissions: readonly ScopedPermission[];
}

interface RoleTexts {
  readonly name: string;
  readonly description: string;
}

/** Permissions in the order of the catalogue; the switches come by copying only. */
export type RoleDefined = DomainEvent<
  'RoleDefined',
  RoleTexts & {
    readonly roleId: string;
    readonly permissions: readonly ScopedPermission[];
    readonly switches: readonly RoleSwitch[];
    /** The role that it is a copy of, as that was called. */
    readonly copiedFrom?: { readonly role: string; readonly name: string };
  }
>;
export type RoleEdited = DomainEvent<
  'RoleEdited',
  {
    readonly roleId: string;
    /** As it was called before. */
    readonly name: string;
    readonly changes: Changes<RoleTexts>;
    readonly added: readonly ScopedPermission[];
    readonly removed: readonly ScopedPermission[];
    readonly rescoped: readonly { readonly permission: Permission; readonly from: Scope; readonly to: Scope }[];
  }
>;
export type RoleDeleted = DomainEvent<'RoleDeleted', { readonly roleId: string; readonly name: string }>;

export type CustomRoleEvent = RoleDefined | RoleEdited | RoleDeleted;

/** A role of an organisation's own; its key is its id. */
export interface OwnRole extends Role {
  /** Of its definition in the organisation's stream: a later one is a newer role. */
  readonly definedRevision: number;
}

/** By id, the oldest first; a new map at each change. */
export type OwnRoles = ReadonlyMap<string, OwnRole>;

export const initialRoles: OwnRoles = new Map();

const role = ({ data: { roleId } }: { readonly data: { readonly roleId: string } }) => ({ kind: 'role', id: roleId });

/** `invoices:issue`, `customers:read (assigned)`. */
const held = ({ permission, scope }: ScopedPermission): string =>
  scope === 'all' ? permission : `${permission} (${scope})`;

const listed = (permissions: readonly ScopedPermission[]): string => permissions.map(held).join(', ');

/** Long ones are counted; the changes of the entry name each. */
const MAX_NAMED = 10;
const named = (words: readonly string[]): string =>
  words.length <= MAX_NAMED ? words.join(', ') : `${words.length} permissions`;

function editText({ name, changes, added, removed, rescoped }: RoleEdited['data']): string {
  const parts = [
    ...(changes.name === undefined ? [] : [`renamed it to ${changes.name.to}`]),
    ...(changes.description === undefined ? [] : ['described it anew']),
    ...(added.length === 0 ? [] : [`added ${named(added.map(held))}`]),
    ...(removed.length === 0 ? [] : [`removed ${named(removed.map(held))}`]),
    ...rescopedText(rescoped),
  ];
  return `changed the role ${name}: ${parts.join('; ')}`;
}

const rescopedText = (rescoped: RoleEdited['data']['rescoped']): readonly string[] =>
  rescoped.length === 0
    ? []
    : [`changed ${named(rescoped.map(({ permission, from, to }) => `${permission} from ${from} to ${to}`))}`];

const permissionChanges = ({ added, removed, rescoped }: RoleEdited['data']): readonly FieldChange[] => [
  ...added.map(({ permission, scope }) => ({ field: permission, from: null, to: scope })),
  ...removed.map(({ permission, scope }) => ({ field: permission, from: scope, to: null })),
  ...rescoped.map(({ permission, from, to }) => ({ field: permission, from, to })),
];

export const customRoleEvents: EventCatalogue<CustomRoleEvent> = {
  RoleDefined: {
    schemaVersion: 1,
    summary: ({ name, copiedFrom, permissions }) =>
      copiedFrom === undefined
        ? `made the role ${name} with ${permissions.length} ${permissions.length === 1 ? 'permission' : 'permissions'}`
        : `copied the role ${copiedFrom.name} as ${name}`,
    changes: ({ name, description, permissions, switches }) => [
      { field: 'name', from: null, to: name },
      ...(description === '' ? [] : [{ field: 'description', from: null, to: description }]),
      { field: 'permissions', from: null, to: listed(permissions) },
      ...switches.map((one) => ({ field: `switch ${one.switch}`, from: null, to: listed(one.permissions) })),
    ],
    record: role,
  },
  RoleEdited: {
    schemaVersion: 1,
    summary: editText,
    changes: (data) => [...changesOf(data), ...permissionChanges(data)],
    record: role,
  },
  RoleDeleted: {
    schemaVersion: 1,
    summary: ({ name }) => `deleted the role ${name}`,
    changes: ({ name }) => [{ field: 'name', from: name, to: null }],
    record: role,
  },
};

export function evolveRoles(roles: OwnRoles, event: Recorded<CustomRoleEvent>): OwnRoles {
  const { roleId } = event.data;
  const next = new Map(roles);
  switch (event.type) {
    case 'RoleDefined':
      next.set(roleId, defined(event));
      return next;
    case 'RoleEdited':
      next.set(roleId, edited(roles.get(roleId)!, event));
      return next;
    case 'RoleDeleted':
      next.delete(roleId);
      return next;
  }
}

const scopes = (permissions: readonly ScopedPermission[]): ReadonlyMap<Permission, Scope> =>
  new Map(permissions.map(({ permission, scope }) => [permission, scope]));

const defined = ({ data, revision }: Recorded<RoleDefined>): OwnRole => ({
  key: data.roleId,
  name: data.name,
  description: data.description,
  permissions: scopes(data.permissions),
  switches: new Map(data.switches.map((one) => [one.switch, scopes(one.permissions)])),
  takesReadOnly: true,
  grantable: true,
  definedRevision: revision,
});

function edited(before: OwnRole, event: Recorded<RoleEdited>): OwnRole {
  const { changes, added, removed, rescoped } = event.data;
  const edit: RoleEdit = {
    eventId: event.id,
    by: personOf(event.metadata.actor) ?? '',
    at: event.recordedAt,
    revision: event.revision,
  };
  const permissions = new Map(before.permissions);
  const edits = new Map(before.edits);
  for (const { permission } of removed) {
    permissions.delete(permission);
    edits.delete(permission);
  }
  for (const { permission, scope } of added) {
    permissions.set(permission, scope);
    edits.set(permission, edit);
  }
  for (const { permission, to } of rescoped) {
    permissions.set(permission, to);
    // What became narrower is still as old as it was.
    if (before.permissions.get(permission) !== 'all') edits.set(permission, edit);
  }
  return { ...before, ...changed<RoleTexts>(before, changes), permissions, edits };
}
