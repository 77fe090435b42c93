import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import type { Actor, Recorded } from '../../kernel/event.js';
import { personOf } from '../../kernel/event.js';
import { AUTHORISER, type Authoriser, type Principal } from '../../platform/commands/principal.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import { customers } from '../customers/customer.js';
import { longDate, money } from '../rendering/amounts.js';
import { DocumentPdf } from '../rendering/document-pdf.service.js';
import { PDF_TYPE, PdfService } from '../rendering/pdf.service.js';
import { type CustomerLetter, CustomerMails } from '../sending/customer-mails.reactor.js';
import type { StatementSent } from './statement.js';
import { STATEMENTS } from './statement.handlers.js';
import { statementPaper } from './statement.paper.js';
import { Statements } from './statement.service.js';

/** The mails with which statements go out: what whoever sent one may see at that moment, and nothing where that is over. */
@Injectable()
export class StatementLetters implements OnModuleInit {
  constructor(
    private readonly mails: CustomerMails,
    private readonly statements: Statements,
    private readonly states: StateCache,
    @Inject(AUTHORISER) private readonly authoriser: Authoriser,
    private readonly pdf: PdfService,
    private readonly documents: DocumentPdf,
  ) {}

  onModuleInit(): void {
    this.mails.register('StatementSent', (event) => this.letter(event as Recorded<StatementSent>));
  }

  private async letter({ data, metadata, position }: Recorded<StatementSent>): Promise<CustomerLetter | undefined> {
    const { organisation = '', correlationId, requestId } = metadata;
    const { customerId, from, until, to } = data;
    const principal = principalOf(metadata.actor);
    if (principal === undefined) return undefined;
    const { state } = await this.states.load(customers, organisation, customerId);
    if (state.status === 'absent') return undefined;
    const verdict = await this.authoriser.authorise(principal, organisation, STATEMENTS, customers.facts(state));
    if (!verdict.allowed) return undefined;
    const context = {
      ...{ principal, organisation, permission: STATEMENTS, route: 'statement', requestId, correlationId },
      ...{ source: { ip: '', userAgent: '' }, atLeast: position, reach: verdict.reach },
    };
    const { value: statement } = await this.statements.of(context, customerId, { from, to: until });
    const sender = await this.documents.sender(organisation, state.fields.brandId);
    const content = await this.pdf.draw(statementPaper(statement, state.fields.name, sender));
    return {
      customerId,
      to,
      sender,
      subject: `Statement from ${sender.name}`,
      lines: [
        `please find your statement of account from ${longDate(from)} to ${longDate(until)} attached.`,
        '',
        `The balance is ${money(statement.closing, statement.currency)}.`,
      ],
      attachments: [{ fileName: `statement-${until}.pdf`, mediaType: PDF_TYPE, content }],
    };
  }
}

function principalOf(actor: Actor): Principal | undefined {
  const userId = personOf(actor);
  if (userId === undefined) return undefined;
  return actor.kind === 'api-key' ? { userId, apiKey: actor.id } : { userId };
}
