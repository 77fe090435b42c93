import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import type { Reach } from '../../kernel/decider.js';
import type { Authority, Source } from '../../kernel/event.js';
import { invalid } from '../../kernel/refusal.js';
import type { Principal, RequestContext } from '../commands/principal.js';
import type { RouteFacts } from './route.js';
import type { Seal } from './seal.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** From the gate on; null outside of `/v1`. */
    countersign: EdgeContext | null;
    /** Code of the refusal that was answered, for log and metrics. */
    outcome: string | null;
  }
}

/** A request as commands and queries see it. Fields come in as the request passes the gate. */
export class EdgeContext implements RequestContext {
  principal?: Principal;
  authority?: Authority;
  reach?: Reach;
  idempotencyKey?: string;
  ifMatch?: number;
  atLeast?: string;
  body?: unknown;
  readonly permission: string;
  readonly route: string;
  readonly path: string;
  readonly requestId: string;
  readonly correlationId: string;
  readonly source: Source;

  constructor(
    readonly facts: RouteFacts,
    request: FastifyRequest,
    readonly organisation: string,
  ) {
    this.permission = facts.permission;
    this.route = facts.route;
    this.path = request.url;
    this.requestId = request.id;
    this.correlationId = idFrom(request.raw.headers['x-correlation-id']) ?? request.id;
    this.source = sourceOf(request);
  }
}

/** The request as a command or query needs it: `@Context() context: RequestContext`. */
export const Context = createParamDecorator((_data: unknown, host: ExecutionContext): RequestContext => {
  const request = host.switchToHttp().getRequest<FastifyRequest>();
  const context = request.countersign;
  if (context === null) throw new Error('@Context() stands on a route that has no @Requires()');
  if (request.body !== undefined && !(request.body instanceof Readable)) context.body = request.body;
  return context;
});

/** The body of a route with `@Streams(...)`, as it comes in from the network: `@Upload() upload: Readable`. */
export const Upload = createParamDecorator((_data: unknown, host: ExecutionContext): Readable => {
  const { body } = host.switchToHttp().getRequest<FastifyRequest>();
  if (!(body instanceof Readable)) throw new Error('@Upload() stands on a route that has no @Streams()');
  return body;
});

const ID = /^[\w-]{1,64}$/;

/** An id that a client made up is taken only where it cannot break a log line or a header. */
function idFrom(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' && ID.test(header) ? header : undefined;
}

/** Fastify's `genReqId`. */
export const requestId = (request: IncomingMessage): string => idFrom(request.headers['x-request-id']) ?? randomUUID();

const MAX_USER_AGENT = 300;

/** Where the request comes from: behind `TRUST_PROXY` what the nearest trusted proxy says. IPv4 in its own notation. */
export function sourceOf(request: FastifyRequest): Source {
  const ip = request.ip as string | undefined;
  return {
    ip: ip === undefined ? '' : ip.startsWith('::ffff:') ? ip.slice('::ffff:'.length) : ip,
    userAgent: (request.raw.headers['user-agent'] ?? '').slice(0, MAX_USER_AGENT),
  };
}

const PRINTABLE = /^[\x20-\x7e]{1,200}$/;
const REVISION = /^"(0|[1-9]\d{0,14})"$/;

/** Reads the headers that make a request conditional. @throws Refusal 400 for one that cannot be what it says. */
export function readConditions(context: EdgeContext, headers: IncomingMessage['headers'], seal: Seal): void {
  const writes = context.facts.method !== 'GET' && context.facts.method !== 'HEAD';
  const key = headers['idempotency-key'];
  // Without a person, or where the answer is a secret, nothing is kept that could be repeated.
  if (key !== undefined && writes && context.principal !== undefined && !context.facts.secret) {
    if (typeof key !== 'string' || !PRINTABLE.test(key))
      throw invalid('Idempotency-Key', 'must be 1 to 200 printable ASCII characters');
    context.idempotencyKey = key;
  }
  const revision = headers['if-match'];
  if (revision !== undefined && writes && revision !== '*') {
    const [, digits] = REVISION.exec(revision) ?? [];
    if (digits === undefined) throw invalid('If-Match', 'must be one revision in quotation marks, such as "3", or *');
    context.ifMatch = Number(digits);
  }
  const position = headers['countersign-at-least'];
  if (position !== undefined) {
    const opened = typeof position === 'string' ? seal.openPosition(position) : undefined;
    if (opened === undefined) throw invalid('Countersign-At-Least', 'is not a position that was given out here');
    context.atLeast = opened;
  }
}
