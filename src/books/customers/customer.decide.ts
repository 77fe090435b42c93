import { changesTo, isEmpty, type Patch, withoutNothing } from '../../kernel/changes.js';
import type { Decide } from '../../kernel/decider.js';
import { conflict, notFound } from '../../kernel/refusal.js';
import type { Contact, Customer, CustomerEvent, CustomerFields, Terms } from './customer.js';

type CustomerDecide = Decide<Customer, CustomerEvent>;

export const createCustomer =
  (input: Patch<CustomerFields> & Pick<CustomerFields, 'name'>): CustomerDecide =>
  (_, { newId, userId }) => [
    {
      type: 'CustomerCreated',
      data: { customerId: newId, createdBy: userId, ...withoutNothing<CustomerFields>(input) },
    },
  ];

export const editCustomer =
  (customerId: string, { name, email, phone, notes, ...terms }: Patch<CustomerFields>): CustomerDecide =>
  (state) => {
    if (state.status === 'absent') throw notFound();
    if (state.status === 'archived') throw conflict('customer-archived', 'An archived customer is not edited any more');
    const contact = changesTo<Contact>(state.fields, { name, email, phone, notes });
    const changes = changesTo<Terms>(state.fields, terms);
    if (isEmpty(contact) && isEmpty(changes)) return [];
    return [{ type: 'CustomerEdited', data: { customerId, changes, ...(isEmpty(contact) ? {} : { contact }) } }];
  };

export const archiveCustomer =
  (customerId: string): CustomerDecide =>
  (state) =>
    state.status === 'active' ? [{ type: 'CustomerArchived', data: { customerId } }] : [];
