import { asNew, type EventCatalogue, type FieldChange } from '../../kernel/catalogue.js';
import { type Aggregate, recordIdOf } from '../../kernel/decider.js';
import type { DomainEvent, PlainDate, Recorded } from '../../kernel/event.js';
import type { Minor } from '../../kernel/money.js';
import {
  type Booked,
  type Content,
  documentFacts,
  type Edit,
  editedContent,
  editedFields,
  type Header,
  type Issue,
  issuedFields,
  issuedState,
  type Made,
  madeFields,
  type Sending,
  sentTo,
} from './document.js';

export interface Payment {
  readonly amount: Minor;
  readonly date: PlainDate;
  readonly paymentAccountId: string;
}

/** Money that goes back to a customer; the amount is positive. */
export interface Refund extends Payment {
  readonly customerId: string;
}

/** An amount on the side of the invoice's total: positive unless that is negative. */
export interface ReservedCredit {
  readonly creditNoteId: string;
  readonly amount: Minor;
}

export type InvoiceCreated = Made<'InvoiceCreated'>;
export type InvoiceEdited = DomainEvent<'InvoiceEdited', Edit<Header>>;
export type InvoiceIssued = DomainEvent<'InvoiceIssued', Issue>;
/** Events of version 1 know no customer, and post nothing. */
export type PaymentRecorded = DomainEvent<'PaymentRecorded', Payment & Pick<Partial<Header>, 'customerId'>>;
/** What the customer had paid too much went back to them. */
export type RefundRecorded = DomainEvent<'RefundRecorded', Refund>;
/** What an issued credit note takes off the invoice stands here before it is issued, and until it is void. */
export type CreditReserved = DomainEvent<'CreditReserved', ReservedCredit>;
export type CreditReleased = DomainEvent<'CreditReleased', ReservedCredit>;
export type InvoiceVoided = DomainEvent<'InvoiceVoided', { readonly reason: string; readonly booked?: Booked }>;
export type InvoiceDiscarded = DomainEvent<'InvoiceDiscarded', Record<string, never>>;
/** Goes out by mail because of this event. */
export type InvoiceSent = DomainEvent<'InvoiceSent', Sending>;
/** So many days after it was due. */
export type InvoiceReminderSent = DomainEvent<'InvoiceReminderSent', Sending & { readonly daysAfterDue: number }>;
export type InvoiceEvent =
  | InvoiceCreated
  | InvoiceEdited
  | InvoiceIssued
  | PaymentRecorded
  | RefundRecorded
  | CreditReserved
  | CreditReleased
  | InvoiceVoided
  | InvoiceDiscarded
  | InvoiceSent
  | InvoiceReminderSent;

export type Invoice =
  | { readonly status: 'absent' }
  | {
      readonly status: 'draft' | 'issued' | 'void' | 'discarded';
      readonly content: Content;
      readonly createdBy: string;
      /** None before it is issued. */
      readonly number: number | null;
      /** What issuing it has put into the ledger. */
      readonly booked?: Booked;
      /** Less what was refunded. */
      readonly paid: Minor;
      /** Reserved amounts by credit note; some of the notes may be void meanwhile. */
      readonly credits: ReadonlyMap<string, Minor>;
      /** How many days after it was due the last reminder was sent. */
      readonly reminded?: number;
    };

export const refundFields = ({ customerId: _, ...refund }: Refund): readonly FieldChange[] => asNew(refund);

const record = (event: Recorded<InvoiceEvent>) => ({ kind: 'invoice', id: recordIdOf(event.stream) });
const subjects = ({ customerId }: { readonly customerId: string }) => [customerId];

