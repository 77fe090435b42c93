import { type AllStreamResolvedEvent, StreamNotFoundError } from '@eventstore/db-client';
import { setMaxListeners } from 'node:events';
import { type StoredEvent, StoreUnavailable } from '../event-store.port.js';
import type { Driver, Reading } from './driver.js';
import { isSystemEvent, storedEvent } from './event-data.js';
import { isNotLeader, LogAltered, readError } from './errors.js';
import { positionText, readPosition } from './positions.js';
import type { Seen } from './seen.js';
import { within } from './timing.js';

/** Events that one question to the server asks for. */
const PAGE = 500;
/** A read that got to a follower is asked again: the client has turned to the leader. */
const ATTEMPTS = 3;

export interface StreamPage {
  readonly events: readonly StoredEvent[];
  /** The page ended because it was full. */
  readonly full: boolean;
}

export interface LogPage {
  readonly events: readonly StoredEvent[];
  /** Of the last event of the page that is no system event; undefined where there is none. */
  readonly position: string | undefined;
  /** Of the last event of the page, system events included: where to go on. */
  readonly cursor: string;
  /** The end was reached. */
  readonly ended: boolean;
}

export interface StreamQuestion {
  readonly from: number | 'start' | 'end';
  readonly backwards?: boolean;
  readonly limit?: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads by pages, so that a slow consumer holds nothing open, each within a time of our own: the client sets none. All are
 * answered by the leader: what was acknowledged before the question is in the answer.
 */
export class LogReads {
  readonly #driver: Driver;
  readonly #timeoutMs: number;
  readonly #seen: Seen;
  readonly #closed = new AbortController();

  constructor(driver: Driver, timeoutMs: number, seen: Seen) {
    this.#driver = driver;
    this.#timeoutMs = timeoutMs;
    this.#seen = seen;
    // Every read that is under way listens; many are no leak.
    setMaxListeners(0, this.#closed.signal);
  }

  /** Aborts with `StoreUnavailable` when the store is closed. */
  get closed(): AbortSignal {
    return this.#closed.signal;
  }

  close(): void {
    this.#closed.abort(new StoreUnavailable('The event store is closed'));
  }

  /** Nothing for a stream that does not exist or was soft-deleted. @throws StoreUnavailable, LogAltered */
  async stream(stream: string, { from, backwards = false, limit = PAGE, signal }: StreamQuestion): Promise<StreamPage> {
    const maxCount = Math.min(PAGE, limit);
    const open = () =>
      this.#driver.readStream(stream, {
        fromRevision: typeof from === 'number' ? BigInt(from) : from,
        direction: backwards ? 'backwards' : 'forwards',
        maxCount,
        requiresLeader: true,
      });
    try {
      const resolved = await this.#ask(open, signal);
      const events = resolved.map((one) => this.#ours(storedEvent(one), stream));
      return { events, full: events.length === maxCount };
    } catch (error) {
      if (error instanceof StreamNotFoundError) return { events: [], full: false };
      throw this.#failure(error, `Reading ${stream}`, signal, stream);
    }
  }

  /** What comes after a position. The server's answer begins with the event at it. @throws StoreUnavailable, RangeError */
  async after(cursor: string, signal?: AbortSignal): Promise<LogPage> {
    const fromPosition = readPosition(cursor);
    const maxCount = PAGE + 1;
    const raw = await this.#all(
      () => this.#driver.readAll({ fromPosition, direction: 'forwards', maxCount, requiresLeader: true }),
      signal,
    );
    const events: StoredEvent[] = [];
    let last = cursor;
    let position: string | undefined;
    for (const one of raw) {
      const at = positionOf(one);
      if (at <= last) continue;
      last = at;
      if (isSystemEvent(one)) continue;
      position = at;
      const event = storedEvent(one);
      if (event !== undefined) events.push(event);
    }
    for (const event of events) this.#seen.saw(event);
    return { events, position, cursor: last, ended: raw.length < maxCount };
  }

  /** The newest events, or those before a position, newest first. @throws StoreUnavailable */
  async backwards(before: string | undefined, maxCount: number): Promise<readonly AllStreamResolvedEvent[]> {
    const fromPosition = before === undefined ? 'end' : readPosition(before);
    const raw = await this.#all(() =>
      this.#driver.readAll({ fromPosition, direction: 'backwards', maxCount, requiresLeader: true }),
    );
    return before === undefined ? raw : raw.filter((one) => positionOf(one) < before);
  }

  async #all(open: () => Reading<AllStreamResolvedEvent>, signal?: AbortSignal): Promise<AllStreamResolvedEvent[]> {
    try {
      return await this.#ask(open, signal);
    } catch (error) {
      throw this.#failure(error, 'Reading the log', signal);
    }
  }

  async #ask<E>(open: () => Reading<E>, signal: AbortSignal | undefined): Promise<E[]> {
    const ended = signal === undefined ? this.closed : AbortSignal.any([this.closed, signal]);
    for (let attempt = 1; ; attempt++) {
      ended.throwIfAborted();
      try {
        return await collect(open(), this.#timeoutMs, ended);
      } catch (error) {
        if (!isNotLeader(error) || attempt === ATTEMPTS) throw error;
      }
    }
  }

  #failure(error: unknown, what: string, signal?: AbortSignal, stream?: string): unknown {
    if (signal?.aborted === true && error === signal.reason) return error;
    return readError(error, what, stream);
  }

  #ours(event: StoredEvent | undefined, stream: string): StoredEvent {
    if (event === undefined) throw new LogAltered(`Stream ${stream} holds an event that Countersign did not write`);
    this.#seen.saw(event);
    return event;
  }
}

/** Of an event of `$all`, which always has one. */
export function positionOf({ event }: AllStreamResolvedEvent): string {
  return positionText(event!.position);
}

async function collect<E>(reading: Reading<E>, timeoutMs: number, signal: AbortSignal): Promise<E[]> {
  // It may fail once more after it was iterated; without a listener that would end the process.
  reading.on('error', () => undefined);
  const events: E[] = [];
  const all = (async () => {
    for await (const event of reading) events.push(event);
  })();
  try {
    await within(timeoutMs, all, () => new StoreUnavailable('EventStoreDB did not answer in time'), signal);
    return events;
  } catch (error) {
    release(reading);
    throw error;
  }
}

/** A cancelled read ends neither by itself nor by an error, so that it is destroyed as well. */
function release(reading: Reading<unknown>): void {
  reading.destroy();
  // There is no call to cancel where none could be made.
  reading.cancel().catch(() => undefined);
}
