import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { MemoryEventStore } from '../../../test/support/memory-event-store.js';
import type {
  Batch,
  ReadAllOptions,
  StoredEvent,
  SubscribeOptions,
} from '../../platform/event-store/event-store.port.js';
import { noLeaves } from '../../../test/support/no-leaves.js';
import type { NotedEvent, TrailLeaves } from '../replay/trail.leaves.js';
import { WebhookFeed } from './webhook.feed.js';

const uuid = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

/** Counts who reads the log, and what. */
class CountingStore extends MemoryEventStore {
  pages = 0;
  /** Events of a page; all by default. */
  pageSize = Infinity;
  readonly subscribed: (readonly string[] | undefined)[] = [];

  override readAll(options: ReadAllOptions = {}): AsyncIterable<Batch> {
    this.pages++;
    return this.inPages(options);
  }

  private async *inPages(options: ReadAllOptions): AsyncGenerator<Batch> {
    for await (const { events, ...batch } of super.readAll(options)) {
      const page = events.slice(0, this.pageSize);
      yield { ...batch, events: page, position: page.at(-1)?.position ?? batch.position };
      return;
    }
  }

  override subscribeToAll(options: SubscribeOptions): AsyncIterable<Batch> {
    this.subscribed.push(options.types);
    return super.subscribeToAll(options);
  }
}

