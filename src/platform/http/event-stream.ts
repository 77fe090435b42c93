import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Readable } from 'node:stream';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { notFound, Refusal } from '../../kernel/refusal.js';
import { AUTHORISER, type Authoriser, type Principal, type RequestContext } from '../commands/principal.js';
import { type Logger, LOGGER } from '../telemetry/logger.js';
import { AUTHENTICATOR, type Authenticator } from './authenticator.port.js';
import { bearerOf } from './gate.js';

/** One message of a stream of server-sent events (WHATWG HTML 9.2). */
export interface Message {
  /** What `Last-Event-ID` brings back; one line. */
  readonly id?: string;
  /** `message` where there is none. One line. */
  readonly event?: string;
  /** Sent as JSON. */
  readonly data: unknown;
}

/** What a stream's source has of the request that opened it. */
export interface OpenStream {
  /**
   * The request as it would be let in now: asked of the authoriser again. To be called when a batch has been read and before
   * it is made into messages, so that nothing recorded after a revocation can be sent. @throws StreamEnded
   */
  readonly admit: () => Promise<RequestContext>;
  /** Aborted when the stream ends, for whatever reason. */
  readonly signal: AbortSignal;
}

/** Batches of messages. A batch is asked for when the one before is on its way, so a slow reader holds up its own source only. */
export type MessageSource = (stream: OpenStream) => AsyncIterable<readonly Message[]>;

/** The door was shut: the person may not see this any more, or the server goes. */
export class StreamEnded extends Error {
  override readonly name = 'StreamEnded';
}

/** Streams that one person may have open at a time, on this node. */
export const MAX_STREAMS = 10;
/** How often it is asked whether the person may still see this, in milliseconds. */
export const ADMISSION_MS = 1000;
/** A comment at least so often, so that proxies and clients know that the other one is there. */
const HEARTBEAT_MS = 15_000;
/** What a reader that takes nothing any more has left to do so after its stream was ended. */
const GRACE_MS = 1000;
/** How long a client waits before it comes back. */
const RETRY_MS = 2000;
const BUFFER_BYTES = 16 * 1024;
const QUIET = 'quiet' as const;
const CONTENT_TYPE = 'text/event-stream';

/**
 * Streams of server-sent events. The token stands in the header, as everywhere. Each stream asks again, before each batch and
 * at least each second, what the gate asked once: who, member, area. Any answer but a yes ends it, also none at all.
 */
@Injectable()
export class EventStreams implements OnModuleDestroy {
  private readonly open = new Set<AbortController>();
  private readonly counts = new Map<string, number>();
  private leaving = false;

