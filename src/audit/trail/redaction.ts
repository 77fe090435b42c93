import type { FieldChange } from '../../kernel/catalogue.js';
import type { Reach, RecordFacts } from '../../kernel/decider.js';
import type { Recorded } from '../../kernel/event.js';
import { reachTokens } from '../../access/contract.js';
import { isEvidence } from '../contract.js';
import type { TrailEventType } from './catalogue.js';
import { sentenceOf, withArticle } from './sentence.js';

/** What an entry says beyond that it happened, by whom, when, and on what kind of record. */
export interface Content {
  /** The sentence after the actor's name. */
  readonly deed: string;
  readonly label: string | null;
  readonly changes: readonly FieldChange[];
}

/** What a reader may know of a record: nothing, or what it is called (null where it has no name, or is gone). */
export type Sight = { readonly readable: false } | { readonly readable: true; readonly label: string | null };

/**
 * Whether a permission that reaches so far opens a record: the same answer as the authoriser's on these facts. A record of
 * which nothing is known any more is open to those without limits only.
 */
export const reaches = (reach: Reach | undefined, facts: RecordFacts): boolean =>
  reach !== undefined && (reach.tokens === 'all' || reachTokens(facts).some((token) => reach.tokens.includes(token)));

/**
 * Rule 7 of the permissions: fields and labels go to those who may read the record today. Everybody else with the trail
 * sees that something was done to a record of that kind. Evidence has no content of a record but its label. Amounts are told
 * in `currency`, an ISO 4217 code.
 */
export function contentOf(event: Recorded, type: TrailEventType, kind: string, sight: Sight, currency = ''): Content {
  if (sight.readable) {
    const { label } = sight;
    const changes = type.changes?.(event.data) ?? allFields(event);
    const summary = type.summary(event.data);
    return { deed: sentenceOf(event, { summary, kind, label, changes, currency }), label, changes };
  }
  if (isEvidence(event.type)) return { deed: type.summary(event.data), label: null, changes: [] };
  return { deed: `changed ${withArticle(kind)}`, label: null, changes: [] };
}

/** Where an event has a shape that its type cannot tell of: the rest of the trail stands all the same. */
export const unreadable = (sight: Sight): Content => ({
  deed: 'recorded an event whose content cannot be read',
  label: sight.readable ? sight.label : null,
  changes: [],
});

const allFields = ({ data }: Recorded): readonly FieldChange[] =>
  Object.entries(data as Readonly<Record<string, unknown>>).map(([field, to]) => ({
    field,
    from: null,
    to: to ?? null,
  }));
