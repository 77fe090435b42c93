import { recorded } from '../../../test/support/specification.js';
import type { SupplierEvent } from './supplier.js';
import { type SupplierDoc, suppliersView } from './supplier.view.js';

const fold = (doc: SupplierDoc | null, revision: number, event: SupplierEvent): SupplierDoc | null =>
  suppliersView.fold(doc, recorded('supplier-o1/s1', revision, event), 's1');

const ink: SupplierDoc = {
  name: 'Ink 1',
  reference: 'X',
  organisation: '',
  revision: 0,
  status: 'active',
  hasBankDetails: false,
  createdBy: 'ann',
  created: '00000000',
  reach: ['by:ann'],
  words: ['ink', '1'],
  texts: ['in', 'ink', '1', 'x', '=reference:x'],
};
const about = { supplierId: 's1' };

const rows: readonly [string, SupplierDoc | null, SupplierEvent, SupplierDoc | null][] = [
  [
    'SupplierCreated',
    null,
    { type: 'SupplierCreated', data: { ...about, createdBy: 'ann', name: 'Ink 1', reference: 'X' } },
    ink,
  ],
  [
    'SupplierEdited',
    ink,
    {
      type: 'SupplierEdited',
      data: {
        ...about,
        changes: { country: { from: undefined, to: 'France' }, reference: { from: 'X', to: undefined } },
        contact: { name: { from: 'Ink 1', to: 'Oh' } },
      },
    },
    (({ reference: _, ...rest }) => ({
      ...rest,
      name: 'Oh',
      country: 'France',
      words: ['oh'],
      texts: ['oh'],
      revision: 1,
    }))(ink),
  ],
  [
    'SupplierEdited, erased since',
    ink,
    { type: 'SupplierEdited', data: { ...about, changes: {}, contact: 'erased' } },
    {
      ...ink,
      ...{ name: 'erased', email: 'erased', phone: 'erased', notes: 'erased' },
      words: ['erased'],
      texts: expect.arrayContaining(['erased']) as unknown as readonly string[],
      revision: 1,
    },
  ],
  ['SupplierArchived', ink, { type: 'SupplierArchived', data: about }, { ...ink, status: 'archived', revision: 1 }],
  [
    'SupplierRestored',
    { ...ink, status: 'archived' },
    { type: 'SupplierRestored', data: about },
    { ...ink, revision: 1 },
  ],
  [
    'SupplierBankDetailsChanged, of which nothing is kept here',
    ink,
    {
      type: 'SupplierBankDetailsChanged',
      data: { ...about, bankDetails: { accountNumber: { from: '1', to: '55779911' } } },
    },
    { ...ink, hasBankDetails: true, revision: 1 },
  ],
  ['SupplierRestricted', ink, { type: 'SupplierRestricted', data: about }, { ...ink, restricted: true, revision: 1 }],
  [
    'SupplierRestrictionLifted',
    { ...ink, restricted: true },
    { type: 'SupplierRestrictionLifted', data: about },
    { ...ink, revision: 1 },
  ],
  [
    'SupplierErased',
    ink,
    { type: 'SupplierErased', data: about },
    {
      ...ink,
      ...{ name: 'erased', email: 'erased', phone: 'erased', notes: 'erased' },
      status: 'erased',
      words: ['erased'],
      texts: [],
      revision: 1,
    },
  ],
  ['SupplierArchived of none', null, { type: 'SupplierArchived', data: about }, null],
];

describe('the suppliers view', () => {
  it.each(rows)('%s', (_, before, event, after) => {
    expect(fold(before, before === null ? 0 : 1, event)).toEqual(after);
  });

  it('keeps a document per supplier', () => {
    expect(suppliersView.keys(recorded('supplier-o1/s1', 0, rows[0]![2]))).toEqual(['s1']);
  });

  it('follows the brand', () => {
    const to = (brandId: string | undefined, from?: string): SupplierEvent => ({
      type: 'SupplierEdited',
      data: { ...about, changes: { brandId: { from, to: brandId } } },
    });
    const north = fold(ink, 1, to('north'));
    expect(north?.reach).toEqual(expect.arrayContaining(['*|north|', 'by:ann|north|']));
    expect(fold(north, 2, to(undefined, 'north'))?.reach).toEqual(ink.reach);
  });
});
