import {
  AccessDeniedError,
  type AllStreamResolvedEvent,
  TimeoutError,
  UnavailableError,
  UnknownError,
} from '@eventstore/db-client';
import { setTimeout as sleep } from 'node:timers/promises';
import { Call, driver, readAllOf, resolved, system, text } from '../../../../test/support/eventstoredb.js';
import type { Pauses } from '../../reactor/back-off.js';
import type { Batch, SubscribeOptions } from '../event-store.port.js';
import type { Driver } from './driver.js';
import { EndOfLog } from './end-of-log.js';
import { LogReads } from './log-reads.js';
import { Seen } from './seen.js';
import { subscribeToLog } from './subscription.js';

type Options = Parameters<Driver['subscribeToAll']>[0];

/** A subscription over hand-made calls; what is in `log` is there to be read besides. */
class Subscribing {
  readonly calls: Call[] = [];
  readonly asked: Options[] = [];
  readonly drops: unknown[] = [];
  readonly batches: Batch[] = [];
  readonly log: AllStreamResolvedEvent[] = [];
  readonly reads: LogReads;
  readonly ended: Promise<void>;
  readonly abort = new AbortController();
  refuses: Error | undefined;

  constructor(
    options: Omit<SubscribeOptions, 'signal'> = {},
    handle: (batch: Batch) => Promise<void> | void = () => undefined,
    timeoutMs = 5000,
    pauses: Pauses = { first: 1, longest: 4 },
  ) {
    const seen = new Seen(() => 0);
    const scripted = driver({
      subscribeToAll: (asked) => {
        if (this.refuses !== undefined) throw this.refuses;
        this.asked.push(asked);
        const call = new Call((position) => {
          const filter = asked.filter;
          void filter.checkpointReached?.(undefined as never, position);
        });
        this.calls.push(call);
        return call.subscription;
      },
      readAll: (asked) => readAllOf(this.log)(asked),
    });
    this.reads = new LogReads(scripted, timeoutMs, seen);
    const parts = {
      driver: scripted,
      reads: this.reads,
      end: new EndOfLog(this.reads, seen),
      seen,
      timeoutMs,
      dropped: (error: unknown) => this.drops.push(error),
      pauses,
      quietMs: 10,
    };
    this.ended = (async () => {
      for await (const batch of subscribeToLog(parts, { ...options, signal: this.abort.signal })) {
        this.batches.push(batch);
        await handle(batch);
      }
    })();
    this.ended.catch(() => undefined);
  }

  /** The call of a run, from 0. */
  async call(run: number): Promise<Call> {
    await until(() => this.calls.length > run);
    return this.calls[run]!;
  }

  get seen(): string[] {
    return this.batches.flatMap(({ events }) => events).map(({ position }) => position);
  }

  async stop(): Promise<void> {
    this.abort.abort();
    await this.ended;
  }
}

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 2000; i++) {
    if (condition()) return;
    await sleep(1);
  }
  throw new Error('still waiting');
}

const texts = (...positions: number[]): string[] => positions.map(text);

