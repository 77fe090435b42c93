import type { EventCatalogue } from '../../kernel/catalogue.js';
import type { DomainEvent } from '../../kernel/event.js';

/** A key was used; the first time in an hour of the clock. */
export type ApiKeyUsed = DomainEvent<'ApiKeyUsed', { readonly keyId: string }>;

/** Nothing is decided on it, so that a busy key is in nobody's way. */
export const apiKeyUseStream = (organisation: string, keyId: string): string => `api-key-use-${organisation}/${keyId}`;

export const apiKeyUseEvents: EventCatalogue<ApiKeyUsed> = {
  ApiKeyUsed: {
    schemaVersion: 1,
    summary: () => 'used the key, which is noted once an hour',
    changes: () => [],
    record: ({ data: { keyId } }) => ({ kind: 'api-key', id: keyId }),
  },
};
