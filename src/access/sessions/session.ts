import type { EventCatalogue } from '../../kernel/catalogue.js';
import { type Aggregate, recordIdOf } from '../../kernel/decider.js';
import type { DomainEvent, Instant, Recorded } from '../../kernel/event.js';

/** The session's refresh token of this generation was handed out; those before it are used up. */
export type SessionRefreshed = DomainEvent<'SessionRefreshed', { readonly generation: number }>;

export type SessionEvent = SessionRefreshed;

export interface SessionState {
  /** Of the refresh token that may be used next; 0 is the one that the sign-in gave. */
  readonly generation: number;
  /** When it was last refreshed; undefined while the tokens of the sign-in are used. */
  readonly refreshedAt: Instant | undefined;
}

const events: EventCatalogue<SessionEvent> = {
  SessionRefreshed: {
    schemaVersion: 1,
    summary: () => 'stayed signed in',
    changes: () => [],
    record: (event) => ({ kind: 'session', id: recordIdOf(event.stream) }),
  },
};

const evolve = (_state: SessionState, event: Recorded<SessionEvent>): SessionState => ({
  generation: event.data.generation,
  refreshedAt: event.recordedAt,
});

/**
 * Refresh tokens of a session, stream `session-<id>`. Whether the session is alive stands in the account's stream, which
 * every request looks at; this stream is read by refreshing only.
 */
export const sessions: Aggregate<SessionState, SessionEvent> = {
  name: 'session',
  within: 'nothing',
  events,
  readsPersonalFields: false,
  initial: () => ({ generation: 0, refreshedAt: undefined }),
  evolve,
  exists: () => true,
  facts: () => ({}),
};
