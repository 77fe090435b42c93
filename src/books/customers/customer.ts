import { changesOf, type EventCatalogue } from '../../kernel/catalogue.js';
import { changed } from '../../kernel/changes.js';
import { type Aggregate, recordIdOf } from '../../kernel/decider.js';
import type { Changes, DomainEvent, Recorded } from '../../kernel/event.js';

/** Personal: encrypted under the customer's own key. */
export interface Contact {
  readonly name: string;
  readonly email?: string;
  readonly phone?: string;
  readonly notes?: string;
}

export interface Terms {
  readonly country?: string;
  readonly reference?: string;
  readonly defaultTemplateId?: string;
}

export type CustomerFields = Contact & Terms;

export type CustomerCreated = DomainEvent<
  'CustomerCreated',
  CustomerFields & { readonly customerId: string; readonly createdBy: string }
>;
export type CustomerEdited = DomainEvent<
  'CustomerEdited',
  { readonly customerId: string; readonly changes: Changes<Terms>; readonly contact?: Changes<Contact> | 'erased' }
>;
export type CustomerArchived = DomainEvent<'CustomerArchived', { readonly customerId: string }>;
export type CustomerEvent = CustomerCreated | CustomerEdited | CustomerArchived;

export type Customer =
  | { readonly status: 'absent' }
  | { readonly status: 'active' | 'archived'; readonly fields: CustomerFields; readonly createdBy: string };

const ERASED: Contact = { name: 'erased', email: 'erased', phone: 'erased', notes: 'erased' };

/** The fields after an edit. What an erased edit had touched is not known any more, so all of the contact reads erased. */
export function editedFields<F extends CustomerFields>(
  fields: F,
  { changes, contact = {} }: CustomerEdited['data'],
): F {
  const terms = changed<F>(fields, changes as Changes<F>);
  return contact === 'erased' ? { ...terms, ...ERASED } : changed<F>(terms, contact as Changes<F>);
}

const record = (event: Recorded<CustomerEvent>) => ({ kind: 'customer', id: recordIdOf(event.stream) });
const subjects = ({ customerId }: { readonly customerId: string }) => [customerId];
const subject = ({ customerId }: { readonly customerId: string }) => customerId;

const events: EventCatalogue<CustomerEvent> = {
  CustomerCreated: {
    schemaVersion: 1,
    personal: { fields: ['name', 'email', 'phone', 'notes'], subject, key: 'contact' },
    summary: () => 'added a customer',
    changes: ({ customerId: _, createdBy: __, ...fields }) =>
      Object.entries(fields).map(([field, to]) => ({ field, from: null, to })),
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
};

export const customers: Aggregate<Customer, CustomerEvent> = {
  name: 'customer',
  within: 'organisation',
  events,
  readsPersonalFields: true,
  initial: () => ({ status: 'absent' }),
  evolve,
  exists: ({ status }) => status !== 'absent',
  facts: (state) => (state.status === 'absent' ? {} : { createdBy: state.createdBy }),
};

function evolve(state: Customer, event: Recorded<CustomerEvent>): Customer {
  switch (event.type) {
    case 'CustomerCreated': {
      const { customerId: _, createdBy, ...fields } = event.data;
      return { status: 'active', fields, createdBy };
    }
    case 'CustomerEdited':
      return state.status === 'absent' ? state : { ...state, fields: editedFields(state.fields, event.data) };
    case 'CustomerArchived':
      return state.status === 'absent' ? state : { ...state, status: 'archived' };
  }
}
