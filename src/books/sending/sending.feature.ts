import type { Feature } from '../../platform/feature.js';
import { CustomerMails } from './customer-mails.reactor.js';
import { DocumentLetters } from './document-letters.service.js';
import { Recipients } from './recipients.service.js';
import { DrawDocumentHandler, SendCreditNoteHandler, SendInvoiceHandler } from './sending.handlers.js';
import { CreditNoteSendingController, InvoiceSendingController } from './sending.http.js';
import { SentDocuments } from './sent-documents.service.js';

/** For the room's module: documents on paper and by mail. */
export const sendingFeature: Feature = {
  controllers: [InvoiceSendingController, CreditNoteSendingController],
  providers: [
    CustomerMails,
    Recipients,
    SentDocuments,
    DocumentLetters,
    SendInvoiceHandler,
    SendCreditNoteHandler,
    DrawDocumentHandler,
  ],
};
