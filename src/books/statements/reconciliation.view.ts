import type { Instant } from '../../kernel/event.js';
import type { ViewDefinition } from '../../kernel/view.js';
import { reachTokens } from '../../access/contract.js';
import { type Agreed, agreedOf, factsOf, type ReconciliationFinished } from './reconciliation.js';

export interface ReconciliationDoc extends Agreed {
  readonly organisation: string;
  readonly count: number;
  readonly reconciledAt: Instant;
  readonly created: string;
  readonly reach: readonly string[];
}

/** Finished reconciliations, keyed by their ids. */
export const reconciliationsView: ViewDefinition<ReconciliationDoc, ReconciliationFinished> = {
  name: 'reconciliations',
  version: 1,
  events: ['ReconciliationFinished'],
  fields: { organisation: 'symbol', bankAccountId: 'text', created: 'text', reach: 'texts' },
  sorts: { newest: { field: 'created', direction: 'desc', unique: true } },
  indexes: [['organisation', 'bankAccountId']],
  keys: (event) => [event.data.reconciliationId],
  fold: (_, { data, metadata, recordedAt, position }) => ({
    ...agreedOf(data),
    count: data.count,
    organisation: metadata.organisation ?? '',
    reconciledAt: recordedAt,
    created: position,
    reach: reachTokens(factsOf(data)),
  }),
};
