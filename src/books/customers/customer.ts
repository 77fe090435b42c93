import { asNew, changesOf, type EventCatalogue } from '../../kernel/catalogue.js';
import { changed } from '../../kernel/changes.js';
import { type Aggregate, recordIdOf, type RecordFacts } from '../../kernel/decider.js';
import type { Changes, DomainEvent, Recorded } from '../../kernel/event.js';
import { conflict } from '../../kernel/refusal.js';
import { type Contact, type ContactEvent, contactEvents, contactsAfter, isContactEvent } from './contact.js';

/** Personal: encrypted under the customer's own key. */
export interface Personal {
  readonly name: string;
  readonly email?: string;
  readonly phone?: string;
  readonly notes?: string;
}

export interface Terms {
  readonly country?: string;
  readonly reference?: string;
  readonly defaultTemplateId?: string;
  /** The brand that they are a customer of. */
  readonly brandId?: string;
}

export type CustomerFields = Personal & Terms;

export type CustomerCreated = DomainEvent<
  'CustomerCreated',
  CustomerFields & { readonly customerId: string; readonly createdBy: string }
>;
export type CustomerEdited = DomainEvent<
  'CustomerEdited',
  { readonly customerId: string; readonly changes: Changes<Terms>; readonly contact?: Changes<Personal> | 'erased' }
>;
export type CustomerArchived = DomainEvent<'CustomerArchived', { readonly customerId: string }>;
export type CustomerRestored = DomainEvent<'CustomerRestored', { readonly customerId: string }>;
/** Their data is stored and used for nothing else (GDPR Art. 18). Why stands with whoever asked for it. */
export type CustomerRestricted = DomainEvent<'CustomerRestricted', { readonly customerId: string }>;
export type CustomerRestrictionLifted = DomainEvent<'CustomerRestrictionLifted', { readonly customerId: string }>;
/** Their contact is gone for good: its key is destroyed after this event. */
export type CustomerErased = DomainEvent<'CustomerErased', { readonly customerId: string }>;
type OwnEvent =
  | CustomerCreated
  | CustomerEdited
  | CustomerArchived
  | CustomerRestored
  | CustomerRestricted
  | CustomerRestrictionLifted
  | CustomerErased;
export type CustomerEvent = OwnEvent | ContactEvent;

export type Customer =
  | { readonly status: 'absent' }
  | {
      readonly status: 'active' | 'archived' | 'erased';
      readonly id: string;
      readonly fields: CustomerFields;
      readonly createdBy: string;
      readonly restricted: boolean;
      /** Those that were removed or erased among them. */
      readonly contacts: readonly Contact[];
    };

/**
 * What is made out or sent to a customer needs one whose data is there and may be used.
 *
 * @throws Refusal conflict: restricted, erased
 */
export function requireUsable(customer: Customer): void {
  if (customer.status === 'absent') return;
  if (customer.status === 'erased') throw conflict('erased', 'The data of this customer was erased');
  if (customer.restricted)
    throw conflict('restricted', 'The data of this customer may only be stored, until the restriction is lifted');
}

export const ERASED: Personal = { name: 'erased', email: 'erased', phone: 'erased', notes: 'erased' };

/** The fields after an edit. What an erased edit had touched is not known any more, so all of the contact reads erased. */
export function editedFields<F extends CustomerFields>(
  fields: F,
  { changes, contact = {} }: CustomerEdited['data'],
): F {
  const terms = changed<F>(fields, changes as Changes<F>);
  return contact === 'erased' ? { ...terms, ...ERASED } : changed<F>(terms, contact as Changes<F>);
}

export const factsOf = (
  customerId: string,
  customer: Pick<Terms, 'brandId'> & { readonly createdBy: string },
): RecordFacts => ({
  createdBy: customer.createdBy,
  customerId,
  brandId: customer.brandId,
});

const record = (event: Recorded<OwnEvent>) => ({ kind: 'customer', id: recordIdOf(event.stream) });
const subjects = ({ customerId }: { readonly customerId: string }) => [customerId];
const subject = ({ customerId }: { readonly customerId: string }) => customerId;

const events: EventCatalogue<OwnEvent> = {
  CustomerCreated: {
    schemaVersion: 1,
    personal: { fields: ['name', 'email', 'phone', 'notes'], subject, key: 'contact' },
    summary: () => 'added a customer',
    changes: ({ customerId: _, createdBy: __, ...fields }) => asNew(fields),
    record,
    subjects,
  },
  CustomerEdited: {
    schemaVersion: 1,
    personal: { fields: ['contact'], subject, key: 'contact' },
    summary: () => 'edited a customer',
    changes: ({ changes, contact = {} }) => [
      ...(contact === 'erased' ? [{ field: 'contact', from: contact, to: contact }] : changesOf({ changes: contact })),
      ...changesOf({ changes }),
    ],
    record,
    subjects,
  },
  CustomerArchived: { schemaVersion: 1, summary: () => 'archived a customer', changes: () => [], record, subjects },
  CustomerRestored: {
    schemaVersion: 1,
    summary: () => 'took a customer out of the archive',
    changes: () => [],
    record,
    subjects,
  },
  CustomerRestricted: {
    schemaVersion: 1,
    summary: () => 'restricted the use of the data of a customer',
    changes: () => [{ field: 'restricted', from: false, to: true }],
    record,
    subjects,
  },
  CustomerRestrictionLifted: {
    schemaVersion: 1,
    summary: () => 'lifted the restriction on the data of a customer',
    changes: () => [{ field: 'restricted', from: true, to: false }],
    record,
    subjects,
  },
  CustomerErased: {
    schemaVersion: 1,
    summary: () => 'erased the contact data of a customer',
    changes: () => [],
    record,
    subjects,
  },
};

export const customers: Aggregate<Customer, CustomerEvent> = {
  name: 'customer',
  within: 'organisation',
  events: { ...events, ...contactEvents },
  readsPersonalFields: true,
  initial: () => ({ status: 'absent' }),
  evolve,
  exists: ({ status }) => status !== 'absent',
  facts: (state) =>
    state.status === 'absent' ? {} : factsOf(state.id, { ...state.fields, createdBy: state.createdBy }),
};

function evolve(state: Customer, event: Recorded<CustomerEvent>): Customer {
  if (isContactEvent(event))
    return state.status === 'absent' ? state : { ...state, contacts: contactsAfter(state.contacts, event) };
  switch (event.type) {
    case 'CustomerCreated': {
      const { customerId: id, createdBy, ...fields } = event.data;
      return { status: 'active', id, fields, createdBy, restricted: false, contacts: [] };
    }
    case 'CustomerEdited':
      return state.status === 'absent' ? state : { ...state, fields: editedFields(state.fields, event.data) };
    case 'CustomerArchived':
      return state.status === 'absent' ? state : { ...state, status: 'archived' };
    case 'CustomerRestored':
      return state.status === 'absent' ? state : { ...state, status: 'active' };
    case 'CustomerRestricted':
      return state.status === 'absent' ? state : { ...state, restricted: true };
    case 'CustomerRestrictionLifted':
      return state.status === 'absent' ? state : { ...state, restricted: false };
    case 'CustomerErased':
      return state.status === 'absent' ? state : { ...state, status: 'erased', fields: { ...state.fields, ...ERASED } };
  }
}
