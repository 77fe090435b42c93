import { recorded } from '../../../test/support/specification.js';
import { beginnings } from '../../kernel/words.js';
import type { ProductEvent } from './product.js';
import { type ProductDoc, productsView } from './product.view.js';

const lantern: ProductDoc = {
  name: 'Lantern',
  unitPrice: '3.39',
  organisation: '',
  revision: 0,
  status: 'active',
  createdBy: 'ann',
  created: '00000000',
  reach: ['by:ann'],
  texts: beginnings('Lantern'),
};

const rows: readonly [string, ProductDoc | null, ProductEvent, ProductDoc | null][] = [
  [
    'ProductCreated',
    null,
    { type: 'ProductCreated', data: { createdBy: 'ann', name: 'Lantern', unitPrice: '3.39' } },
    lantern,
  ],
  [
    'ProductEdited',
    lantern,
    {
      type: 'ProductEdited',
      data: { changes: { name: { from: 'Lantern', to: 'Lamp' }, unitPrice: { from: '3.39', to: undefined } } },
    },
    (({ unitPrice: _, ...rest }) => ({ ...rest, name: 'Lamp', texts: ['la', 'lam', 'lamp'], revision: 1 }))(lantern),
  ],
  ['ProductArchived', lantern, { type: 'ProductArchived', data: {} }, { ...lantern, status: 'archived', revision: 1 }],
  ['ProductArchived of none', null, { type: 'ProductArchived', data: {} }, null],
];

describe('the products view', () => {
  it.each(rows)('%s', (_, before, event, after) => {
    const revision = before === null ? 0 : 1;
    expect(productsView.fold(before, recorded('product-o1/p1', revision, event), 'p1')).toEqual(after);
  });

  it('is found by its code, and by that alone as a whole', () =>
    expect(
      productsView.fold(
        null,
        recorded('product-o1/p1', 0, { type: 'ProductCreated', data: { createdBy: 'ann', name: 'Jo', code: 'A-1' } }),
        'p1',
      )?.texts,
    ).toEqual(['jo', 'a', '1', '=code:a-1']));

  it('keeps a document per product', () => {
    expect(productsView.keys(recorded('product-o1/p1', 0, rows[0]![2]))).toEqual(['p1']);
  });
});
