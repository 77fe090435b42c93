import { Injectable, type OnModuleInit } from '@nestjs/common';
import { recordIdOf } from '../../kernel/decider.js';
import type { Recorded } from '../../kernel/event.js';
import type { DocumentKind, Sending } from '../invoices/document.js';
import { longDate, money } from '../rendering/amounts.js';
import { fileNameOf, titleOf } from '../rendering/document.js';
import { DocumentPdf } from '../rendering/document-pdf.service.js';
import { PDF_TYPE } from '../rendering/pdf.service.js';
import { CustomerMails, type CustomerLetter } from './customer-mails.reactor.js';
import { type Sendable, SentDocuments } from './sent-documents.service.js';

/** What the mail with a document says, line by line. */
type Words = (document: Sendable) => readonly string[];

/** The mails with which invoices and credit notes go out. */
@Injectable()
export class DocumentLetters implements OnModuleInit {
  constructor(
    private readonly mails: CustomerMails,
    private readonly documents: SentDocuments,
    private readonly pdf: DocumentPdf,
  ) {}

  onModuleInit(): void {
    this.mails.register('InvoiceSent', (event) => this.letter('invoice', event, 'Invoice', invoiceWords));
    this.mails.register('CreditNoteSent', (event) => this.letter('credit-note', event, 'Credit note', creditWords));
  }

  /** Undefined where the document is not good any more: voided since. `subject` stands before its number. */
  async letter(
    kind: DocumentKind,
    event: Recorded,
    subject: string,
    words: Words,
  ): Promise<CustomerLetter | undefined> {
    const organisation = event.metadata.organisation ?? '';
    const document = await this.documents.of(organisation, kind, recordIdOf(event.stream));
    if (document?.standing !== 'good') return undefined;
    const { customerId, to } = event.data as Sending;
    const [sender, content] = await Promise.all([
      this.pdf.sender(organisation, document.brandId),
      this.pdf.draw(organisation, document),
    ]);
    return {
      customerId,
      to,
      sender,
      subject: `${subject} ${document.number} from ${sender.name}`,
      lines: words(document),
      attachments: [{ fileName: `${fileNameOf(document)}.pdf`, mediaType: PDF_TYPE, content }],
    };
  }
}

const invoiceWords: Words = (document) => [
  `please find ${lower(titleOf(document))} of ${longDate(document.date)} attached.`,
  '',
  `It comes to ${money(document.total, document.currency)}${dueBy(document)}.`,
];

const creditWords: Words = (document) => [
  `please find ${lower(titleOf(document))} of ${longDate(document.date)} attached.`,
  '',
  `It comes to ${money(0 - document.total, document.currency)} in your favour.`,
];

const dueBy = ({ dueDate }: Sendable): string => (dueDate === undefined ? '' : `, due by ${longDate(dueDate)}`);
const lower = (title: string): string => title.charAt(0).toLowerCase() + title.slice(1);
