import {
  type AllStreamResolvedEvent,
  type EventData,
  type EventType,
  jsonEvent,
  type ResolvedEvent,
} from '@eventstore/db-client';
import type { Instant, Metadata } from '../../../kernel/event.js';
import { isUuid } from '../../../kernel/ids.js';
import {
  EventTooLarge,
  type ExpectedRevision,
  MAX_APPEND_BYTES,
  type NewEvent,
  type StoredEvent,
} from '../event-store.port.js';
import type { Attempt } from './errors.js';
import { positionText } from './positions.js';

/** What stands in an event's metadata there: what the store itself has no field for, and our metadata. */
type Envelope = {
  readonly recordedAt: Instant;
  readonly schemaVersion: number;
  readonly metadata: Metadata;
};

/** An append that has been checked. */
export interface Proposal extends Attempt {
  readonly revision: bigint | 'no_stream' | 'any';
  readonly events: readonly NewEvent[];
}

/** Of `{"recordedAt":"…","schemaVersion":…,"metadata":}`, about. */
const ENVELOPE_BYTES = 80;

/**
 * Checks an append before a byte of it is sent, since the server answers some of these mistakes with an UnknownError. Its
 * size is what the server counts: data, metadata, and two bytes for each character of a type.
 *
 * @throws RangeError, EventTooLarge
 */
export function propose(stream: string, expected: ExpectedRevision, events: readonly NewEvent[]): Proposal {
  if (stream === '' || stream.startsWith('$') || !stream.isWellFormed())
    throw new RangeError('A stream has a name of well-formed Unicode that does not begin with $');
  if (events.length === 0) throw new RangeError(`There is nothing to append to ${stream}`);
  if (new Set(events.map(({ id }) => id)).size < events.length)
    throw new RangeError('Two events of an append share an id');
  let bytes = 0;
  for (const event of events) bytes += checkedBytes(event);
  if (bytes > MAX_APPEND_BYTES) throw new EventTooLarge(bytes);
  return { stream, expected, revision: revisionOf(expected), bytes, events };
}

function checkedBytes({ id, type, schemaVersion, data, metadata }: NewEvent): number {
  if (!isUuid(id)) throw new RangeError(`The id of an event is a lower-case UUID, not ${id}`);
  if (type === '' || type.startsWith('$') || !type.isWellFormed())
    throw new RangeError('An event has a type that does not begin with $');
  if (!Number.isSafeInteger(schemaVersion)) throw new RangeError(`No schema version is ${schemaVersion}`);
  return (
    Buffer.byteLength(JSON.stringify(data)) +
    Buffer.byteLength(JSON.stringify(metadata)) +
    2 * type.length +
    ENVELOPE_BYTES
  );
}

function revisionOf(expected: ExpectedRevision): Proposal['revision'] {
  if (expected === 'no-stream') return 'no_stream';
  if (expected === 'any') return 'any';
  if (!Number.isSafeInteger(expected) || expected < 0) throw new RangeError(`No revision is ${expected}`);
  return BigInt(expected);
}

/** The id of an event is its id there as well: that is what the server knows a repeat by. */
export function eventData(events: readonly NewEvent[], recordedAt: Instant): EventData[] {
  return events.map(({ id, type, schemaVersion, data, metadata }) => {
    const envelope: Envelope = { recordedAt, schemaVersion, metadata };
    return jsonEvent({ id, type, data: data as Record<string, unknown>, metadata: envelope });
  });
}

/** Undefined for what Countersign did not write: its envelope is missing. */
export function storedEvent({ event }: ResolvedEvent<EventType> | AllStreamResolvedEvent): StoredEvent | undefined {
  if (event === undefined || !event.isJson || event.position === undefined) return undefined;
  if (!isEnvelope(event.metadata) || !isObject(event.data)) return undefined;
  const { recordedAt, schemaVersion, metadata } = event.metadata;
  return {
    id: event.id,
    type: event.type,
    schemaVersion,
    data: event.data,
    metadata,
    stream: event.streamId,
    revision: Number(event.revision),
    position: positionText(event.position),
    recordedAt,
  };
}

/** Events of the server itself. They are no part of the log. */
export function isSystemEvent({ event }: AllStreamResolvedEvent): boolean {
  return event === undefined || event.type.startsWith('$');
}

function isEnvelope(metadata: unknown): metadata is Envelope {
  if (!isObject(metadata)) return false;
  const { recordedAt, schemaVersion, metadata: ours } = metadata as Partial<Record<keyof Envelope, unknown>>;
  return typeof recordedAt === 'string' && typeof schemaVersion === 'number' && isObject(ours);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !(value instanceof Uint8Array);
}
