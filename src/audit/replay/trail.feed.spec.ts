import { setTimeout as sleep } from 'node:timers/promises';
import type {
  Batch,
  EventStore,
  ReadAllOptions,
  StoredEvent,
  SubscribeOptions,
} from '../../platform/event-store/event-store.port.js';
import type { Logger } from '../../platform/telemetry/logger.js';
import { counterEvents } from '../../../test/support/counter.js';
import { noLeaves } from '../../../test/support/no-leaves.js';
import { merged } from '../trail/catalogue.js';
import { type NotedEvent, TrailFeed } from './trail.feed.js';
import type { TrailLeaves } from './trail.leaves.js';

const positionOf = (index: number): string => String(index).padStart(8, '0');

/** A log of which the test says what is in it, and when its subscriptions see that. */
class Log {
  readonly events: StoredEvent[] = [];
  reads = 0;
  /** Where the last reading began. */
  readAfter: string | undefined;
  subscriptions = 0;
  failNext = false;
  private wake: () => void = () => undefined;

  write(organisation: string | undefined, count = 1): void {
    for (let written = 0; written < count; written++) {
      const index = this.events.length;
      this.events.push({
        id: `e-${index}`,
        type: 'CounterRaised',
        schemaVersion: 1,
        data: { by: 1 },
        stream: `counter-${organisation}/c-1`,
        revision: index,
        position: positionOf(index + 1),
        recordedAt: '2026-03-01T09:30:00.000Z',
        metadata: {
          ...(organisation === undefined ? {} : { organisation }),
          actor: { kind: 'user', id: 'u-1' },
          command: 'Spec',
          correlationId: 'c',
          requestId: 'r',
        },
      });
    }
    this.wake();
  }

  readonly store = {
    head: () => Promise.resolve(this.events.at(-1)?.position),
    readAll: (options: ReadAllOptions = {}) => this.readAll(options),
    subscribeToAll: (options: SubscribeOptions) => this.subscribe(options),
  } as unknown as EventStore;

  private async *readAll({ after = '' }: ReadAllOptions): AsyncGenerator<Batch> {
    this.reads += 1;
    this.readAfter = after;
    const found = this.events.filter(({ position }) => position > after);
    for (let from = 0; from < found.length; from += 100) {
      const events = found.slice(from, from + 100);
      yield { events, position: events.at(-1)!.position, caughtUp: false };
      await sleep(0);
    }
  }