describe('subscribing to EventStoreDB', () => {
  it('begins behind a position, without system events, and says when it has caught up', async () => {
    const subscribing = new Subscribing({ after: text(4) });
    (await subscribing.call(0)).confirm().event(resolved(5), resolved(6)).caughtUp();
    await until(() => subscribing.batches.some(({ caughtUp }) => caughtUp));
    expect(subscribing.asked[0]).toMatchObject({
      fromPosition: { commit: 4n, prepare: 4n },
      filter: { filterOn: 'eventType', regex: '^[^$].*' },
    });
    expect(subscribing.seen).toEqual(texts(5, 6));
    subscribing.calls[0]!.event(resolved(7));
    await until(() => subscribing.seen.length === 3);
    expect(subscribing.batches.at(-1)).toMatchObject({ position: text(7), caughtUp: true });
    await subscribing.stop();
  });

  it('begins at the start without a position, and has caught up with an empty log', async () => {
    const subscribing = new Subscribing();
    (await subscribing.call(0)).confirm().caughtUp();
    await until(() => subscribing.batches.length > 0);
    expect(subscribing.asked[0]!.fromPosition).toBe('start');
    expect(subscribing.batches).toEqual([{ events: [], position: '0'.repeat(40), caughtUp: true }]);
    await subscribing.stop();
  });

  it.each([
    ['too slow', 10, 'Consumer too slow to handle event while live. Client resubscription required.', TimeoutError],
    ['killed', 14, 'Connection dropped', UnavailableError],
    ['stopped', 13, 'Received RST_STREAM with code 2', UnknownError],
  ])('goes on behind the last event that was handled when it drops: %s', async (_, code, details, kind) => {
    const subscribing = new Subscribing();
    (await subscribing.call(0)).confirm().event(resolved(1), resolved(2)).caughtUp().event(resolved(3));
    await until(() => subscribing.seen.length === 3);
    subscribing.calls[0]!.fail(code, details);
    (await subscribing.call(1)).confirm().event(resolved(4)).caughtUp();
    await until(() => subscribing.seen.length === 4);
    expect(subscribing.asked[1]!.fromPosition).toEqual({ commit: 3n, prepare: 3n });
    expect(subscribing.seen).toEqual(texts(1, 2, 3, 4));
    expect(subscribing.drops).toHaveLength(1);
    expect(subscribing.drops[0]).toBeInstanceOf(kind);
    await until(() => subscribing.calls[0]!.cancelled);
    await subscribing.stop();
  });

  it('handles what had come before the drop, once', async () => {
    let first = true;
    const subscribing = new Subscribing({}, async () => {
      if (first) await sleep(20);
      first = false;
    });
    const call = (await subscribing.call(0)).confirm().event(resolved(1));
    await until(() => subscribing.batches.length === 1);
    call.event(resolved(2), resolved(3));
    await sleep(2);
    call.fail(10, 'Consumer too slow');
    (await subscribing.call(1)).confirm().event(resolved(4)).caughtUp();
    await until(() => subscribing.seen.length === 4);
    expect(subscribing.asked[1]!.fromPosition).toEqual({ commit: 3n, prepare: 3n });
    expect(subscribing.seen).toEqual(texts(1, 2, 3, 4));
    await subscribing.stop();
  });

  it('does not hand out twice what the server tells twice', async () => {
    const subscribing = new Subscribing({ after: text(2) });
    (await subscribing.call(0)).confirm().event(resolved(2), resolved(3), resolved(3), resolved(4));
    await until(() => subscribing.seen.length === 2);
    expect(subscribing.seen).toEqual(texts(3, 4));
    await subscribing.stop();
  });

  it('goes on trying while the server is away, ever more slowly', async () => {
    const subscribing = new Subscribing();
    for (let run = 0; run < 6; run++) (await subscribing.call(run)).fail(14, 'No connection established');
    (await subscribing.call(6)).confirm().event(resolved(1)).caughtUp();
    await until(() => subscribing.seen.length === 1);
    expect(subscribing.drops).toHaveLength(6);
    await subscribing.stop();
  });

  it('forgets earlier failures once it has stood', async () => {
    const subscribing = new Subscribing({}, undefined, 5000, { first: 20, longest: 60_000 });
    for (let run = 0; run < 4; run++) (await subscribing.call(run)).fail(14, 'No connection established');
    for (let run = 4; run < 12; run++) {
      const reached = subscribing.batches.length;
      (await subscribing.call(run)).confirm().caughtUp();
      await until(() => subscribing.batches.length > reached);
      subscribing.calls[run]!.fail(14, 'Connection dropped');
    }
    // Eight more doublings would be past the patience of `until`.
    await subscribing.call(12);
    await subscribing.stop();
  });

  it('takes a subscription up again that the server ends, or does not confirm in time', async () => {
    const ended = new Subscribing();
    (await ended.call(0)).end();
    await ended.call(1);
    await ended.stop();
    const silent = new Subscribing({}, undefined, 25);
    await silent.call(1);
    expect(silent.drops[0]).toMatchObject({ name: 'StoreUnavailable' });
    await until(() => silent.calls[0]!.cancelled);
    await silent.stop();
  });

  it('ends for good where the user has no rights', async () => {
    const subscribing = new Subscribing();
    (await subscribing.call(0)).emit('error', new AccessDeniedError());
    await expect(subscribing.ended).rejects.toMatchObject({ name: 'StoreUnavailable' });
    expect(subscribing.calls).toHaveLength(1);
  });

  it('refuses positions of other stores', async () => {
    await expect(new Subscribing({ after: '0000000000000012' }).ended).rejects.toBeInstanceOf(RangeError);
  });

  it('ends quietly when aborted, and by an error when the store is closed', async () => {
    const subscribing = new Subscribing();
    (await subscribing.call(0)).confirm().caughtUp();
    await until(() => subscribing.batches.length > 0);
    await subscribing.stop();
    await until(() => subscribing.calls[0]!.cancelled);
    const away = new Subscribing();
    (await away.call(0)).fail(14, 'away');
    await away.stop();
    const closed = new Subscribing();
    await closed.call(0);
    closed.reads.close();
    await expect(closed.ended).rejects.toMatchObject({ name: 'StoreUnavailable' });
  });

  it('hands out a batch when the one before was handled, and what came meanwhile together', async () => {
    let handling = 0;
    const subscribing = new Subscribing({}, async () => {
      handling += 1;
      expect(handling).toBe(1);
      await sleep(20);
      handling -= 1;
    });
    const call = (await subscribing.call(0)).confirm().caughtUp();
    for (let n = 1; n <= 300; n++) call.event(resolved(n));
    await until(() => subscribing.seen.length === 300);
    expect(subscribing.batches.length).toBeLessThan(30);
    await subscribing.stop();
  });

  it('rests between two looks at the end as long as it is told to', async () => {
    const handed: number[] = [];
    const subscribing = new Subscribing({ paceMs: 40 }, () => void handed.push(performance.now()));
    const call = (await subscribing.call(0)).confirm().caughtUp();
    for (let n = 1; n <= 20; n++) {
      call.event(resolved(n));
      await sleep(5);
    }
    await until(() => subscribing.seen.length === 20);
    expect(handed.length).toBeGreaterThan(2);
    // A timer may be early by a millisecond, and what was handed out is told a little after it was looked for.
    for (let i = 1; i < handed.length; i++) expect(handed[i]! - handed[i - 1]!).toBeGreaterThan(30);
    await subscribing.stop();
  });
});

