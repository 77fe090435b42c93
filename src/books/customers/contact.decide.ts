import { changesTo, isEmpty, type Patch, withoutNothing } from '../../kernel/changes.js';
import { type Decide, type Existing, existing } from '../../kernel/decider.js';
import { conflict, notFound } from '../../kernel/refusal.js';
import type { Contact, ContactFields } from './contact.js';
import { type Customer, type CustomerEvent, requireUsable } from './customer.js';

/** Contacts of one customer, but for those that were removed. */
export const MAX_CONTACTS = 100;

type ContactDecide = Decide<Customer, CustomerEvent>;

export const addContact =
  (customerId: string, input: Patch<ContactFields> & Pick<ContactFields, 'name'>): ContactDecide =>
  (state, { newId }) => {
    const { contacts } = editable(state);
    if (contacts.filter(({ status }) => status === 'active').length >= MAX_CONTACTS)
      throw conflict('too-many-contacts', `A customer has at most ${MAX_CONTACTS} contacts`);
    return [{ type: 'ContactAdded', data: { customerId, contactId: newId, ...withoutNothing<ContactFields>(input) } }];
  };

export const editContact =
  (customerId: string, contactId: string, patch: Patch<ContactFields>): ContactDecide =>
  (state) => {
    const { status, fields, restricted } = contactIn(editable(state), contactId);
    if (status !== 'active') throw conflict(`contact-${status}`, `The contact was ${status}`);
    if (restricted) throw conflict('restricted', 'The data of this contact may only be stored');
    const contact = changesTo<ContactFields>(fields, patch);
    return isEmpty(contact) ? [] : [{ type: 'ContactEdited', data: { customerId, contactId, contact } }];
  };

export const removeContact =
  (customerId: string, contactId: string): ContactDecide =>
  (state) => {
    const { status } = contactIn(editable(state), contactId);
    return status === 'active' ? [{ type: 'ContactRemoved', data: { customerId, contactId } }] : [];
  };

/** Whether their data may only be stored. The same again changes nothing, and an erased contact has nothing to restrict. */
export const restrictContact =
  (customerId: string, contactId: string, restricted: boolean): ContactDecide =>
  (state) => {
    const contact = contactIn(existing(state), contactId);
    if (contact.status === 'erased' || contact.restricted === restricted) return [];
    const type = restricted ? 'ContactRestricted' : 'ContactRestrictionLifted';
    return [{ type, data: { customerId, contactId } }];
  };

export const eraseContact =
  (customerId: string, contactId: string): ContactDecide =>
  (state) =>
    contactIn(existing(state), contactId).status === 'erased'
      ? []
      : [{ type: 'ContactErased', data: { customerId, contactId } }];

function editable(state: Customer): Existing<Customer> {
  const customer = existing(state);
  if (customer.status === 'archived')
    throw conflict('customer-archived', 'An archived customer is not edited any more');
  requireUsable(customer);
  return customer;
}

function contactIn({ contacts }: Existing<Customer>, id: string): Contact {
  const contact = contacts.find(({ contactId }) => contactId === id);
  if (contact === undefined) throw notFound();
  return contact;
}
