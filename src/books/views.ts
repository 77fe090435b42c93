import { bankAccountsView } from './bank-accounts/bank-account.view.js';
import { brandsView } from './brands/brand.view.js';
import { customersView } from './customers/customer.view.js';
import { documentTemplatesView } from './document-templates/document-template.view.js';
import { importsView } from './imports/import.view.js';
import { invoicesView } from './invoices/invoice.view.js';
import { openCreditsView } from './invoices/open-credits.view.js';
import { openReservationsView } from './numbering/numbers.view.js';
import { productsView } from './products/product.view.js';

/** Every view of this room. */
export const booksViews = [
  customersView,
  productsView,
  invoicesView,
  openReservationsView,
  openCreditsView,
  importsView,
  brandsView,
  bankAccountsView,
  documentTemplatesView,
] as const;
