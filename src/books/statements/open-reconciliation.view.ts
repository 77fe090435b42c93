import type { Instant } from '../../kernel/event.js';
import type { ViewDefinition } from '../../kernel/view.js';
import type { ReconciliationEvent } from './reconciliation.js';

/** A reconciliation that was begun and has not ended, keyed by its id. */
export interface OpenReconciliationDoc {
  readonly organisation: string;
  readonly reservedAt: Instant;
  /** Revision of its beginning in the stream of reconciliations. */
  readonly reservedBy: number;
}

export const openReconciliationsView: ViewDefinition<OpenReconciliationDoc, ReconciliationEvent> = {
  name: 'open-reconciliations',
  version: 1,
  events: ['ReconciliationBegun', 'ReconciliationFinished', 'ReconciliationAborted'],
  fields: { reservedAt: 'text' },
  sorts: { oldest: { field: 'reservedAt', direction: 'asc' } },
  indexes: [[]],
  keys: (event) => [event.data.reconciliationId],
  fold(_, event) {
    if (event.type !== 'ReconciliationBegun') return null;
    return {
      organisation: event.metadata.organisation ?? '',
      reservedAt: event.recordedAt,
      reservedBy: event.revision,
    };
  },
};
