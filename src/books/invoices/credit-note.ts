import type { EventCatalogue } from '../../kernel/catalogue.js';
import { type Aggregate, recordIdOf } from '../../kernel/decider.js';
import type { DomainEvent, Recorded } from '../../kernel/event.js';
import type { Minor } from '../../kernel/money.js';
import {
  type Booked,
  type Content,
  documentFacts,
  type Issue,
  issuedFields,
  issuedState,
  type Made,
  madeFields,
  type Sending,
  sentTo,
} from './document.js';
import { type Refund, refundFields } from './invoice.js';

/** What an issued credit note takes off an invoice; a positive amount. It stands in the events for the invoice's document. */
export interface Credit {
  readonly invoiceId: string;
  readonly amount: Minor;
}

export type CreditNoteCreated = Made<'CreditNoteCreated'>;
export type CreditNoteIssued = DomainEvent<'CreditNoteIssued', Issue & { readonly credit?: Credit }>;
/** Of a draft it takes nothing out of the ledger. */
export type CreditNoteVoided = DomainEvent<
  'CreditNoteVoided',
  { readonly reason: string; readonly credit?: Credit; readonly booked?: Booked }
>;
/** What it is for was paid out to the customer, or a part of it. */
export type CreditNoteRefunded = DomainEvent<'CreditNoteRefunded', Refund>;
/** Goes out by mail because of this event. */
export type CreditNoteSent = DomainEvent<'CreditNoteSent', Sending>;
export type CreditNoteEvent =
  CreditNoteCreated | CreditNoteIssued | CreditNoteVoided | CreditNoteRefunded | CreditNoteSent;

export type CreditNote =
  | { readonly status: 'absent' }
  | {
      readonly status: 'draft' | 'issued' | 'void';
      readonly content: Content;
      readonly createdBy: string;
      /** None before it is issued. */
      readonly number: number | null;
      /** What issuing it has put into the ledger. */
      readonly booked?: Booked;
      readonly refunded: Minor;
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
    schemaVersion: 2,
    upcasters: { 1: (data) => data },
    personal: { fields: ['billTo'], subject: ({ customerId }) => customerId, key: 'document' },
    summary: ({ number }) => `issued credit note ${number}`,
    changes: issuedFields,
    record,
    subjects,
  },
  CreditNoteVoided: {
    schemaVersion: 2,
    upcasters: { 1: (data) => data },
    summary: () => 'voided a credit note',
    changes: ({ reason }) => [{ field: 'reason', from: null, to: reason }],
    record,
  },
  CreditNoteRefunded: {
    schemaVersion: 1,
    summary: () => 'recorded a refund of a credit note',
    changes: refundFields,
    record,
    subjects,
  },
  CreditNoteSent: {
    schemaVersion: 1,
    personal: sentTo,
    summary: () => 'sent a credit note',
    changes: ({ to }) => [{ field: 'to', from: null, to }],
    record,
    subjects,
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
  facts: (state) => (state.status === 'absent' ? {} : documentFacts(state)),
};

function evolve(state: CreditNote, event: Recorded<CreditNoteEvent>): CreditNote {
  if (event.type === 'CreditNoteCreated') {
    const { createdBy, ...content } = event.data;
    return { status: 'draft', content, createdBy, number: null, refunded: 0 };
  }
  if (state.status === 'absent') return state;
  switch (event.type) {
    case 'CreditNoteIssued':
      return { ...state, ...issuedState(event.data) };
    case 'CreditNoteVoided':
      return { ...state, status: 'void' };
    case 'CreditNoteRefunded':
      return { ...state, refunded: state.refunded + event.data.amount };
    case 'CreditNoteSent':
      return state;
  }
}
