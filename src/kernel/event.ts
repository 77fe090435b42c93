/** What a decider emits: a literal wire name and plain JSON data. Names never change once written. */
export interface DomainEvent<Type extends string = string, Data extends object = object> {
  readonly type: Type;
  readonly data: Data;
}

/** RFC 3339, UTC, milliseconds: `2026-03-01T09:30:00.000Z`. Such texts sort as the instants do. */
export type Instant = string;

/** `YYYY-MM-DD`, a date of the books, without a time zone. */
export type PlainDate = string;

export type Actor =
  | { readonly kind: 'user'; readonly id: string; readonly session?: string }
  | { readonly kind: 'api-key'; readonly id: string; readonly onBehalfOf: string }
  | { readonly kind: 'system'; readonly id: string; readonly onBehalfOf?: string };

/** The person behind an actor, also behind an API key or a job of the system; undefined where the system acts by itself. */
export function personOf(actor: Actor): string | undefined {
  return actor.kind === 'user' ? actor.id : actor.onBehalfOf;
}

/** Why an accepted change was allowed: the permission, the role that holds it, and the event that granted that role. */
export interface Authority {
  readonly permission: string;
  readonly role: string;
  readonly scope: Scope;
  readonly grantEventId: string;
  readonly grantedBy: string;
  /** Revisions of the two streams that the decision was made on. */
  readonly access: { readonly organisation: number; readonly account: number };
}

/** How far a permission reaches: every record, those of projects or tasks one is assigned to, those one made. */
export type Scope = 'all' | 'assigned' | 'own';

/** Personal data of the actor; kept apart, encrypted under the actor's key. */
export interface Source {
  readonly ip: string;
  readonly userAgent: string;
}

export interface Metadata {
  readonly organisation?: string;
  readonly actor: Actor;
  /** Imperative name of the command, `IssueInvoice`. */
  readonly command: string;
  readonly correlationId: string;
  readonly causationId?: string;
  readonly requestId: string;
  readonly authority?: Authority;
  /** HMACs (base64url) of the idempotency key with its scope, and of the body. */
  readonly idempotency?: { readonly key: string; readonly body: string };
  /** Ciphertext of a `Source` as stored; opened by the codec only where it is shown. */
  readonly source?: string;
}

/** The part of a recorded event that is the same for all types. */
export interface Envelope {
  readonly id: string;
  readonly stream: string;
  /** 0 for the first event of a stream. */
  readonly revision: number;
  /** Opaque; positions of one store compare as texts. */
  readonly position: string;
  readonly recordedAt: Instant;
  readonly schemaVersion: number;
  readonly metadata: Metadata;
}

/** An event as it was recorded: what was emitted, and its envelope. */
export type Recorded<E extends DomainEvent = DomainEvent> = E extends DomainEvent ? E & Envelope : never;

/** Old and new values of the fields that an edit changed; only changed fields are present. */
export type Changes<T extends object> = { readonly [K in keyof T]?: { readonly from: T[K]; readonly to: T[K] } };
