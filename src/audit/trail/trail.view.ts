import { type Actor, type DomainEvent, type Instant, personOf, type Recorded } from '../../kernel/event.js';
import type { ViewDefinition } from '../../kernel/view.js';
import { type Outcome, outcomeOf } from '../contract.js';
import { type TrailCatalogue, typeOf } from './catalogue.js';

/**
 * One event of an organisation, as the trail is searched: where it stands, and nothing personal. What it says is read from
 * the event itself when it is shown.
 */
export interface TrailEntry {
  readonly organisation: string;
  readonly stream: string;
  readonly revision: number;
  /** When it was recorded, and its position behind that: sorts as time does, and never ties. */
  readonly moment: string;
  readonly type: string;
  readonly outcome: Outcome;
  readonly kind: string;
  readonly record: string;
  readonly permission: string;
  /** Who did it and whom it is about: tokens of `doneBy` and `about`. */
  readonly people: readonly string[];
  /** Who did what: `deedOf`. A person does much, and much is done of a type; both together have an index of their own. */
  readonly deed: string;
  /** The request that it came from, with all that followed from that. */
  readonly correlation: string;
}

/** Sorts as time does, and never ties. */
export const momentOf = (recordedAt: Instant, position: string): string => `${recordedAt}/${position}`;

/** The position in a moment. */
export const positionOf = (moment: string): string => moment.slice(moment.indexOf('/') + 1);

/** Token of what a person did, in person or behind an API key or a job of the system. */
export const doneBy = (person: string): string => `by:${person}`;
/** Token of what an event is about: a data subject. */
export const about = (subject: string): string => `of:${subject}`;

export const deedOf = (person: string, type: string): string => `${person}/${type}`;

/** The person behind an actor, or the name of what acted by itself. */
export const personBehind = (actor: Actor): string => personOf(actor) ?? actor.id;

/** The trail over every type of event of the catalogue, keyed by event id. */
export function trailOf(catalogue: TrailCatalogue): ViewDefinition<TrailEntry> {
  return {
    name: 'trail',
    version: 3,
    events: 'all',
    fields: {
      organisation: 'symbol',
      moment: 'text',
      type: 'symbol',
      outcome: 'symbol',
      record: 'text',
      permission: 'symbol',
      people: 'texts',
      deed: 'symbol',
      correlation: 'text',
    },
    sorts: {
      newest: { field: 'moment', direction: 'desc', unique: true },
      oldest: { field: 'moment', direction: 'asc', unique: true },
    },
    indexes: [
      ['organisation', 'record'],
      ['organisation', 'deed'],
      ['organisation', 'correlation'],
      ['organisation', 'people'],
      ['organisation', 'type'],
      ['organisation', 'permission'],
      ['organisation'],
    ],
    madeOnce: true,
    // What people do with their own accounts belongs to no organisation, and so to no trail.
    keys: (event) => (event.metadata.organisation === undefined ? [] : [event.id]),
    fold: (_, event) => entryOf(catalogue, event),
  };
}

function entryOf(catalogue: TrailCatalogue, event: Recorded): TrailEntry {
  const { metadata, stream, revision, position, recordedAt, type } = event;
  const { record: recordOf, subjects } = typeOf(catalogue, type);
  const record = recordOf(event);
  const person = personBehind(metadata.actor);
  return {
    organisation: metadata.organisation ?? '',
    stream,
    revision,
    moment: momentOf(recordedAt, position),
    type,
    outcome: outcomeOf(type),
    kind: record.kind,
    record: record.id,
    permission: permissionOf(event),
    people: [doneBy(person), ...new Set(subjects?.(event.data).map(about))],
    deed: deedOf(person, type),
    correlation: metadata.correlationId,
  };
}

/** The permission that an event was allowed by, or, for a refusal, the one that was missing. */
function permissionOf({ type, data, metadata }: Recorded<DomainEvent>): string {
  if (outcomeOf(type) === 'accepted') return metadata.authority?.permission ?? '';
  return 'permission' in data && typeof data.permission === 'string' ? data.permission : '';
}
