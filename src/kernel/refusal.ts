/** Refusal codes of the HTTP contract with their status and title (RFC 9457). The one table; nothing else maps codes. */
export const REFUSALS = {
  'validation-failed': { status: 400, title: 'The request is not valid' },
  unauthenticated: { status: 401, title: 'Sign in first' },
  'permission-denied': { status: 403, title: 'You do not have this permission' },
  'not-found': { status: 404, title: 'Not found' },
  conflict: { status: 409, title: 'The record does not allow this now' },
  'precondition-failed': { status: 412, title: 'The record has changed' },
  'too-large': { status: 413, title: 'The request is too large' },
  'unsupported-media-type': { status: 415, title: 'This media type is not supported here' },
  'idempotency-mismatch': { status: 422, title: 'This idempotency key was used with another request' },
  'too-many-requests': { status: 429, title: 'Too many requests' },
  unavailable: { status: 503, title: 'Temporarily unavailable' },
} as const satisfies Record<string, { status: number; title: string }>;

export type RefusalCode = keyof typeof REFUSALS;

export interface FieldError {
  readonly field: string;
  readonly message: string;
}

export interface RefusalDetails {
  /** For `conflict`: the rule that refuses, in kebab-case. */
  readonly rule?: string;
  /** For `permission-denied`: the permission that is missing. */
  readonly permission?: string;
  /** For `unauthenticated`: the password is right, and a code of the second factor is missing, wrong or used. */
  readonly secondFactor?: true;
  /** For `validation-failed`. */
  readonly errors?: readonly FieldError[];
  /** Seconds, for `unavailable` and `too-many-requests`. */
  readonly retryAfter?: number;
}

/** An expected "no": thrown by deciders and the edge, answered as problem+json. `message` is safe to show. */
export class Refusal extends Error {
  override readonly name = 'Refusal';

  constructor(
    readonly code: RefusalCode,
    detail: string,
    readonly details: RefusalDetails = {},
  ) {
    super(detail);
  }
}

/** 409: a rule of the record refuses. */
export const conflict = (rule: string, detail: string): Refusal => new Refusal('conflict', detail, { rule });

/** 400: the request cannot be right, whatever the state. */
export const invalid = (field: string, message: string): Refusal =>
  new Refusal('validation-failed', `${field}: ${message}`, { errors: [{ field, message }] });

export const notFound = (): Refusal => new Refusal('not-found', 'There is no such record, or you may not see it');
