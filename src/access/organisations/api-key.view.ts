import { recordIdOf } from '../../kernel/decider.js';
import type { Instant, Recorded } from '../../kernel/event.js';
import type { ViewDefinition } from '../../kernel/view.js';
import { type Grant, reachTokens } from '../contract.js';
import type { ApiKeyUsed } from './api-key-use.js';
import type { ApiKeyCreated, ApiKeyDeleted } from './api-keys.js';
import type { ScopedPermission } from './custom-roles.js';

/** An API key as it is listed, keyed by its id. One that is deleted stays, so that the trail can name it. */
export interface ApiKeyDoc {
  readonly organisation: string;
  readonly reach: readonly string[];
  readonly status: 'open' | 'deleted';
  readonly name: string;
  readonly hint: string;
  readonly permissions?: readonly ScopedPermission[];
  /** As the API answers them: without the names that own roles had when they were granted. */
  readonly roles?: readonly Grant[];
  readonly createdBy: string;
  readonly createdAt: Instant;
  /** Position of the first event: newest first means by this. */
  readonly created: string;
  readonly expiresAt?: Instant;
  /** To the hour: the first use in the last hour in which there was one. */
  readonly lastUsedAt?: Instant;
}

type KeyEvent = ApiKeyCreated | ApiKeyDeleted | ApiKeyUsed;

function made({ data, stream, recordedAt, position }: Recorded<ApiKeyCreated>): ApiKeyDoc {
  const { userId, name, hint, permissions, grants, expiresAt } = data;
  return {
    organisation: recordIdOf(stream),
    reach: reachTokens({ createdBy: userId }),
    status: 'open',
    name,
    hint,
    ...(permissions === undefined ? { roles: grants.map(({ roleName: _, ...grant }) => grant) } : { permissions }),
    createdBy: userId,
    createdAt: recordedAt,
    created: position,
    ...(expiresAt === undefined ? {} : { expiresAt }),
  };
}

export const apiKeysView: ViewDefinition<ApiKeyDoc, KeyEvent> = {
  name: 'api-keys',
  version: 1,
  events: ['ApiKeyCreated', 'ApiKeyDeleted', 'ApiKeyUsed'],
  fields: { organisation: 'symbol', status: 'text', reach: 'texts', created: 'text' },
  sorts: { newest: { field: 'created', direction: 'desc', unique: true } },
  indexes: [
    ['organisation', 'status'],
    ['organisation', 'status', 'reach'],
  ],
  keys: (event) => [event.data.keyId],
  fold: (doc, event) => {
    switch (event.type) {
      case 'ApiKeyCreated':
        return made(event);
      case 'ApiKeyDeleted':
        return doc && { ...doc, status: 'deleted' };
      case 'ApiKeyUsed':
        return doc && { ...doc, lastUsedAt: event.recordedAt };
    }
  },
};
