import { StreamNotFoundError, UnavailableError, WrongExpectedVersionError } from '@eventstore/db-client';
import { setTimeout as sleep } from 'node:timers/promises';
import { appended, driver, grpcError, reading, resolved, text, uuid } from '../../../../test/support/eventstoredb.js';
import { type NewEvent, OutcomeUnknown, StoreUnavailable, WrongExpectedRevision } from '../event-store.port.js';
import { Appends } from './appends.js';
import type { Driver } from './driver.js';
import { LogReads } from './log-reads.js';
import { Seen } from './seen.js';

const NOON = Date.parse('2026-03-01T12:00:00.000Z');
const event = (n: number): NewEvent => ({
  id: uuid(n),
  type: 'Done',
  schemaVersion: 1,
  data: {},
  metadata: { actor: { kind: 'system', id: 'test' }, command: 'Do', correlationId: uuid(8), requestId: uuid(9) },
});
const unavailable = (): UnavailableError => new UnavailableError(grpcError(14, 'Connection dropped') as never);

interface Sent {
  readonly stream: string;
  readonly ids: readonly string[];
  readonly recordedAt: unknown;
  readonly options: unknown;
}

function appendsOver(over: Partial<Driver>, timeoutMs = 5000) {
  const clock = { now: NOON };
  const sent: Sent[] = [];
  const scripted = driver({
    ...over,
    appendToStream: (stream, events, options) => {
      const recordedAt = (events[0]!.metadata as { recordedAt: unknown }).recordedAt;
      sent.push({ stream, ids: events.map(({ id }) => id), recordedAt, options });
      return over.appendToStream!(stream, events, options);
    },
  });
  const seen = new Seen(() => clock.now);
  const reads = new LogReads(scripted, timeoutMs, seen);
  return { appends: new Appends({ driver: scripted, reads, seen, timeoutMs }), seen, clock, sent };
}

