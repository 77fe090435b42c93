import { changesTo, isEmpty, type Patch, withoutNothing } from '../../kernel/changes.js';
import { type Decide, existing } from '../../kernel/decider.js';
import { conflict, notFound } from '../../kernel/refusal.js';
import {
  type Customer,
  type CustomerEvent,
  type CustomerFields,
  type Personal,
  requireUsable,
  type Terms,
} from './customer.js';

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
    requireUsable(state);
    const contact = changesTo<Personal>(state.fields, { name, email, phone, notes });
    const changes = changesTo<Terms>(state.fields, terms);
    if (isEmpty(contact) && isEmpty(changes)) return [];
    return [{ type: 'CustomerEdited', data: { customerId, changes, ...(isEmpty(contact) ? {} : { contact }) } }];
  };

export const archiveCustomer =
  (customerId: string): CustomerDecide =>
  (state) =>
    state.status === 'active' ? [{ type: 'CustomerArchived', data: { customerId } }] : [];

export const restoreCustomer =
  (customerId: string): CustomerDecide =>
  (state) => {
    if (state.status === 'erased') requireUsable(state);
    return state.status === 'archived' ? [{ type: 'CustomerRestored', data: { customerId } }] : [];
  };

/** Whether their data may only be stored. The same again changes nothing, and an erased customer has nothing to restrict. */
export const restrictCustomer =
  (customerId: string, restricted: boolean): CustomerDecide =>
  (state) => {
    if (state.status === 'absent' || state.status === 'erased' || state.restricted === restricted) return [];
    return [{ type: restricted ? 'CustomerRestricted' : 'CustomerRestrictionLifted', data: { customerId } }];
  };

export const eraseCustomer =
  (customerId: string): CustomerDecide =>
  (state) =>
    existing(state).status === 'erased' ? [] : [{ type: 'CustomerErased', data: { customerId } }];
