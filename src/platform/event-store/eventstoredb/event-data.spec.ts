import { resolved, RECORDED_AT, system, text, uuid } from '../../../../test/support/eventstoredb.js';
import { EventTooLarge, MAX_APPEND_BYTES, type NewEvent } from '../event-store.port.js';
import { eventData, isSystemEvent, propose, storedEvent } from './event-data.js';

const event = (over: Partial<NewEvent> = {}): NewEvent => ({
  id: uuid(1),
  type: 'Done',
  schemaVersion: 3,
  data: { a: 'ä', lone: '\ud800' },
  metadata: { actor: { kind: 'system', id: 'test' }, command: 'Do', correlationId: uuid(8), requestId: uuid(9) },
  ...over,
});

describe('an append to EventStoreDB, before it is sent', () => {
  it('names the revision as the client does', () => {
    expect(propose('thing-1', 'no-stream', [event()]).revision).toBe('no_stream');
    expect(propose('thing-1', 'any', [event()]).revision).toBe('any');
    expect(propose('thing-1', 0, [event()]).revision).toBe(0n);
  });

  it.each<[string, string, Parameters<typeof propose>[1], NewEvent[]]>([
    ['nothing', 'thing-1', 'any', []],
    ['an empty stream', '', 'any', [event()]],
    ['a stream of the server', '$thing', 'any', [event()]],
    ['a stream with a lone surrogate', 'a\ud800', 'any', [event()]],
    ['an empty type', 'thing-1', 'any', [event({ type: '' })]],
    ['a type of the server', 'thing-1', 'any', [event({ type: '$>' })]],
    ['an id that is no UUID', 'thing-1', 'any', [event({ id: 'x' })]],
    ['an id in upper case', 'thing-1', 'any', [event({ id: '0193B5A8-0000-7000-8000-00000000000A' })]],
    ['an id twice', 'thing-1', 'any', [event(), event()]],
    ['half a schema version', 'thing-1', 'any', [event({ schemaVersion: 1.5 })]],
    ['a negative revision', 'thing-1', -1, [event()]],
    ['half a revision', 'thing-1', 0.5, [event()]],
  ])('refuses %s as a mistake', (_, stream, expected, events) => {
    expect(() => propose(stream, expected, events)).toThrow(RangeError);
  });

  it('is at most 1 MiB, as the server counts it, of one event or of several', () => {
    const sent = (events: NewEvent[]): number =>
      eventData(events, RECORDED_AT).reduce(
        (sum, { type, data, metadata }) =>
          sum + Buffer.byteLength(JSON.stringify(data)) + Buffer.byteLength(JSON.stringify(metadata)) + 2 * type.length,
        0,
      );
    const of = (length: number): NewEvent => event({ type: 'T'.repeat(1000), data: { text: '€'.repeat(length) } });
    const largest = of(Math.floor((MAX_APPEND_BYTES - propose('s', 'any', [of(0)]).bytes) / 3));
    const { bytes } = propose('thing-1', 'any', [largest]);
    expect(bytes).toBeGreaterThan(MAX_APPEND_BYTES - 3);
    expect(sent([largest])).toBeLessThanOrEqual(bytes);
    expect(() => propose('thing-1', 'any', [of(350_000)])).toThrow(EventTooLarge);
    const halves = [uuid(1), uuid(2)].map((id) => ({ ...of(175_000), id }));
    expect(() => propose('thing-1', 'any', halves)).toThrow(EventTooLarge);
    expect(() => propose('thing-1', 'any', halves.slice(1))).not.toThrow();
  });
});

describe('events in EventStoreDB', () => {
  it('come back as they were, with what the store has no field for', () => {
    const [data] = eventData([event()], RECORDED_AT);
    expect(data).toMatchObject({ id: uuid(1), type: 'Done', contentType: 'application/json' });
    const asRead = JSON.parse(JSON.stringify({ data: data!.data, metadata: data!.metadata })) as object;
    expect(storedEvent(resolved(7, 'Done', { id: uuid(1), ...asRead }))).toEqual({
      ...event(),
      stream: 'thing-1',
      revision: 7,
      position: text(7),
      recordedAt: RECORDED_AT,
    });
  });

  it.each([
    ['without metadata', { metadata: undefined }],
    ['with other metadata', { metadata: { $correlationId: 'x' } }],
    ['with bytes for metadata', { metadata: new Uint8Array([1]) }],
    ['that is no JSON', { isJson: false, data: new Uint8Array([1]) }],
    ['whose JSON is broken', { data: '{' }],
  ])('%s are not ours', (_, over) => {
    expect(storedEvent(resolved(1, 'Done', over))).toBeUndefined();
  });

  it('of the server itself are told by their type', () => {
    expect(isSystemEvent(system(1))).toBe(true);
    expect(isSystemEvent(resolved(1))).toBe(false);
  });
});
