import type { EventCatalogue, FieldChange } from '../../kernel/catalogue.js';
import type { DomainEvent, Instant, Recorded } from '../../kernel/event.js';
import {
  type Access,
  accessOf,
  type Extents,
  type Grant,
  grantsText,
  type HeldGrant,
  holdingsOf,
  type Holdings,
  intersect,
  type Membership,
  type Roles,
} from '../contract.js';
import type { ScopedPermission } from './custom-roles.js';

/** What a key may do at most: permissions of its own, or roles. */
export type KeyPowers =
  | { readonly permissions: readonly ScopedPermission[]; readonly grants?: never }
  | { readonly grants: readonly Grant[]; readonly permissions?: never };

/** How a key ended: by somebody's hand, or with the membership of its maker. */
export type KeyEnd = 'deleted' | 'maker-disabled' | 'maker-gone';

/** `userId` is its maker, on whose behalf it acts. */
export type ApiKeyCreated = DomainEvent<
  'ApiKeyCreated',
  {
    readonly keyId: string;
    readonly userId: string;
    readonly name: string;
    /** SHA-256 of the key's text, base64url. The text has 256 random bits, so nothing can be read out of it. */
    readonly hash: string;
    /** Beginning and end of the text, by which its holder knows it again. */
    readonly hint: string;
    /** The first instant at which it is not good any more. */
    readonly expiresAt?: Instant;
  } & KeyPowers
>;
export type ApiKeyDeleted = DomainEvent<
  'ApiKeyDeleted',
  { readonly keyId: string; readonly userId: string; readonly name: string; readonly reason: KeyEnd }
>;

export type ApiKeyEvent = ApiKeyCreated | ApiKeyDeleted;

/** A key that nobody has ended; it may have expired. */
export interface ApiKey {
  readonly id: string;
  readonly userId: string;
  readonly name: string;
  readonly hash: string;
  /** Milliseconds since 1970; it is good before that, not at it. */
  readonly until: number;
  /** Revision of its maker's account when it was made: whoever took the account over later did not make it. */
  readonly accountRevision: number;
  /** One of the two. A new list whenever it changes. */
  readonly permissions?: Extents;
  readonly grants?: readonly HeldGrant[];
}

/** By id, the oldest first; a new map at each change. */
export type ApiKeys = ReadonlyMap<string, ApiKey>;

export const initialApiKeys: ApiKeys = new Map();

const apiKey = ({ data: { keyId } }: { readonly data: { readonly keyId: string } }) => ({ kind: 'api-key', id: keyId });

/** `invoices:issue, customers:read (assigned)`. */
const permissionsText = (permissions: readonly ScopedPermission[]): string =>
  permissions.map(({ permission, scope }) => (scope === 'all' ? permission : `${permission} (${scope})`)).join(', ');

const given = (field: string, to: string): FieldChange => ({ field, from: null, to });

const ENDS: Readonly<Record<KeyEnd, string>> = {
  deleted: '',
  'maker-disabled': ', because its maker was disabled',
  'maker-gone': ', because its maker is no member any more',
};

export const apiKeyEvents: EventCatalogue<ApiKeyEvent> = {
  ApiKeyCreated: {
    schemaVersion: 1,
    summary: ({ name }) => `made the API key ${name}`,
    changes: ({ name, hint, permissions, grants, expiresAt }) => [
      given('name', name),
      given('hint', hint),
      permissions === undefined
        ? given('roles', grantsText(grants))
        : given('permissions', permissionsText(permissions)),
      ...(expiresAt === undefined ? [] : [given('expiresAt', expiresAt)]),
    ],
    record: apiKey,
    subjects: ({ userId }) => [userId],
  },
  ApiKeyDeleted: {
    schemaVersion: 1,
    summary: ({ name, reason }) => `deleted the API key ${name}${ENDS[reason]}`,
    changes: ({ name }) => [{ field: 'name', from: name, to: null }],
    record: apiKey,
    subjects: ({ userId }) => [userId],
  },
};

