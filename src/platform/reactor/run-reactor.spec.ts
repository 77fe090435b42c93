import { setTimeout as sleep } from 'node:timers/promises';
import { MemoryEventStore } from '../../../test/support/memory-event-store.js';
import type { Recorded } from '../../kernel/event.js';
import { EventCodec } from '../codec/event-codec.js';
import {
  OutcomeUnknown,
  type StoredEvent,
  StoreUnavailable,
  WrongExpectedRevision,
} from '../event-store/event-store.port.js';
import { newId } from '../random.js';
import { PermanentFailure, TargetUnavailable } from './failures.js';
import { reactorEvents } from './reactor.events.js';
import { runReactor, type ReactorTuning } from './run-reactor.js';

const FAST: Partial<ReactorTuning> = { attempts: 4, pauses: { first: 1, longest: 4 }, checkpointEvery: 20 };
const STREAM = 'system-reactor-mails';
const noKeys = {
  subjectKey: () => Promise.resolve(undefined),
  subjectKeyForWriting: () => Promise.reject(new Error('nothing is personal here')),
};
const codec = new EventCodec(noKeys, [{ Wanted: { schemaVersion: 1 }, Other: { schemaVersion: 1 } }, reactorEvents]);

describe('a reactor', () => {
  let store: MemoryEventStore;
  let handled: number[];
  let told: { level: string; fields: Record<string, unknown>; message: string }[];
  /** Runs that a test left going. */
  let stops: (() => Promise<void>)[];

  beforeEach(() => {
    store = new MemoryEventStore();
    [handled, told, stops] = [[], [], []];
  });
  afterEach(async () => {
    for (const stop of stops) await stop();
  });

  const write = async (n: number, type = 'Wanted'): Promise<void> => {
    const metadata = { actor: { kind: 'user', id: 'u' } as const, command: 'Do', correlationId: 'c', requestId: 'r' };
    await store.append('work', 'any', [{ id: newId(n), type, schemaVersion: 1, data: { n }, metadata }]);
  };
  const start = (
    handle: (n: number, event: Recorded, signal: AbortSignal) => unknown = () => undefined,
    tuning: Partial<ReactorTuning> = {},
    skips?: (event: StoredEvent) => boolean,
  ): { stop: () => Promise<void>; ended: Promise<void> } => {
    const stopping = new AbortController();
    const note = (level: string) => (fields: object, message: string) =>
      told.push({ level, fields: fields as Record<string, unknown>, message });
    const ended = runReactor({
      store,
      codec,
      reactor: {
        name: 'mails',
        types: ['Wanted'],
        ...(skips && { skips }),
        handle: async (event, signal) => {
          const { n } = event.data as { n: number };
          await handle(n, event, signal);
          handled.push(n);
        },
      },
      signal: stopping.signal,
      log: { warn: note('warn'), error: note('error') },
      tuning: { ...FAST, ...tuning },
    });
    ended.catch(() => undefined);
    const stop = async (): Promise<void> => {
      stopping.abort();
      await ended;
    };
    stops.push(() => stop().catch(() => undefined));
    return { stop, ended };
  };
  const until = async (condition: () => boolean): Promise<void> => {
    for (let i = 0; !condition(); i++) {
      if (i > 2000) throw new Error('waited in vain');
      await sleep(1);
    }
  };
  const own = (): readonly StoredEvent[] => store.of(STREAM);

  it('handles what there is and what comes, in order, and only its types', async () => {
    for (const n of [0, 1, 2]) await write(n);
    await write(99, 'Other');
    const { stop } = start();
    await until(() => handled.length === 3);
    await write(3);
    await until(() => handled.length === 4);
    await stop();
    expect(handled).toEqual([0, 1, 2, 3]);
  });

  it('does not open what it skips, and has it behind it all the same', async () => {
    for (const n of [0, 1, 2]) await write(n);
    store.events[1] = { ...store.events[1]!, schemaVersion: 9 };
    store.events[2] = { ...store.events[2]!, schemaVersion: 9 };
    const { stop } = start(undefined, {}, ({ revision }) => revision > 0);
    await until(() => own().at(-1)?.data !== undefined && (own().at(-1)!.data as { revision: number }).revision === 2);
    await stop();
    expect([handled, told]).toEqual([[0], []]);
  });

  it('goes on from its checkpoint, which names the last event that was handled', async () => {
    for (const n of [0, 1, 2]) await write(n);
    await write(99, 'Other');
    const first = start();
    await until(() => handled.length === 3);
    await first.stop();
    expect(own().at(-1)).toMatchObject({
      type: 'ReactorAdvanced',
      data: { stream: 'work', revision: 2, position: store.of('work')[2]!.position },
      metadata: { actor: { kind: 'system', id: 'reactor-mails' } },
    });
    await write(3);
    const second = start();
    await until(() => handled.length === 4);
    await second.stop();
    expect(handled).toEqual([0, 1, 2, 3]);
  });

  it('a checkpoint holds in a store where positions are others', async () => {
    for (const n of [0, 1]) await write(n);
    const first = start();
    await until(() => handled.length === 2);
    await first.stop();
    const moved = new MemoryEventStore();
    moved.events.push(...store.events.map((event, i) => ({ ...event, position: `9${String(i).padStart(4, '0')}` })));
    store = moved;
    await start().stop();
    const second = start();
    await sleep(20);
    await second.stop();
    expect(handled).toEqual([0, 1]);
  });

  it('writes no checkpoint where nothing was handled, and none because of its own', async () => {
    await write(0);
    await write(1, 'Other');
    const first = start();
    await until(() => own().length === 1);
    await sleep(100);
    await write(2, 'Other');
    await sleep(60);
    await first.stop();
    const second = start();
    await sleep(60);
    await second.stop();
    expect(own()).toHaveLength(1);
  });

  describe('that passes over many events', () => {
    /** Reads hand out ten events at a time, as those of a real store do a thousand. */
    const inPages = (): void => {
      const readAll = store.readAll.bind(store);
      store.readAll = async function* (options) {
        for await (const { events } of readAll(options)) {
          const page = events.slice(0, 10);
          yield {
            events: page,
            position: page.at(-1)?.position ?? options?.after ?? '',
            caughtUp: events.length <= 10,
          };
        }
      };
    };

    it('has a checkpoint among them, so that the next start does not read them again', async () => {
      inPages();
      await write(0);
      for (let n = 1; n <= 40; n++) await write(n, 'Other');
      const first = start(undefined, { lookEvery: 20 });
      await until(() => handled.length === 1);
      await sleep(60);
      for (let n = 41; n <= 45; n++) await write(n, 'Other');
      await until(() => own().length >= 2);
      await first.stop();
      const { stream, revision } = own().at(-1)!.data as { stream: string; revision: number };
      expect([stream, revision > 30, revision <= 45]).toEqual(['work', true, true]);
      const seen: (string | undefined)[] = [];
      const subscribe = store.subscribeToAll.bind(store);
      store.subscribeToAll = (options) => {
        seen.push(options.after);
        return subscribe(options);
      };
      await write(46);
      const second = start();
      await until(() => handled.length === 2);
      await second.stop();
      expect(seen).toEqual([store.of('work')[revision]!.position]);
      expect(handled).toEqual([0, 46]);
    });

    it('writes nothing because of the checkpoints of others', async () => {
      inPages();
      await write(0);
      const { stop } = start(undefined, { lookEvery: 5 });
      await until(() => own().length === 1);
      for (let n = 0; n < 8; n++) {
        await write(n, 'Other');
        await sleep(6);
      }
      await stop();
      expect(own()).toHaveLength(1);
    });

    it('does not name an event that it has not come to', async () => {
      inPages();
      for (let n = 0; n < 30; n++) await write(n, 'Other');
      let release = (): void => undefined;
      const held = new Promise<void>((resolve) => (release = resolve));
      await write(30);
      const { stop } = start(() => held, { lookEvery: 0 });
      await sleep(30);
      for (let n = 31; n < 60; n++) await write(n, 'Other');
      await sleep(30);
      expect(own()).toHaveLength(0);
      release();
      await until(() => handled.length === 1);
      await stop();
    });
  });

  it('writes checkpoints no more often than it was told to', async () => {
    const { stop } = start(() => sleep(1), { checkpointEvery: 100 });
    const begun = Date.now();
    for (let n = 0; n < 150; n++) await write(n);
    await until(() => handled.length === 150);
    const most = Math.floor((Date.now() - begun) / 100) + 2;
    await stop();
    expect(own().length).toBeLessThanOrEqual(most + 1);
    expect(own().at(-1)!.data).toMatchObject({ revision: 149 });
  });

  it('handles again what was handled after the last checkpoint, where that could not be written', async () => {
    await write(0);
    store.beforeAppend = (stream) => {
      if (stream === STREAM) throw new StoreUnavailable('away');
    };
    const first = start();
    await until(() => handled.length === 1);
    await first.stop();
    store.beforeAppend = () => undefined;
    const second = start();
    await until(() => handled.length === 2);
    await second.stop();
    expect(handled).toEqual([0, 0]);
    expect(own()).toHaveLength(1);
  });

  it('asks again with the same id where the outcome of a checkpoint is unknown', async () => {
    await write(0);
    const ids: string[] = [];
    const append = store.append.bind(store);
    store.append = async (stream, expected, events) => {
      const appended = await append(stream, expected, events);
      // It was written, and the first answer is lost.
      if (stream === STREAM && ids.push(events[0]!.id) === 1) throw new OutcomeUnknown('lost');
      return appended;
    };
    const { stop } = start();
    await until(() => own().length === 1);
    await sleep(20);
    await stop();
    expect(own()).toHaveLength(1);
    expect(ids).toEqual([own()[0]!.id, own()[0]!.id]);
  });

  describe('a handler that fails', () => {
    it('is tried again with growing pauses, while the events behind wait', async () => {
      for (const n of [0, 1, 2]) await write(n);
      const tries: number[] = [];
      const { stop } = start(
        (n) => {
          if (n === 1 && tries.push(Date.now()) < 4) throw new Error('not yet');
        },
        { attempts: 20, pauses: { first: 10, longest: 1000 } },
      );
      await until(() => handled.length === 3);
      await stop();
      expect(handled).toEqual([0, 1, 2]);
      expect(tries[1]! - tries[0]!).toBeGreaterThanOrEqual(9);
      expect(tries[2]! - tries[1]!).toBeGreaterThanOrEqual(19);
      expect(tries[3]! - tries[2]!).toBeGreaterThanOrEqual(39);
      expect(told.map(({ level }) => level)).toEqual(['warn', 'warn', 'warn']);
    });

    it('for ever is given up: told, recorded, and the next ones are handled', async () => {
      for (const n of [0, 1, 2]) await write(n);
      let tries = 0;
      const { stop } = start((n) => {
        if (n !== 1) return;
        tries++;
        throw Object.assign(new TypeError('bob@example.com is odd'), { code: 'EODD' });
      });
      await until(() => handled.length === 2);
      await stop();
      expect([handled, tries]).toEqual([[0, 2], 4]);
      const failed = own().find(({ type }) => type === 'ReactionFailed')!;
      const poison = store.of('work')[1]!;
      expect(failed.data).toEqual({
        stream: 'work',
        revision: 1,
        position: poison.position,
        eventId: poison.id,
        eventType: 'Wanted',
        attempts: 4,
        error: 'TypeError EODD',
      });
      expect(failed.metadata).toMatchObject({ causationId: poison.id, correlationId: 'c' });
      expect(told.filter(({ level }) => level === 'error')).toMatchObject([
        { fields: { reactor: 'mails', event: poison.id } },
      ]);
      expect(JSON.stringify(told)).not.toContain('bob@');
    });

    it('for good is given up at once, and stays so after a restart', async () => {
      for (const n of [0, 1]) await write(n);
      const handle = (n: number): void => {
        if (n === 1) throw new PermanentFailure('no such address (550)');
      };
      const first = start(handle);
      await until(() => own().some(({ type }) => type === 'ReactionFailed'));
      await first.stop();
      expect(own().at(-1)!.data).toMatchObject({ attempts: 1, error: 'PermanentFailure no such address (550)' });
      const second = start(handle);
      await sleep(20);
      await second.stop();
      expect(told).toHaveLength(1);
    });

    it('because its target is away is tried until that is back, however long', async () => {
      for (const n of [0, 1]) await write(n);
      let tries = 0;
      const { stop } = start(() => {
        if (++tries < 30) throw new TargetUnavailable('no mail server');
      });
      await until(() => handled.length === 2);
      await stop();
      expect([handled, own().filter(({ type }) => type === 'ReactionFailed')]).toEqual([[0, 1], []]);
    });

    it('an event that does not open is such a failure', async () => {
      await write(0);
      store.events[0] = { ...store.events[0]!, schemaVersion: 9 };
      await write(1);
      const { stop } = start();
      await until(() => handled.length === 1);
      await stop();
      expect(own()[0]!.data).toMatchObject({ error: 'EventFromNewerVersion', attempts: 4 });
    });
  });

  describe('stopped', () => {
    it('in a pause, it ends at once and handles the event again at the next start', async () => {
      await write(0);
      const first = start(
        () => {
          throw new Error('not yet');
        },
        { pauses: { first: 60_000, longest: 60_000 } },
      );
      await until(() => told.length === 1);
      await first.stop();
      expect(own()).toHaveLength(0);
      const second = start();
      await until(() => handled.length === 1);
      await second.stop();
    });

    it('in a handler, that is told by the signal and does not count as a failure', async () => {
      await write(0);
      let running = false;
      const { stop } = start(async (_n, _event, signal) => {
        running = true;
        await sleep(60_000, undefined, { signal });
      });
      await until(() => running);
      await stop();
      expect([told, own()]).toEqual([[], []]);
    });

    it('before it began, it does nothing', async () => {
      await write(0);
      await start().stop();
      expect(handled).toEqual([]);
    });
  });

  it("of two at once one stops, by the other one's checkpoint", async () => {
    await write(0);
    const one = start();
    await until(() => own().length === 1);
    const two = start();
    await sleep(10);
    await write(1);
    const ends = await Promise.race([one.ended, two.ended].map((ended) => ended.catch((error: unknown) => error)));
    expect(ends).toBeInstanceOf(WrongExpectedRevision);
  });

  it('waits for a store that is away when it starts', async () => {
    await write(0);
    const read = store.readStream.bind(store);
    let times = 0;
    store.readStream = (...args) => {
      if (times++ < 3) throw new StoreUnavailable('away');
      return read(...args);
    };
    const { stop } = start();
    await until(() => handled.length === 1);
    await stop();
    expect(told.map(({ message }) => message)).toEqual(Array(3).fill('the reactor cannot start yet'));
  });

  it('has a sentence and a record for each of its own events', () => {
    const failed = {
      stream: 'work',
      revision: 1,
      position: 'p',
      eventId: 'e',
      eventType: 'Wanted',
      attempts: 4,
      error: 'x',
    };
    expect(reactorEvents.ReactionFailed.summary(failed)).toBe('gave up reacting to Wanted after 4 attempts');
    expect(reactorEvents.ReactorAdvanced.summary(failed)).toBe('advanced');
  });
});
