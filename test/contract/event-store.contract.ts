import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Metadata } from '../../src/kernel/event.js';
import {
  type Appended,
  type Batch,
  type EventStore,
  EventTooLarge,
  type ExpectedRevision,
  MAX_APPEND_BYTES,
  type NewEvent,
  type ReadAllOptions,
  type StoredEvent,
  WrongExpectedRevision,
} from '../../src/platform/event-store/event-store.port.js';
import { describeIf } from '../support/available.js';

export interface EventStoreAdapter {
  readonly name: string;
  /** Why the suite cannot run here, in plain words. */
  readonly skipReason?: string | undefined;
  /** Opens the store; again after it was closed, with what it held. One is open at a time. */
  open(): Promise<EventStore>;
  destroy(): Promise<void>;
}

const METADATA: Metadata = {
  organisation: randomUUID(),
  actor: { kind: 'user', id: randomUUID(), session: randomUUID() },
  command: 'DoSomething',
  correlationId: randomUUID(),
  requestId: randomUUID(),
};

export function newEvent(over: Partial<NewEvent> = {}): NewEvent {
  return { id: randomUUID(), type: 'SomethingDone', schemaVersion: 1, data: {}, metadata: METADATA, ...over };
}

export function newEvents(count: number, over: Partial<NewEvent> = {}): NewEvent[] {
  return Array.from({ length: count }, () => newEvent(over));
}

export const newStream = (): string => `thing-${randomUUID()}/${randomUUID()}`;
export const ids = (events: readonly { readonly id: string }[]): string[] => events.map(({ id }) => id);

export async function all<T>(iterable: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of iterable) items.push(item);
  return items;
}

export async function eventually(condition: () => boolean, what: string): Promise<void> {
  const until = Date.now() + 20_000;
  while (!condition()) {
    if (Date.now() > until) throw new Error(`still waiting: ${what}`);
    await sleep(5);
  }
}

/** A subscription that collects, for tests. Others may write to the log meanwhile: ask for own streams. */
export class Subscription {
  readonly batches: Batch[] = [];
  readonly ended: Promise<void>;
  readonly #abort = new AbortController();

