import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { EventStore, StoredEvent } from '../../platform/event-store/event-store.port.js';
import type { TrailLeaves } from '../replay/trail.leaves.js';
import { readEvents } from '../trail/events.reader.js';
import { NEVER_SENT } from './dead-letter.js';

/** An event without its data: what waits in a queue weighs little, and the event is read when its turn has come. */
export type Queued = StoredEvent;

/** So many events wait for a webhook that lags; beyond that it reads the log itself, in its own time. */
const MAX_WAITING = 500;
/** Nobody waits for a webhook by the millisecond, and the log is read on the thread that serves HTTP. */
const PACE_MS = 50;
/** How many read the log at once to catch up. */
const MAX_READING = 2;

const NOTHING = {};

/** One that is fed as events come, while it keeps up. */
class Tap {
  readonly waiting: Queued[] = [];
  overflowed = false;
  private rouse: () => void = () => undefined;

  constructor(readonly after: string) {}

  push(event: StoredEvent): void {
    if (this.overflowed || event.position <= this.after) return;
    if (this.waiting.length >= MAX_WAITING) this.overflowed = true;
    else this.waiting.push({ ...event, data: NOTHING });
    this.wake();
  }

  /** Resolves when there is something, or when it was woken for another reason. */
  async ready(): Promise<void> {
    if (this.waiting.length > 0 || this.overflowed) return;
    await new Promise<void>((resolve) => (this.rouse = resolve));
  }

  readonly wake = (): void => this.rouse();
}

interface Part {
  readonly events: readonly Queued[];
  /** Everything of the organisation up to here is in it, or was before. */
  readonly position: string;
}

/**
 * Reads the log once for all webhooks that keep up, and hands each organisation's events to its own. One that does not keep
 * up loses its place and reads for itself until it has caught up, so it holds up nobody and takes no memory: by the leaves of
 * its organisation's tree, and through the log from where these end.
 */
export class WebhookFeed {
  private readonly taps = new Map<string, Set<Tap>>();
  /** How many want events; without any, only what changes webhooks is read. */
  private listening = 0;
  private changedMode = new AbortController();
  /** Everything up to here was handed out, while somebody listened. */
  private reached: string;
  private everything = false;
  private reading = 0;
  private readonly queueToRead: (() => void)[] = [];

  constructor(
    private readonly store: Pick<EventStore, 'subscribeToAll' | 'readAll' | 'readStream' | 'head'>,
    private readonly leaves: Pick<TrailLeaves, 'behind'>,
    after: string | undefined,
  ) {
    this.reached = after ?? '';
  }

  /** Reads until aborted. `types` are those that change webhooks; `changed` is told of each such event. */
  async run(types: readonly string[], changed: (event: StoredEvent) => void, signal: AbortSignal): Promise<void> {
    const isChange = new Set(types);
    while (!signal.aborted) {
      this.everything = this.listening > 0;
      this.changedMode = new AbortController();
      const ended = AbortSignal.any([signal, this.changedMode.signal]);
      const which = this.everything ? {} : { types };
      const after = this.reached === '' ? undefined : this.reached;
      for await (const batch of this.store.subscribeToAll({ after, ...which, signal: ended, paceMs: PACE_MS })) {
        // Events that nobody asked for were left out of it: they are asked for from where it began.
        if (this.isOutdated()) break;
        this.reached = batch.position;
        for (const event of batch.events) {
          this.handOut(event);
          if (isChange.has(event.type)) changed(event);
        }
        if (this.isOutdated()) break;
      }
    }
  }

  /** Events of an organisation behind a position (`''` for all), in log order, until aborted. */
  async *of(organisation: string, after: string, signal: AbortSignal): AsyncGenerator<Queued> {
    this.listen(1);
    try {
      for (let position = after; !signal.aborted;) {
        if (this.everything && this.reached <= position) {
          for await (const event of this.live(organisation, position, signal)) {
            position = event.position;
            yield event;
          }
        } else {
          for await (const read of this.readUp(organisation, position, signal)) {
            position = read.position;
            yield* read.events;
          }
        }
      }
    } finally {
      this.listen(-1);
    }
  }