describe('the feed of webhooks', () => {
  let store: CountingStore;
  let stop: AbortController;
  let feed: WebhookFeed;
  let running: Promise<void>;
  let changes: string[];
  let count: number;
  let leaves: Pick<TrailLeaves, 'behind'>;

  beforeEach(() => {
    store = new CountingStore();
    stop = new AbortController();
    changes = [];
    count = 0;
    leaves = noLeaves;
  });
  afterEach(async () => {
    stop.abort();
    await running;
  });

  const run = (after?: string): void => {
    feed = new WebhookFeed(store, leaves, after);
    running = feed.run(['WebhookCreated'], ({ id }) => changes.push(id), stop.signal);
  };
  const write = async (organisation: string, type = 'Done', many = 1): Promise<void> => {
    for (let i = 0; i < many; i++) {
      const metadata = {
        organisation,
        actor: { kind: 'system', id: 'spec' },
        command: 'C',
        correlationId: 'c',
        requestId: 'r',
      } as const;
      const id = uuid(count++);
      await store.append(`s-${organisation}`, 'any', [{ id, type, schemaVersion: 1, data: { large: 'x' }, metadata }]);
    }
  };
  /** What one listener gets; it takes so many before it waits to be let on. */
  const listen = (organisation: string, after = '', signal = stop.signal) => {
    const got: StoredEvent[] = [];
    const listener = { got, go: Promise.resolve(), done: Promise.resolve() };
    listener.done = (async () => {
      // Each has a signal of its own, as passes do.
      for await (const event of feed.of(organisation, after, AbortSignal.any([signal]))) {
        got.push(event);
        await listener.go;
      }
    })();
    return listener;
  };
  const until = async (holds: () => boolean): Promise<void> => {
    for (let waited = 0; !holds(); waited += 2) {
      if (waited > 5000) throw new Error('it did not come to that');
      await sleep(2);
    }
  };
  const numbers = ({ got }: { readonly got: readonly StoredEvent[] }): number[] =>
    got.map(({ position }) => Number(position));

  it('hands each organisation its own events in order, from where each begins, without their data', async () => {
    await write('a', 'Done', 3);
    await write('b', 'Done', 2);
    run();
    const [a, late, b] = [listen('a'), listen('a', store.events[1]!.position), listen('b')];
    await until(() => a.got.length === 3 && late.got.length === 1 && b.got.length === 2);
    await write('a');
    await write('b');
    await until(() => a.got.length === 4 && late.got.length === 2 && b.got.length === 3);
    expect([numbers(a), numbers(late), numbers(b)]).toEqual([
      [0, 1, 2, 5],
      [2, 5],
      [3, 4, 6],
    ]);
    expect(a.got.every(({ data }) => Object.keys(data).length === 0)).toBe(true);
  });

  it('reads only what changes webhooks while nobody listens, and misses nothing for whoever begins then', async () => {
    run();
    await write('a', 'WebhookCreated');
    await until(() => changes.length === 1);
    await write('a', 'Done', 5);
    await sleep(20);
    expect(store.subscribed).toEqual([['WebhookCreated']]);
    const a = listen('a', store.events[0]!.position);
    await until(() => a.got.length === 5);
    await write('a', 'Done', 2);
    await until(() => a.got.length === 7);
    expect(numbers(a)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(store.subscribed).toEqual([['WebhookCreated'], undefined]);
  });

  it('reads the log once for all that keep up', async () => {
    run();
    const all = Array.from({ length: 20 }, () => listen('a'));
    await write('a');
    await until(() => all.every(({ got }) => got.length === 1));
    const { pages } = store;
    await write('a', 'Done', 50);
    await until(() => all.every(({ got }) => got.length === 51));
    expect(store.pages - pages).toBeLessThan(5);
  });

  it('lets one that lags read for itself: it loses nothing, and holds up nobody', async () => {
    run();
    const [slow, quick] = [listen('a'), listen('a')];
    let letGo = (): void => undefined;
    slow.go = new Promise((resolve) => (letGo = resolve));
    await write('a', 'Done', 1500);
    await until(() => quick.got.length === 1500);
    expect(slow.got).toHaveLength(1);
    letGo();
    await until(() => slow.got.length === 1500);
    await write('a');
    await until(() => slow.got.length === 1501 && quick.got.length === 1501);
    expect(numbers(slow)).toEqual(Array.from({ length: 1501 }, (_, n) => n));
  });

  it('leaves others a turn after each page of one that catches up, though all of it is at hand', async () => {
    await write('b', 'Done', 1000);
    await write('a');
    run(store.events.at(-1)!.position);
    store.pageSize = 10;
    let turns = 0;
    const ended = new AbortController();
    const counting = (async () => {
      for (; !ended.signal.aborted; turns++) await nextTurn();
    })();
    const a = listen('a');
    await until(() => a.got.length === 1);
    ended.abort();
    await counting;
    expect(store.pages).toBeGreaterThanOrEqual(100);
    expect(turns).toBeGreaterThanOrEqual(store.pages);
  });

  it('reads what is far behind by its leaves, and of the log only what is newer than these', async () => {
    await write('a', 'Done', 3);
    await write('a', 'WebhookDeliveryFailed');
    await write('b', 'Done', 100);
    await write('a');
    store.pageSize = 10;
    const noted = ({ id, stream, revision, position }: StoredEvent): NotedEvent => {
      const record = { kind: 'thing', id: 'x' };
      return { id, stream, revision, position, organisation: 'a', record };
    };
    leaves = {
      async *behind(organisation, after) {
        const whole = store.events[99]!.position;
        for (const event of store.events.slice(0, 4))
          if (organisation === 'a' && event.position > after) yield [noted(event)];
        return whole > after ? whole : after;
      },
    };
    run(store.events.at(-1)!.position);
    const a = listen('a');
    await until(() => a.got.length === 4);
    expect(numbers(a)).toEqual([0, 1, 2, 104]);
    expect(a.got.every(({ data, metadata }) => Object.keys(data).length === 0 && metadata.organisation === 'a')).toBe(
      true,
    );
    // From behind the hundredth event on.
    expect(store.pages).toBeLessThanOrEqual(2);
  });

  it('never hands out what is told of deliveries, or what belongs to nobody', async () => {
    run();
    const a = listen('a');
    await write('a', 'WebhookDeliveryFailed');
    await write('a', 'WebhookDeliveryRetried');
    await write('b');
    await write('a');
    await until(() => a.got.length === 1);
    expect(numbers(a)).toEqual([3]);
  });

  it('ends for one listener when it is told to, and goes on for the others', async () => {
    run();
    const over = new AbortController();
    const [one, other] = [listen('a', '', over.signal), listen('a')];
    await write('a');
    await until(() => one.got.length === 1 && other.got.length === 1);
    over.abort();
    await one.done;
    await write('a');
    await until(() => other.got.length === 2);
    expect(one.got).toHaveLength(1);
  });
});
