import { createHmac, hash } from 'node:crypto';
import { uuidFromBytes } from '../../kernel/ids.js';
import type { RequestContext } from './principal.js';

/** HMACs that stand in the log for an idempotency key and for the body it came with (base64url). */
export interface IdempotencyRecord {
  readonly key: string;
  readonly body: string;
}

/**
 * An idempotency key is worth something only together with its person, organisation, route and path; each part goes into
 * the HMAC with its length, so that no two lists of parts read the same.
 */
export class Idempotency {
  constructor(private readonly secret: Uint8Array) {}

  /** Undefined without a key, or where there is no person to whom it could belong. */
  of(context: RequestContext): IdempotencyRecord | undefined {
    const { idempotencyKey, principal, organisation, route, path = '', body } = context;
    if (idempotencyKey === undefined || principal === undefined) return undefined;
    const person = principal.apiKey ?? principal.userId;
    return {
      key: this.hmac(['key', person, organisation, route, path, idempotencyKey]),
      body: this.hmac(['body', sortedJson(body)]),
    };
  }

  private hmac(parts: readonly string[]): string {
    const mac = createHmac('sha256', this.secret);
    for (const part of parts) mac.update(`${Buffer.byteLength(part)}:`).update(part);
    return mac.digest('base64url');
  }
}

/** UUIDv8 (RFC 9562 5.8) derived by SHA-256 from a name that nobody can guess or that may be known. */
export function derivedId(...parts: readonly string[]): string {
  const digest = hash('sha256', parts.map((part) => `${Buffer.byteLength(part)}:${part}`).join(''), 'buffer');
  return uuidFromBytes(digest.subarray(0, 16), 8);
}

/** The same text for equal JSON values, whatever the order of their properties. */
function sortedJson(value: unknown): string {
  if (value === undefined) return '';
  return JSON.stringify(value, (_, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