describe('subscribing to some types of events', () => {
  it('asks the server for them by prefix, and takes them only', async () => {
    const subscribing = new Subscribing({ types: ['Done', 'Paid'] });
    (await subscribing.call(0)).confirm().event(resolved(1), resolved(2, 'DoneAgain'), resolved(3, 'Paid')).caughtUp();
    await until(() => subscribing.batches.some(({ caughtUp }) => caughtUp));
    expect(subscribing.asked[0]!.filter).toMatchObject({ filterOn: 'eventType', prefixes: ['Done', 'Paid'] });
    expect(subscribing.seen).toEqual(texts(1, 3));
    await subscribing.stop();
  });

  it('resumes behind a checkpoint of the server', async () => {
    const subscribing = new Subscribing({ types: ['Done'] });
    (await subscribing.call(0)).confirm().event(resolved(1)).checkpoint(128);
    await until(() => subscribing.seen.length === 1);
    await sleep(5);
    subscribing.calls[0]!.fail(14, 'Connection dropped');
    await subscribing.call(1);
    expect(subscribing.asked[1]!.fromPosition).toEqual({ commit: 128n, prepare: 128n });
    await subscribing.stop();
  });

  it('moves on over events of other types, which make no checkpoint while it is quiet', async () => {
    const subscribing = new Subscribing({ types: ['Done'] });
    (await subscribing.call(0)).confirm().caughtUp();
    await until(() => subscribing.batches.length === 1);
    subscribing.log.push(resolved(1, 'Other'), resolved(2, 'Other'), system(3));
    await until(() => subscribing.batches.at(-1)!.position === text(2));
    expect(subscribing.batches.at(-1)).toEqual({ events: [], position: text(2), caughtUp: true });
    await sleep(40);
    expect(subscribing.batches).toHaveLength(2);
    await subscribing.stop();
  });

  it('hands out once what it found by reading and is told as well', async () => {
    const subscribing = new Subscribing({ types: ['Done'] });
    const call = (await subscribing.call(0)).confirm().caughtUp();
    subscribing.log.push(resolved(1, 'Other'), resolved(2), resolved(3, 'Other'));
    await until(() => subscribing.seen.length === 1);
    call.event(resolved(2), resolved(4));
    await until(() => subscribing.seen.length === 2);
    expect(subscribing.seen).toEqual(texts(2, 4));
    await subscribing.stop();
  });

  it('is at the end where a checkpoint was, too', async () => {
    const subscribing = new Subscribing({ types: ['Done'] });
    subscribing.log.push(resolved(64, 'Other'));
    (await subscribing.call(0)).confirm().checkpoint(64).caughtUp();
    await until(() => subscribing.batches.at(-1)?.position === text(64));
    await subscribing.stop();
  });
});