  constructor(store: Pick<EventStore, 'subscribeToAll'>, options: ReadAllOptions = {}) {
    this.ended = (async () => {
      for await (const batch of store.subscribeToAll({ ...options, signal: this.#abort.signal }))
        this.batches.push(batch);
    })();
    // What it rejects with is for whoever awaits it.
    this.ended.catch(() => undefined);
  }

  of(stream: string): StoredEvent[] {
    return this.batches.flatMap(({ events }) => events).filter((event) => event.stream === stream);
  }

  async stop(): Promise<void> {
    this.#abort.abort();
    await this.ended;
  }
}

/** What every adapter of the event store port does. Holds on a server that others write to at the same time. */
export function describeEventStore(adapter: EventStoreAdapter): void {
  describeIf(adapter.skipReason === undefined, adapter.skipReason ?? '', `event store: ${adapter.name}`, () => {
    let store: EventStore;
    beforeAll(async () => {
      store = await adapter.open();
    });
    afterAll(async () => {
      await store.close();
      await adapter.destroy();
    });
    const given = (): EventStore => store;

    describe('append', () => appending(given));
    describe('append again', () => repeating(given));
    describe('what fits', () => sizes(given));
    describe('read a stream', () => readingStreams(given));
    describe('newer than', () => newerThan(given));
    describe('read all', () => readingAll(given));
    describe('subscribe', () => subscribing(given));
    describe('close', () => {
      it('finishes the appends that it accepted', async () => {
        const stream = newStream();
        const appends = Array.from({ length: 100 }, () => store.append(stream, 'any', [newEvent()]));
        await store.close();
        const revisions = (await Promise.all(appends)).map(({ revision }) => revision);
        expect(new Set(revisions).size).toBe(100);
        await expect(store.append(stream, 'any', [newEvent()])).rejects.toMatchObject({ name: 'StoreUnavailable' });
        await expect(all(store.readStream(stream))).rejects.toMatchObject({ name: 'StoreUnavailable' });

        store = await adapter.open();
        expect(await all(store.readStream(stream))).toHaveLength(100);
      });

      it('may be asked for twice', async () => {
        await Promise.all([store.close(), store.close()]);
        store = await adapter.open();
      });
    });
  });
}

type Given = () => EventStore;

async function refusal(append: Promise<Appended>): Promise<WrongExpectedRevision> {
  const error: unknown = await append.then(
    () => new Error('it was accepted'),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(WrongExpectedRevision);
  return error as WrongExpectedRevision;
}

function appending(store: Given): void {
  it('counts revisions from 0 and answers for the last event', async () => {
    const stream = newStream();
    const before = Date.now();
    const first = await store().append(stream, 'no-stream', newEvents(2));
    const second = await store().append(stream, 1, newEvents(3));
    expect([first.revision, second.revision]).toEqual([1, 4]);
    expect(first.position < second.position).toBe(true);
    const events = await all(store().readStream(stream));
    expect(events.map(({ revision }) => revision)).toEqual([0, 1, 2, 3, 4]);
    expect(events[1]).toMatchObject({ position: first.position, recordedAt: first.recordedAt });
    expect(events[4]).toMatchObject({ position: second.position, recordedAt: second.recordedAt });
    expect(Date.parse(first.recordedAt)).toBeGreaterThanOrEqual(before - 60_000);
    expect(second.recordedAt >= first.recordedAt).toBe(true);
    expect(first.recordedAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  });

  it('gives back what was appended', async () => {
    const stream = newStream();
    const data = { text: 'x', number: -1.5, none: null, list: [1, { deep: true }], nested: { a: '' } };
    const event = newEvent({ data, schemaVersion: 7, type: 'Something.Odd' });
    const { position, recordedAt } = await store().append(stream, 'any', [event]);
    expect(await all(store().readStream(stream))).toEqual([{ ...event, stream, revision: 0, position, recordedAt }]);
  });

  it('refuses `no-stream` for a stream that exists', async () => {
    const stream = newStream();
    await store().append(stream, 'no-stream', newEvents(2));
    const refused = await refusal(store().append(stream, 'no-stream', [newEvent()]));
    expect(refused).toMatchObject({ stream, expected: 'no-stream', actual: 1 });
    expect(refused.message).toContain(stream);
  });

  it('refuses a revision behind, ahead, and of a stream that does not exist', async () => {
    const stream = newStream();
    expect(await refusal(store().append(stream, 0, [newEvent()]))).toMatchObject({ expected: 0, actual: 'no-stream' });
    await store().append(stream, 'no-stream', newEvents(3));
    expect(await refusal(store().append(stream, 1, [newEvent()]))).toMatchObject({ expected: 1, actual: 2 });
    expect(await refusal(store().append(stream, 3, [newEvent()]))).toMatchObject({ expected: 3, actual: 2 });
    expect(await all(store().readStream(stream))).toHaveLength(3);
  });

  it('takes `any` for new and existing streams', async () => {
    const stream = newStream();
    expect(await store().append(stream, 'any', [newEvent()])).toMatchObject({ revision: 0 });
    expect(await store().append(stream, 'any', [newEvent()])).toMatchObject({ revision: 1 });
  });

  it.each<[ExpectedRevision]>([['no-stream'], [0]])('lets one of many at revision %s win', async (expected) => {
    const stream = newStream();
    if (expected !== 'no-stream') await store().append(stream, 'no-stream', [newEvent()]);
    const events = newEvents(20);
    const results = await Promise.allSettled(events.map((event) => store().append(stream, expected, [event])));
    const winners = events.filter((_, i) => results[i]!.status === 'fulfilled');
    expect(winners).toHaveLength(1);
    for (const result of results)
      if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(WrongExpectedRevision);
    expect((await all(store().readStream(stream))).at(-1)!.id).toBe(winners[0]!.id);
  });

  it('leaves the others alone when one is refused', async () => {
    const taken = newStream();
    await store().append(taken, 'no-stream', [newEvent()]);
    const streams = Array.from({ length: 30 }, (_, i) => (i % 3 === 0 ? taken : newStream()));
    const results = await Promise.allSettled(
      streams.map((stream) => store().append(stream, 'no-stream', newEvents(2))),
    );
    expect(results.map(({ status }) => status)).toEqual(
      streams.map((stream) => (stream === taken ? 'rejected' : 'fulfilled')),
    );
    for (const stream of streams) expect(await all(store().readStream(stream))).toHaveLength(stream === taken ? 1 : 2);
  });

  it('takes all events of an append or none', async () => {
    const stream = newStream();
    await store().append(stream, 'no-stream', [newEvent()]);
    await refusal(store().append(stream, 'no-stream', newEvents(50)));
    expect(await all(store().readStream(stream))).toHaveLength(1);
  });

  it('refuses an append of nothing as a mistake', async () => {
    await expect(store().append(newStream(), 'any', [])).rejects.toBeInstanceOf(RangeError);
  });
}

function repeating(store: Given): void {
  it.each<[string, ExpectedRevision, number]>([
    ['a new stream', 'no-stream', 0],
    ['a revision', 1, 2],
    ['any revision', 'any', 2],
  ])('answers what it answered first: %s', async (_, expected, existing) => {
    const stream = newStream();
    if (existing > 0) await store().append(stream, 'no-stream', newEvents(existing));
    const events = newEvents(3);
    const first = await store().append(stream, expected, events);
    expect(await store().append(stream, expected, events)).toEqual(first);
    await store().append(stream, first.revision, newEvents(2));
    expect(await store().append(stream, expected, events)).toEqual(first);
    expect(await all(store().readStream(stream))).toHaveLength(existing + 5);
  });

  it('answers repeats that arrive together', async () => {
    const stream = newStream();
    const event = newEvent();
    const answers = await Promise.all(Array.from({ length: 10 }, () => store().append(stream, 'no-stream', [event])));
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    expect(await all(store().readStream(stream))).toHaveLength(1);
  });

  it('refuses what is partly there', async () => {
    const stream = newStream();
    const [a, b, c] = newEvents(3) as [NewEvent, NewEvent, NewEvent];
    await store().append(stream, 'no-stream', [a, b]);
    expect(await refusal(store().append(stream, 'no-stream', [a, b, c]))).toMatchObject({ actual: 1 });
    expect(await refusal(store().append(stream, 'no-stream', [a, c]))).toMatchObject({ actual: 1 });
    expect(await refusal(store().append(stream, 'no-stream', [c, b]))).toMatchObject({ actual: 1 });
    expect(ids(await all(store().readStream(stream)))).toEqual(ids([a, b]));
  });

  it('refuses other ids at the same revision, and the same ids at an earlier one', async () => {
    const stream = newStream();
    await store().append(stream, 'no-stream', newEvents(2));
    const event = newEvent();
    await store().append(stream, 1, [event]);
    await refusal(store().append(stream, 1, [newEvent()]));
    await refusal(store().append(stream, 0, [event]));
    await refusal(store().append(stream, 'no-stream', [event]));
  });
}

function sizes(store: Given): void {
  const text = (bytes: number): NewEvent => newEvent({ data: { text: 'x'.repeat(bytes) } });

  it('takes an event of nearly 1 MiB', async () => {
    const stream = newStream();
    const event = text(MAX_APPEND_BYTES - 10_000);
    await store().append(stream, 'no-stream', [event]);
    const [stored] = await all(store().readStream(stream));
    expect(stored!.data).toEqual(event.data);
  });

  it('refuses an event over 1 MiB, counted in bytes', async () => {
    const stream = newStream();
    await expect(store().append(stream, 'any', [text(MAX_APPEND_BYTES)])).rejects.toBeInstanceOf(EventTooLarge);
    const euros = newEvent({ data: { text: '€'.repeat(MAX_APPEND_BYTES / 2) } });
    const error: unknown = await store()
      .append(stream, 'any', [euros])
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(EventTooLarge);
    expect((error as EventTooLarge).bytes).toBeGreaterThan(MAX_APPEND_BYTES * 1.5);
    expect(await all(store().readStream(stream))).toEqual([]);
  });

  it('refuses an append over 1 MiB of smaller events', async () => {
    const stream = newStream();
    const events = Array.from({ length: 8 }, () => text(MAX_APPEND_BYTES / 8));
    await expect(store().append(stream, 'any', events)).rejects.toBeInstanceOf(EventTooLarge);
    expect(await all(store().readStream(stream))).toEqual([]);
  });

  it('takes a thousand small events at once', async () => {
    const stream = newStream();
    const events = newEvents(1000);
    expect(await store().append(stream, 'no-stream', events)).toMatchObject({ revision: 999 });
    expect(ids(await all(store().readStream(stream)))).toEqual(ids(events));
  });

  it('keeps Unicode, NUL and lone surrogates in data, and Unicode in names', async () => {
    const stream = `${newStream()}/Ünïcødé 発票 🧾`;
    const data = { text: 'a\u0000b \ud800 🧾 \u2028', 'ключ \udfff': ['\u0000', ''] };
    const event = newEvent({ data, type: 'Gezählt' });
    await store().append(stream, 'no-stream', [event]);
    const [stored] = await all(store().readStream(stream));
    expect(stored).toMatchObject({ stream, type: 'Gezählt' });
    expect(stored!.data).toEqual(data);
  });

  it('tells streams apart whose names differ in case', async () => {
    const stream = newStream();
    await store().append(`${stream}/a`, 'no-stream', [newEvent()]);
    await store().append(`${stream}/A`, 'no-stream', [newEvent()]);
    expect(await all(store().readStream(`${stream}/a`))).toHaveLength(1);
  });
}

function readingStreams(store: Given): void {
  let stream: string;
  let events: NewEvent[];
  beforeAll(async () => {
    stream = newStream();
    events = newEvents(10);
    await store().append(stream, 'no-stream', events);
  });
  const revisions = async (options: Parameters<EventStore['readStream']>[1]): Promise<number[]> =>
    (await all(store().readStream(stream, options))).map(({ revision }) => revision);

  it('reads forwards and backwards', async () => {
    expect(ids(await all(store().readStream(stream)))).toEqual(ids(events));
    expect(ids(await all(store().readStream(stream, { direction: 'backwards' })))).toEqual(ids(events).reverse());
  });

  it('starts at a revision', async () => {
    expect(await revisions({ from: 7 })).toEqual([7, 8, 9]);
    expect(await revisions({ from: 2, direction: 'backwards' })).toEqual([2, 1, 0]);
    expect(await revisions({ from: 10 })).toEqual([]);
  });

  it('ends at a limit', async () => {
    expect(await revisions({ limit: 2 })).toEqual([0, 1]);
    expect(await revisions({ limit: 1, direction: 'backwards' })).toEqual([9]);
    expect(await revisions({ from: 4, limit: 3 })).toEqual([4, 5, 6]);
    expect(await revisions({ from: 8, limit: 100 })).toEqual([8, 9]);
  });

  it('finds nothing in a stream that does not exist', async () => {
    expect(await all(store().readStream(newStream()))).toEqual([]);
    expect(await all(store().readStream(newStream(), { direction: 'backwards' }))).toEqual([]);
  });

  it('reads a stream of several pages', async () => {
    const long = newStream();
    for (let i = 0; i < 5; i++) await store().append(long, 'any', newEvents(500));
    const forwards = await all(store().readStream(long));
    expect(forwards.map(({ revision }) => revision)).toEqual(Array.from({ length: 2500 }, (_, i) => i));
    const backwards = await all(store().readStream(long, { direction: 'backwards', limit: 1700 }));
    expect(ids(backwards)).toEqual(ids(forwards).reverse().slice(0, 1700));
  });

  it('stops when it is aborted, with the reason', async () => {
    const abort = new AbortController();
    const reason = new Error('enough');
    const seen: number[] = [];
    const reading = (async () => {
      for await (const { revision } of store().readStream(stream, { signal: abort.signal })) {
        seen.push(revision);
        if (revision === 2) abort.abort(reason);
      }
    })();
    await expect(reading).rejects.toBe(reason);
    expect(seen).toEqual([0, 1, 2]);
    await expect(all(store().readStream(stream, { signal: abort.signal }))).rejects.toBe(reason);
  });

  it('may be left in the middle', async () => {
    for await (const { revision } of store().readStream(stream)) if (revision === 3) break;
    expect(await revisions({ limit: 1 })).toEqual([0]);
  });
}

function newerThan(store: Given): void {
  it('knows what was acknowledged before', async () => {
    const stream = newStream();
    expect(await store().newerThan(stream, -1)).toEqual([]);
    for (let revision = 0; revision < 30; revision++) {
      const event = newEvent();
      await store().append(stream, revision === 0 ? 'no-stream' : revision - 1, [event]);
      expect(ids(await store().newerThan(stream, revision - 1))).toEqual([event.id]);
      expect(await store().newerThan(stream, revision)).toEqual([]);
    }
    expect(await store().newerThan(stream, -1)).toHaveLength(30);
    expect((await store().newerThan(stream, 24)).map(({ revision }) => revision)).toEqual([25, 26, 27, 28, 29]);
    expect(await store().newerThan(stream, 1000)).toEqual([]);
    expect(await store().newerThan(stream, 28)).toHaveLength(1);
  });

  it('knows what a loser of a race lost to', async () => {
    const stream = newStream();
    const racing = newEvents(8).map((event) => store().append(stream, 'no-stream', [event]));
    await Promise.all(
      racing.map((append) => append.catch(async () => expect(await store().newerThan(stream, -1)).toHaveLength(1))),
    );
  });

  it('reads streams of several pages', async () => {
    const stream = newStream();
    for (let i = 0; i < 3; i++) await store().append(stream, 'any', newEvents(700));
    const newer = await store().newerThan(stream, 99);
    expect(newer.map(({ revision }) => revision)).toEqual(Array.from({ length: 2000 }, (_, i) => i + 100));
  });
}

function readingAll(store: Given): void {
  it('reads everything after a position once, in order', async () => {
    const after = await store().head();
    const streams = Array.from({ length: 5 }, newStream);
    const appended: NewEvent[] = [];
    for (let i = 0; i < 60; i++) {
      const events = newEvents(25);
      appended.push(...events);
      await store().append(streams[i % 5]!, 'any', events);
    }
    const batches = await all(store().readAll({ after }));
    const read = batches.flatMap(({ events }) => events);
    expect(ids(read.filter(({ stream }) => streams.includes(stream)))).toEqual(ids(appended));
    expectOrdered(batches, after);
    expect(batches.at(-1)!.caughtUp).toBe(true);

    const middle = read.find(({ id }) => id === appended[700]!.id)!;
    const rest = (await all(store().readAll({ after: middle.position }))).flatMap(({ events }) => events);
    expect(ids(rest.filter(({ stream }) => streams.includes(stream)))).toEqual(ids(appended.slice(701)));
  });

  it('reads from the beginning', async () => {
    const stream = newStream();
    const { position } = await store().append(stream, 'no-stream', newEvents(2));
    const batches: Batch[] = [];
    let count = 0;
    for await (const batch of store().readAll()) {
      batches.push(batch);
      count += batch.events.length;
      // A log that was there long before this run is not read to its end.
      if (count > 20_000) break;
    }
    expectOrdered(batches, undefined);
    const read = batches.flatMap(({ events }) => events);
    if (count > 20_000) expect(read[0]!.position < position).toBe(true);
    else expect(read.filter((event) => event.stream === stream).map(({ revision }) => revision)).toEqual([0, 1]);
  });

  it('answers the position that an append was acknowledged with', async () => {
    const stream = newStream();
    const { position } = await store().append(stream, 'no-stream', [newEvent()]);
    expect((await store().head())! >= position).toBe(true);
    expect((await all(store().readStream(stream)))[0]!.position).toBe(position);
    const after = (await all(store().readAll({ after: position }))).flatMap(({ events }) => events);
    expect(after.filter((event) => event.stream === stream)).toEqual([]);
  });

  it('reads events of some types only, and considers the others', async () => {
    const after = await store().head();
    const stream = newStream();
    const [wanted, also] = [`Wanted-${randomUUID()}`, `Also-${randomUUID()}`];
    const events = Array.from({ length: 90 }, (_, i) => newEvent(i % 9 === 0 ? { type: i % 2 ? wanted : also } : {}));
    await store().append(stream, 'no-stream', events);
    const batches = await all(store().readAll({ after, types: [wanted, also] }));
    const read = batches.flatMap((batch) => batch.events);
    expect(ids(read)).toEqual(ids(events.filter(({ type }) => type === wanted || type === also)));
    expectOrdered(batches, after);
    expect(batches.at(-1)!.position >= (await all(store().readStream(stream))).at(-1)!.position).toBe(true);

    const none = await all(store().readAll({ after, types: [`Never-${randomUUID()}`] }));
    expect(none.flatMap((batch) => batch.events)).toEqual([]);
  });

  it('stops when it is aborted, with the reason', async () => {
    const reason = new Error('enough');
    await expect(all(store().readAll({ signal: AbortSignal.abort(reason) }))).rejects.toBe(reason);
  });
}

/** Positions rise, each batch ends at or after its last event, and batches do not overlap. */
function expectOrdered(batches: readonly Batch[], after: string | undefined): void {
  let last = after ?? '';
  for (const { events, position } of batches) {
    for (const event of events) {
      expect(event.position > last).toBe(true);
      last = event.position;
    }
    expect(position >= last).toBe(true);
    last = position;
  }
}

function subscribing(store: Given): void {
  it('catches up, says so, and goes on live', async () => {
    const after = await store().head();
    const stream = newStream();
    for (let i = 0; i < 4; i++) await store().append(stream, 'any', newEvents(600));
    const subscription = new Subscription(store(), { after });
    await eventually(() => subscription.batches.some(({ caughtUp }) => caughtUp), 'caught up');
    expect(subscription.of(stream)).toHaveLength(2400);
    for (let i = 0; i < 20; i++) {
      const event = newEvent();
      await store().append(stream, 'any', [event]);
      await eventually(() => subscription.of(stream).at(-1)!.id === event.id, 'a live event');
      await eventually(() => subscription.batches.at(-1)!.caughtUp, 'caught up again');
    }
    await subscription.stop();
    expect(subscription.of(stream).map(({ revision }) => revision)).toEqual(Array.from({ length: 2420 }, (_, i) => i));
    expectOrdered(subscription.batches, after);
  });

  it('misses nothing and repeats nothing while many append', async () => {
    const after = await store().head();
    const stream = newStream();
    const subscriptions = Array.from({ length: 3 }, () => new Subscription(store(), { after }));
    const writers = Array.from({ length: 16 }, async () => {
      for (let i = 0; i < 25; i++) await store().append(stream, 'any', newEvents(2));
    });
    await Promise.all(writers);
    for (const subscription of subscriptions) {
      await eventually(() => subscription.of(stream).length >= 800, 'all events');
      await subscription.stop();
      expect(subscription.of(stream).map(({ revision }) => revision)).toEqual(Array.from({ length: 800 }, (_, i) => i));
      expectOrdered(subscription.batches, after);
    }
  });

  it('says that it has caught up where there is nothing', async () => {
    const subscription = new Subscription(store(), { after: await store().head() });
    await eventually(() => subscription.batches.some(({ caughtUp }) => caughtUp), 'caught up');
    await subscription.stop();
  });

  it('moves on over events of other types', async () => {
    const type = `Rare-${randomUUID()}`;
    const stream = newStream();
    const subscription = new Subscription(store(), { after: await store().head(), types: [type] });
    await eventually(() => subscription.batches.some(({ caughtUp }) => caughtUp), 'caught up');
    const other = await store().append(stream, 'any', newEvents(3));
    await eventually(() => {
      const last = subscription.batches.at(-1)!;
      return last.caughtUp && last.position >= other.position;
    }, 'a checkpoint beyond the others');
    expect(subscription.batches.flatMap(({ events }) => events)).toEqual([]);
    const rare = newEvent({ type });
    await store().append(stream, 'any', [newEvent(), rare, newEvent()]);
    await eventually(() => subscription.of(stream).length > 0, 'the rare event');
    await subscription.stop();
    expect(ids(subscription.of(stream))).toEqual([rare.id]);
  });

  it('resumes after the position that was handled last', async () => {
    const stream = newStream();
    const { position } = await store().append(stream, 'any', newEvents(5));
    await store().append(stream, 'any', newEvents(5));
    const subscription = new Subscription(store(), { after: position });
    await eventually(() => subscription.of(stream).length === 5, 'the second five');
    await subscription.stop();
    expect(subscription.of(stream).map(({ revision }) => revision)).toEqual([5, 6, 7, 8, 9]);
  });

  it('hands out a batch only when the one before has been handled', async () => {
    const after = await store().head();
    const stream = newStream();
    for (let i = 0; i < 5; i++) await store().append(stream, 'any', newEvents(500));
    const abort = new AbortController();
    let handling = 0;
    let seen = 0;
    for await (const { events } of store().subscribeToAll({ after, signal: abort.signal })) {
      handling += 1;
      expect(handling).toBe(1);
      await sleep(20);
      handling -= 1;
      seen += events.filter((event) => event.stream === stream).length;
      if (seen === 2500) abort.abort();
    }
    expect(seen).toBe(2500);
  });

  it('ends quietly when it is aborted: while it waits, in a batch, and before it began', async () => {
    const waiting = new Subscription(store(), { after: await store().head() });
    await eventually(() => waiting.batches.length > 0, 'a first batch');
    await sleep(20);
    await waiting.stop();

    await store().append(newStream(), 'any', [newEvent()]);
    const abort = new AbortController();
    for await (const _ of store().subscribeToAll({ signal: abort.signal })) abort.abort();
    expect(await all(store().subscribeToAll({ signal: AbortSignal.abort() }))).toEqual([]);
  });
}
