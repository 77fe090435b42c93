import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Socket } from 'node:net';
import { invalid, notFound, Refusal, type RefusalCode, REFUSALS } from '../../kernel/refusal.js';
import { EventFromNewerVersion, UnknownEventType } from '../codec/codec.port.js';
import { EventTooLarge, OutcomeUnknown, StoreUnavailable } from '../event-store/event-store.port.js';
import { InvalidCursor, ViewNotReady, ViewsUnavailable } from '../read-model/read-model.port.js';
import type { Logger } from '../telemetry/logger.js';
import { SubjectErased, VaultUnavailable } from '../vault/vault.port.js';
import { tooLarge } from './body.js';

export const PROBLEM_TYPE = 'application/problem+json';

/** Says what kind of problem it is, for programs that compare `type` rather than `code`. */
export const problemType = (code: string): string => `urn:countersign:problem:${code}`;

/** An answer that is a problem (RFC 9457). */
interface Problem {
  readonly status: number;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** As bytes, because Fastify would add a charset to the media type, which JSON does not have. */
function problem(status: number, code: string, title: string, detail: string, more: object = {}): Problem {
  const body = Buffer.from(JSON.stringify({ type: problemType(code), title, status, code, detail, ...more }));
  return { status, code, headers: {}, body };
}

function problemOfRefusal({ code, message, details }: Refusal): Problem {
  const { status, title } = REFUSALS[code];
  const { retryAfter, ...more } = details;
  const wait = retryAfter ?? (status === 503 || status === 429 ? 1 : undefined);
  const headers = {
    ...(status === 401 && { 'www-authenticate': 'Bearer' }),
    ...(wait !== undefined && { 'retry-after': String(Math.max(1, Math.ceil(wait))) }),
  };
  return { ...problem(status, code, title, message, more), headers };
}

const INTERNAL = problem(
  500,
  'internal',
  'Something is wrong on our side',
  'The request was not understood by the server itself; it is logged',
);

/** What an error is answered with. */
export function problemOf(error: unknown): Problem {
  const refusal = refusalOf(error);
  return refusal === undefined ? INTERNAL : problemOfRefusal(refusal);
}

/**
 * The refusal that an error stands for; undefined where nobody expected it. Errors of Fastify and Nest about the request, and the
 * named errors of the ports.
 */
export function refusalOf(error: unknown): Refusal | undefined {
  if (error instanceof Refusal) return error;
  if (error instanceof StoreUnavailable) return away('Nothing was changed; try again');
  if (error instanceof OutcomeUnknown)
    return away('It is not known whether this was done; try again with the same Idempotency-Key');
  if (error instanceof EventTooLarge) return new Refusal('too-large', 'This is more than one record can take at once');
  if (error instanceof VaultUnavailable) return away('Nothing was changed; try again');
  if (error instanceof ViewsUnavailable) return away('This cannot be read now; try again');
  if (error instanceof ViewNotReady) return away('This list is being built anew; try again in a while');
  if (error instanceof EventFromNewerVersion || error instanceof UnknownEventType) return NEWER;
  if (error instanceof SubjectErased) return new Refusal('conflict', 'This person was erased', { rule: 'erased' });
  if (error instanceof InvalidCursor) return invalid('after', 'is not a cursor of this list, or not any more');
  const status = statusOf(error);
  return status === undefined || status >= 500 ? undefined : refusalOfStatus(status);
}

const away = (detail: string): Refusal => new Refusal('unavailable', detail, { retryAfter: 1 });

/** While nodes are upgraded one by one, the one that is asked next may know the event; the log says what it was. */
const NEWER = new Refusal('unavailable', 'A newer version of the server wrote this record; another node can read it', {
  retryAfter: 5,
});

function statusOf(error: unknown): number | undefined {
  if (error instanceof HttpException) return error.getStatus();
  const { name, statusCode, code } = error as { name?: unknown; statusCode?: unknown; code?: unknown };
  if (typeof statusCode !== 'number') return undefined;
  // FST_ERR_*: Fastify's own. ECONNRESET and the like: the body ended before it was whole.
  return name === 'FastifyError' || typeof code === 'string' ? statusCode : undefined;
}

/** Their messages repeat URLs and header values, so each gets words of ours. */
function refusalOfStatus(status: number): Refusal {
  switch (status) {
    case 401:
      return new Refusal('unauthenticated', 'This needs a valid access token or API key');
    case 403:
      return new Refusal('permission-denied', 'This is not allowed');
    case 404:
      return new Refusal('not-found', 'There is nothing at this address');
    case 413:
      return tooLarge();
    case 414:
      return notFound();
    case 415:
      return new Refusal('unsupported-media-type', 'Send the body as application/json');
    default:
      return invalid('request', 'cannot be read');
  }
}

/** Every error of every request ends here: those of handlers through Nest, those of hooks and parsers through Fastify. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly logger: Logger) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    this.answer(error, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>());
  }

  answer(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
    const refusal = refusalOf(error);
    this.log(error, refusal, request);
    const answer = refusal === undefined ? INTERNAL : problemOfRefusal(refusal);
    request.outcome = answer.code;
    if (reply.sent || reply.raw.headersSent) {
      // A stream broke off: only a broken connection tells the client.
      reply.raw.destroy();
      return;
    }
    drain(request, reply);
    void reply.code(answer.status).headers(answer.headers).header('content-type', PROBLEM_TYPE).send(answer.body);
  }

  private log(error: unknown, refusal: Refusal | undefined, request: FastifyRequest): void {
    const where = { requestId: request.id, route: request.countersign?.route ?? request.method };
    if (refusal === undefined) this.logger.error({ ...where, err: error }, 'request failed');
    else if (refusal.code === 'unavailable') this.logger.warn({ ...where, err: error }, 'request answered 503');
  }
}

const MAX_DRAINED = 64 * 1024 * 1024;

/**
 * A client that is still sending has to be read on, or it gets a reset connection in place of the answer. What it sends is thrown
 * away; past 64 MiB, so is the client.
 */
function drain(request: FastifyRequest, reply: FastifyReply): void {
  const { raw } = request;
  if (raw.complete || raw.destroyed) return;
  if (Number(raw.headers['content-length'] ?? 0) > MAX_DRAINED) return;
  reply.removeHeader('connection');
  let bytes = 0;
  raw.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > MAX_DRAINED) raw.destroy();
  });
  raw.resume();
}

/** Requests that Node's parser gave up on: there is no request and no reply yet, only a socket. */
export function answerBrokenRequest(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) {
    socket.destroy();
    return;
  }
  const { status, reason, code, detail } = brokenRequest(error.code);
  const { body } = problem(status, code, reason, detail);
  const head = [
    `HTTP/1.1 ${status} ${reason}`,
    `Content-Type: ${PROBLEM_TYPE}`,
    `Content-Length: ${body.length}`,
    'Connection: close',
  ];
  socket.end(Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), body]));
}

function brokenRequest(code: string | undefined): {
  status: number;
  reason: string;
  code: RefusalCode;
  detail: string;
} {
  if (code === 'HPE_HEADER_OVERFLOW') {
    return {
      status: 431,
      reason: 'Request Header Fields Too Large',
      code: 'too-large',
      detail: 'The headers are too large',
    };
  }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return {
      status: 408,
      reason: 'Request Timeout',
      code: 'unavailable',
      detail: 'The request did not arrive in time',
    };
  }
  return { status: 400, reason: 'Bad Request', code: 'validation-failed', detail: 'The request is not valid HTTP' };
}
