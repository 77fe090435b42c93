import { Injectable, type OnModuleInit } from '@nestjs/common';
import { recordIdOf } from '../../kernel/decider.js';
import type { Recorded } from '../../kernel/event.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import { References } from '../invoices/references.service.js';
import { longDate, money } from '../rendering/amounts.js';
import { fileNameOf, type PaperDocument } from '../rendering/document.js';
import { DocumentPdf } from '../rendering/document-pdf.service.js';
import { PDF_TYPE } from '../rendering/pdf.service.js';
import { type CustomerLetter, CustomerMails } from '../sending/customer-mails.reactor.js';
import { type EstimateSent, estimates } from './estimate.js';

/** Estimates on paper, and the mails with which they go out. */
@Injectable()
export class EstimateLetters implements OnModuleInit {
  constructor(
    private readonly mails: CustomerMails,
    private readonly states: StateCache,
    private readonly references: References,
    private readonly pdf: DocumentPdf,
  ) {}

  onModuleInit(): void {
    this.mails.register('EstimateSent', (event) => this.letter(event as Recorded<EstimateSent>));
  }

  /** As it stands now; undefined where there is none, or it was discarded. */
  async paper(organisation: string, id: string): Promise<PaperDocument | undefined> {
    const { state } = await this.states.load(estimates, organisation, id);
    if (state.status === 'absent' || state.status === 'discarded') return undefined;
    const { content, status } = state;
    const to = content.customerId === undefined ? null : await this.references.billTo(organisation, content.customerId);
    return { ...content, kind: 'estimate', number: null, standing: status === 'draft' ? 'draft' : 'good', to };
  }

  async draw(organisation: string, paper: PaperDocument): Promise<{ readonly pdf: Buffer; readonly name: string }> {
    return { pdf: await this.pdf.draw(organisation, paper), name: fileNameOf(paper) };
  }

  /** None where it was handed over, or has been edited since and is what was sent no more. */
  private async letter(event: Recorded<EstimateSent>): Promise<CustomerLetter | undefined> {
    const organisation = event.metadata.organisation ?? '';
    const { customerId, to } = event.data;
    const paper = to === undefined ? undefined : await this.paper(organisation, recordIdOf(event.stream));
    if (to === undefined || paper?.standing !== 'good') return undefined;
    const sender = await this.pdf.sender(organisation, paper.brandId);
    const { pdf, name } = await this.draw(organisation, paper);
    return {
      customerId,
      to,
      sender,
      subject: `Estimate from ${sender.name}`,
      lines: linesOf(paper),
      attachments: [{ fileName: `${name}.pdf`, mediaType: PDF_TYPE, content: pdf }],
    };
  }
}

const linesOf = ({ date, validUntil, total, currency }: PaperDocument): readonly string[] => [
  `please find our estimate of ${longDate(date)} attached.`,
  '',
  `It comes to ${money(total, currency)}${validUntil === undefined ? '' : `, and holds until ${longDate(validUntil)}`}.`,
];
