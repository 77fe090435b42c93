import { given } from '../../../test/support/specification.js';
import { type ProductEvent, products } from './product.js';
import { archiveProduct, createProduct, editProduct } from './product.decide.js';

const created: ProductEvent = {
  type: 'ProductCreated',
  data: { createdBy: 'ann', name: 'Lantern', code: '71053', unitPrice: '3.39', vatRate: 2000 },
};
const archived: ProductEvent = { type: 'ProductArchived', data: {} };
const product = (...events: readonly ProductEvent[]) => given(products, 'p1', ...events);

describe('creating a product', () => {
  it('keeps what was given, the price in its one spelling', () =>
    product()
      .when(createProduct({ name: 'Lantern', code: null, unitPrice: '3.390', vatRate: 0 }))
      .then({ type: 'ProductCreated', data: { createdBy: 'p1', name: 'Lantern', unitPrice: '3.39', vatRate: 0 } }));
  it('is refused with a price that is none', () =>
    product()
      .when(createProduct({ name: 'Lantern', unitPrice: '1e3' }))
      .thenRefused('validation-failed'));
});

describe('editing a product', () => {
  it('says what changed', () =>
    product(created)
      .when(editProduct({ unitPrice: 4, vatRate: null, name: 'Lantern' }))
      .then({
        type: 'ProductEdited',
        data: { changes: { unitPrice: { from: '3.39', to: '4' }, vatRate: { from: 2000 } } },
      } as never));
  it('does nothing where nothing changes', () =>
    product(created)
      .when(editProduct({ unitPrice: '3.3900' }))
      .then());
  it('is refused for an archived one', () =>
    product(created, archived)
      .when(editProduct({ name: 'X' }))
      .thenRefused('conflict', 'product-archived'));
  it('is refused for none', () => product().when(editProduct({})).thenRefused('not-found'));
  it('counts from what an earlier edit made', () =>
    product(created, { type: 'ProductEdited', data: { changes: { name: { from: 'Lantern', to: 'Lamp' } } } })
      .when(editProduct({ name: 'Lamp' }))
      .then());
});

describe('archiving a product', () => {
  it('archives', () => product(created).when(archiveProduct()).then(archived));
  it('does nothing the second time', () => product(created, archived).when(archiveProduct()).then());
});
