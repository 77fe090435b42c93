import { changesTo, isEmpty, type Patch, withoutNothing } from '../../kernel/changes.js';
import { type Decide, existing } from '../../kernel/decider.js';
import { decimal } from '../../kernel/money.js';
import { conflict } from '../../kernel/refusal.js';
import type { Product, ProductEvent, ProductFields } from './product.js';

type ProductDecide = Decide<Product, ProductEvent>;

/** As it arrives: a price may be a JSON number or a decimal in any spelling. */
export type ProductPatch = Patch<Omit<ProductFields, 'unitPrice'>> & {
  readonly unitPrice?: string | number | null | undefined;
};
export type ProductInput = ProductPatch & Pick<ProductFields, 'name'>;

export const createProduct =
  (input: ProductInput): ProductDecide =>
  (_, { userId }) => [
    { type: 'ProductCreated', data: { createdBy: userId, ...withoutNothing<ProductFields>(priced(input)) } },
  ];

export const editProduct =
  (patch: ProductPatch): ProductDecide =>
  (state) => {
    const { status, fields } = existing(state);
    if (status === 'archived') throw conflict('product-archived', 'An archived product is not edited any more');
    const changes = changesTo(fields, priced(patch));
    return isEmpty(changes) ? [] : [{ type: 'ProductEdited', data: { changes } }];
  };

export const archiveProduct = (): ProductDecide => (state) =>
  state.status === 'active' ? [{ type: 'ProductArchived', data: {} }] : [];

const priced = <T extends ProductPatch>({ unitPrice, ...rest }: T) => ({
  unitPrice: unitPrice === undefined || unitPrice === null ? unitPrice : decimal('unitPrice', unitPrice),
  ...rest,
});
