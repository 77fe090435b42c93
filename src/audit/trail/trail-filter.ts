import type { Instant } from '../../kernel/event.js';
import { invalid } from '../../kernel/refusal.js';
import type { Condition } from '../../kernel/view.js';
import { evidenceEvents, type Outcome, outcomeOf } from '../contract.js';
import { about, deedOf, doneBy } from './trail.view.js';

/** What the trail is searched by. Everything given has to hold. */
export interface TrailFilter {
  /** A person, also behind an API key or a job of the system. */
  readonly actor?: string | undefined;
  readonly type?: string | undefined;
  /** Id of a record. */
  readonly record?: string | undefined;
  /** Ids of records, any of them. */
  readonly records?: readonly string[] | undefined;
  /** Id of a data subject. */
  readonly subject?: string | undefined;
  readonly permission?: string | undefined;
  readonly correlation?: string | undefined;
  readonly outcome?: Outcome | undefined;
  /** Inclusive. */
  readonly from?: Instant | undefined;
  /** Exclusive. */
  readonly to?: Instant | undefined;
}

/**
 * The conditions of a search in the trail view. `people` are those found by words: what they did and what is about them.
 *
 * @throws Refusal validation-failed where the time ends before it begins.
 */
export function conditionsOf(
  organisation: string,
  filter: TrailFilter,
  people: readonly string[] | undefined,
): readonly Condition[] {
  const { actor, type, subject, from, to } = filter;
  if (from !== undefined && to !== undefined && to < from) throw invalid('to', 'must not be before from');
  const equal = (['record', 'permission', 'correlation'] as const).flatMap((field): Condition[] => {
    const value = filter[field];
    return value === undefined ? [] : [{ field, eq: value }];
  });
  return [
    { field: 'organisation', eq: organisation },
    ...equal,
    ...(filter.records === undefined ? [] : [{ field: 'record', in: filter.records }]),
    ...(filter.outcome === undefined ? [] : [ofOutcome(filter.outcome)]),
    ...ofDeed(actor, type),
    ...(subject === undefined ? [] : [{ field: 'people', has: about(subject) }]),
    ...(people === undefined
      ? []
      : [{ field: 'people', hasAny: people.flatMap((person) => [doneBy(person), about(person)]) }]),
    // A moment goes on behind its instant, so it is never before it.
    ...(from === undefined && to === undefined
      ? []
      : [{ field: 'moment', ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { before: to }) }]),
  ];
}

function ofDeed(actor: string | undefined, type: string | undefined): readonly Condition[] {
  if (actor !== undefined && type !== undefined) return [{ field: 'deed', eq: deedOf(actor, type) }];
  if (actor !== undefined) return [{ field: 'people', has: doneBy(actor) }];
  return type === undefined ? [] : [{ field: 'type', eq: type }];
}

/** Most of what happens is accepted, which an index would not narrow down. Evidence is rare, and has types of its own. */
function ofOutcome(outcome: Outcome): Condition {
  if (outcome === 'accepted') return { field: 'outcome', eq: outcome };
  return { field: 'type', in: Object.keys(evidenceEvents).filter((type) => outcomeOf(type) === outcome) };
}
