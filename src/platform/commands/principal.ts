import type { Authority, Source } from '../../kernel/event.js';
import type { Reach, RecordFacts } from '../../kernel/decider.js';

/** Who a request comes from. */
export interface Principal {
  readonly userId: string;
  readonly session?: string;
  /** The key's id where an API key acts for its maker. */
  readonly apiKey?: string;
  /** What of the system acts for the person, with their rights: `recurring-invoices`. */
  readonly job?: string;
}

/** What the edge knows of a request; every command and query carries one. */
export interface RequestContext {
  /** Absent where the route is public or a token speaks for itself. */
  readonly principal?: Principal;
  /** Id of the organisation in the URL, `''` outside of one. */
  readonly organisation: string;
  /** The route's permission, or its mark. */
  readonly permission: string;
  /** Method and pattern of the route: part of the scope of an idempotency key. */
  readonly route: string;
  /** What the pattern stood for, ids included: the other part, since one key must not answer for two records. */
  readonly path?: string;
  readonly requestId: string;
  readonly correlationId: string;
  readonly source: Source;
  readonly idempotencyKey?: string;
  /** The parsed body, for the HMAC that stands beside an idempotency key. */
  readonly body?: unknown;
  readonly ifMatch?: number;
  /** Unsealed position that a query must reflect. */
  readonly atLeast?: string;
  /** What the gate found when it opened the area: by which grant, and how far it reaches. For queries and evidence. */
  readonly authority?: Authority;
  readonly reach?: Reach;
}

export type Verdict =
  | { readonly allowed: true; readonly authority: Authority; readonly reach: Reach }
  /** `stranger`: not an active member or no such organisation; `area`: the permission is missing; `record`: not on this one. */
  | { readonly allowed: false; readonly because: 'stranger' | 'area' | 'record' };

/** Implemented by access/. Decides on state that has every event acknowledged before the call, on any node. */
export interface Authoriser {
  /** Without facts: is the permission held for at least some record (the area)? */
  authorise(principal: Principal, organisation: string, permission: string, facts?: RecordFacts): Promise<Verdict>;
}

/** What a route may name in place of a permission. */
export const MARKS = ['public', 'token', 'signed-in', 'member', 'own', 'primary'] as const;
export type Mark = (typeof MARKS)[number];

export const isMark = (permission: string): permission is Mark => (MARKS as readonly string[]).includes(permission);

export const AUTHORISER = Symbol('Authoriser');

/** What a command answers; the edge turns it into status, ETag, Countersign-Position and Location. */
export class CommandAnswer {
  constructor(
    readonly id: string,
    readonly revision: number,
    /** Unsealed; undefined where nothing was ever written. */
    readonly position: string | undefined,
    readonly created: boolean,
    /** More fields of the body where the contract names some. */
    readonly extra: Readonly<Record<string, unknown>> = {},
  ) {}
}

/** What a query answers: the body, and the unsealed position that it reflects. */
export class QueryAnswer<T = unknown> {
  constructor(
    readonly body: T,
    readonly position: string | undefined,
    /** Revision of the record, for its ETag. */
    readonly revision?: number,
  ) {}
}
