import { exec } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import {
  type EventStore,
  type NewEvent,
  OutcomeUnknown,
  StoreUnavailable,
} from '../../src/platform/event-store/event-store.port.js';
import { openEventStoreDb } from '../../src/platform/event-store/eventstoredb/eventstoredb-event-store.js';
import { describeIf } from '../support/available.js';
import { all, describeEventStore, eventually, ids, newEvent, newStream, Subscription } from './event-store.contract.js';

/**
 * Against a server that others may use as well: nothing but streams of this run is looked at. It is stopped and started
 * by the shell commands in EVENT_STORE_STOP (`kill -9`, `docker kill` ...) and EVENT_STORE_START, where both are given.
 */
const { EVENT_STORE_URL: url, EVENT_STORE_STOP: stop, EVENT_STORE_START: start } = process.env;
const missing = url === undefined ? 'no EventStoreDB at esdb://localhost:2113 (set EVENT_STORE_URL)' : undefined;

const open = (): Promise<EventStore> => openEventStoreDb({ url: url!, clock: Date.now, timeoutMs: 5000 });

describeEventStore({ name: 'EventStoreDB', skipReason: missing, open, destroy: async () => undefined });

const stays =
  missing ??
  (stop === undefined || start === undefined
    ? 'EventStoreDB cannot be stopped (set EVENT_STORE_STOP and EVENT_STORE_START)'
    : undefined);

describeIf(stays === undefined, stays ?? '', 'EventStoreDB, stopped and started', () => {
  const shell = promisify(exec);
  let store: EventStore;
  beforeAll(async () => {
    store = await open();
  });
  afterAll(async () => {
    await shell(start!).catch(() => undefined);
    await store.close();
  });

  /** Appends as the command path does: what is of unknown outcome is asked for again, with the same id and revision. */
  async function appendSurely(stream: string, event: NewEvent): Promise<number> {
    for (;;) {
      try {
        return (await store.append(stream, 'no-stream', [event])).revision;
      } catch (error) {
        if (!(error instanceof OutcomeUnknown || error instanceof StoreUnavailable)) throw error;
        await sleep(200);
      }
    }
  }

  it('refuses while it is away, and works again with the same client once it is back', async () => {
    const stream = newStream();
    const before = newEvent();
    await store.append(stream, 'no-stream', [before]);
    await shell(stop!);
    await expect(store.newerThan(stream, -1)).rejects.toBeInstanceOf(StoreUnavailable);
    await expect(all(store.readStream(stream))).rejects.toBeInstanceOf(StoreUnavailable);
    await expect(store.head()).rejects.toBeInstanceOf(StoreUnavailable);
    const outcome: unknown = await store.append(stream, 0, [newEvent()]).catch((error: unknown) => error);
    expect([StoreUnavailable, OutcomeUnknown]).toContain((outcome as Error).constructor);
    await shell(start!);
    const after = newEvent();
    await appendSurely(newStream(), after);
    expect(ids(await all(store.readStream(stream)))).toEqual([before.id]);
  }, 120_000);

  it('loses nothing that it acknowledged and stores nothing twice; subscriptions go on by themselves', async () => {
    const after = await store.head();
    const own = new Set<string>();
    const subscription = new Subscription(store, { after });
    let working = true;
    const acknowledged = new Map<string, string>();
    const writers = Array.from({ length: 64 }, async () => {
      while (working) {
        const [stream, event] = [newStream(), newEvent()];
        own.add(stream);
        expect(await appendSurely(stream, event)).toBe(0);
        acknowledged.set(stream, event.id);
      }
    });
    for (let round = 0; round < 3; round++) {
      await sleep(1000);
      await shell(stop!);
      await sleep(500);
      await shell(start!);
    }
    await sleep(1000);
    working = false;
    await Promise.all(writers);
    expect(acknowledged.size).toBe(own.size);

    const seen = (): Map<string, string[]> => {
      const found = new Map<string, string[]>();
      for (const { events } of subscription.batches)
        for (const { stream, id } of events) if (own.has(stream)) found.set(stream, [...(found.get(stream) ?? []), id]);
      return found;
    };
    await eventually(() => seen().size === own.size, 'the subscription sees every stream');
    await subscription.stop();
    for (const [stream, found] of seen()) expect(found).toEqual([acknowledged.get(stream)]);
    for (const stream of [...own].slice(0, 200))
      expect(ids(await all(store.readStream(stream)))).toEqual([acknowledged.get(stream)]);
  }, 300_000);
});
