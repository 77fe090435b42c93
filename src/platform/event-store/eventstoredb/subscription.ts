import { eventTypeFilter, excludeSystemEvents, type Filter, type Position } from '@eventstore/db-client';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Pauses, pauseAfter } from '../../reactor/back-off.js';
import { type Batch, type StoredEvent, StoreUnavailable, type SubscribeOptions } from '../event-store.port.js';
import type { Driver } from './driver.js';
import type { EndOfLog } from './end-of-log.js';
import { isSystemEvent, storedEvent } from './event-data.js';
import { isPassing, readError } from './errors.js';
import { Inflow, type Told } from './inflow.js';
import { type LogReads, positionOf } from './log-reads.js';
import { BEFORE_ALL, readPosition } from './positions.js';
import type { Seen } from './seen.js';

/** Between two attempts to subscribe while none gets anywhere, in milliseconds. */
const PAUSES: Pauses = { first: 100, longest: 5000 };
/** How often the log is asked, at its end, whether it went on with events of other types. */
const QUIET_MS = 1000;
/** So many of the server's search windows of 32 events without one that is wanted make a checkpoint. */
const CHECKPOINT_INTERVAL = 4;

export interface Subscribing {
  readonly driver: Driver;
  readonly reads: LogReads;
  readonly end: EndOfLog;
  readonly seen: Seen;
  readonly timeoutMs: number;
  /** Told what each run of the subscription dropped by. */
  readonly dropped?: ((error: unknown) => void) | undefined;
  /** For tests. */
  readonly pauses?: Pauses;
  readonly quietMs?: number;
}

/**
 * The log and then live, until aborted. The server ends subscriptions that are slow, and the client never takes one up
 * again, so this does: after the last event that was handled.
 *
 * @throws StoreUnavailable when the store is closed or refuses the user; RangeError for a position of another store
 */
export async function* subscribeToLog(subscribing: Subscribing, options: SubscribeOptions): AsyncGenerator<Batch> {
  const { reads, dropped, pauses = PAUSES } = subscribing;
  const signal = AbortSignal.any([options.signal, reads.closed]);
  const progress = new Progress(options);
  let failures = 0;
  while (!isAborted(signal)) {
    const before = progress.cursor;
    progress.begin();
    try {
      yield* run(subscribing, options, progress, signal);
    } catch (error) {
      if (isAborted(signal)) break;
      if (!isPassing(error)) throw readError(error, 'Subscribing to the log');
      dropped?.(error);
    }
    if (progress.cursor > before) failures = 0;
    else failures = progress.live ? 1 : failures + 1;
    if (failures > 0) await pause(pauseAfter(failures, pauses), signal);
  }
  if (!isAborted(options.signal)) reads.closed.throwIfAborted();
}

/** How far a subscription has come, over all its runs. */
class Progress {
  /** Everything up to here was considered, the server's own events included. The next run begins behind it. */
  cursor: string;
  /** Of the last event that was considered and is none of the server's own: what is handed out. */
  position: string;
  /** This run has reached the end of the log. */
  live = false;
  readonly #types: ReadonlySet<string> | undefined;

  constructor({ after = BEFORE_ALL, types }: Pick<SubscribeOptions, 'after' | 'types'>) {
    readPosition(after);
    this.cursor = after;
    this.position = after;
    this.#types = types === undefined ? undefined : new Set(types);
  }

  begin(): void {
    this.live = false;
  }

  /** The server takes prefixes, and its subscription may tell again what was found by reading. */
  wants({ position, type }: StoredEvent): boolean {
    return position > this.cursor && (this.#types?.has(type) ?? true);
  }

  considered(cursor: string, position: string | undefined): void {
    if (cursor > this.cursor) this.cursor = cursor;
    if (position !== undefined && position > this.position) this.position = position;
  }
}

async function* run(
  subscribing: Subscribing,
  options: SubscribeOptions,
  progress: Progress,
  signal: AbortSignal,
): AsyncGenerator<Batch> {
  const { driver, timeoutMs, seen, quietMs = QUIET_MS } = subscribing;
  const { types, paceMs = 0 } = options;
  const inflow = new Inflow((checkpoint) =>
    driver.subscribeToAll({ fromPosition: readPosition(progress.cursor), filter: filterOf(types, checkpoint) }),
  );
  let lookAt = Infinity;
  try {
    const begun = performance.now();
    while (!isAborted(signal)) {
      const told = await inflow.next(quietMs, signal);
      if (isAborted(signal)) return;
      const looked = performance.now();
      if (!inflow.confirmed && looked - begun >= timeoutMs)
        throw new StoreUnavailable('EventStoreDB did not take up a subscription in time');
      const caughtUp = told.some(({ kind }) => kind === 'caught-up');
      if (caughtUp) lookAt = looked + quietMs;
      progress.live ||= caughtUp;
      const before = progress.position;
      const events = consider(told, progress, seen);
      if (caughtUp || events.length > 0 || progress.position > before)
        yield { events, position: progress.position, caughtUp: progress.live && inflow.empty };
      // Events of other types do not pass by here.
      if (types !== undefined && looked >= lookAt) {
        yield* passedOver(subscribing, progress, inflow, signal);
        lookAt = performance.now() + quietMs;
      }
      if (progress.live) await pause(looked + paceMs - performance.now(), signal);
    }
  } finally {
    inflow.close();
  }
}

/** The events that are wanted. What is not ours is considered and left out. */
function consider(told: readonly Told[], progress: Progress, seen: Seen): StoredEvent[] {
  const events: StoredEvent[] = [];
  for (const one of told) {
    switch (one.kind) {
      case 'event': {
        const event = storedEvent(one.event);
        if (event !== undefined) {
          seen.saw(event);
          if (progress.wants(event)) events.push(event);
        }
        const position = positionOf(one.event);
        progress.considered(position, isSystemEvent(one.event) ? undefined : position);
        break;
      }
      case 'checkpoint':
        progress.considered(one.position, undefined);
        break;
      case 'caught-up':
        break;
    }
  }
  return events;
}

/** Reads on to the end where the log ends beyond what was considered, so that the position gets there in quiet times. */
async function* passedOver(
  { reads, end }: Subscribing,
  progress: Progress,
  inflow: Inflow,
  signal: AbortSignal,
): AsyncGenerator<Batch> {
  const head = await end.head();
  while (head !== undefined && head > progress.position && inflow.empty && !isAborted(signal)) {
    let events: readonly StoredEvent[] = [];
    let ended = true;
    if (head > progress.cursor) {
      const page = await reads.after(progress.cursor, signal);
      events = page.events.filter((event) => progress.wants(event));
      progress.considered(page.cursor, page.position);
      ({ ended } = page);
    }
    if (ended) progress.considered(head, head);
    yield { events, position: progress.position, caughtUp: ended && inflow.empty };
  }
}

function filterOf(types: readonly string[] | undefined, checkpoint: (position: Position) => void): Filter {
  if (types === undefined) return excludeSystemEvents();
  return eventTypeFilter({
    prefixes: [...types],
    checkpointInterval: CHECKPOINT_INTERVAL,
    checkpointReached: (_, position) => checkpoint(position),
  });
}

/** It changes while others run, which the compiler does not know of a property. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}

/** Ends early, without an error, when the signal aborts. */
async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  if (milliseconds > 0) await sleep(milliseconds, undefined, { signal }).catch(() => undefined);
}