  /** What comes behind a position, where the feed is not beyond that; until aborted, or until too much waits. */
  private async *live(organisation: string, after: string, signal: AbortSignal): AsyncGenerator<Queued> {
    const tap = this.open(organisation, after);
    signal.addEventListener('abort', tap.wake);
    try {
      while (!signal.aborted) {
        const event = tap.waiting.shift();
        if (event !== undefined) yield event;
        else if (tap.overflowed) return;
        else await tap.ready();
      }
    } finally {
      signal.removeEventListener('abort', tap.wake);
      this.shut(organisation, tap);
    }
  }

  /** The log from a position to where the feed is. A page is read when the one before was dealt with. */
  private async *readUp(organisation: string, after: string, signal: AbortSignal): AsyncGenerator<Part> {
    let position = after;
    while (!signal.aborted && !(this.everything && this.reached <= position)) {
      const page = await this.page(organisation, position, signal);
      if (page === undefined) {
        // At the end, and the feed is not on its way yet.
        await sleep(PACE_MS, undefined, { signal }).catch(() => undefined);
        continue;
      }
      position = page.position;
      yield page;
    }
  }

  /** Undefined at the end of the log, where the feed is not further either. */
  private async page(organisation: string, after: string, signal: AbortSignal): Promise<Part | undefined> {
    await this.turn();
    try {
      // Most of what is read is not wanted, and what is passed over waits for nothing.
      await nextTurn();
      // What was handed out by now is in the log that is read below.
      const { reached } = this;
      const known = await this.byLeaves(organisation, after, signal);
      if (known !== undefined) return known;
      for await (const { events, position } of this.store.readAll(after === '' ? {} : { after })) {
        if (position <= after) break;
        return { events: queued(events, organisation), position };
      }
      return reached > after ? { events: [], position: reached } : undefined;
    } finally {
      this.reading--;
      this.queueToRead.shift()?.();
    }
  }

  /** The next few that the trees know; undefined where these know nothing beyond the position. */
  private async byLeaves(organisation: string, after: string, signal: AbortSignal): Promise<Part | undefined> {
    const head = (await this.store.head()) ?? '';
    const walk = this.leaves.behind(organisation, after, { head, signal });
    try {
      const next = await walk.next();
      if (next.done === true) return next.value > after ? { events: [], position: next.value } : undefined;
      const found = await readEvents(this.store, next.value);
      const stored = found.map((one) => one.stored);
      return { events: queued(stored, organisation), position: next.value.at(-1)!.position };
    } finally {
      await walk.return('');
    }
  }

  private async turn(): Promise<void> {
    while (this.reading >= MAX_READING) await new Promise<void>((resolve) => this.queueToRead.push(resolve));
    this.reading++;
  }

  private handOut(event: StoredEvent): void {
    const { organisation } = event.metadata;
    if (organisation === undefined || !isFor(event, organisation)) return;
    for (const tap of this.taps.get(organisation) ?? []) tap.push(event);
  }

  private listen(by: 1 | -1): void {
    this.listening += by;
    if (this.isOutdated()) this.changedMode.abort();
  }

  private isOutdated(): boolean {
    return this.everything !== this.listening > 0;
  }

  private open(organisation: string, after: string): Tap {
    const tap = new Tap(after);
    const taps = this.taps.get(organisation) ?? new Set();
    this.taps.set(organisation, taps.add(tap));
    return tap;
  }

  private shut(organisation: string, tap: Tap): void {
    const taps = this.taps.get(organisation);
    taps?.delete(tap);
    if (taps?.size === 0) this.taps.delete(organisation);
  }
}

const queued = (events: readonly StoredEvent[], organisation: string): readonly Queued[] =>
  events.filter((event) => isFor(event, organisation)).map((event) => ({ ...event, data: NOTHING }));

const isFor = ({ type, metadata }: StoredEvent, organisation: string): boolean =>
  metadata.organisation === organisation && !NEVER_SENT.has(type);
