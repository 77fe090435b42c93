import { Inject } from '@nestjs/common';
import { CommandHandler, type ICommandHandler, type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import type { Readable } from 'node:stream';
import { notFound } from '../../kernel/refusal.js';
import { reachTokens } from '../../access/contract.js';
import { DomainCommand, DomainQuery } from '../../platform/commands/command.js';
import { type Evidence, EVIDENCE } from '../../platform/commands/evidence.port.js';
import { FurtherPermission } from '../../platform/commands/further-permission.js';
import { actorOf } from '../../platform/commands/metadata.js';
import { CommandPipeline } from '../../platform/commands/pipeline.js';
import { type CommandAnswer, QueryAnswer, type RequestContext } from '../../platform/commands/principal.js';
import { EVENT_STORE } from '../../platform/commands/tokens.js';
import { type EventStore, OutcomeUnknown } from '../../platform/event-store/event-store.port.js';
import { ViewReader } from '../../platform/http/view-reader.js';
import { isWithinReach } from '../../platform/http/within-reach.js';
import type { Mapping } from './columns.js';
import {
  IMPORT_RECORDS,
  type ImportEvent,
  type ImportKind,
  type ImportOptions,
  imports,
  type ImportState,
} from './import.js';
import { ImportRunner, type Rehearsal } from './import.runner.js';
import { type Received, Uploads } from './import.upload.js';
import { answerOf, importKey, importsView } from './import.view.js';
import { checkFirstLine } from './import.works.service.js';

/** What is asked to become of a file. */
export interface Asked {
  readonly kind: ImportKind;
  /** Names of columns by what they hold. */
  readonly columns?: Mapping | undefined;
  readonly date?: string | undefined;
}

const optionsOf = ({ columns, date }: Asked): ImportOptions => ({
  ...(columns === undefined ? {} : { columns }),
  ...(date === undefined ? {} : { date }),
});

const NAMES: Readonly<Record<ImportKind, string>> = {
  invoices: 'ImportInvoices',
  customers: 'ImportCustomers',
  suppliers: 'ImportSuppliers',
  products: 'ImportProducts',
  'opening-balances': 'ImportOpeningBalances',
};

export class ImportFile extends DomainCommand {
  readonly name: string;

  constructor(
    context: RequestContext,
    readonly asked: Asked,
    readonly upload: Readable,
  ) {
    super(context);
    this.name = NAMES[asked.kind];
  }
}

/** What would become of the file. */
export class RehearseImport extends DomainQuery<RehearsalAnswer> {
  constructor(
    context: RequestContext,
    readonly asked: Asked,
    readonly upload: Readable,
  ) {
    super(context);
  }
}

export type RehearsalAnswer = Rehearsal & { readonly kind: ImportKind; readonly dryRun: true };

export class GetImport extends DomainQuery<ImportAnswer> {
  constructor(
    context: RequestContext,
    readonly kind: ImportKind,
    readonly id: string,
  ) {
    super(context);
  }
}

export type ImportAnswer = ReturnType<typeof answerOf>;

/** The upload is kept before the import is accepted, and the work goes on after the answer. */
@CommandHandler(ImportFile)
export class ImportFileHandler implements ICommandHandler<ImportFile> {
  constructor(
    private readonly pipeline: CommandPipeline,
    private readonly uploads: Uploads,
    private readonly runner: ImportRunner,
  ) {}

  async execute(command: ImportFile): Promise<CommandAnswer> {
    const { context, asked, upload } = command;
    const { kind } = asked;
    const options = optionsOf(asked);
    const received = await this.uploads.receive(upload);
    const { bytes, sha256 } = received;
    let kept: string | undefined;
    try {
      // An idempotency key stands for the file that it came with, as it does for other bodies, and for how that is read.
      const body = Object.keys(options).length === 0 ? { sha256 } : { sha256, ...options };
      const sealed = new ImportFile({ ...context, body }, asked, upload);
      const answer = await this.pipeline.create<ImportState, ImportEvent>(imports, sealed, {
        prepare: (_, id) => this.keep((kept = id), kind, options, received),
        decide: () => [{ type: 'ImportAccepted', data: { kind, bytes, ...options } }],
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
  private async keep(id: string, kind: ImportKind, options: ImportOptions, received: Received): Promise<undefined> {
    await this.uploads.keep(id, received);
    const first = await this.uploads.fileOf(id).firstRecord();
    try {
      checkFirstLine(kind, options, first);
    } catch (error) {
      await this.uploads.remove(id);
      throw error;
    }
  }
}

@QueryHandler(RehearseImport)
export class RehearseImportHandler implements IQueryHandler<RehearseImport> {
  constructor(
    private readonly uploads: Uploads,
    private readonly runner: ImportRunner,
    private readonly permissions: FurtherPermission,
    @Inject(EVENT_STORE) private readonly store: EventStore,
  ) {}

  async execute({ context, asked, upload }: RehearseImport): Promise<QueryAnswer<RehearsalAnswer>> {
    const { organisation, permission, principal, correlationId, requestId } = context;
    const { kind } = asked;
    const options = optionsOf(asked);
    await this.permissions.require(context, permission, { createdBy: principal?.userId });
    const received = await this.uploads.receive(upload);
    try {
      const file = this.uploads.draftOf(received);
      checkFirstLine(kind, options, await file.firstRecord());
      const position = await this.store.head();
      const metadata = { organisation, actor: actorOf(context), command: NAMES[kind], correlationId, requestId };
      // Nothing was accepted, so nothing is taken for what an earlier run made.
      const order = { id: '', organisation, kind, options, accepted: { id: '', metadata } };
      return new QueryAnswer({ kind, dryRun: true, ...(await this.runner.rehearse(order, file)) }, position);
    } finally {
      await this.uploads.forget(received);
    }
  }
}

@QueryHandler(GetImport)
export class GetImportHandler implements IQueryHandler<GetImport> {
  constructor(
    private readonly views: ViewReader,
    @Inject(EVIDENCE) private readonly evidence: Evidence,
  ) {}

  /** An import is its maker's, and of no brand: it made documents for everybody. */
  async execute({ context, kind, id }: GetImport): Promise<QueryAnswer<ImportAnswer>> {
    const { value, position } = await this.views.get(importsView, context, importKey(context.organisation, id));
    if (value?.kind !== kind) throw notFound();
    const { organisation, createdBy } = value;
    if (!isWithinReach(context, { organisation, reach: reachTokens({ createdBy }) })) {
      await this.evidence.refused(context, 'record', { kind: IMPORT_RECORDS[kind], id });
      throw notFound();
    }
    return new QueryAnswer(answerOf(value), position, value.revision);
  }
}
