import { recordIdOf } from '../../kernel/decider.js';
import type { Instant } from '../../kernel/event.js';
import type { ViewDefinition } from '../../kernel/view.js';
import type { NumbersEvent } from '../contract.js';
import type { CreditNoteIssued, CreditNoteVoided } from './credit-note.js';
import type { CreditReserved } from './invoice.js';

/**
 * A credit whose credit note has no number yet, keyed by credit note. From the reservation of its number on, the note stands
 * among the open reservations of numbers.
 */
export interface OpenCredit {
  readonly organisation: string;
  readonly invoiceId: string;
  readonly reservedAt: Instant;
  /** Revision of the reservation in the invoice's stream. */
  readonly reservedBy: number;
}

export const openCreditsView: ViewDefinition<
  OpenCredit,
  CreditReserved | NumbersEvent | CreditNoteIssued | CreditNoteVoided
> = {
  name: 'open-credits',
  version: 1,
  events: ['CreditReserved', 'NumbersReserved', 'CreditNoteIssued', 'CreditNoteVoided'],
  fields: { reservedAt: 'text' },
  sorts: { oldest: { field: 'reservedAt', direction: 'asc' } },
  indexes: [[]],
  keys(event) {
    switch (event.type) {
      case 'CreditReserved':
        return [event.data.creditNoteId];
      case 'NumbersReserved':
        return event.data.series === 'credit-note' ? event.data.documents.map(({ id }) => id) : [];
      case 'NumbersReleased':
        return [];
      case 'CreditNoteIssued':
      case 'CreditNoteVoided':
        return [recordIdOf(event.stream)];
    }
  },
  fold(_, event) {
    if (event.type !== 'CreditReserved') return null;
    return {
      organisation: event.metadata.organisation ?? '',
      invoiceId: recordIdOf(event.stream),
      reservedAt: event.recordedAt,
      reservedBy: event.revision,
    };
  },
};
