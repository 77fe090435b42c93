import { recorded } from '../../../test/support/specification.js';
import { beginnings } from '../../kernel/words.js';
import type { CustomerEvent } from './customer.js';
import { type CustomerDoc, customersView } from './customer.view.js';

const fold = (doc: CustomerDoc | null, revision: number, event: CustomerEvent): CustomerDoc | null =>
  customersView.fold(doc, recorded('customer-o1/c1', revision, event), 'c1');

const hale: CustomerDoc = {
  name: 'Hale & Daughters',
  email: 'ap@hale.example',
  organisation: '',
  revision: 0,
  status: 'active',
  createdBy: 'ann',
  created: '00000000',
  reach: ['by:ann', 'is:c1'],
  words: ['hale', 'daughters'],
  texts: [...beginnings('Hale & Daughters', 'ap@hale.example'), '=email:ap@hale.example'],
};

const rows: readonly [string, CustomerDoc | null, CustomerEvent, CustomerDoc | null][] = [
  [
    'CustomerCreated',
    null,
    {
      type: 'CustomerCreated',
      data: { customerId: 'c1', createdBy: 'ann', name: 'Hale & Daughters', email: 'ap@hale.example' },
    },
    hale,
  ],
  [
    'CustomerEdited',
    hale,
    {
      type: 'CustomerEdited',
      data: {
        customerId: 'c1',
        changes: { country: { from: undefined, to: 'France' } },
        contact: { name: { from: 'Hale & Daughters', to: 'Hale' }, email: { from: 'ap@hale.example', to: undefined } },
      },
    },
    (({ email: _, ...rest }) => ({
      ...rest,
      name: 'Hale',
      country: 'France',
      words: ['hale'],
      texts: ['ha', 'hal', 'hale'],
      revision: 1,
    }))(hale),
  ],
  [
    'CustomerEdited, erased since',
    hale,
    { type: 'CustomerEdited', data: { customerId: 'c1', changes: {}, contact: 'erased' } },
    {
      ...hale,
      ...{ name: 'erased', email: 'erased', phone: 'erased', notes: 'erased' },
      words: ['erased'],
      texts: [...beginnings('erased'), '=email:erased'],
      revision: 1,
    },
  ],
  [
    'CustomerArchived',
    hale,
    { type: 'CustomerArchived', data: { customerId: 'c1' } },
    { ...hale, status: 'archived', revision: 1 },
  ],
  [
    'CustomerRestored',
    { ...hale, status: 'archived' },
    { type: 'CustomerRestored', data: { customerId: 'c1' } },
    { ...hale, revision: 1 },
  ],
  [
    'CustomerRestricted',
    hale,
    { type: 'CustomerRestricted', data: { customerId: 'c1' } },
    { ...hale, restricted: true, revision: 1 },
  ],
  [
    'CustomerRestrictionLifted',
    { ...hale, restricted: true },
    { type: 'CustomerRestrictionLifted', data: { customerId: 'c1' } },
    { ...hale, revision: 1 },
  ],
  [
    'CustomerErased',
    hale,
    { type: 'CustomerErased', data: { customerId: 'c1' } },
    {
      ...hale,
      ...{ name: 'erased', email: 'erased', phone: 'erased', notes: 'erased' },
      status: 'erased',
      words: ['erased'],
      texts: [],
      revision: 1,
    },
  ],
  ['CustomerArchived of none', null, { type: 'CustomerArchived', data: { customerId: 'c1' } }, null],
];

describe('the customers view', () => {
  it.each(rows)('%s', (_, before, event, after) => {
    expect(fold(before, before === null ? 0 : 1, event)).toEqual(after);
  });

  it('keeps a document per customer', () => {
    expect(customersView.keys(recorded('customer-o1/c1', 0, rows[0]![2]))).toEqual(['c1']);
  });

  it('follows the brand', () => {
    const to = (brandId: string | undefined, from?: string): CustomerEvent => ({
      type: 'CustomerEdited',
      data: { customerId: 'c1', changes: { brandId: { from, to: brandId } } },
    });
    const north = fold(hale, 1, to('north'));
    expect(north?.brandId).toBe('north');
    expect(north?.reach).toEqual(expect.arrayContaining(['*|north|', 'by:ann|north|']));
    const south = fold(north, 2, to('south', 'north'));
    expect(south?.reach).toEqual(north!.reach.map((token) => token.replace('north', 'south')));
    expect(fold(south, 3, to(undefined, 'south'))?.reach).toEqual(hale.reach);
  });

  it('finds by what others call them', () =>
    expect(
      fold(null, 0, {
        type: 'CustomerCreated',
        data: { customerId: 'c1', createdBy: 'ann', name: 'Jo', reference: 'K 7' },
      })?.texts,
    ).toEqual(['jo', 'k', '7', '=reference:k 7']));
});
