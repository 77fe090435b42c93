import type { EventCatalogue } from './catalogue.js';
import type { DomainEvent, Instant, Recorded } from './event.js';
import { notFound } from './refusal.js';

/** What authorisation needs to know of a record. */
export interface RecordFacts {
  /** The person who made the record. */
  readonly createdBy?: string | undefined;
  /** The project that the record belongs to, or that it is: whoever is assigned to that is assigned to the record. */
  readonly projectId?: string | undefined;
  /** The customer that the record is: whoever is assigned to a project of theirs is assigned to it. */
  readonly customerId?: string | undefined;
  readonly brandId?: string | undefined;
  readonly bankAccountId?: string | undefined;
  /** People assigned to the record itself. Those of its project are known to the authoriser. */
  readonly assigned?: readonly string[] | undefined;
  /** What somebody must be able to do besides, whatever they do with the record: it tells of these. */
  readonly also?: readonly AlsoNeeded[] | undefined;
}

/** A permission that has to reach another thing, of which a record tells: a confidential account, a bank account. */
export interface AlsoNeeded {
  readonly permission: string;
  readonly facts: RecordFacts;
  /** Asked only of whoever holds the permission for some things, so that their limits hold here. */
  readonly ifHeld?: true;
}

/** Where an edit would put a record, out of where it is: what the edit does not name stays, `null` takes out. */
export const movedFacts = (
  facts: RecordFacts,
  { projectId, brandId }: { readonly [K in 'projectId' | 'brandId']?: string | null | undefined },
): RecordFacts => ({
  ...facts,
  ...(projectId === undefined ? {} : { projectId: projectId ?? undefined }),
  ...(brandId === undefined ? {} : { brandId: brandId ?? undefined }),
});

/** How far a permission reaches for somebody: any of these tokens on a record opens it, `all` opens every record. */
export interface Reach {
  readonly tokens: 'all' | readonly string[];
}

/**
 * A kind of record with a stream for each: how its state is folded from its events.
 *
 * `evolve` owns the state that it is given and may change it in place (states of large organisations are folded from ten
 * thousand events); everybody else treats a state as read-only. It is pure otherwise: no clock, no randomness, no I/O.
 */
export interface Aggregate<State, E extends DomainEvent> {
  /** Literal name, first part of the stream's name and the kind in the trail: `invoice`. Lower case letters and dashes. */
  readonly name: string;
  /**
   * Whether records belong to an organisation (its id is then part of the stream's name), stand alone (`nothing`), or
   * are the organisation itself.
   */
  readonly within: 'organisation' | 'nothing' | 'itself';
  readonly events: EventCatalogue<E>;
  /** Whether `evolve` and `decide` need personal fields in plain text. Otherwise they are absent from the events. */
  readonly readsPersonalFields: boolean;
  initial(): State;
  evolve(state: State, event: Recorded<E>): State;
  /** False while the record does not exist (or does not any more): answered as not found. */
  exists(state: State): boolean;
  facts(state: State): RecordFacts;
}

/** Answers states as they are now, or as they stood at one instant: whoever made it knows. */
export type ReadState = <State, E extends DomainEvent>(
  aggregate: Aggregate<State, E>,
  organisation: string,
  id: string,
) => { readonly state: State } | Promise<{ readonly state: State }>;

/** What a decision may know besides the state: no clock and no randomness of its own. */
export interface DecisionContext {
  /** Instant of the decision. */
  readonly now: Instant;
  /** The person who acts, also behind an API key; `''` where a token speaks for itself. */
  readonly userId: string;
  /** `''` outside an organisation. */
  readonly organisation: string;
  /** A new id for what this command makes; the same again when a command with an idempotency key is repeated. */
  readonly newId: string;
}

/**
 * A pure decision: the events that follow from a command, none if nothing changes. Throws a `Refusal`.
 * `Prepared` is what had to be fetched from elsewhere first, nothing for most commands.
 */
export type Decide<State, E extends DomainEvent, Prepared = undefined> = (
  state: State,
  context: DecisionContext,
  prepared: Prepared,
) => readonly E[];

/** What a record may be once it is there, of all states. */
export type Existing<State> = Exclude<State, { readonly status: 'absent' }>;

/** @throws Refusal not-found */
export function existing<State extends { readonly status: string }>(state: State): Existing<State> {
  if (state.status === 'absent') throw notFound();
  return state as Existing<State>;
}

/** The stream of a record. The organisation is a part of the name, so no request can reach another organisation's. */
export function streamOf(
  aggregate: Pick<Aggregate<never, never>, 'name' | 'within'>,
  organisation: string,
  id: string,
): string {
  return aggregate.within === 'organisation' ? `${aggregate.name}-${organisation}/${id}` : `${aggregate.name}-${id}`;
}

/** The record's id out of the name of its stream. */
export function recordIdOf(stream: string): string {
  const slash = stream.indexOf('/');
  return stream.slice((slash === -1 ? stream.indexOf('-') : slash) + 1);
}
