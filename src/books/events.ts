import { bankAccounts } from './bank-accounts/bank-account.js';
import { brands } from './brands/brand.js';
import { chart } from './chart/chart.js';
import { customers } from './customers/customer.js';
import { documentTemplates } from './document-templates/document-template.js';
import { estimates } from './estimates/estimate.js';
import { imports } from './imports/import.js';
import { creditNotes } from './invoices/credit-note.js';
import { invoices } from './invoices/invoice.js';
import { journals } from './journals/journal.js';
import { numbers } from './numbering/numbers.js';
import { periods } from './periods/period.js';
import { products } from './products/product.js';
import { recurringInvoices } from './recurring/recurring-invoice.js';
import { reminders } from './reminders/reminder.js';
import { statements } from './statements-of-account/statement.js';
import { reconciliations } from './statements/reconciliation.js';
import { bankStatements } from './statements/statement.js';
import { paymentClaims } from './transactions/payment-claim.js';
import { transactions } from './transactions/transaction.js';
import { transfers } from './transfers/transfer.js';
import { purchaseOrders } from './purchase-orders/purchase-order.js';
import { purchases } from './purchases/purchase.js';
import { suppliers } from './suppliers/supplier.js';

/** Every type of event of this room. */
export const booksEvents = {
  ...customers.events,
  ...products.events,
  ...suppliers.events,
  ...purchaseOrders.events,
  ...purchases.events,
  ...estimates.events,
  ...invoices.events,
  ...creditNotes.events,
  ...statements.events,
  ...reminders.events,
  ...recurringInvoices.events,
  ...numbers.events,
  ...imports.events,
  ...brands.events,
  ...bankAccounts.events,
  ...documentTemplates.events,
  ...chart.events,
  ...journals.events,
  ...periods.events,
  ...transactions.events,
  ...paymentClaims.events,
  ...transfers.events,
  ...bankStatements.events,
  ...reconciliations.events,
};
