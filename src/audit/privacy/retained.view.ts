import { dateOf } from '../../kernel/dates.js';
import { recordIdOf } from '../../kernel/decider.js';
import type { PlainDate } from '../../kernel/event.js';
import type { ViewDefinition } from '../../kernel/view.js';
import type { ErasureApproved, ErasureCompleted, ErasureOrdered, RetainedDataDestroyed } from './privacy.js';

type RetainingEvent = ErasureOrdered | ErasureApproved | ErasureCompleted | RetainedDataDestroyed;

/**
 * What an erasure has yet to take away: all, while it is not carried out; what had to be kept, until its retention ends. Keyed by
 * the erasure. Nothing personal.
 */
export interface RetainedDoc {
  readonly organisation: string;
  /** The last days on which what is still there is kept. */
  readonly documentsUntil: PlainDate | null;
  readonly recordsUntil: PlainDate | null;
  /** The earlier of them; the day of the order, while that is not carried out. */
  readonly keptUntil: PlainDate;
}

export const retainedView: ViewDefinition<RetainedDoc, RetainingEvent> = {
  name: 'retained-identities',
  version: 1,
  events: ['ErasureOrdered', 'ErasureApproved', 'ErasureCompleted', 'RetainedDataDestroyed'],
  fields: { keptUntil: 'text' },
  sorts: { soonest: { field: 'keptUntil', direction: 'asc' } },
  indexes: [[]],
  keys: ({ data }) => [data.erasureId],
  fold(doc, event) {
    const today = dateOf(event.recordedAt);
    switch (event.type) {
      case 'ErasureOrdered':
        return event.data.needsApproval ? null : ordered(recordIdOf(event.stream), today);
      case 'ErasureApproved':
        return ordered(recordIdOf(event.stream), today);
      case 'ErasureCompleted': {
        const { documentsUntil, recordsUntil } = event.data;
        return retained(recordIdOf(event.stream), documentsUntil, recordsUntil);
      }
      case 'RetainedDataDestroyed': {
        if (doc === null) return null;
        const { organisation, documentsUntil, recordsUntil } = doc;
        return event.data.what === 'documents'
          ? retained(organisation, null, recordsUntil)
          : retained(organisation, documentsUntil, null);
      }
    }
  },
};

const ordered = (organisation: string, keptUntil: PlainDate): RetainedDoc => ({
  organisation,
  documentsUntil: null,
  recordsUntil: null,
  keptUntil,
});

function retained(
  organisation: string,
  documentsUntil: PlainDate | null,
  recordsUntil: PlainDate | null,
): RetainedDoc | null {
  const [keptUntil] = [documentsUntil, recordsUntil].filter((day) => day !== null).sort();
  return keptUntil === undefined ? null : { organisation, documentsUntil, recordsUntil, keptUntil };
}
