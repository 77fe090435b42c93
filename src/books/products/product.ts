import { asNew, changesOf, type EventCatalogue } from '../../kernel/catalogue.js';
import { changed } from '../../kernel/changes.js';
import { type Aggregate, recordIdOf } from '../../kernel/decider.js';
import type { Changes, DomainEvent, Recorded } from '../../kernel/event.js';
import type { Decimal } from '../../kernel/money.js';

/** Basis points: 100 %. */
export const MAX_VAT_RATE = 10_000;

export interface ProductFields {
  readonly name: string;
  /** The business's own code for it (stock code, SKU). */
  readonly code?: string;
  readonly description?: string;
  readonly unitPrice?: Decimal;
  /** Basis points. */
  readonly vatRate?: number;
  readonly accountCode?: string;
  readonly reference?: string;
}

export type ProductCreated = DomainEvent<'ProductCreated', ProductFields & { readonly createdBy: string }>;
export type ProductEdited = DomainEvent<'ProductEdited', { readonly changes: Changes<ProductFields> }>;
export type ProductArchived = DomainEvent<'ProductArchived', Record<string, never>>;
export type ProductEvent = ProductCreated | ProductEdited | ProductArchived;

export type Product =
  | { readonly status: 'absent' }
  | { readonly status: 'active' | 'archived'; readonly fields: ProductFields; readonly createdBy: string };

const record = (event: Recorded<ProductEvent>) => ({ kind: 'product', id: recordIdOf(event.stream) });

const events: EventCatalogue<ProductEvent> = {
  ProductCreated: {
    schemaVersion: 1,
    summary: ({ name }) => `added the product ${name}`,
    changes: ({ createdBy: _, ...fields }) => asNew(fields),
    record,
  },
  ProductEdited: { schemaVersion: 1, summary: () => 'edited a product', changes: changesOf, record },
  ProductArchived: { schemaVersion: 1, summary: () => 'archived a product', changes: () => [], record },
};

export const products: Aggregate<Product, ProductEvent> = {
  name: 'product',
  within: 'organisation',
  events,
  readsPersonalFields: false,
  initial: () => ({ status: 'absent' }),
  evolve,
  exists: ({ status }) => status !== 'absent',
  facts: (state) => (state.status === 'absent' ? {} : { createdBy: state.createdBy }),
};

function evolve(state: Product, event: Recorded<ProductEvent>): Product {
  switch (event.type) {
    case 'ProductCreated': {
      const { createdBy, ...fields } = event.data;
      return { status: 'active', fields, createdBy };
    }
    case 'ProductEdited':
      return state.status === 'absent' ? state : { ...state, fields: changed(state.fields, event.data.changes) };
    case 'ProductArchived':
      return state.status === 'absent' ? state : { ...state, status: 'archived' };
  }
}
