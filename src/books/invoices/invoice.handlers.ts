import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { movedFacts } from '../../kernel/decider.js';
import { notFound } from '../../kernel/refusal.js';
import { CommandWith, ReasonedCommand, RecordCommand, RecordCommandWith } from '../../platform/commands/command.js';
import { requireRevision, unconditional } from '../../platform/commands/own-revision.js';
import { CommandPipeline } from '../../platform/commands/pipeline.js';
import type { CommandAnswer, RequestContext } from '../../platform/commands/principal.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import { PeriodLocks } from '../periods/period-locks.service.js';
import { Credits } from './credits.service.js';
import { documentFacts } from './document.js';
import { postedOn } from './document.decide.js';
import { invoices } from './invoice.js';
import {
  copyInvoice,
  createInvoice,
  discardInvoice,
  editInvoice,
  type InvoiceInput,
  type InvoicePatch,
  issueInvoice,
  type PaymentInput,
  recordPayment,
  voidInvoice,
} from './invoice.decide.js';
import { IssuingService } from './issuing.service.js';
import { PaymentAccounts } from './payment-accounts.service.js';
import { References } from './references.service.js';

export class CreateInvoice extends CommandWith<InvoiceInput> {
  readonly name = 'CreateInvoice';
}

export class EditInvoice extends RecordCommandWith<InvoicePatch> {
  readonly name = 'EditInvoice';
}

export class IssueInvoice extends RecordCommand {
  readonly name = 'IssueInvoice';
}

export class RecordPayment extends RecordCommandWith<PaymentInput> {
  readonly name = 'RecordPayment';
}

export class VoidInvoice extends ReasonedCommand {
  readonly name = 'VoidInvoice';
}

export class DiscardInvoice extends RecordCommand {
  readonly name = 'DiscardInvoice';
}

export class CopyInvoice extends RecordCommand {
  readonly name = 'CopyInvoice';

  constructor(
    context: RequestContext,
    id: string,
    readonly date: string | undefined,
  ) {
    super(context, id);
  }
}

@CommandHandler(CreateInvoice)
export class CreateInvoiceHandler implements ICommandHandler<CreateInvoice> {
  constructor(
    private readonly pipeline: CommandPipeline,
    private readonly references: References,
  ) {}

  execute(command: CreateInvoice): Promise<CommandAnswer> {
    const { context, body } = command;
    return this.pipeline.create(invoices, command, {
      facts: { projectId: body.projectId ?? undefined, brandId: body.brandId ?? undefined },
      prepare: () => this.references.forNew(context, 'invoice', body),
      decide: createInvoice(body),
    });
  }
}

@CommandHandler(EditInvoice)
export class EditInvoiceHandler implements ICommandHandler<EditInvoice> {
  constructor(
    private readonly pipeline: CommandPipeline,
    private readonly references: References,
  ) {}

  execute(command: EditInvoice): Promise<CommandAnswer> {
    const { context, id, body: patch } = command;
    return this.pipeline.change(invoices, command, id, {
      factsAfter: (state) => movedFacts(invoices.facts(state), patch),
      prepare: async (state) => {
        await this.references.check(context, 'invoice', patch, state.status === 'absent' ? {} : state.content);
        return undefined;
      },
      decide: editInvoice(patch),
    });
  }
}

@CommandHandler(IssueInvoice)
export class IssueInvoiceHandler implements ICommandHandler<IssueInvoice> {
  constructor(
    private readonly pipeline: CommandPipeline,
    private readonly issuing: IssuingService,
  ) {}

  execute(command: IssueInvoice): Promise<CommandAnswer> {
    return this.issuing.issue('invoice', command, (prepare) =>
      this.pipeline.change(invoices, command, command.id, { prepare, decide: issueInvoice() }),
    );
  }
}

@CommandHandler(RecordPayment)
export class RecordPaymentHandler implements ICommandHandler<RecordPayment> {
  constructor(
    private readonly pipeline: CommandPipeline,
    private readonly accounts: PaymentAccounts,
    private readonly periods: PeriodLocks,
    private readonly credits: Credits,
  ) {}

  execute(command: RecordPayment): Promise<CommandAnswer> {
    const { context, id, body: payment } = command;
    return this.pipeline.change(invoices, command, id, {
      prepare: async (state) => {
        await this.accounts.check(context, payment.paymentAccountId);
        await this.periods.requireOpen(context.organisation, payment.date);
        return this.credits.voidNotes(context.organisation, state);
      },
      decide: recordPayment(payment),
    });
  }
}

@CommandHandler(VoidInvoice)
export class VoidInvoiceHandler implements ICommandHandler<VoidInvoice> {
  constructor(
    private readonly pipeline: CommandPipeline,
    private readonly periods: PeriodLocks,
    private readonly credits: Credits,
  ) {}

  execute(command: VoidInvoice): Promise<CommandAnswer> {
    const { organisation } = command.context;
    return this.pipeline.change(invoices, command, command.id, {
      prepare: async (state) => {
        await this.periods.requireOpen(organisation, ...postedOn(state));
        return this.credits.voidNotes(organisation, state);
      },
      decide: voidInvoice(command.reason),
    });
  }
}

@CommandHandler(DiscardInvoice)
export class DiscardInvoiceHandler implements ICommandHandler<DiscardInvoice> {
  constructor(private readonly pipeline: CommandPipeline) {}

  execute(command: DiscardInvoice): Promise<CommandAnswer> {
    return this.pipeline.change(invoices, command, command.id, { decide: discardInvoice() });
  }
}

/** Authorised on the invoice that is copied: the copy stands in the same project, for the same brand. */
@CommandHandler(CopyInvoice)
export class CopyInvoiceHandler implements ICommandHandler<CopyInvoice> {
  constructor(
    private readonly pipeline: CommandPipeline,
    private readonly states: StateCache,
    private readonly references: References,
  ) {}

  async execute(command: CopyInvoice): Promise<CommandAnswer> {
    const { context, id, date } = command;
    const { state, revision } = await this.states.load(invoices, context.organisation, id);
    if (state.status === 'absent') throw notFound();
    const { content } = state;
    // What the client has seen is the invoice that is copied: the copy has no revision yet.
    return this.pipeline.create(invoices, new CopyInvoice(unconditional(context), id, date), {
      facts: documentFacts(state),
      prepare: () => {
        requireRevision(context.ifMatch, revision);
        return this.references.forCopy(context, content);
      },
      decide: copyInvoice(content, date),
    });
  }
}