  constructor(
    @Inject(AUTHENTICATOR) private readonly authenticator: Authenticator,
    @Inject(AUTHORISER) private readonly authoriser: Authoriser,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Answers the request by a stream. @throws Refusal too-many-requests, unavailable */
  serve(context: RequestContext, request: FastifyRequest, reply: FastifyReply, source: MessageSource): void {
    const { principal } = context;
    if (principal === undefined) throw notFound();
    if (this.leaving) throw new Refusal('unavailable', 'The server is going; ask again', { retryAfter: 1 });
    if (request.method === 'HEAD') {
      void reply.header('content-type', CONTENT_TYPE).send();
      return;
    }
    this.count(principal.userId);
    void reply.header('content-type', CONTENT_TYPE).header('x-accel-buffering', 'no');
    const ended = new AbortController();
    this.open.add(ended);
    const door = new Door(context, principal, bearerOf(request.raw.headers) ?? '', this.authenticator, this.authoriser);
    const watch = setInterval(() => void door.admit().catch(() => ended.abort()), ADMISSION_MS);
    ended.signal.addEventListener('abort', () => {
      // A reader that takes what is left sees a proper end; one that does not is cut off.
      setTimeout(() => reply.raw.destroy(), GRACE_MS).unref();
    });
    reply.raw.once('close', () => {
      clearInterval(watch);
      ended.abort();
      this.open.delete(ended);
      this.release(principal.userId);
    });
    const stream: OpenStream = {
      signal: ended.signal,
      admit: async () => {
        try {
          return await door.admit();
        } catch (error) {
          ended.abort();
          throw error;
        }
      },
    };
    const text = this.guarded(textOf(source(stream), ended.signal), ended.signal, context.requestId);
    void reply.send(Readable.from(text, { objectMode: false, highWaterMark: BUFFER_BYTES }));
  }

  onModuleDestroy(): void {
    this.leaving = true;
    for (const ended of this.open) ended.abort();
  }

  /** A stream that breaks ends: whoever reads it comes back and goes on behind the last event that they have. */
  private async *guarded(
    text: AsyncGenerator<string>,
    signal: AbortSignal,
    requestId: string,
  ): AsyncGenerator<string, void, undefined> {
    try {
      yield* text;
    } catch (error) {
      if (!signal.aborted && !(error instanceof StreamEnded))
        this.logger.warn({ err: error, requestId }, 'a stream of events broke off');
    }
  }

  private count(userId: string): void {
    const count = this.counts.get(userId) ?? 0;
    if (count >= MAX_STREAMS) {
      throw new Refusal('too-many-requests', `You have ${MAX_STREAMS} streams open, which is as many as are allowed`, {
        retryAfter: 5,
      });
    }
    this.counts.set(userId, count + 1);
  }

  private release(userId: string): void {
    const count = this.counts.get(userId) ?? 1;
    if (count > 1) this.counts.set(userId, count - 1);
    else this.counts.delete(userId);
  }
}

/** Who opened a stream, and whether they would be let in again. */
class Door {
  constructor(
    private readonly context: RequestContext,
    private readonly principal: Principal,
    private readonly bearer: string,
    private readonly authenticator: Authenticator,
    private readonly authoriser: Authoriser,
  ) {}

  async admit(): Promise<RequestContext> {
    const { organisation, permission } = this.context;
    const principal = await this.authenticator.authenticate(this.bearer);
    if (principal?.userId !== this.principal.userId) throw new StreamEnded('the token is none any more');
    const verdict = await this.authoriser.authorise(principal, organisation, permission);
    if (!verdict.allowed) throw new StreamEnded('the permission is gone');
    return { ...this.context, principal, authority: verdict.authority, reach: verdict.reach };
  }
}

/** The text of a stream, with a comment at its beginning, so that the headers leave, and whenever it was quiet for long. */
async function* textOf(
  source: AsyncIterable<readonly Message[]>,
  signal: AbortSignal,
): AsyncGenerator<string, void, undefined> {
  yield `retry: ${RETRY_MS}\n: open\n\n`;
  const batches = source[Symbol.asyncIterator]();
  try {
    for (let next = batches.next(); !hasEnded(signal);) {
      const batch = await orQuiet(next, signal);
      if (hasEnded(signal) || (batch !== QUIET && batch.done === true)) return;
      if (batch === QUIET) yield ': quiet\n\n';
      else {
        if (batch.value.length > 0) yield batch.value.map(messageText).join('');
        // A source that reads ahead of its reader, or finds nothing for long, is not alone here.
        await nextTurn();
        next = batches.next();
      }
    }
  } finally {
    // One that waits ends by the signal.
    void batches.return?.().catch(() => undefined);
  }
}

/** Asked anew each time: it changes while others wait. */
const hasEnded = (signal: AbortSignal): boolean => signal.aborted;

/** What comes first: the promise, or the end of the stream or the time for a heartbeat. */
async function orQuiet<T>(next: Promise<T>, signal: AbortSignal): Promise<Awaited<T> | typeof QUIET> {
  const enough = new AbortController();
  const stop = (): void => enough.abort();
  signal.addEventListener('abort', stop, { once: true });
  const waiting = sleep(HEARTBEAT_MS, QUIET, { signal: enough.signal }).catch(() => QUIET);
  try {
    return await Promise.race([next, waiting]);
  } finally {
    signal.removeEventListener('abort', stop);
    stop();
  }
}

/** JSON has no line breaks of its own, so the data is one line. */
const messageText = ({ id, event, data }: Message): string =>
  `${id === undefined ? '' : `id: ${id}\n`}${event === undefined ? '' : `event: ${event}\n`}data: ${JSON.stringify(data)}\n\n`;
