import { UnavailableError, WrongExpectedVersionError } from '@eventstore/db-client';
import { appended, driver, grpcError, RECORDED_AT, uuid } from '../../../../test/support/eventstoredb.js';
import type { StoredEvent } from '../event-store.port.js';
import { ImportRefused } from '../log-import.port.js';
import type { Driver } from './driver.js';
import { Imports } from './imports.js';
import { Seen } from './seen.js';

const event = (
  n: number,
  stream: string,
  revision: number,
  recordedAt = RECORDED_AT,
  data: object = {},
): StoredEvent => ({
  id: uuid(n),
  type: 'Done',
  stream,
  revision,
  position: String(n),
  recordedAt,
  schemaVersion: 2,
  data,
  metadata: { actor: { kind: 'system', id: 'test' }, command: 'Do', correlationId: uuid(8), requestId: uuid(9) },
});

interface Sent {
  readonly stream: string;
  readonly ids: readonly string[];
  readonly expected: unknown;
  readonly recorded: readonly unknown[];
}

function importing(answer: (attempt: number) => Promise<unknown>) {
  const sent: Sent[] = [];
  const appendToStream: Driver['appendToStream'] = (stream, events, { expectedRevision: expected }) => {
    const recorded = events.map(({ metadata }) => (metadata as { recordedAt: unknown }).recordedAt);
    sent.push({ stream, ids: events.map(({ id }) => id), expected, recorded });
    return answer(sent.length) as ReturnType<Driver['appendToStream']>;
  };
  const seen = new Seen(() => 0);
  return {
    sent,
    seen,
    imports: new Imports({ driver: driver({ appendToStream }), seen, timeoutMs: 1000, pauses: [1, 1] }),
  };
}

const LATER = '2026-03-01T12:00:01.000Z';

describe('importing into EventStoreDB', () => {
  it('writes events in their order, neighbours of a stream together, each with its own instant', async () => {
    const heads = [1, 0, 2];
    const { imports, sent, seen } = importing(async (n) => appended(heads[n - 1]!, n));
    await imports.importEvents([
      event(1, 'a', 0),
      event(2, 'a', 1, LATER),
      event(3, 'b', 0, LATER),
      event(4, 'a', 2, LATER),
    ]);
    expect(sent).toEqual([
      { stream: 'a', ids: [uuid(1), uuid(2)], expected: 'no_stream', recorded: [RECORDED_AT, LATER] },
      { stream: 'b', ids: [uuid(3)], expected: 'no_stream', recorded: [LATER] },
      { stream: 'a', ids: [uuid(4)], expected: 1n, recorded: [LATER] },
    ]);
    // What is appended later is not recorded earlier.
    expect(seen.stamp(uuid(5))).toBe(LATER);
  });

  it('splits what is too large for one append', async () => {
    const large = { text: 'x'.repeat(200_000) };
    const { imports, sent } = importing(async (n) => appended(n * 2 - 1, n));
    await imports.importEvents([0, 1, 2, 3].map((n) => event(n + 1, 'a', n, RECORDED_AT, large)));
    expect(sent.map(({ ids }) => ids.length)).toEqual([2, 2]);
  });

  it('repeats an append of unknown outcome, with the same ids at the same revision', async () => {
    const unavailable = new UnavailableError(grpcError(14, 'Connection dropped') as never);
    const { imports, sent } = importing((n) => (n < 3 ? Promise.reject(unavailable) : Promise.resolve(appended(5, 9))));
    await imports.importEvents([event(1, 'a', 5)]);
    expect(sent).toEqual(Array(3).fill({ stream: 'a', ids: [uuid(1)], expected: 4n, recorded: [RECORDED_AT] }));
    const never = importing(() => Promise.reject(unavailable));
    await expect(never.imports.importEvents([event(1, 'a', 5)])).rejects.toThrow();
    expect(never.sent).toHaveLength(3);
  });

  it('is refused where the stream holds something else', async () => {
    const wrong = Object.assign(Object.create(WrongExpectedVersionError.prototype) as WrongExpectedVersionError, {
      type: 'wrong-expected-version',
      streamName: 'a',
      expectedVersion: 4n,
      actualVersion: 7n,
    });
    const { imports } = importing(() => Promise.reject(wrong));
    await expect(imports.importEvents([event(1, 'a', 5)])).rejects.toBeInstanceOf(ImportRefused);
    const elsewhere = importing(async () => appended(6, 1));
    await expect(elsewhere.imports.importEvents([event(1, 'a', 5)])).rejects.toBeInstanceOf(ImportRefused);
  });
});
