import { CommandHandler, type ICommandHandler, type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { notFound } from '../../kernel/refusal.js';
import { RecordCommand } from '../../platform/commands/command.js';
import { CommandPipeline } from '../../platform/commands/pipeline.js';
import type { CommandAnswer, QueryAnswer, RequestContext } from '../../platform/commands/principal.js';
import { creditNotes } from '../invoices/credit-note.js';
import { sendCreditNote } from '../invoices/credit-note.decide.js';
import type { DocumentKind } from '../invoices/document.js';
import { issued } from '../invoices/document.decide.js';
import { GetDocument, GetDocumentHandler } from '../invoices/document.queries.js';
import { invoices } from '../invoices/invoice.js';
import { sendInvoice } from '../invoices/invoice.decide.js';
import { fileNameOf } from '../rendering/document.js';
import { DocumentPdf } from '../rendering/document-pdf.service.js';
import { Recipients } from './recipients.service.js';
import { SentDocuments } from './sent-documents.service.js';

export class SendInvoice extends RecordCommand {
  readonly name = 'SendInvoice';

  constructor(
    context: RequestContext,
    id: string,
    readonly to: string | undefined,
  ) {
    super(context, id);
  }
}

export class SendCreditNote extends RecordCommand {
  readonly name = 'SendCreditNote';

  constructor(
    context: RequestContext,
    id: string,
    readonly to: string | undefined,
  ) {
    super(context, id);
  }
}

/** A PDF with what its file is called, and the position of the view that let the reader in. */
export interface DrawnDocument {
  readonly pdf: Buffer;
  readonly name: string;
  readonly position: QueryAnswer['position'];
}

export class DrawDocument extends Query<DrawnDocument> {
  constructor(
    readonly context: RequestContext,
    readonly kind: DocumentKind,
    readonly id: string,
  ) {
    super();
  }
}

@CommandHandler(SendInvoice)
export class SendInvoiceHandler implements ICommandHandler<SendInvoice> {
  constructor(
    private readonly pipeline: CommandPipeline,
    private readonly recipients: Recipients,
  ) {}

  execute(command: SendInvoice): Promise<CommandAnswer> {
    const { context, id, to } = command;
    return this.pipeline.change(invoices, command, id, {
      prepare: (state) =>
        this.recipients.of(context.organisation, issued('invoice', state).content.customerId, to ?? undefined),
      decide: sendInvoice(),
    });
  }
}

@CommandHandler(SendCreditNote)
export class SendCreditNoteHandler implements ICommandHandler<SendCreditNote> {
  constructor(
    private readonly pipeline: CommandPipeline,
    private readonly recipients: Recipients,
  ) {}

  execute(command: SendCreditNote): Promise<CommandAnswer> {
    const { context, id, to } = command;
    return this.pipeline.change(creditNotes, command, id, {
      prepare: (state) =>
        this.recipients.of(context.organisation, issued('credit-note', state).content.customerId, to ?? undefined),
      decide: sendCreditNote(),
    });
  }
}

/** Whoever may read a document may have it on paper: the question is the same one. */
@QueryHandler(DrawDocument)
export class DrawDocumentHandler implements IQueryHandler<DrawDocument> {
  constructor(
    private readonly read: GetDocumentHandler,
    private readonly documents: SentDocuments,
    private readonly pdf: DocumentPdf,
  ) {}

  async execute({ context, kind, id }: DrawDocument): Promise<DrawnDocument> {
    const { position } = await this.read.execute(new GetDocument(context, kind, id));
    const document = await this.documents.of(context.organisation, kind, id);
    if (document === undefined) throw notFound();
    return { pdf: await this.pdf.draw(context.organisation, document), name: fileNameOf(document), position };
  }
}
