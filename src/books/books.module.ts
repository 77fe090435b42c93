import { Module } from '@nestjs/common';
import {
  ArchiveCustomerHandler,
  CreateCustomerHandler,
  EditCustomerHandler,
  GetCustomerHandler,
  ListCustomersHandler,
} from './customers/customer.handlers.js';
import { CustomersController } from './customers/customer.http.js';
import { CustomerKind } from './customers/customer.kind.js';
import {
  CreateCreditNoteHandler,
  IssueCreditNoteHandler,
  VoidCreditNoteHandler,
} from './invoices/credit-note.handlers.js';
import { ImportsController } from './imports/import.http.js';
import { imports } from './imports/imports.feature.js';
import { CreditNotesController } from './invoices/credit-note.http.js';
import { Credits } from './invoices/credits.service.js';
import { DocumentKinds } from './invoices/document.kinds.js';
import { GetDocumentHandler, ListDocumentsHandler, ListPaymentAccountsHandler } from './invoices/document.queries.js';
import { DocumentNumbers } from './invoices/document-numbers.service.js';
import {
  CopyInvoiceHandler,
  CreateInvoiceHandler,
  DiscardInvoiceHandler,
  EditInvoiceHandler,
  IssueInvoiceHandler,
  RecordPaymentHandler,
  VoidInvoiceHandler,
} from './invoices/invoice.handlers.js';
import { InvoicesController, PaymentAccountsController } from './invoices/invoice.http.js';
import { IssuingService } from './invoices/issuing.service.js';
import { PaymentAccounts } from './invoices/payment-accounts.service.js';
import { References } from './invoices/references.service.js';
import { NUMBERED_DOCUMENTS } from './numbering/numbered-documents.port.js';
import { NumbersKind } from './numbering/numbers.kind.js';
import { CompleteReservations } from './numbering/numbers.recovery.js';
import { NumberRegister } from './numbering/numbers.register.js';
import {
  ArchiveProductHandler,
  CreateProductHandler,
  EditProductHandler,
  GetProductHandler,
  ListProductsHandler,
} from './products/product.handlers.js';
import { ProductsController } from './products/product.http.js';
import { ProductKind } from './products/product.kind.js';

const customers = [
  CreateCustomerHandler,
  EditCustomerHandler,
  ArchiveCustomerHandler,
  GetCustomerHandler,
  ListCustomersHandler,
  CustomerKind,
];

const products = [
  CreateProductHandler,
  EditProductHandler,
  ArchiveProductHandler,
  GetProductHandler,
  ListProductsHandler,
  ProductKind,
];

const numbering = [
  { provide: NUMBERED_DOCUMENTS, useClass: DocumentNumbers },
  NumberRegister,
  CompleteReservations,
  NumbersKind,
];

const invoices = [
  CreateInvoiceHandler,
  EditInvoiceHandler,
  IssueInvoiceHandler,
  RecordPaymentHandler,
  VoidInvoiceHandler,
  DiscardInvoiceHandler,
  CopyInvoiceHandler,
  CreateCreditNoteHandler,
  IssueCreditNoteHandler,
  VoidCreditNoteHandler,
  GetDocumentHandler,
  ListDocumentsHandler,
  ListPaymentAccountsHandler,
  References,
  IssuingService,
  Credits,
  PaymentAccounts,
  DocumentKinds,
];

/** Customers, products, invoices and credit notes, with the numbers that these bear. */
@Module({
  controllers: [
    CustomersController,
    ProductsController,
    InvoicesController,
    CreditNotesController,
    PaymentAccountsController,
    ImportsController,
  ],
  providers: [...customers, ...products, ...numbering, ...invoices, ...imports],
})
export class BooksModule {}