export function evolveApiKeys(keys: ApiKeys, event: Recorded<ApiKeyEvent>): ApiKeys {
  const next = new Map(keys);
  switch (event.type) {
    case 'ApiKeyCreated':
      next.set(event.data.keyId, created(event));
      return next;
    case 'ApiKeyDeleted':
      next.delete(event.data.keyId);
      return next;
  }
}

/** The keys without those of one person: whatever ends or interrupts a membership ends them for good. */
export function withoutKeysOf(keys: ApiKeys, userId: string): ApiKeys {
  const kept = [...keys].filter(([, key]) => key.userId !== userId);
  return kept.length === keys.size ? keys : new Map(kept);
}

/** The events that end every key of a person. */
export const endKeysOf = (keys: ApiKeys, userId: string, reason: KeyEnd): readonly ApiKeyDeleted[] =>
  [...keys.values()].filter((key) => key.userId === userId).map((key) => ended(key, reason));

export const ended = ({ id: keyId, userId, name }: ApiKey, reason: KeyEnd): ApiKeyDeleted => ({
  type: 'ApiKeyDeleted',
  data: { keyId, userId, name, reason },
});

function created(event: Recorded<ApiKeyCreated>): ApiKey {
  const { keyId: id, userId, name, hash, expiresAt, permissions, grants } = event.data;
  const until = expiresAt === undefined ? Infinity : Date.parse(expiresAt);
  const accountRevision = event.metadata.authority?.access.account ?? -1;
  const key = { id, userId, name, hash, until, accountRevision };
  return permissions === undefined
    ? { ...key, grants: grants.map((grant) => heldBy(grant, event)) }
    : { ...key, permissions: extentsOf(permissions, until) };
}

const heldBy = (grant: Grant, { id, revision, recordedAt, data }: Recorded<ApiKeyCreated>): HeldGrant => {
  const until = earlier(grant.until, data.expiresAt);
  return {
    ...grant,
    ...(until === undefined ? {} : { until }),
    grantEventId: id,
    grantedBy: data.userId,
    grantedAt: recordedAt,
    grantRevision: revision,
  };
};

export const earlier = (a: Instant | undefined, b: Instant | undefined): Instant | undefined =>
  a === undefined || (b !== undefined && b < a) ? b : a;

function extentsOf(permissions: readonly ScopedPermission[], until: number): Extents {
  const names = [...new Set(permissions.map(({ permission }) => permission))];
  return new Map(
    names.map((name) => [
      name,
      permissions
        .filter(({ permission }) => permission === name)
        .map(({ scope }) => ({ scope, brands: undefined, bankAccounts: undefined, until })),
    ]),
  );
}

/** What an account says of its holder. */
interface Holder {
  readonly status: 'none' | 'open' | 'closed' | 'erased';
  readonly holderSince: number;
}

/** Whether a key opens anything at an instant (milliseconds since 1970), as far as it and its maker's account say. */
export const isGoodKey = (key: ApiKey, maker: Holder, now: number): boolean =>
  now < key.until && maker.status === 'open' && key.accountRevision >= maker.holderSince;

interface Known {
  readonly own: Extents;
  readonly makers: Holdings;
  readonly access: Access;
}

const accesses = new WeakMap<ApiKey, Known>();

/**
 * What a key may do: what it and its maker both may, as they are in this state. Undefined where its maker is no active
 * member. Made anew when either of the two has changed, and looked up otherwise.
 */
export function accessOfKey(key: ApiKey, maker: Membership | undefined, roles: Roles): Access | undefined {
  const makers = accessOf(maker, roles);
  if (makers === undefined) return undefined;
  const own = key.permissions ?? holdingsOf(key.grants ?? [], roles);
  const known = accesses.get(key);
  if (known?.own === own && known.makers === makers.holdings) return known.access;
  const access = { grants: makers.grants, holdings: intersect(own, makers.holdings) };
  accesses.set(key, { own, makers: makers.holdings, access });
  return access;
}
