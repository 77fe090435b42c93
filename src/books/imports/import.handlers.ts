import { Inject } from '@nestjs/common';
import { CommandHandler, type ICommandHandler, type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import type { Readable } from 'node:stream';
import { invalid, notFound } from '../../kernel/refusal.js';
import { reachTokens } from '../../access/contract.js';
import { DomainCommand, DomainQuery } from '../../platform/commands/command.js';
import { type Evidence, EVIDENCE } from '../../platform/commands/evidence.port.js';
import { CommandPipeline } from '../../platform/commands/pipeline.js';
import { type CommandAnswer, QueryAnswer, type RequestContext } from '../../platform/commands/principal.js';
import { OutcomeUnknown } from '../../platform/event-store/event-store.port.js';
import { ViewReader } from '../../platform/http/view-reader.js';
import { isWithinReach } from '../../platform/http/within-reach.js';
import { imports, type ImportEvent, type ImportState } from './import.js';
import { ImportRunner } from './import.runner.js';
import { type Received, Uploads } from './import.upload.js';
import { type ImportDocument, importKey, importsView } from './import.view.js';
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
    const { context, upload } = command;
    const received = await this.uploads.receive(upload);
    const { bytes, sha256 } = received;
    let kept: string | undefined;
    try {
      // An idempotency key stands for the file that it came with, as it does for other bodies.
      const asked = new ImportInvoices({ ...context, body: { sha256 } }, upload);
      const answer = await this.pipeline.create<ImportState, ImportEvent>(imports, asked, {
        prepare: (_, id) => this.keep((kept = id), received),
        decide: () => [{ type: 'ImportAccepted', data: { kind: 'invoices', bytes } }],
      });
      this.runner.start(context.organisation, answer.id);
      return answer;
    } catch (error) {
      await this.letGo(error, context, kept);
      throw error;
    } finally {
      await this.uploads.forget(received);
    }
  }

  /**
   * The file of an import that was not accepted. With an idempotency key it stays: the next attempt takes it over, and an
   * earlier or simultaneous one may be recorded after all.
   */
  private async letGo(error: unknown, { idempotencyKey }: RequestContext, id: string | undefined): Promise<void> {
    if (id === undefined || idempotencyKey !== undefined || error instanceof OutcomeUnknown) return;
    await this.uploads.remove(id);
  }

  /** Keeps the upload; what is no such file at all is refused while somebody is there to hear it. */
  private async keep(id: string, received: Received): Promise<undefined> {
    await this.uploads.keep(id, received);
    const first = await this.uploads.firstRecord(id);
    const header = first === undefined ? { missing: COLUMNS } : readHeader(first);
    if (!('missing' in header)) return;
    await this.uploads.remove(id);
    throw invalid(
      'file',
      `must be CSV whose first line names the columns ${COLUMNS.join(', ')}; it lacks ${header.missing.join(', ')}`,
    );
  }
}

@QueryHandler(GetImport)
export class GetImportHandler implements IQueryHandler<GetImport> {
  constructor(
    private readonly views: ViewReader,
    @Inject(EVIDENCE) private readonly evidence: Evidence,
  ) {}

  /** An import is its maker's, and of no brand: it made documents for everybody. */
  async execute({ context, id }: GetImport): Promise<QueryAnswer<ImportAnswer>> {
    const { value, position } = await this.views.get(importsView, context, importKey(context.organisation, id));
    if (value === null) throw notFound();
    const { organisation, createdBy, ...answer } = value;
    if (!isWithinReach(context, { organisation, reach: reachTokens({ createdBy }) })) {
      await this.evidence.refused(context, 'record', { kind: 'import', id });
      throw notFound();
    }
    return new QueryAnswer(answer, position, answer.revision);
  }
}
