import { type Actor, type Authority, type Metadata, personOf } from '../../kernel/event.js';
import type { StoredEvent } from '../event-store/event-store.port.js';
import type { RequestContext } from './principal.js';

/** Who acts in a request: the session's person, an API key, a job for somebody, or the person that a token stood for. */
export function actorOf(context: RequestContext, tokenHolder?: string): Actor {
  const { principal } = context;
  if (principal?.job !== undefined) return { kind: 'system', id: principal.job, onBehalfOf: principal.userId };
  if (principal?.apiKey !== undefined) return { kind: 'api-key', id: principal.apiKey, onBehalfOf: principal.userId };
  if (principal !== undefined) {
    return principal.session === undefined
      ? { kind: 'user', id: principal.userId }
      : { kind: 'user', id: principal.userId, session: principal.session };
  }
  return tokenHolder === undefined ? { kind: 'system', id: 'public' } : { kind: 'user', id: tokenHolder };
}

export interface CommandMetadata {
  readonly organisation: string;
  readonly actor: Actor;
  readonly command: string;
  readonly authority?: Authority | undefined;
  readonly idempotency?: { readonly key: string; readonly body: string } | undefined;
  /** Ciphertext of the source. */
  readonly source?: string | undefined;
}

/** On the path of every command, so without spreads, which cost more than all else here. */
export function commandMetadata({ correlationId, requestId }: RequestContext, parts: CommandMetadata): Metadata {
  const { organisation, actor, command, authority, idempotency, source } = parts;
  const metadata: Writable<Metadata> = { actor, command, correlationId, requestId };
  if (organisation !== '') metadata.organisation = organisation;
  if (authority !== undefined) metadata.authority = authority;
  if (idempotency !== undefined) metadata.idempotency = idempotency;
  if (source !== undefined) metadata.source = source;
  return metadata;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/**
 * Metadata of what the system does because of an event: on behalf of the person who caused it, under the same authority,
 * in the same correlation.
 */
export function systemMetadata(cause: Pick<StoredEvent, 'id' | 'metadata'>, system: string, command: string): Metadata {
  const { organisation, actor, authority, correlationId, requestId } = cause.metadata;
  const person = personOf(actor);
  return {
    ...(organisation === undefined ? {} : { organisation }),
    actor: { kind: 'system', id: system, ...(person === undefined ? {} : { onBehalfOf: person }) },
    command,
    correlationId,
    causationId: cause.id,
    requestId,
    ...(authority === undefined ? {} : { authority }),
  };
}
