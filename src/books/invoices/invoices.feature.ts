import type { Feature } from '../../platform/feature.js';
import { NUMBERED_DOCUMENTS } from '../numbering/numbered-documents.port.js';
import { CreateCreditNoteHandler, IssueCreditNoteHandler, VoidCreditNoteHandler } from './credit-note.handlers.js';
import { CreditNotesController } from './credit-note.http.js';
import { CompleteCredits } from './credits.recovery.js';
import { Credits } from './credits.service.js';
import { DocumentKinds } from './document.kinds.js';
import { GetDocumentHandler, ListDocumentsHandler, ListPaymentAccountsHandler } from './document.queries.js';
import { DocumentNumbers } from './document-numbers.service.js';
import {
  CopyInvoiceHandler,
  CreateInvoiceHandler,
  DiscardInvoiceHandler,
  EditInvoiceHandler,
  IssueInvoiceHandler,
  RecordPaymentHandler,
  VoidInvoiceHandler,
} from './invoice.handlers.js';
import { InvoicesController, PaymentAccountsController } from './invoice.http.js';
import { IssuingService } from './issuing.service.js';
import { PaymentAccounts } from './payment-accounts.service.js';
import { References } from './references.service.js';
import { RecordRefundHandler, RefundCreditNoteHandler } from './refund.handlers.js';
import { RefundsController } from './refund.http.js';

/** For the room's module: invoices and credit notes. */
export const invoicesFeature: Feature = {
  controllers: [InvoicesController, CreditNotesController, PaymentAccountsController, RefundsController],
  providers: [
    DocumentKinds,
    { provide: NUMBERED_DOCUMENTS, useClass: DocumentNumbers },
    References,
    IssuingService,
    Credits,
    CompleteCredits,
    PaymentAccounts,
    CreateInvoiceHandler,
    EditInvoiceHandler,
    IssueInvoiceHandler,
    RecordPaymentHandler,
    RecordRefundHandler,
    RefundCreditNoteHandler,
    VoidInvoiceHandler,
    DiscardInvoiceHandler,
    CopyInvoiceHandler,
    CreateCreditNoteHandler,
    IssueCreditNoteHandler,
    VoidCreditNoteHandler,
    GetDocumentHandler,
    ListDocumentsHandler,
    ListPaymentAccountsHandler,
  ],
};
