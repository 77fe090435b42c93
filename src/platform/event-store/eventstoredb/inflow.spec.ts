import { UnavailableError } from '@eventstore/db-client';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { Call, resolved, text } from '../../../../test/support/eventstoredb.js';
import { Inflow, type Told } from './inflow.js';
import { positionOf } from './log-reads.js';

const never = new AbortController().signal;
const names = (told: readonly Told[]): string[] =>
  told.map((one) => {
    switch (one.kind) {
      case 'event':
        return String(Number(positionOf(one.event).slice(20)));
      case 'checkpoint':
        return `checkpoint ${Number(one.position.slice(20))}`;
      case 'caught-up':
        return 'caught up';
    }
  });

function begin(): { readonly call: Call; readonly inflow: Inflow } {
  let call!: Call;
  const inflow = new Inflow((checkpoint) => (call = new Call(checkpoint)).subscription);
  return { call, inflow };
}

describe('one run of a subscription to EventStoreDB', () => {
  it('tells events, checkpoints and the end in the order of the server', async () => {
    const { call, inflow } = begin();
    call.confirm().event(resolved(1), resolved(2)).checkpoint(5).event(resolved(6)).caughtUp().event(resolved(7));
    await sleep(5);
    expect(inflow.confirmed).toBe(true);
    expect(names(await inflow.next(1000, never))).toEqual(['1', '2', 'checkpoint 5', '6', 'caught up', '7']);
    inflow.close();
  });

  it('keeps that order whatever the moments at which it is asked', async () => {
    const { call, inflow } = begin();
    const expected: string[] = [];
    for (let n = 1; n <= 600; n++) {
      call.event(resolved(n));
      expected.push(String(n));
      if (n % 7 === 0) {
        call.checkpoint(n);
        expected.push(`checkpoint ${n}`);
      }
      if (n % 50 === 0) {
        call.caughtUp();
        expected.push('caught up');
      }
    }
    const told: string[] = [];
    while (told.length < expected.length) {
      told.push(...names(await inflow.next(1000, never)));
      if (told.length % 3 === 0) await sleep(0);
    }
    expect(told).toEqual(expected);
    inflow.close();
  });

  it('waits for something, for so long, and no longer than the signal', async () => {
    const { call, inflow } = begin();
    const waiting = inflow.next(60_000, never);
    await sleep(2);
    call.event(resolved(1));
    expect(names(await waiting)).toEqual(['1']);
    expect(await inflow.next(5, never)).toEqual([]);
    const abort = new AbortController();
    const aborted = inflow.next(60_000, abort.signal);
    abort.abort();
    expect(await aborted).toEqual([]);
    inflow.close();
  });

  it('holds so many events, and makes the server wait beyond', async () => {
    const { call, inflow } = begin();
    for (let n = 1; n <= 5000; n++) call.event(resolved(n));
    await sleep(20);
    expect(call.writableLength + call.readableLength).toBeGreaterThan(2900);
    const first = await inflow.next(1000, never);
    expect(first).toHaveLength(2000);
    const rest: Told[] = [];
    while (rest.length < 3000) rest.push(...(await inflow.next(1000, never)));
    expect(names(rest).at(-1)).toBe('5000');
    inflow.close();
  });

  it('gives out what had come before it dropped, then says by what', async () => {
    const { call, inflow } = begin();
    call.event(resolved(1), resolved(2));
    await sleep(2);
    call.fail(14, 'Connection dropped');
    expect(names(await inflow.next(1000, never))).toEqual(['1', '2']);
    await expect(inflow.next(1000, never)).rejects.toBeInstanceOf(UnavailableError);
    // It goes on failing without harm: an error without a listener would end the process.
    call.fail(14, 'again');
    inflow.close();
    call.fail(13, 'and after the end');
  });

  it('drops where the server ends it without an error, and where no call could be made', async () => {
    const { call, inflow } = begin();
    call.end();
    await expect(inflow.next(1000, never)).rejects.toMatchObject({ name: 'StoreUnavailable' });
    inflow.close();

    class Failing extends Call {
      override pipe(): never {
        throw new Error('Failed to discover after 10 attempts.');
      }
    }
    const failing = new Inflow(() => new Failing().subscription);
    await expect(failing.next(1000, never)).rejects.toThrow('Failed to discover');
    failing.close();
  });

  it('is cancelled when it is closed', async () => {
    const { call, inflow } = begin();
    call.confirm();
    await sleep(2);
    inflow.close();
    await sleep(5);
    expect(call.cancelled).toBe(true);
    expect((call.subscription as unknown as Readable).destroyed).toBe(true);
    await expect(inflow.next(1000, never)).rejects.toMatchObject({ name: 'StoreUnavailable' });
  });

  it('reads positions as texts', async () => {
    const { call, inflow } = begin();
    call.checkpoint(12);
    expect(await inflow.next(1000, never)).toEqual([{ kind: 'checkpoint', position: text(12) }]);
    inflow.close();
  });
});
