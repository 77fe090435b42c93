import { recordIdOf } from '../../kernel/decider.js';
import type { Instant } from '../../kernel/event.js';
import type { ViewDefinition } from '../../kernel/view.js';
import type { TransactionMatchBegun, TransactionMatched, TransactionMatchFailed } from './transaction.js';

/** A match that was begun and has not ended, keyed by its id. */
export interface OpenMatch {
  readonly organisation: string;
  readonly transactionId: string;
  readonly reservedAt: Instant;
  /** Revision of its beginning in the transaction's stream. */
  readonly reservedBy: number;
}

export const openMatchesView: ViewDefinition<
  OpenMatch,
  TransactionMatchBegun | TransactionMatched | TransactionMatchFailed
> = {
  name: 'open-matches',
  version: 1,
  events: ['TransactionMatchBegun', 'TransactionMatched', 'TransactionMatchFailed'],
  fields: { reservedAt: 'text' },
  sorts: { oldest: { field: 'reservedAt', direction: 'asc' } },
  indexes: [[]],
  keys: (event) => [event.data.matchId],
  fold(_, event) {
    if (event.type !== 'TransactionMatchBegun') return null;
    return {
      organisation: event.metadata.organisation ?? '',
      transactionId: recordIdOf(event.stream),
      reservedAt: event.recordedAt,
      reservedBy: event.revision,
    };
  },
};
