import type { EventCatalogue } from '../../kernel/catalogue.js';
import { type Aggregate, recordIdOf } from '../../kernel/decider.js';
import type { DomainEvent, Recorded } from '../../kernel/event.js';
import type { Minor } from '../../kernel/money.js';
import { type Content, factsOf, type Issue, issuedFields, type Made, madeFields } from './document.js';

/** What an issued credit note takes off an invoice; a positive amount. It stands in the events for the invoice's document. */
export interface Credit {
  readonly invoiceId: string;
  readonly amount: Minor;
}

export type CreditNoteCreated = Made<'CreditNoteCreated'>;
export type CreditNoteIssued = DomainEvent<'CreditNoteIssued', Issue & { readonly credit?: Credit }>;
export type CreditNoteVoided = DomainEvent<'CreditNoteVoided', { readonly reason: string; readonly credit?: Credit }>;
export type CreditNoteEvent = CreditNoteCreated | CreditNoteIssued | CreditNoteVoided;

export type CreditNote =
  | { readonly status: 'absent' }
  | {
      readonly status: 'draft' | 'issued' | 'void';
      readonly content: Content;
      readonly createdBy: string;
      /** None before it is issued. */
      readonly number: number | null;
    };

const record = (event: Recorded<CreditNoteEvent>) => ({ kind: 'credit-note', id: recordIdOf(event.stream) });
const subjects = ({ customerId }: { readonly customerId: string }) => [customerId];

const events: EventCatalogue<CreditNoteEvent> = {
  CreditNoteCreated: {
    schemaVersion: 1,
    summary: () => 'drafted a credit note',
    changes: madeFields,
    record,
    subjects,
  },
  CreditNoteIssued: {
    schemaVersion: 1,
    personal: { fields: ['billTo'], subject: ({ customerId }) => customerId, key: 'document' },
    summary: ({ number }) => `issued credit note ${number}`,
    changes: issuedFields,
    record,
    subjects,
  },
  CreditNoteVoided: {
    schemaVersion: 1,
    summary: () => 'voided a credit note',
    changes: ({ reason }) => [{ field: 'reason', from: null, to: reason }],
    record,
  },
};

export const creditNotes: Aggregate<CreditNote, CreditNoteEvent> = {
  name: 'credit-note',
  within: 'organisation',
  events,
  readsPersonalFields: false,
  initial: () => ({ status: 'absent' }),
  evolve,
  exists: ({ status }) => status !== 'absent',
  facts: (state) => (state.status === 'absent' ? {} : factsOf(state)),
};

function evolve(state: CreditNote, event: Recorded<CreditNoteEvent>): CreditNote {
  if (event.type === 'CreditNoteCreated') {
    const { createdBy, ...content } = event.data;
    return { status: 'draft', content, createdBy, number: null };
  }
  if (state.status === 'absent') return state;
  switch (event.type) {
    case 'CreditNoteIssued':
      return { ...state, status: 'issued', number: event.data.number };
    case 'CreditNoteVoided':
      return { ...state, status: 'void' };
  }
}
