import { Module } from '@nestjs/common';
import { together } from '../platform/feature.js';
import { attachmentsFeature } from './attachments/attachments.feature.js';
import { bankAccountsFeature } from './bank-accounts/bank-accounts.feature.js';
import { brandsFeature } from './brands/brands.feature.js';
import { chartFeature } from './chart/chart.feature.js';
import { customersFeature } from './customers/customers.feature.js';
import { documentTemplatesFeature } from './document-templates/document-templates.feature.js';
import { estimatesFeature } from './estimates/estimates.feature.js';
import { importsFeature } from './imports/imports.feature.js';
import { invoicesFeature } from './invoices/invoices.feature.js';
import { journalsFeature } from './journals/journals.feature.js';
import { ledgerFeature } from './ledger/ledger.feature.js';
import { numberingFeature } from './numbering/numbering.feature.js';
import { periodsFeature } from './periods/periods.feature.js';
import { reportsFeature } from './reports/reports.feature.js';
import { productsFeature } from './products/products.feature.js';
import { bankStatementsFeature } from './statements/statements.feature.js';
import { transactionsFeature } from './transactions/transactions.feature.js';
import { transfersFeature } from './transfers/transfers.feature.js';
import { purchaseOrdersFeature } from './purchase-orders/purchase-orders.feature.js';
import { purchasesFeature } from './purchases/purchases.feature.js';
import { suppliersFeature } from './suppliers/suppliers.feature.js';
import { recurringFeature } from './recurring/recurring.feature.js';
import { remindersFeature } from './reminders/reminders.feature.js';
import { renderingFeature } from './rendering/rendering.feature.js';
import { sendingFeature } from './sending/sending.feature.js';
import { statementsFeature } from './statements-of-account/statements.feature.js';
import { searchFeature } from './search/search.feature.js';

/**
 * Brands with their templates, bank accounts, customers, products, invoices and credit notes with the numbers that these
 * bear, and imports of what is sold.
 */
@Module(
  together([
    brandsFeature,
    bankAccountsFeature,
    transactionsFeature,
    transfersFeature,
    bankStatementsFeature,
    chartFeature,
    periodsFeature,
    journalsFeature,
    documentTemplatesFeature,
    customersFeature,
    productsFeature,
    suppliersFeature,
    purchaseOrdersFeature,
    purchasesFeature,
    attachmentsFeature,
    estimatesFeature,
    invoicesFeature,
    renderingFeature,
    sendingFeature,
    statementsFeature,
    remindersFeature,
    recurringFeature,
    numberingFeature,
    ledgerFeature,
    reportsFeature,
    importsFeature,
    searchFeature,
  ]),
)
export class BooksModule {}
