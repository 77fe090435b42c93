import { Module } from '@nestjs/common';
import { together } from '../platform/feature.js';
import { bankAccountsFeature } from './bank-accounts/bank-accounts.feature.js';
import { brandsFeature } from './brands/brands.feature.js';
import { customersFeature } from './customers/customers.feature.js';
import { documentTemplatesFeature } from './document-templates/document-templates.feature.js';
import { importsFeature } from './imports/imports.feature.js';
import { invoicesFeature } from './invoices/invoices.feature.js';
import { numberingFeature } from './numbering/numbering.feature.js';
import { productsFeature } from './products/products.feature.js';

/**
 * Brands with their templates, bank accounts, customers, products, invoices and credit notes with the numbers that these
 * bear, and imports of what is sold.
 */
@Module(
  together([
    brandsFeature,
    bankAccountsFeature,
    documentTemplatesFeature,
    customersFeature,
    productsFeature,
    invoicesFeature,
    numberingFeature,
    importsFeature,
  ]),
)
export class BooksModule {}
