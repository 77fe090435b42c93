import assert from 'node:assert/strict';
import {
  type EventStore,
  type ExpectedRevision,
  type NewEvent,
  OutcomeUnknown,
  type StoredEvent,
  StoreUnavailable,
} from '../../src/platform/event-store/event-store.port.js';
import { openSqliteEventStore } from '../../src/platform/event-store/sqlite/sqlite-event-store.js';
import type { Acknowledge, Life } from './life.js';

interface Append {
  readonly stream: string;
  readonly expected: ExpectedRevision;
  readonly events: readonly NewEvent[];
}

/** Of an append that was answered: its number in the history. */
export interface AcknowledgedAppend {
  readonly append: number;
  readonly revision: number;
  readonly position: string;
}

let ids = 0;
function event(size = 0): NewEvent {
  const id = `00000000-0000-7000-8000-${String(++ids).padStart(12, '0')}`;
  const metadata = {
    actor: { kind: 'system', id: 'walk' },
    command: 'Walk',
    correlationId: id,
    requestId: id,
  } as const;
  return {
    id,
    type: ids % 2 === 0 ? 'Even' : 'Odd',
    schemaVersion: 1,
    data: { n: ids, text: 'x'.repeat(size) },
    metadata,
  };
}

/**
 * What is appended: per opening of the store, groups that are asked for at once. With every kind of append: the first of a
 * stream and of a type, several events, at any revision, pages of overflow.
 */
const SESSIONS: readonly (readonly (readonly Append[])[])[] = [
  [
    [{ stream: 'a', expected: 'no-stream', events: [event()] }],
    [{ stream: 'b', expected: 'no-stream', events: [event(), event(), event()] }],
    [
      { stream: 'a', expected: 0, events: [event()] },
      { stream: 'c', expected: 'no-stream', events: [event(), event()] },
      { stream: 'b', expected: 2, events: [event()] },
      { stream: 'd', expected: 'any', events: [event()] },
    ],
    [{ stream: 'd', expected: 'any', events: [event(30_000)] }],
  ],
  [
    [{ stream: 'a', expected: 1, events: [event()] }],
    [{ stream: 'e', expected: 'no-stream', events: [event(), event()] }],
  ],
];
const APPENDS = SESSIONS.flat(2);

const EVENTS = new Map(APPENDS.flatMap(({ stream, events }) => events.map((one) => [one.id, { stream, ...one }])));

export const openLog = (folder: string): Promise<EventStore> => openSqliteEventStore({ folder, clock: () => 0 });

/** Appends everything, opening the store for each session anew; again where the store says that it could not. */
export async function liveOfLog(folder: string, acknowledge: Acknowledge, tries: number): Promise<void> {
  for (const session of SESSIONS) {
    const store = await persistently(() => openLog(folder), tries);
    try {
      for (const group of session) await Promise.all(group.map((append) => ask(store, append, acknowledge, tries)));
    } finally {
      await store.close();
    }
  }
}

async function ask(store: EventStore, asked: Append, acknowledge: Acknowledge, tries = 1): Promise<void> {
  const { stream, expected, events } = asked;
  const { revision, position } = await persistently(() => store.append(stream, expected, events), tries);
  acknowledge({ append: APPENDS.indexOf(asked), revision, position } satisfies AcknowledgedAppend);
}

/** Where the folder cannot be made, that is said as files say it. */
const FILE_ERRORS: readonly unknown[] = ['EIO', 'ENOSPC', 'ENOENT'];

/** Tries again after the errors that the port promises; a fault that strikes once is over by then. */
async function persistently<T>(attempt: () => Promise<T>, tries: number): Promise<T> {
  for (let failures = 1; ; failures++) {
    try {
      return await attempt();
    } catch (error) {
      const promised =
        error instanceof StoreUnavailable ||
        error instanceof OutcomeUnknown ||
        FILE_ERRORS.includes((error as NodeJS.ErrnoException).code);
      if (!promised || failures === tries) throw error;
    }
  }
}

export async function readAll(store: Pick<EventStore, 'readAll'>): Promise<StoredEvent[]> {
  const all: StoredEvent[] = [];
  for await (const { events } of store.readAll()) all.push(...events);
  return all;
}

/** Positions without a gap, revisions of each stream without one, no event twice, and each as it was appended. */
export function assertWhole(events: readonly StoredEvent[]): void {
  const heads = new Map<string, number>();
  for (const [index, { position, stream, revision }] of events.entries()) {
    assert.equal(Number(position), index + 1, 'positions have a gap');
    assert.equal(revision, (heads.get(stream) ?? -1) + 1, `revisions of ${stream} have a gap`);
    heads.set(stream, revision);
  }
  assert.equal(new Set(events.map(({ id }) => id)).size, events.length, 'an event is there twice');
  for (const { position: _, revision: __, recordedAt: ___, ...event } of events)
    assert.deepEqual(event, EVENTS.get(event.id), 'an event is not as it was appended');
}

/**
 * What must hold after a life that ended anywhere: everything acknowledged is there, where it was said to be; appends are
 * there wholly or not at all; and asking for all of it again leaves everything there once.
 */
export async function assertLog(folder: string, acknowledged: readonly AcknowledgedAppend[]): Promise<void> {
  const store = await openLog(folder);
  try {
    const before = await readAll(store);
    assertWhole(before);
    const stored = new Map(before.map((event) => [event.id, event]));
    for (const { append, revision, position } of acknowledged) {
      const last = stored.get(APPENDS[append]!.events.at(-1)!.id);
      assert.deepEqual([last?.revision, last?.position], [revision, position], `append ${append} was acknowledged`);
    }
    for (const { events } of APPENDS) {
      const there = events.filter(({ id }) => stored.has(id)).length;
      assert(there === 0 || there === events.length, 'a part of an append is there');
    }
    const again: AcknowledgedAppend[] = [];
    for (const append of APPENDS) await ask(store, append, (answer) => again.push(answer as AcknowledgedAppend));
    for (const answer of acknowledged) assert.deepEqual(again[answer.append], answer, 'a retry is answered otherwise');
    const after = await readAll(store);
    assertWhole(after);
    assert.deepEqual(after.slice(0, before.length), before, 'what was there has changed');
    assert.equal(after.length, EVENTS.size, 'not everything is there once');
  } finally {
    await store.close();
  }
}

export const logLife: Life = {
  live: liveOfLog,
  look: (folder, acknowledged) => assertLog(folder, acknowledged as AcknowledgedAppend[]),
};
