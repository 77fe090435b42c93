import { given } from '../../../test/support/specification.js';
import { type CustomerEvent, customers, requireUsable } from './customer.js';
import {
  archiveCustomer,
  createCustomer,
  editCustomer,
  eraseCustomer,
  restoreCustomer,
  restrictCustomer,
} from './customer.decide.js';

const created: CustomerEvent = {
  type: 'CustomerCreated',
  data: { customerId: 'c1', createdBy: 'ann', name: 'Hale Ltd', email: 'ap@hale.example', country: 'United Kingdom' },
};
const archived: CustomerEvent = { type: 'CustomerArchived', data: { customerId: 'c1' } };
const customer = (...events: readonly CustomerEvent[]) => given(customers, 'c1', ...events);

describe('creating a customer', () => {
  it('keeps what was given and leaves out the rest', () =>
    customer()
      .when(createCustomer({ name: 'Hale Ltd', email: null, phone: undefined, reference: 'H1' }))
      .then({
        type: 'CustomerCreated',
        data: { customerId: 'new-id', createdBy: 'c1', name: 'Hale Ltd', reference: 'H1' },
      }));
});

describe('editing a customer', () => {
  it('keeps personal changes apart from the others', () =>
    customer(created)
      .when(editCustomer('c1', { email: null, phone: '01', country: 'France', name: 'Hale Ltd' }))
      .then({
        type: 'CustomerEdited',
        data: {
          customerId: 'c1',
          changes: { country: { from: 'United Kingdom', to: 'France' } },
          contact: { email: { from: 'ap@hale.example' }, phone: { to: '01' } },
        } as never,
      }));
  it('says nothing of the contact where that stays', () =>
    customer(created)
      .when(editCustomer('c1', { reference: 'H2' }))
      .then({ type: 'CustomerEdited', data: { customerId: 'c1', changes: { reference: { to: 'H2' } } } as never }));
  it('does nothing where nothing changes', () =>
    customer(created)
      .when(editCustomer('c1', { name: 'Hale Ltd' }))
      .then());
  it('is refused for an archived one', () =>
    customer(created, archived)
      .when(editCustomer('c1', { name: 'X' }))
      .thenRefused('conflict', 'customer-archived'));
  it('is refused for none', () => customer().when(editCustomer('c1', {})).thenRefused('not-found'));
  it('works on an erased one: what was not personal is still known', () =>
    customer(created, { type: 'CustomerEdited', data: { customerId: 'c1', changes: {}, contact: 'erased' } })
      .when(editCustomer('c1', { name: 'erased', notes: 'erased', country: 'United Kingdom' }))
      .then());
});

describe('archiving a customer', () => {
  it('archives', () => customer(created).when(archiveCustomer('c1')).then(archived));
  it('does nothing the second time', () => customer(created, archived).when(archiveCustomer('c1')).then());
  it('is undone once', () => {
    const restored: CustomerEvent = { type: 'CustomerRestored', data: { customerId: 'c1' } };
    customer(created, archived).when(restoreCustomer('c1')).then(restored);
    customer(created, archived, restored).when(restoreCustomer('c1')).then();
    customer(created).when(restoreCustomer('c1')).then();
    customer(created, erased).when(restoreCustomer('c1')).thenRefused('conflict', 'erased');
    expect(customer(created, archived, restored).state).toMatchObject({ status: 'active' });
  });
});

const restricted: CustomerEvent = { type: 'CustomerRestricted', data: { customerId: 'c1' } };
const lifted: CustomerEvent = { type: 'CustomerRestrictionLifted', data: { customerId: 'c1' } };
const erased: CustomerEvent = { type: 'CustomerErased', data: { customerId: 'c1' } };

describe('restricting a customer', () => {
  it('is done and undone once', () => {
    customer(created).when(restrictCustomer('c1', true)).then(restricted);
    customer(created, restricted).when(restrictCustomer('c1', true)).then();
    customer(created, restricted).when(restrictCustomer('c1', false)).then(lifted);
    customer(created).when(restrictCustomer('c1', false)).then();
    customer(created, erased).when(restrictCustomer('c1', true)).then();
  });
  it('leaves nothing to do with them but to store them', () => {
    customer(created, restricted)
      .when(editCustomer('c1', { name: 'X' }))
      .thenRefused('conflict', 'restricted');
    expect(() => requireUsable(customer(created, restricted).state)).toThrow(/only be stored/);
    expect(() => requireUsable(customer(created, restricted, lifted).state)).not.toThrow();
  });
});

describe('erasing a customer', () => {
  it('is done once, also of an archived or restricted one', () => {
    customer(created).when(eraseCustomer('c1')).then(erased);
    customer(created, archived, restricted).when(eraseCustomer('c1')).then(erased);
    customer(created, erased).when(eraseCustomer('c1')).then();
    customer().when(eraseCustomer('c1')).thenRefused('not-found');
  });
  it('is the end: nothing is written about them or made out to them', () => {
    const { state } = customer(created, erased);
    expect(state).toMatchObject({
      status: 'erased',
      fields: { name: 'erased', email: 'erased', country: 'United Kingdom' },
    });
    customer(created, erased)
      .when(editCustomer('c1', { name: 'X' }))
      .thenRefused('conflict', 'erased');
    customer(created, erased).when(archiveCustomer('c1')).then();
    expect(() => requireUsable(state)).toThrow(/erased/);
  });
});

describe('what authorisation knows of a customer', () => {
  it('is itself and who made it', () => {
    expect(customers.facts(customer(created).state)).toEqual({ createdBy: 'ann', customerId: 'c1' });
    expect(customers.exists(customer().state)).toBe(false);
    expect(customers.facts(customer().state)).toEqual({});
  });
});

describe('the trail of a customer', () => {
  const { CustomerCreated, CustomerEdited } = customers.events;
  it('lists fields, not keys', () => {
    expect(CustomerCreated.changes?.(created.data as never)).toEqual([
      { field: 'name', from: null, to: 'Hale Ltd' },
      { field: 'email', from: null, to: 'ap@hale.example' },
      { field: 'country', from: null, to: 'United Kingdom' },
    ]);
    expect(
      CustomerEdited.changes?.({
        customerId: 'c1',
        changes: { country: { from: 'France', to: 'Spain' } },
        contact: { name: { from: 'A', to: 'B' } },
      }),
    ).toEqual([
      { field: 'name', from: 'A', to: 'B' },
      { field: 'country', from: 'France', to: 'Spain' },
    ]);
    expect(CustomerEdited.changes?.({ customerId: 'c1', changes: {}, contact: 'erased' })).toEqual([
      { field: 'contact', from: 'erased', to: 'erased' },
    ]);
  });
});
