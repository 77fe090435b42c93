import type { FieldChange } from '../../kernel/catalogue.js';
import type { Actor, DomainEvent, Envelope, Instant, Source } from '../../kernel/event.js';
import { type Outcome, outcomeOf } from '../contract.js';
import type { Content } from './redaction.js';

/** Who did something. `name` is null where nobody of that id is known. */
export interface TrailActor {
  readonly id: string;
  readonly kind: Actor['kind'];
  readonly name: string | null;
}

/** An entry of the trail as it is answered. */
export interface TrailItem {
  readonly id: string;
  readonly eventId: string;
  /** Sealed. */
  readonly position: string;
  readonly at: Instant;
  readonly type: string;
  readonly summary: string;
  readonly actor: TrailActor;
  /** The person for whom an API key or a job of the system acted. */
  readonly onBehalfOf?: TrailActor;
  /** `label` is null where the reader may not read the record, or it has none. */
  readonly record: { readonly kind: string; readonly id: string; readonly label: string | null };
  readonly changes: readonly FieldChange[];
  /** Null where no permission was needed, and for refusals. */
  readonly authority: {
    readonly permission: string;
    readonly role: string;
    readonly grantEventId: string;
    readonly grantedBy: string;
  } | null;
  readonly outcome: Outcome;
  readonly correlationId: string;
  readonly source: Source | 'erased' | null;
}

/** What has to be looked up for an entry besides its event. */
export interface Surroundings {
  readonly record: { readonly kind: string; readonly id: string };
  readonly content: Content;
  /** Sealed. */
  readonly position: string;
  /** Full names by user id, and what API keys are called by their id. */
  readonly names: ReadonlyMap<string, string>;
  readonly source: Source | 'erased' | undefined;
}

export function itemOf(
  event: Envelope & Pick<DomainEvent, 'type'>,
  { record, content, position, names, source }: Surroundings,
): TrailItem {
  const { id, type, recordedAt, metadata } = event;
  const { actor, authority, correlationId } = metadata;
  const shown = actorOf(actor, names);
  const behind =
    actor.kind === 'user' || actor.onBehalfOf === undefined ? undefined : personOf(actor.onBehalfOf, names);
  return {
    id,
    eventId: id,
    position,
    at: recordedAt,
    type,
    summary: `${subjectOf(shown, behind)} ${content.deed}`,
    actor: shown,
    ...(behind === undefined ? {} : { onBehalfOf: behind }),
    record: { ...record, label: content.label },
    changes: content.changes,
    authority: authority === undefined ? null : reasonOf(authority),
    outcome: outcomeOf(type),
    correlationId,
    source: source ?? null,
  };
}

const SYSTEM = 'Countersign';
const NOBODY_KNOWN = 'Somebody';

const personOf = (id: string, names: ReadonlyMap<string, string>): TrailActor => ({
  id,
  kind: 'user',
  name: names.get(id) ?? null,
});

function actorOf({ kind, id }: Actor, names: ReadonlyMap<string, string>): TrailActor {
  switch (kind) {
    case 'user':
      return personOf(id, names);
    case 'api-key':
      return { id, kind, name: names.get(id) ?? null };
    case 'system':
      return { id, kind, name: SYSTEM };
  }
}

/** The beginning of the sentence. */
function subjectOf({ kind, name }: TrailActor, behind: TrailActor | undefined): string {
  const person = behind?.name ?? NOBODY_KNOWN;
  switch (kind) {
    case 'user':
      return name ?? NOBODY_KNOWN;
    case 'api-key':
      return name === null ? `${person}, by an API key,` : `${person}, by the API key ${name},`;
    case 'system':
      return behind === undefined ? SYSTEM : `${SYSTEM}, on behalf of ${person},`;
  }
}

const reasonOf = ({
  permission,
  role,
  grantEventId,
  grantedBy,
}: NonNullable<TrailItem['authority']>): TrailItem['authority'] => ({
  permission,
  role,
  grantEventId,
  grantedBy,
});
