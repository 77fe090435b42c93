import type { DomainEvent, Recorded } from './event.js';

/**
 * Type of an indexed field. `texts` is a field with many values. `symbol` is a text that many documents share (an
 * organisation, a type of event): compared for equality only, and a store may keep it once and number it, for good. So
 * nothing that an erasure takes away is ever one.
 */
export type FieldType = 'text' | 'symbol' | 'number' | 'texts';

export interface SortOrder {
  /** An indexed single-valued field that every document has, no symbol; ties are broken by the document's key. */
  readonly field: string;
  readonly direction: 'asc' | 'desc';
  /**
   * No two documents of the view hold the same value, as where it is or ends with the position of the one event that made the
   * document: there are no ties, and a store need not be ready for them.
   */
  readonly unique?: true;
}

/**
 * A view: documents folded from events. `fold` is pure; it may not read a clock. Raise `version` when the shape of the
 * documents or the declarations change: the next start builds the new shape beside the live one and swaps.
 */
export interface ViewDefinition<Doc extends object = object, E extends DomainEvent = DomainEvent> {
  /** Literal, lower case letters and dashes. */
  readonly name: string;
  readonly version: number;
  /** Types of events that the view folds; `all` for every event. */
  readonly events: readonly E['type'][] | 'all';
  /** Indexed top-level fields of the documents. A document without the field matches no condition on it. */
  readonly fields: Readonly<Record<string, FieldType>>;
  readonly sorts: Readonly<Record<string, SortOrder>>;
  /** Lists of fields that queries compare for equality together, most selective use first; each is indexed with each sort. */
  readonly indexes: readonly (readonly string[])[];
  /** Every document is made by one event, and no other one touches it: a store need not look whether it is there. */
  readonly madeOnce?: true;
  /** Keys of the documents that the event touches. */
  keys(event: Recorded<E>): readonly string[];
  /** The document after the event; `null` deletes it. */
  fold(doc: Doc | null, event: Recorded<E>, key: string): Doc | null;
}

/** All that the port offers: equality, one of several, range on single-valued fields; any of several on `texts`. */
export type Condition =
  | { readonly field: string; readonly eq: string | number }
  | { readonly field: string; readonly in: readonly (string | number)[] }
  | { readonly field: string; readonly has: string }
  | { readonly field: string; readonly hasAny: readonly string[] }
  | {
      readonly field: string;
      readonly from?: string | number;
      readonly to?: string | number;
      readonly before?: string | number;
    };

export interface ViewQuery {
  readonly where: readonly Condition[];
  /** Name of a declared sort order. */
  readonly sort: string;
  /** `next` of an earlier page of the same query. */
  readonly after?: string;
  readonly limit: number;
}
