import { bankAccountsView } from './bank-accounts/bank-account.view.js';
import { brandsView } from './brands/brand.view.js';
import { contactsView } from './customers/contact.view.js';
import { customersView } from './customers/customer.view.js';
import { documentTemplatesView } from './document-templates/document-template.view.js';
import { estimatesView } from './estimates/estimate.view.js';
import { openConversionsView } from './estimates/open-conversions.view.js';
import { importsView } from './imports/import.view.js';
import { invoicesView } from './invoices/invoice.view.js';
import { openCreditsView } from './invoices/open-credits.view.js';
import { ledgerBalancesView } from './ledger/ledger-balance.view.js';
import { ledgerEntriesView } from './ledger/ledger-entry.view.js';
import { ledgerVatView } from './ledger/ledger-vat.view.js';
import { openItemsView } from './ledger/open-item.view.js';
import { journalsView } from './journals/journal.view.js';
import { openReservationsView } from './numbering/numbers.view.js';
import { periodsView } from './periods/period.view.js';
import { salesView } from './reports/sale.view.js';
import { productsView } from './products/product.view.js';
import { recurringInvoicesView } from './recurring/recurring-invoice.view.js';
import { reminderPlansView } from './reminders/reminder.view.js';
import { openReconciliationsView } from './statements/open-reconciliation.view.js';
import { reconciliationsView } from './statements/reconciliation.view.js';
import { bankStatementsView } from './statements/statement.view.js';
import { bankPaymentsView } from './transactions/bank-payment.view.js';
import { openMatchesView } from './transactions/open-match.view.js';
import { transactionsView } from './transactions/transaction.view.js';
import { transfersView } from './transfers/transfer.view.js';
import { purchaseOrdersView } from './purchase-orders/purchase-order.view.js';
import { purchasesView } from './purchases/purchase.view.js';
import { suppliersView } from './suppliers/supplier.view.js';

/** Every view of this room. */
export const booksViews = [
  customersView,
  contactsView,
  productsView,
  suppliersView,
  purchaseOrdersView,
  purchasesView,
  estimatesView,
  openConversionsView,
  invoicesView,
  openReservationsView,
  openCreditsView,
  reminderPlansView,
  recurringInvoicesView,
  importsView,
  brandsView,
  bankAccountsView,
  documentTemplatesView,
  journalsView,
  periodsView,
  ledgerEntriesView,
  ledgerBalancesView,
  ledgerVatView,
  openItemsView,
  salesView,
  transactionsView,
  bankPaymentsView,
  openMatchesView,
  transfersView,
  bankStatementsView,
  reconciliationsView,
  openReconciliationsView,
] as const;
