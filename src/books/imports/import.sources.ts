import type { DomainEvent } from '../../kernel/event.js';
import { type Customer, type CustomerEvent, customers } from '../customers/customer.js';
import { createCustomer } from '../customers/customer.decide.js';
import { CustomerDto } from '../customers/customer.http.js';
import { customersView } from '../customers/customer.view.js';
import { type Product, type ProductEvent, products } from '../products/product.js';
import { createProduct } from '../products/product.decide.js';
import { ProductDto } from '../products/product.http.js';
import { productsView } from '../products/product.view.js';
import { type Supplier, type SupplierEvent, suppliers } from '../suppliers/supplier.js';
import { createSupplier } from '../suppliers/supplier.decide.js';
import { SupplierDto } from '../suppliers/supplier.http.js';
import { suppliersView } from '../suppliers/supplier.view.js';
import type { RecordSource } from './import.finder.js';

/** Records that are made by a row each, which says what a request to make one would. */
export interface Source<
  State extends { readonly status: string },
  E extends DomainEvent,
  V extends object,
> extends RecordSource<State, E, V> {
  readonly dto: new () => V;
}

export const CUSTOMERS: Source<Customer, CustomerEvent, CustomerDto> = {
  aggregate: customers,
  view: customersView,
  readPermission: 'customers:read',
  knownBy: ['reference', 'email'],
  dto: CustomerDto,
  decide: createCustomer,
};

export const SUPPLIERS: Source<Supplier, SupplierEvent, SupplierDto> = {
  aggregate: suppliers,
  view: suppliersView,
  readPermission: 'suppliers:read',
  knownBy: ['reference', 'email'],
  dto: SupplierDto,
  decide: createSupplier,
};

export const PRODUCTS: Source<Product, ProductEvent, ProductDto> = {
  aggregate: products,
  view: productsView,
  readPermission: 'products:read',
  knownBy: ['code', 'name'],
  dto: ProductDto,
  decide: createProduct,
};
