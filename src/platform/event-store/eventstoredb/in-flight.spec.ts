import { backpressuredWrite } from '@eventstore/db-client/dist/utils/backpressuredWrite.js';
import { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { StoreUnavailable } from '../event-store.port.js';
import { InFlight } from './in-flight.js';

describe('appends in flight', () => {
  /** Asks for so many turns; those that have come, with what ends them. */
  function ask(inFlight: InFlight, count: number, bytes: number): { readonly left: (() => void)[]; failed: unknown[] } {
    const turns = { left: [] as (() => void)[], failed: [] as unknown[] };
    for (let i = 0; i < count; i++)
      inFlight.enter(bytes).then(
        (leave) => turns.left.push(leave),
        (error: unknown) => turns.failed.push(error),
      );
    return turns;
  }

  it('are 64 small ones at most; the next enters when one leaves', async () => {
    const turns = ask(new InFlight(60_000), 200, 500);
    await sleep(1);
    expect(turns.left).toHaveLength(64);
    turns.left[0]!();
    turns.left[0]!();
    turns.left[1]!();
    await sleep(1);
    expect(turns.left).toHaveLength(66);
    for (let i = 2; i < turns.left.length; i++) {
      turns.left[i]!();
      await Promise.resolve();
      await Promise.resolve();
    }
    await sleep(1);
    for (const leave of turns.left) leave();
    await sleep(1);
    expect(turns.left).toHaveLength(200);
  });

  it('are 15 at most where they are large, since the client loses errors of what it holds back', async () => {
    const turns = ask(new InFlight(60_000), 30, 100_000);
    await sleep(1);
    expect(turns.left).toHaveLength(15);
    for (const leave of [...turns.left]) leave();
    await sleep(1);
    expect(turns.left).toHaveLength(30);
    for (const leave of turns.left) leave();
  });

  it('keep their order', async () => {
    const inFlight = new InFlight(60_000);
    const large = ask(inFlight, 15, 1_000_000);
    const order: string[] = [];
    const entered = [
      inFlight.enter(1_000_000).then((leave) => [order.push('large'), leave] as const),
      inFlight.enter(1).then((leave) => [order.push('small'), leave] as const),
    ];
    await sleep(1);
    for (const leave of large.left) leave();
    for (const turn of entered) (await turn)[1]();
    expect(order).toEqual(['large', 'small']);
  });

  it('are refused when too many wait, by count and by bytes', async () => {
    const turns = ask(new InFlight(2000), 64 + 4096 + 3, 10);
    await sleep(1);
    expect(turns.failed).toHaveLength(3);
    for (const error of turns.failed) expect(error).toBeInstanceOf(StoreUnavailable);

    const large = ask(new InFlight(2000), 15 + 40, 1024 * 1024);
    await sleep(1);
    expect(large.failed).toHaveLength(8);
  });

  it('are refused when their turn does not come in time: they were not sent', async () => {
    const inFlight = new InFlight(20);
    const first = ask(inFlight, 15, 100_000);
    await expect(inFlight.enter(100_000)).rejects.toBeInstanceOf(StoreUnavailable);
    for (const leave of first.left) leave();
    (await inFlight.enter(100_000))();
  });

  it('would lose errors beyond 15 that the client holds back: that is how it writes', async () => {
    const rejected = async (messages: number): Promise<number> => {
      const stalled = new Writable({ objectMode: true, write: () => undefined });
      stalled.on('error', () => undefined);
      let count = 0;
      for (let i = 0; i < messages; i++) backpressuredWrite(stalled as never, {}).catch(() => (count += 1));
      await sleep(1);
      stalled.destroy(new Error('gone'));
      await sleep(1);
      return count;
    };
    expect(await rejected(15)).toBe(0);
    expect(await rejected(64)).toBeGreaterThan(0);
  });
});
