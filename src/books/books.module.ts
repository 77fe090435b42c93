import { Module } from '@nestjs/common';
import { together } from '../platform/feature.js';
import { customersFeature } from './customers/customers.feature.js';
import { importsFeature } from './imports/imports.feature.js';
import { invoicesFeature } from './invoices/invoices.feature.js';
import { numberingFeature } from './numbering/numbering.feature.js';
import { productsFeature } from './products/products.feature.js';

/** Customers, products, invoices and credit notes, with the numbers that these bear, and imports of all of them. */
@Module(together([customersFeature, productsFeature, invoicesFeature, numberingFeature, importsFeature]))
export class BooksModule {}