describe('appending to EventStoreDB', () => {
  it('sends the events once, with ids, instant and our deadline, and answers where they are', async () => {
    const { appends, sent } = appendsOver({ appendToStream: async () => appended(4, 20) });
    expect(await appends.append('thing-1', 2, [event(1), event(2)])).toEqual({
      revision: 4,
      position: text(20),
      recordedAt: '2026-03-01T12:00:00.000Z',
    });
    expect(sent).toEqual([
      {
        stream: 'thing-1',
        ids: [uuid(1), uuid(2)],
        recordedAt: '2026-03-01T12:00:00.000Z',
        options: { expectedRevision: 2n, deadline: 5000 },
      },
    ]);
  });

  it('sends nothing that the server would refuse', async () => {
    const { appends, sent } = appendsOver({ appendToStream: async () => appended(0, 1) });
    await expect(appends.append('thing-1', 'any', [])).rejects.toBeInstanceOf(RangeError);
    await expect(appends.append('', 'any', [event(1)])).rejects.toBeInstanceOf(RangeError);
    const large = { ...event(1), data: { text: 'x'.repeat(1024 * 1024) } };
    await expect(appends.append('thing-1', 'any', [large])).rejects.toMatchObject({ name: 'EventTooLarge' });
    expect(sent).toEqual([]);
  });

  it('tells a lost race, and does not try again by itself', async () => {
    const lost = new WrongExpectedVersionError(undefined, {
      streamName: 'thing-1',
      expected: 'no_stream',
      current: 3n,
    });
    const { appends, sent } = appendsOver({ appendToStream: () => Promise.reject(lost) });
    const append = appends.append('thing-1', 'no-stream', [event(1)]);
    await expect(append).rejects.toBeInstanceOf(WrongExpectedRevision);
    await expect(append).rejects.toMatchObject({ expected: 'no-stream', actual: 3 });
    expect(sent).toHaveLength(1);
  });

  it('an append that is not answered in time is unknown; what comes later of it harms nobody', async () => {
    let fail!: (error: Error) => void;
    const { appends } = appendsOver({ appendToStream: () => new Promise((_, reject) => (fail = reject)) }, 20);
    await expect(appends.append('thing-1', 'any', [event(1)])).rejects.toBeInstanceOf(OutcomeUnknown);
    fail(unavailable());
    await sleep(5);
  });

  it('a hung server lets no more than those in flight wait for it; the rest was not sent', async () => {
    const { appends, sent } = appendsOver({ appendToStream: () => new Promise(() => undefined) }, 100);
    const outcomes = await Promise.allSettled(
      Array.from({ length: 100 }, (_, n) => appends.append(`thing-${n}`, 'any', [event(n)])),
    );
    const reasons = outcomes.map((outcome) => (outcome.status === 'rejected' ? outcome.reason.constructor : undefined));
    expect(sent).toHaveLength(64);
    expect(reasons.slice(0, 64)).toEqual(Array(64).fill(OutcomeUnknown));
    expect(reasons.slice(64)).toEqual(Array(36).fill(StoreUnavailable));
  });

  it('a retry after an unknown outcome says the same instant, so that the answer is true either way', async () => {
    const outcomes = [() => Promise.reject(unavailable()), async () => appended(0, 30)];
    const { appends, clock, sent } = appendsOver({ appendToStream: () => outcomes.shift()!() });
    await expect(appends.append('thing-1', 'no-stream', [event(1)])).rejects.toBeInstanceOf(OutcomeUnknown);
    clock.now += 60_000;
    const answer = await appends.append('thing-1', 'no-stream', [event(1)]);
    expect(answer.recordedAt).toBe('2026-03-01T12:00:00.000Z');
    expect(sent.map(({ recordedAt }) => recordedAt)).toEqual([answer.recordedAt, answer.recordedAt]);
  });

  it('a repeat of what is under way is not sent, and shares its outcome', async () => {
    const outcomes = [
      () => sleep(5).then(() => appended(0, 30)),
      () => sleep(5).then(() => Promise.reject(unavailable())),
    ];
    const { appends, sent } = appendsOver({ appendToStream: () => outcomes.shift()!() });
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => appends.append('thing-1', 'no-stream', [event(1)])),
    );
    expect(new Set(answers).size).toBe(1);
    const unknown = Array.from({ length: 10 }, () => appends.append('thing-1', 'any', [event(2)]));
    for (const one of await Promise.allSettled(unknown))
      expect(one).toMatchObject({ status: 'rejected', reason: { name: 'OutcomeUnknown' } });
    expect(sent).toHaveLength(2);
  });

  it('other ids, another stream or another revision is no repeat', async () => {
    let position = 0;
    const { appends, sent } = appendsOver({ appendToStream: () => sleep(5).then(() => appended(0, (position += 1))) });
    await Promise.all([
      appends.append('thing-1', 'no-stream', [event(1)]),
      appends.append('thing-1', 'no-stream', [event(1), event(2)]),
      appends.append('thing-2', 'no-stream', [event(1)]),
      appends.append('thing-1', 0, [event(1)]),
    ]);
    expect(sent).toHaveLength(4);
  });

  it('a repeat of what is in the log answers what was recorded first', async () => {
    const recordedAt = '2026-02-01T00:00:00.000Z';
    const asked: unknown[] = [];
    const stored = resolved(9, 'Done', { id: uuid(1), revision: 0n });
    (stored.event!.metadata as { recordedAt: string }).recordedAt = recordedAt;
    const { appends, seen } = appendsOver({
      appendToStream: async () => appended(0, 9),
      readStream: (stream, options) => {
        asked.push([stream, options]);
        return reading([stored as never]);
      },
    });
    seen.saw({ position: text(12), recordedAt: '' });
    expect(await appends.append('thing-1', 'no-stream', [event(1)])).toEqual({
      revision: 0,
      position: text(9),
      recordedAt,
    });
    expect(asked).toEqual([
      ['thing-1', { fromRevision: 0n, direction: 'forwards', maxCount: 1, requiresLeader: true }],
    ]);
  });

  it('reads back what a server acknowledges without a position', async () => {
    const { appends } = appendsOver({
      appendToStream: async () => appended(0),
      readStream: () => reading([resolved(9, 'Done', { id: uuid(1) }) as never]),
    });
    expect(await appends.append('thing-1', 'any', [event(1)])).toMatchObject({ position: text(9) });
  });

  it.each([
    ['cannot be read', () => reading([], unavailable())],
    ['is not there', () => reading([], new StreamNotFoundError(undefined, 'thing-1'))],
    ['is another one', () => reading([resolved(9, 'Done', { id: uuid(2) }) as never])],
  ])('an event that is acknowledged, but %s, is of unknown outcome', async (_, readStream) => {
    const { appends } = appendsOver({ appendToStream: async () => appended(0), readStream });
    await expect(appends.append('thing-1', 'any', [event(1)])).rejects.toBeInstanceOf(OutcomeUnknown);
  });

  it('finishes what it accepted before it is closed, and accepts nothing after', async () => {
    let position = 0;
    const { appends, sent } = appendsOver({ appendToStream: () => sleep(5).then(() => appended(0, (position += 1))) });
    const accepted = Array.from({ length: 100 }, (_, n) => appends.append(`thing-${n}`, 'any', [event(n)]));
    const drained = appends.drain();
    await expect(appends.append('thing-1', 'any', [event(200)])).rejects.toBeInstanceOf(StoreUnavailable);
    await drained;
    expect(sent).toHaveLength(100);
    await Promise.all(accepted);
  });
});
