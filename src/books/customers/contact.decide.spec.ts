import { given } from '../../../test/support/specification.js';
import {
  addContact,
  editContact,
  eraseContact,
  MAX_CONTACTS,
  removeContact,
  restrictContact,
} from './contact.decide.js';
import { contactEvents } from './contact.js';
import { type CustomerEvent, customers } from './customer.js';

const created: CustomerEvent = {
  type: 'CustomerCreated',
  data: { customerId: 'c1', createdBy: 'ann', name: 'Hale Ltd' },
};
const archived: CustomerEvent = { type: 'CustomerArchived', data: { customerId: 'c1' } };
const erasedCustomer: CustomerEvent = { type: 'CustomerErased', data: { customerId: 'c1' } };
const of = { customerId: 'c1', contactId: 'p1' };
const added = (contactId = 'p1'): CustomerEvent => ({
  type: 'ContactAdded',
  data: { customerId: 'c1', contactId, name: 'Rosa Klein', role: 'accounts', email: 'rosa@hale.example' },
});
const removed: CustomerEvent = { type: 'ContactRemoved', data: of };
const restricted: CustomerEvent = { type: 'ContactRestricted', data: of };
const lifted: CustomerEvent = { type: 'ContactRestrictionLifted', data: of };
const erased: CustomerEvent = { type: 'ContactErased', data: of };
const customer = (...events: readonly CustomerEvent[]) => given(customers, 'c1', ...events);

describe('adding a contact', () => {
  const input = { name: 'Rosa Klein', role: 'accounts', email: 'rosa@hale.example', phone: null, notes: undefined };

  it('gives them an id of their own and leaves out what was not given', () =>
    customer(created).when(addContact('c1', input)).then(added('new-id')));
  it('is refused for a customer who is archived, erased or not there', () => {
    customer(created, archived).when(addContact('c1', input)).thenRefused('conflict', 'customer-archived');
    customer(created, erasedCustomer).when(addContact('c1', input)).thenRefused('conflict', 'erased');
    customer().when(addContact('c1', input)).thenRefused('not-found');
  });
  it('ends somewhere; those who were removed do not count', () => {
    const many = Array.from({ length: MAX_CONTACTS }, (_, n) => added(`p${n}`));
    customer(created, ...many)
      .when(addContact('c1', input))
      .thenRefused('conflict', 'too-many-contacts');
    customer(created, ...many, removed)
      .when(addContact('c1', input))
      .then(added('new-id'));
  });
});

describe('editing a contact', () => {
  it('says what changed', () =>
    customer(created, added(), added('p2'))
      .when(editContact('c1', 'p1', { role: null, phone: '01', name: 'Rosa Klein' }))
      .then({
        type: 'ContactEdited',
        data: { ...of, contact: { role: { from: 'accounts' }, phone: { to: '01' } } },
      } as never));
  it('does nothing where nothing changes', () =>
    customer(created, added())
      .when(editContact('c1', 'p1', { name: 'Rosa Klein' }))
      .then());
  it('counts from what an earlier edit made', () =>
    customer(created, added(), {
      type: 'ContactEdited',
      data: { ...of, contact: { name: { from: 'Rosa Klein', to: 'Rosa Gross' } } },
    })
      .when(editContact('c1', 'p1', { name: 'Rosa Gross' }))
      .then());
  it.each([
    ['removed', [removed], 'contact-removed'],
    ['erased', [erased], 'contact-erased'],
    ['restricted', [restricted], 'restricted'],
  ] as const)('is refused for one who is %s', (_, events, rule) =>
    customer(created, added(), ...events)
      .when(editContact('c1', 'p1', { name: 'X' }))
      .thenRefused('conflict', rule),
  );
  it('is refused for somebody who is no contact of theirs', () =>
    customer(created, added())
      .when(editContact('c1', 'p2', {}))
      .thenRefused('not-found'));
});

describe('removing a contact', () => {
  it('is done once', () => {
    customer(created, added()).when(removeContact('c1', 'p1')).then(removed);
    customer(created, added(), removed).when(removeContact('c1', 'p1')).then();
    customer(created).when(removeContact('c1', 'p1')).thenRefused('not-found');
  });
});

describe('the rights of a contact', () => {
  it('are theirs, whatever has become of the customer or of their being a contact', () => {
    customer(created, added(), archived).when(eraseContact('c1', 'p1')).then(erased);
    customer(created, added(), erasedCustomer, removed).when(eraseContact('c1', 'p1')).then(erased);
    customer(created, added(), removed)
      .when(restrictContact('c1', 'p1', true))
      .then(restricted);
  });
  it('are exercised once', () => {
    customer(created, added(), erased).when(eraseContact('c1', 'p1')).then();
    customer(created, added(), restricted)
      .when(restrictContact('c1', 'p1', true))
      .then();
    customer(created, added(), restricted)
      .when(restrictContact('c1', 'p1', false))
      .then(lifted);
    customer(created, added())
      .when(restrictContact('c1', 'p1', false))
      .then();
    customer(created, added(), erased)
      .when(restrictContact('c1', 'p1', true))
      .then();
  });
  it('leave the others and the customer alone', () => {
    const { state } = customer(created, added(), added('p2'), erased);
    expect(state).toMatchObject({
      status: 'active',
      fields: { name: 'Hale Ltd' },
      contacts: [
        { contactId: 'p1', status: 'erased', fields: { name: 'erased', email: 'erased' } },
        { contactId: 'p2', status: 'active', fields: { name: 'Rosa Klein' } },
      ],
    });
    expect(customer(created, added(), erasedCustomer).state).toMatchObject({
      status: 'erased',
      contacts: [{ status: 'active', fields: { name: 'Rosa Klein' } }],
    });
  });
});

describe('the trail of a contact', () => {
  const { ContactAdded, ContactEdited, ContactRemoved } = contactEvents;
  it('is of the customer, about the contact, under the key of the contact', () => {
    const data = added().data as never;
    expect(ContactAdded.subjects?.(data)).toEqual(['p1']);
    expect(ContactAdded.personal).toMatchObject({
      fields: ['name', 'role', 'email', 'phone', 'notes'],
      key: 'contact',
    });
    expect(ContactAdded.personal?.subject(data)).toBe('p1');
    expect(ContactEdited.personal?.subject(data)).toBe('p1');
  });
  it('lists fields, not keys', () => {
    expect(ContactAdded.changes?.(added().data as never)).toEqual([
      { field: 'contact.name', from: null, to: 'Rosa Klein' },
      { field: 'contact.role', from: null, to: 'accounts' },
      { field: 'contact.email', from: null, to: 'rosa@hale.example' },
    ]);
    expect(ContactEdited.changes?.({ ...of, contact: { name: { from: 'A', to: 'B' } } })).toEqual([
      { field: 'contact.name', from: 'A', to: 'B' },
    ]);
    expect(ContactEdited.changes?.({ ...of, contact: 'erased' })).toEqual([
      { field: 'contact', from: 'erased', to: 'erased' },
    ]);
    expect(ContactRemoved.changes?.(of)).toEqual([{ field: 'contactId', from: 'p1', to: null }]);
  });
});
