import { recordIdOf } from '../../kernel/decider.js';
import type { Instant } from '../../kernel/event.js';
import type { ViewDefinition } from '../../kernel/view.js';
import type { InvoiceCreated } from '../contract.js';
import type { EstimateConverted } from './estimate.js';

/** An estimate that has become an invoice which is not there yet, keyed by the invoice. */
export interface OpenConversion {
  readonly organisation: string;
  readonly estimateId: string;
  readonly reservedAt: Instant;
  /** Revision of the conversion in the estimate's stream. */
  readonly reservedBy: number;
}

export const openConversionsView: ViewDefinition<OpenConversion, EstimateConverted | InvoiceCreated> = {
  name: 'open-conversions',
  version: 1,
  events: ['EstimateConverted', 'InvoiceCreated'],
  fields: { reservedAt: 'text' },
  sorts: { oldest: { field: 'reservedAt', direction: 'asc' } },
  indexes: [[]],
  keys: (event) => [event.type === 'EstimateConverted' ? event.data.invoiceId : recordIdOf(event.stream)],
  fold(_, event) {
    if (event.type === 'InvoiceCreated') return null;
    return {
      organisation: event.metadata.organisation ?? '',
      estimateId: recordIdOf(event.stream),
      reservedAt: event.recordedAt,
      reservedBy: event.revision,
    };
  },
};
