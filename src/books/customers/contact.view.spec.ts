import { recorded } from '../../../test/support/specification.js';
import { beginnings } from '../../kernel/words.js';
import type { ContactEvent } from './contact.js';
import { type ContactDoc, contactsView } from './contact.view.js';
import type { CustomerEvent } from './customer.js';
import { activeContacts, type CustomerDoc, customersView } from './customer.view.js';

const of = { customerId: 'c1', contactId: 'p1' };
const added: ContactEvent = { type: 'ContactAdded', data: { ...of, name: 'Rosa Klein', email: 'rosa@hale.example' } };
const renamed: ContactEvent = {
  type: 'ContactEdited',
  data: { ...of, contact: { name: { from: 'Rosa Klein', to: 'Rosa Gross' }, email: { from: 'rosa@hale.example' } } },
} as never;
const rephoned: ContactEvent = { type: 'ContactEdited', data: { ...of, contact: { phone: { to: '1' } } } } as never;
const blotted: ContactEvent = { type: 'ContactEdited', data: { ...of, contact: 'erased' } };
const removed: ContactEvent = { type: 'ContactRemoved', data: of };
const restricted: ContactEvent = { type: 'ContactRestricted', data: of };
const lifted: ContactEvent = { type: 'ContactRestrictionLifted', data: of };
const erased: ContactEvent = { type: 'ContactErased', data: of };
/** As a reader finds it once the key is gone. */
const faded: ContactEvent = {
  type: 'ContactAdded',
  data: { ...of, name: 'erased', role: 'erased', email: 'erased', phone: 'erased', notes: 'erased' },
};

describe('the view of contacts', () => {
  const rosa: ContactDoc = {
    organisation: '',
    customerId: 'c1',
    name: 'Rosa Klein',
    status: 'active',
    words: ['rosa', 'klein'],
    created: '00000001',
  };
  const gone: ContactDoc = { ...rosa, name: 'erased', words: ['erased'], status: 'erased' };

  it.each([
    ['ContactAdded', null, added, rosa],
    ['ContactEdited', rosa, renamed, { ...rosa, name: 'Rosa Gross', words: ['rosa', 'gross'] }],
    ['ContactEdited, another field', rosa, rephoned, rosa],
    ['ContactEdited, erased since', rosa, blotted, { ...gone, status: 'active' }],
    ['ContactRemoved', rosa, removed, { ...rosa, status: 'removed' }],
    ['ContactErased', rosa, erased, gone],
    ['ContactRemoved of an unknown one', null, removed, null],
  ] as const)('%s', (_name, before, event, after) => {
    const happened = recorded<ContactEvent>('customer-o/c1', 1, event);
    expect(contactsView.keys(happened as never)).toEqual(['p1']);
    expect(contactsView.fold(before, happened as never, 'p1')).toEqual(after);
  });
});

describe('the contacts in the view of customers', () => {
  const created: CustomerEvent = {
    type: 'CustomerCreated',
    data: { customerId: 'c1', createdBy: 'ann', name: 'Hale' },
  };
  const customerErased: CustomerEvent = { type: 'CustomerErased', data: { customerId: 'c1' } };
  const after = (...events: readonly CustomerEvent[]): CustomerDoc =>
    [created, ...events].reduce<CustomerDoc | null>(
      (doc, event, revision) => customersView.fold(doc, recorded('customer-o/c1', revision, event), 'c1'),
      null,
    )!;
  const names = (doc: CustomerDoc) => activeContacts(doc).map(({ fields }) => fields.name);

  it('are those whom the customer has now', () => {
    expect(names(after(added))).toEqual(['Rosa Klein']);
    expect(names(after(added, renamed))).toEqual(['Rosa Gross']);
    expect(activeContacts(after(added, renamed))[0]!.fields).toEqual({ name: 'Rosa Gross' });
    for (const end of [removed, erased]) expect(names(after(added, end))).toEqual([]);
    expect(after(added, removed)).toMatchObject({ revision: 2, status: 'active', contacts: [{ status: 'removed' }] });
  });
  it('say whether they may be written to', () => {
    expect(activeContacts(after(added, restricted))).toMatchObject([{ restricted: true }]);
    expect(activeContacts(after(added, restricted, lifted))).toMatchObject([{ restricted: false }]);
  });
  it('are what the customer is found by, too, as long as they are contacts', () => {
    const own = beginnings('Hale');
    expect(after(added).texts).toEqual([...own, ...beginnings('Rosa Klein', 'rosa@hale.example')].filter(once));
    expect(after(added).texts).not.toContain('=email:rosa@hale.example');
    expect(after(added, removed).texts).toEqual(own);
    expect(after(added, customerErased).texts).toEqual(beginnings('Rosa Klein', 'rosa@hale.example'));
    expect(after(added, customerErased, erased).texts).toEqual([]);
  });
  it('come out of a rebuild after an erasure as they stood after it', () => {
    expect(after(faded, blotted, erased)).toEqual(after(added, renamed, erased));
  });
});

const once = <T>(value: T, index: number, all: readonly T[]): boolean => all.indexOf(value) === index;
