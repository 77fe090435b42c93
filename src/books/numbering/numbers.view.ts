import { recordIdOf } from '../../kernel/decider.js';
import type { Instant, Recorded } from '../../kernel/event.js';
import type { ViewDefinition } from '../../kernel/view.js';
import type { CreditNoteIssued, InvoiceIssued } from '../contract.js';
import type { NumbersEvent, NumberSeries } from './numbers.js';

/** A number that its document does not bear yet, keyed by document. */
export interface OpenReservation {
  readonly organisation: string;
  readonly series: NumberSeries;
  readonly number: number;
  /** Revision of the document that the number is reserved for. */
  readonly revision: number;
  readonly reservedAt: Instant;
  /** Revision of the reservation in the register's stream. */
  readonly reservedBy: number;
}

export const openReservationsView: ViewDefinition<OpenReservation, NumbersEvent | InvoiceIssued | CreditNoteIssued> = {
  name: 'open-reservations',
  version: 1,
  events: ['NumbersReserved', 'NumbersReleased', 'InvoiceIssued', 'CreditNoteIssued'],
  fields: { reservedAt: 'text' },
  sorts: { oldest: { field: 'reservedAt', direction: 'asc' } },
  indexes: [[]],
  keys: (event) => ('documents' in event.data ? event.data.documents.map(({ id }) => id) : [recordIdOf(event.stream)]),
  fold(doc, event, key) {
    switch (event.type) {
      case 'NumbersReserved':
        return reservationOf(event, key);
      case 'NumbersReleased':
        return null;
      case 'InvoiceIssued':
      case 'CreditNoteIssued':
        return doc?.number === event.data.number ? null : doc;
    }
  },
};

function reservationOf(
  { data, ...event }: Extract<Recorded<NumbersEvent>, { type: 'NumbersReserved' }>,
  key: string,
): OpenReservation {
  const index = data.documents.findIndex(({ id }) => id === key);
  return {
    organisation: recordIdOf(event.stream),
    series: data.series,
    number: data.first + index,
    revision: data.documents[index]!.revision,
    reservedAt: event.recordedAt,
    reservedBy: event.revision,
  };
}
