import { CommandHandler, type ICommandHandler, type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import type { Readable } from 'node:stream';
import { invalid, notFound } from '../../kernel/refusal.js';
import { DomainCommand, DomainQuery } from '../../platform/commands/command.js';
import { CommandPipeline } from '../../platform/commands/pipeline.js';
import { type CommandAnswer, QueryAnswer, type RequestContext } from '../../platform/commands/principal.js';
import { ViewReader } from '../../platform/http/view-reader.js';
import { importAggregate, type ImportEvent, type ImportState } from './import.js';
import { ImportRunner } from './import.runner.js';
import { Uploads } from './import.upload.js';
import { type ImportDocument, importKey, importView } from './import.view.js';
import { COLUMNS, readHeader } from './rows.js';

export class ImportInvoices extends DomainCommand {
  readonly name = 'ImportInvoices';

  constructor(
    context: RequestContext,
    readonly upload: Readable,
  ) {
    super(context);
  }
}

export class GetImport extends DomainQuery<ImportAnswer> {
  constructor(
    context: RequestContext,
    readonly id: string,
  ) {
    super(context);
  }
}

export type ImportAnswer = Omit<ImportDocument, 'organisation' | 'createdBy'>;

/** The upload is kept before the import is accepted, and the work goes on after the answer. */
@CommandHandler(ImportInvoices)
export class ImportInvoicesHandler implements ICommandHandler<ImportInvoices> {
  constructor(
    private readonly pipeline: CommandPipeline,
    private readonly uploads: Uploads,
    private readonly runner: ImportRunner,
  ) {}

  async execute(command: ImportInvoices): Promise<CommandAnswer> {
    const answer = await this.pipeline.create<ImportState, ImportEvent, number>(importAggregate, command, {
      prepare: (_, id) => this.keep(id, command.upload),
      decide: (_state, _context, bytes) => [{ type: 'ImportAccepted', data: { kind: 'invoices', bytes } }],
    });
    this.runner.start(command.context.organisation, answer.id);
    return answer;
  }

  /** Keeps the upload; what is no such file at all is refused while somebody is there to hear it. */
  private async keep(id: string, upload: Readable): Promise<number> {
    const bytes = await this.uploads.keep(id, upload);
    const first = await this.uploads.firstRecord(id);
    const header = first === undefined ? { missing: COLUMNS } : readHeader(first);
    if (!('missing' in header)) return bytes;
    await this.uploads.remove(id);
    throw invalid(
      'file',
      `must be CSV whose first line names the columns ${COLUMNS.join(', ')}; it lacks ${header.missing.join(', ')}`,
    );
  }
}

@QueryHandler(GetImport)
export class GetImportHandler implements IQueryHandler<GetImport> {
  constructor(private readonly views: ViewReader) {}

  async execute({ context, id }: GetImport): Promise<QueryAnswer<ImportAnswer>> {
    const { value, position } = await this.views.get(importView, context, importKey(context.organisation, id));
    if (value === null) throw notFound();
    const { organisation: _, createdBy: __, ...answer } = value;
    return new QueryAnswer(answer, position, answer.revision);
  }
}
