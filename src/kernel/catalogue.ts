import type { DomainEvent, Recorded } from './event.js';

/** One line of a trail entry: a field with its old and new value. */
export interface FieldChange {
  readonly field: string;
  readonly from: unknown;
  readonly to: unknown;
}

/**
 * Fields of an event's data that are personal. They are encrypted together under the key of one data subject in the
 * event's organisation.
 */
export interface PersonalFields<Data extends object> {
  readonly fields: readonly (keyof Data & string)[];
  /** Id of the data subject whose key protects the fields, taken from the rest of the data. */
  subject(data: Data): string;
  /**
   * `contact` keys are destroyed by an erasure at once; `document` keys protect the identity on issued documents, which
   * tax law keeps longer; `account` keys belong to a person's own account, outside of any organisation.
   */
  readonly key: 'contact' | 'document' | 'account';
}

/** What the rest of the system must know about one type of event; it stands beside the event. */
export interface EventType<E extends DomainEvent> {
  /** Version of the shape that is written now. */
  readonly schemaVersion: number;
  readonly personal?: PersonalFields<E['data']>;
  /** `upcasters[n]` turns data of version n into data of version n + 1. */
  readonly upcasters?: Readonly<Record<number, (data: never) => object>>;
  /** One sentence without its subject, as the trail shows it after the actor's name: `issued invoice 1042`. */
  summary(data: E['data']): string;
  /** Old and new values for the trail. Without it, every field of the data is shown as new. */
  changes?(data: E['data']): readonly FieldChange[];
  /** The record that the event is about. */
  record(event: Recorded<E>): { readonly kind: string; readonly id: string };
  /** People (data subjects) that the event is about, besides its actor. */
  subjects?(data: E['data']): readonly string[];
}

/** Every type of event of an aggregate, by its wire name. A missing entry does not compile. */
export type EventCatalogue<E extends DomainEvent> = { readonly [T in E['type']]: EventType<Extract<E, { type: T }>> };

/** The changes of an event that makes something: all fields that it is given, also those that are null. */
export const asNew = (fields: object): readonly FieldChange[] =>
  Object.entries(fields as Readonly<Record<string, unknown>>).map(([field, to]) => ({ field, from: null, to }));

/** The change of an event that gives a field its first value; none where it does not give it. */
export const given = (field: string, to: unknown): readonly FieldChange[] =>
  to === undefined ? [] : [{ field, from: null, to }];

/** The changes of an event that carries `changes: Changes<...>`. */
export function changesOf(data: { readonly changes: object }): readonly FieldChange[] {
  return Object.entries(data.changes as Record<string, { from: unknown; to: unknown } | undefined>).flatMap(
    ([field, change]) => (change === undefined ? [] : [{ field, from: change.from ?? null, to: change.to ?? null }]),
  );
}