const events: EventCatalogue<InvoiceEvent> = {
  InvoiceCreated: { schemaVersion: 1, summary: () => 'drafted an invoice', changes: madeFields, record, subjects },
  InvoiceEdited: { schemaVersion: 1, summary: () => 'edited a draft invoice', changes: editedFields, record },
  InvoiceIssued: {
    schemaVersion: 2,
    upcasters: { 1: (data) => data },
    personal: { fields: ['billTo'], subject: ({ customerId }) => customerId, key: 'document' },
    summary: ({ number }) => `issued invoice ${number}`,
    changes: issuedFields,
    record,
    subjects,
  },
  PaymentRecorded: {
    schemaVersion: 2,
    upcasters: { 1: (data) => data },
    summary: () => 'recorded a payment of an invoice',
    changes: ({ customerId: _, ...payment }) => asNew(payment),
    record,
  },
  RefundRecorded: {
    schemaVersion: 1,
    summary: () => 'recorded a refund of an invoice',
    changes: refundFields,
    record,
    subjects,
  },
  CreditReserved: { schemaVersion: 1, summary: () => 'reserved a credit on an invoice', record },
  CreditReleased: {
    schemaVersion: 1,
    summary: () => 'gave back a credit on an invoice',
    changes: ({ creditNoteId, amount }) => [
      { field: 'creditNoteId', from: creditNoteId, to: null },
      { field: 'amount', from: amount, to: null },
    ],
    record,
  },
  InvoiceVoided: {
    schemaVersion: 2,
    upcasters: { 1: (data) => data },
    summary: () => 'voided an invoice',
    changes: ({ reason }) => [{ field: 'reason', from: null, to: reason }],
    record,
  },
  InvoiceDiscarded: { schemaVersion: 1, summary: () => 'discarded a draft invoice', record },
  InvoiceSent: {
    schemaVersion: 1,
    personal: sentTo,
    summary: () => 'sent an invoice',
    changes: ({ to }) => [{ field: 'to', from: null, to }],
    record,
    subjects,
  },
  InvoiceReminderSent: {
    schemaVersion: 1,
    personal: sentTo,
    summary: ({ daysAfterDue: days }) => `sent a reminder of an invoice ${days} ${days === 1 ? 'day' : 'days'} overdue`,
    changes: ({ to }) => [{ field: 'to', from: null, to }],
    record,
    subjects,
  },
};

export const invoices: Aggregate<Invoice, InvoiceEvent> = {
  name: 'invoice',
  within: 'organisation',
  events,
  readsPersonalFields: false,
  initial: () => ({ status: 'absent' }),
  evolve,
  exists: ({ status }) => status !== 'absent',
  facts: (state) => (state.status === 'absent' ? {} : documentFacts(state)),
};

function evolve(state: Invoice, event: Recorded<InvoiceEvent>): Invoice {
  if (event.type === 'InvoiceCreated') {
    const { createdBy, ...content } = event.data;
    return { status: 'draft', content, createdBy, number: null, paid: 0, credits: new Map() };
  }
  if (state.status === 'absent') return state;
  switch (event.type) {
    case 'InvoiceEdited':
      return { ...state, content: editedContent(state.content, event.data) };
    case 'InvoiceIssued':
      return { ...state, ...issuedState(event.data) };
    case 'PaymentRecorded':
      return { ...state, paid: state.paid + event.data.amount };
    case 'RefundRecorded':
      return { ...state, paid: state.paid - event.data.amount };
    case 'CreditReserved':
      return { ...state, credits: new Map(state.credits).set(event.data.creditNoteId, event.data.amount) };
    case 'CreditReleased':
      return { ...state, credits: without(state.credits, event.data.creditNoteId) };
    case 'InvoiceVoided':
      return { ...state, status: 'void' };
    case 'InvoiceDiscarded':
      return { ...state, status: 'discarded' };
    case 'InvoiceSent':
      return state;
    case 'InvoiceReminderSent':
      return { ...state, reminded: event.data.daysAfterDue };
  }
}

const without = (credits: ReadonlyMap<string, Minor>, creditNoteId: string): ReadonlyMap<string, Minor> =>
  new Map([...credits].filter(([id]) => id !== creditNoteId));