  private async *subscribe({ after = '', signal }: SubscribeOptions): AsyncGenerator<Batch> {
    this.subscriptions += 1;
    let last = after;
    signal.addEventListener('abort', () => this.wake(), { once: true });
    while (!signal.aborted) {
      if (this.failNext) {
        this.failNext = false;
        throw new Error('lost');
      }
      const events = this.events.filter(({ position }) => position > last);
      last = events.at(-1)?.position ?? last;
      if (events.length > 0) yield { events, position: last, caughtUp: true };
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }
}

type Behind = TrailLeaves['behind'];

/** Follows until stopped, and notes down what comes. */
function reading(feed: TrailFeed, organisation: string, after?: string) {
  const stop = new AbortController();
  const seen: NotedEvent[] = [];
  const done = (async () => {
    for await (const batch of feed.follow(organisation, after, stop.signal)) seen.push(...batch);
  })();
  return {
    seen,
    positions: () => seen.map(({ position }) => Number(position)),
    until: async (count: number) => {
      for (let waited = 0; seen.length < count; waited += 5) {
        if (waited > 5000) throw new Error(`only ${seen.length} of ${count}`);
        await sleep(5);
      }
    },
    stop: async () => {
      stop.abort();
      await done;
    },
  };
}

describe('the feed of the live trail', () => {
  const failures: unknown[] = [];
  const logger = { error: (what: unknown) => void failures.push(what) } as unknown as Logger;
  let log: Log;
  let feed: TrailFeed;
  const feedWith = (behind: Behind): TrailFeed =>
    new TrailFeed(merged([counterEvents]), log.store, { openWithoutPersonal: (event) => event }, { behind }, logger);

  beforeEach(() => {
    failures.length = 0;
    log = new Log();
    feed = feedWith(noLeaves.behind);
  });

  it('hands out what comes after it was opened, of its organisation only, with the record', async () => {
    log.write('o-1', 3);
    const own = reading(feed, 'o-1');
    await sleep(5);
    log.write('o-2');
    log.write(undefined);
    log.write('o-1', 2);
    await own.until(2);
    await own.stop();
    expect(own.positions()).toEqual([6, 7]);
    expect(own.seen[0]).toMatchObject({ id: 'e-5', revision: 5, record: { kind: 'counter', id: 'c-1' } });
  });

  it('goes on behind a position, without a gap and without a repeat, while the log grows', async () => {
    log.write('o-1', 500);
    const late = reading(feed, 'o-1', positionOf(100));
    for (let round = 0; round < 20; round++) {
      log.write(round % 2 === 0 ? 'o-1' : 'o-2', 10);
      await sleep(1);
    }
    await late.until(500);
    await late.stop();
    const expected = log.events.filter(({ metadata }) => metadata.organisation === 'o-1').map((one) => one.position);
    expect(late.seen.map(({ position }) => position)).toEqual(expected.slice(100));
  });

  it('is one subscription for everybody, and none when nobody follows', async () => {
    const readers = [reading(feed, 'o-1'), reading(feed, 'o-1'), reading(feed, 'o-2')];
    await sleep(5);
    log.write('o-1');
    log.write('o-2');
    await Promise.all(readers.map((reader) => reader.until(1)));
    expect(log.subscriptions).toBe(1);
    await Promise.all(readers.map((reader) => reader.stop()));
    log.write('o-1');
    const again = reading(feed, 'o-1');
    await sleep(5);
    log.write('o-1');
    await again.until(1);
    await again.stop();
    expect(again.positions()).toEqual([4]);
    expect(log.subscriptions).toBe(2);
  });

  it('lets a slow follower catch up from the log, and holds up nobody', async () => {
    const stop = new AbortController();
    const slow = feed.follow('o-1', undefined, stop.signal);
    const first = slow.next();
    const quick = reading(feed, 'o-1');
    await sleep(5);
    log.write('o-1');
    expect((await first).value).toHaveLength(1);
    // More than is remembered, while the slow one asks for nothing.
    for (let round = 0; round < 60; round++) {
      log.write('o-1', 100);
      await sleep(0);
    }
    await quick.until(6001);
    expect(log.reads).toBe(0);
    const seen: string[] = [];
    for (let batch = await slow.next(); !batch.done; batch = await slow.next()) {
      seen.push(...batch.value.map(({ position }) => position));
      if (seen.length === 6000) stop.abort();
    }
    expect(seen).toEqual(log.events.slice(1).map(({ position }) => position));
    expect(log.reads).toBeGreaterThan(0);
    await quick.stop();
    expect(quick.seen).toHaveLength(6001);
  });

  it('takes what is far behind from the trees, and from the log only what is newer than these', async () => {
    log.write('o-1', 10);
    log.write('o-2', 5000);
    log.write('o-1', 3);
    const noted = ({ id, stream, revision, position }: StoredEvent): NotedEvent => {
      const record = { kind: 'counter', id: 'c-1' };
      return { id, stream, revision, position, organisation: 'o-1', record };
    };
    const asked: string[] = [];
    feed = feedWith(async function* (organisation, after, { head }) {
      asked.push(`${organisation} behind ${after} up to ${head}`);
      yield log.events.slice(4, 10).map(noted);
      return positionOf(5010);
    });
    const late = reading(feed, 'o-1', positionOf(4));
    await late.until(9);
    log.write('o-1');
    await late.until(10);
    await late.stop();
    expect(late.positions()).toEqual([5, 6, 7, 8, 9, 10, 5011, 5012, 5013, 5014]);
    expect(asked).toEqual([`o-1 behind ${positionOf(4)} up to ${positionOf(5013)}`]);
    expect([log.reads, log.readAfter]).toEqual([1, positionOf(5010)]);
  });

  it('does not read the log where the trees have all of it', async () => {
    log.write('o-2', 5000);
    feed = feedWith(async function* (_, __, { head }) {
      yield* [];
      return head;
    });
    const late = reading(feed, 'o-1', positionOf(1));
    await sleep(20);
    log.write('o-1');
    await late.until(1);
    await late.stop();
    expect([late.positions(), log.reads]).toEqual([[5001], 0]);
  });

  it('leaves a quiet organisation where the log is', async () => {
    const quiet = reading(feed, 'o-quiet');
    await sleep(5);
    for (let round = 0; round < 60; round++) {
      log.write('o-busy', 100);
      await sleep(0);
    }
    log.write('o-quiet');
    await quiet.until(1);
    await quiet.stop();
    expect(log.reads).toBe(0);
  });

  it('goes on when the log was lost', async () => {
    const reader = reading(feed, 'o-1');
    await sleep(5);
    log.failNext = true;
    log.write('o-1', 3);
    await reader.until(3);
    log.write('o-1', 2);
    await reader.until(5);
    await reader.stop();
    expect(reader.positions()).toEqual([1, 2, 3, 4, 5]);
    expect(failures).toHaveLength(1);
  });
});
