import { bankAccounts } from './bank-accounts/bank-account.js';
import { brands } from './brands/brand.js';
import { customers } from './customers/customer.js';
import { documentTemplates } from './document-templates/document-template.js';
import { imports } from './imports/import.js';
import { creditNotes } from './invoices/credit-note.js';
import { invoices } from './invoices/invoice.js';
import { numbers } from './numbering/numbers.js';
import { products } from './products/product.js';

/** Every type of event of this room. */
export const booksEvents = {
  ...customers.events,
  ...products.events,
  ...invoices.events,
  ...creditNotes.events,
  ...numbers.events,
  ...imports.events,
  ...brands.events,
  ...bankAccounts.events,
  ...documentTemplates.events,
};
