import { Inject } from '@nestjs/common';
import { CommandHandler, type ICommandHandler, type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import { daysBetween } from '../../kernel/dates.js';
import { invalid } from '../../kernel/refusal.js';
import { CommandWith, PagedQuery, RecordCommand, RecordQuery } from '../../platform/commands/command.js';
import { FurtherPermission } from '../../platform/commands/further-permission.js';
import { CommandPipeline } from '../../platform/commands/pipeline.js';
import {
  AUTHORISER,
  type Authoriser,
  type CommandAnswer,
  QueryAnswer,
  type RequestContext,
} from '../../platform/commands/principal.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import { invoices } from '../invoices/invoice.js';
import { References } from '../invoices/references.service.js';
import { factsOf, recurringInvoices } from './recurring-invoice.js';
import {
  createRecurringInvoice,
  endRecurringInvoice,
  pauseRecurringInvoice,
  type RecurringInput,
  resumeRecurringInvoice,
} from './recurring-invoice.decide.js';
import { NEVER, type RecurringInvoiceDoc } from './recurring-invoice.view.js';
import { RecurringSight } from './recurring-sight.service.js';

/** What is asked for: contents of its own, or those of an invoice that is there. */
export type RecurringRequest = Pick<RecurringInput, 'every' | 'from'> &
  Partial<RecurringInput> & { readonly sourceInvoiceId?: string | undefined };

export class CreateRecurringInvoice extends CommandWith<RecurringRequest> {
  readonly name = 'CreateRecurringInvoice';
}

export class PauseRecurringInvoice extends RecordCommand {
  readonly name = 'PauseRecurringInvoice';
}

export class ResumeRecurringInvoice extends RecordCommand {
  readonly name = 'ResumeRecurringInvoice';
}

export class EndRecurringInvoice extends RecordCommand {
  readonly name = 'EndRecurringInvoice';
}

export class GetRecurringInvoice extends RecordQuery {}

export class ListRecurringInvoices extends PagedQuery {}

/** Whoever sets one up needs now what each of its days will ask for again. */
@CommandHandler(CreateRecurringInvoice)
export class CreateRecurringInvoiceHandler implements ICommandHandler<CreateRecurringInvoice> {
  constructor(
    private readonly pipeline: CommandPipeline,
    private readonly states: StateCache,
    private readonly references: References,
    private readonly further: FurtherPermission,
    @Inject(AUTHORISER) private readonly authoriser: Authoriser,
  ) {}

  async execute(command: CreateRecurringInvoice): Promise<CommandAnswer> {
    const { context } = command;
    const input = await this.inputOf(command);
    const { projectId, brandId, issue, send } = input;
    const facts = factsOf({ createdBy: context.principal?.userId ?? '', ...withoutUndefined({ projectId, brandId }) });
    return this.pipeline.create(recurringInvoices, command, {
      facts,
      prepare: async () => {
        if (issue) await this.further.require(context, 'invoices:issue', facts);
        if (send) await this.further.require(context, 'invoices:send', facts);
        return this.references.forNew(context, 'invoice', input);
      },
      decide: createRecurringInvoice(input),
    });
  }

  /** @throws Refusal validation-failed */
  private async inputOf({ context, body }: CreateRecurringInvoice): Promise<RecurringInput> {
    const { sourceInvoiceId, issue = false, send = false, customerId, lines, ...rest } = body;
    if (sourceInvoiceId === undefined) {
      if (customerId === undefined) throw invalid('customerId', 'is required without sourceInvoiceId');
      if (lines === undefined) throw invalid('lines', 'is required without sourceInvoiceId');
      return { ...rest, customerId, lines, issue, send };
    }
    const { every, from, until, ...content } = rest;
    const given = Object.entries({ customerId, lines, ...content }).find(([, value]) => value !== undefined);
    if (given !== undefined) throw invalid(given[0], 'is taken from the invoice');
    return {
      ...(await this.contentOf(context, sourceInvoiceId)),
      every,
      from,
      ...withoutUndefined({ until }),
      issue,
      send,
    };
  }

  /** An invoice that the person may not open is told apart from none at all by nothing. */
  private async contentOf(
    { principal, organisation }: RequestContext,
    id: string,
  ): Promise<Pick<RecurringInput, 'customerId' | 'lines'>> {
    const { state } = await this.states.load(invoices, organisation, id);
    const mayOpen =
      principal !== undefined &&
      (await this.authoriser.authorise(principal, organisation, 'invoices:read', invoices.facts(state))).allowed;
    if (state.status === 'absent' || !mayOpen) throw invalid('sourceInvoiceId', 'is no invoice of this organisation');
    const { customerId, lines, date, dueDate, reference, brandId, templateId, projectId } = state.content;
    const dueInDays = dueDate === undefined ? undefined : Math.max(0, daysBetween(date, dueDate));
    return {
      customerId,
      lines: lines.map(({ net: _, vat: __, ...line }) => line),
      ...withoutUndefined({ dueInDays, reference, brandId, templateId, projectId }),
    };
  }
}

@CommandHandler(PauseRecurringInvoice)
export class PauseRecurringInvoiceHandler implements ICommandHandler<PauseRecurringInvoice> {
  constructor(
    private readonly pipeline: CommandPipeline,
    private readonly sight: RecurringSight,
  ) {}

  execute(command: PauseRecurringInvoice): Promise<CommandAnswer> {
    const { context, id } = command;
    const about = this.sight.about(context.organisation, id);
    return this.pipeline.change(recurringInvoices, command, id, { about, decide: pauseRecurringInvoice() });
  }
}

@CommandHandler(ResumeRecurringInvoice)
export class ResumeRecurringInvoiceHandler implements ICommandHandler<ResumeRecurringInvoice> {
  constructor(
    private readonly pipeline: CommandPipeline,
    private readonly sight: RecurringSight,
    private readonly further: FurtherPermission,
  ) {}

  /** What goes on in the name of whoever set it up, nobody sets going who may not do it themselves. */
  execute(command: ResumeRecurringInvoice): Promise<CommandAnswer> {
    const { context, id } = command;
    const about = this.sight.about(context.organisation, id);
    return this.pipeline.change(recurringInvoices, command, id, {
      about,
      prepare: async (state) => {
        if (state.status === 'absent') return undefined;
        const facts = recurringInvoices.facts(state);
        if (state.fields.issue) await this.further.require(context, 'invoices:issue', facts, about.record);
        if (state.fields.send) await this.further.require(context, 'invoices:send', facts, about.record);
        return undefined;
      },
      decide: resumeRecurringInvoice(),
    });
  }
}

@CommandHandler(EndRecurringInvoice)
export class EndRecurringInvoiceHandler implements ICommandHandler<EndRecurringInvoice> {
  constructor(
    private readonly pipeline: CommandPipeline,
    private readonly sight: RecurringSight,
  ) {}

  execute(command: EndRecurringInvoice): Promise<CommandAnswer> {
    const { context, id } = command;
    const about = this.sight.about(context.organisation, id);
    return this.pipeline.change(recurringInvoices, command, id, { about, decide: endRecurringInvoice() });
  }
}

@QueryHandler(GetRecurringInvoice)
export class GetRecurringInvoiceHandler implements IQueryHandler<GetRecurringInvoice> {
  constructor(private readonly sight: RecurringSight) {}

  async execute({ context, id }: GetRecurringInvoice): Promise<QueryAnswer> {
    const { value, position } = await this.sight.record(context, id);
    return new QueryAnswer(answerOf(id, value), position, value.revision);
  }
}

@QueryHandler(ListRecurringInvoices)
export class ListRecurringInvoicesHandler implements IQueryHandler<ListRecurringInvoices> {
  constructor(private readonly sight: RecurringSight) {}

  async execute({ context, filter: query }: ListRecurringInvoices): Promise<QueryAnswer> {
    const { value, position } = await this.sight.page(context, query);
    const items = value.items.map(({ key, doc }) => answerOf(key, doc));
    return new QueryAnswer({ items, next: value.next }, position);
  }
}

export const answerOf = (id: string, doc: RecurringInvoiceDoc) => ({
  id,
  revision: doc.revision,
  status: doc.status,
  reason: doc.reason ?? null,
  customerId: doc.customerId,
  every: doc.every,
  from: doc.from,
  until: doc.until ?? null,
  next: doc.next === NEVER ? null : doc.next,
  made: doc.lastInvoiceId === undefined ? null : { invoiceId: doc.lastInvoiceId },
  issue: doc.issue,
  send: doc.send,
  lines: doc.lines,
  dueInDays: doc.dueInDays ?? null,
  reference: doc.reference ?? null,
  brandId: doc.brandId ?? null,
  templateId: doc.templateId ?? null,
  projectId: doc.projectId ?? null,
  createdBy: doc.createdBy,
});

type Present<T> = { [K in keyof T]?: Exclude<T[K], undefined> };
const withoutUndefined = <T extends object>(fields: T): Present<T> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Present<T>;
