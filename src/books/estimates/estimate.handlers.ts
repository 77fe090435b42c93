import { Inject } from '@nestjs/common';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { dateAt } from '../../kernel/dates.js';
import { movedFacts, type RecordFacts } from '../../kernel/decider.js';
import { notFound } from '../../kernel/refusal.js';
import type { Permission } from '../../access/contract.js';
import { Appender } from '../../platform/commands/appender.js';
import { CommandWith, RecordCommand, RecordCommandWith } from '../../platform/commands/command.js';
import { FurtherPermission } from '../../platform/commands/further-permission.js';
import { actorOf } from '../../platform/commands/metadata.js';
import { requireRevision, unconditional } from '../../platform/commands/own-revision.js';
import { CommandPipeline } from '../../platform/commands/pipeline.js';
import { CommandAnswer, type RequestContext } from '../../platform/commands/principal.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import { type Clock, CLOCK } from '../../platform/commands/tokens.js';
import { References } from '../invoices/references.service.js';
import { Recipients } from '../sending/recipients.service.js';
import { Conversions, invoiceOf } from './conversions.service.js';
import { documentFacts } from '../contract.js';
import { type Estimate, estimates } from './estimate.js';
import { EstimateFacts } from './estimate-facts.service.js';
import {
  acceptEstimate,
  type ConversionInput,
  convertEstimate,
  copyEstimate,
  type CopyInput,
  createEstimate,
  declineEstimate,
  discardEstimate,
  editEstimate,
  type EstimateInput,
  type EstimatePatch,
  sendable,
  sendEstimate,
} from './estimate.decide.js';

/** Besides the permission to write estimates: a template estimate is what others are made of. */
const EDIT_TEMPLATES: Permission = 'document-templates:edit';

export class CreateEstimate extends CommandWith<EstimateInput> {
  readonly name = 'CreateEstimate';
}

export class EditEstimate extends RecordCommandWith<EstimatePatch> {
  readonly name = 'EditEstimate';
}

export interface SendInput {
  /** The customer's address by default. */
  readonly to?: string | undefined;
  /** False: it was handed over in another way. */
  readonly mail?: boolean | undefined;
}

export class SendEstimate extends RecordCommandWith<SendInput> {
  readonly name = 'SendEstimate';
}

export class AcceptEstimate extends RecordCommand {
  readonly name = 'AcceptEstimate';
}

export class DeclineEstimate extends RecordCommand {
  readonly name = 'DeclineEstimate';

  constructor(
    context: RequestContext,
    id: string,
    readonly reason: string | undefined,
  ) {
    super(context, id);
  }
}

export class ConvertEstimate extends RecordCommandWith<ConversionInput> {
  readonly name = 'ConvertEstimate';
}

export class CopyEstimate extends RecordCommandWith<CopyInput> {
  readonly name = 'CopyEstimate';
}

export class DiscardEstimate extends RecordCommand {
  readonly name = 'DiscardEstimate';
}

@CommandHandler(CreateEstimate)
export class CreateEstimateHandler implements ICommandHandler<CreateEstimate> {
  constructor(
    private readonly pipeline: CommandPipeline,
    private readonly references: References,
    private readonly further: FurtherPermission,
  ) {}

  execute(command: CreateEstimate): Promise<CommandAnswer> {
    const { context, body } = command;
    const facts = { projectId: body.projectId ?? undefined, brandId: body.brandId ?? undefined };
    return this.pipeline.create(estimates, command, {
      facts,
      prepare: async () => {
        if (body.template === true)
          await this.further.require(context, EDIT_TEMPLATES, { createdBy: context.principal?.userId, ...facts });
        return this.references.forNew(context, 'estimate', { ...body, customerId: body.customerId ?? undefined });
      },
      decide: createEstimate(body),
    });
  }
}

@CommandHandler(EditEstimate)
export class EditEstimateHandler implements ICommandHandler<EditEstimate> {
  constructor(
    private readonly pipeline: CommandPipeline,
    private readonly facts: EstimateFacts,
    private readonly references: References,
    private readonly further: FurtherPermission,
  ) {}

  execute(command: EditEstimate): Promise<CommandAnswer> {
    const { context, id, body: patch } = command;
    return this.pipeline.change(estimates, command, id, {
      about: this.facts.about(context.organisation, id),
      factsAfter: (state) => movedFacts(estimates.facts(state), patch),
      prepare: async (state) => {
        await requireTemplates(this.further, command, state, movedFacts(estimates.facts(state), patch));
        const current = state.status === 'absent' ? {} : state.content;
        await this.references.check(
          context,
          'estimate',
          { ...patch, customerId: patch.customerId ?? undefined },
          current,
        );
        return undefined;
      },
      decide: editEstimate(patch),
    });
  }
}

@CommandHandler(SendEstimate)
export class SendEstimateHandler implements ICommandHandler<SendEstimate> {
  constructor(
    private readonly pipeline: CommandPipeline,
    private readonly facts: EstimateFacts,
    private readonly references: References,
    private readonly recipients: Recipients,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  execute(command: SendEstimate): Promise<CommandAnswer> {
    const { context, id, body: input } = command;
    const { organisation } = context;
    return this.pipeline.change(estimates, command, id, {
      about: this.facts.about(context.organisation, id),
      prepare: async (state): Promise<{ readonly to?: string }> => {
        const { customerId } = sendable(state, dateAt(this.clock()));
        if (input.mail !== false) return this.recipients.of(organisation, customerId, input.to);
        await this.references.requireUsable(organisation, customerId);
        return {};
      },
      decide: sendEstimate(),
    });
  }
}

@CommandHandler(AcceptEstimate)
export class AcceptEstimateHandler implements ICommandHandler<AcceptEstimate> {
  constructor(
    private readonly pipeline: CommandPipeline,
    private readonly facts: EstimateFacts,
  ) {}

  execute(command: AcceptEstimate): Promise<CommandAnswer> {
    return this.pipeline.change(estimates, command, command.id, {
      about: this.facts.about(command.context.organisation, command.id),
      decide: acceptEstimate(),
    });
  }
}

@CommandHandler(DeclineEstimate)
export class DeclineEstimateHandler implements ICommandHandler<DeclineEstimate> {
  constructor(
    private readonly pipeline: CommandPipeline,
    private readonly facts: EstimateFacts,
  ) {}

  execute(command: DeclineEstimate): Promise<CommandAnswer> {
    return this.pipeline.change(estimates, command, command.id, {
      about: this.facts.about(command.context.organisation, command.id),
      decide: declineEstimate(command.reason),
    });
  }
}

/** Authorised on the estimate: the invoice stands in the same project, for the same brand. Answers the invoice. */
@CommandHandler(ConvertEstimate)
export class ConvertEstimateHandler implements ICommandHandler<ConvertEstimate> {
  constructor(
    private readonly pipeline: CommandPipeline,
    private readonly facts: EstimateFacts,
    private readonly references: References,
    private readonly conversions: Conversions,
    private readonly appender: Appender,
  ) {}

  async execute(command: ConvertEstimate): Promise<CommandAnswer> {
    const { context, id, body: dates, name } = command;
    const { organisation, authority } = context;
    const invoiceId = invoiceOf(organisation, id);
    const { created } = await this.pipeline.change(estimates, command, id, {
      about: this.facts.about(context.organisation, id),
      makes: true,
      prepare: async (state) => {
        if (state.status !== 'absent' && state.status !== 'converted')
          await this.references.forCopy(context, state.content);
        return undefined;
      },
      decide: convertEstimate(invoiceId, dates),
    });
    const metadata = await this.appender.metadataOf({
      context,
      organisation,
      command: name,
      actor: actorOf(context),
      authority,
    });
    const { revision, position } = await this.conversions.finish(organisation, id, metadata);
    return new CommandAnswer(invoiceId, created ? 0 : revision, position, created, { estimateId: id });
  }
}

/** Authorised on the estimate that is copied: the copy stands in the same project, for the same brand. */
@CommandHandler(CopyEstimate)
export class CopyEstimateHandler implements ICommandHandler<CopyEstimate> {
  constructor(
    private readonly pipeline: CommandPipeline,
    private readonly facts: EstimateFacts,
    private readonly states: StateCache,
    private readonly references: References,
  ) {}

  async execute(command: CopyEstimate): Promise<CommandAnswer> {
    const { context, id, body: otherwise } = command;
    const { state, revision } = await this.states.load(estimates, context.organisation, id);
    if (state.status === 'absent') throw notFound();
    const { content } = state;
    const { customerId } = otherwise;
    // What the client has seen is the estimate that is copied: the copy has no revision yet.
    return this.pipeline.create(estimates, new CopyEstimate(unconditional(context), id, otherwise), {
      facts: await this.facts.now(context.organisation, state),
      prepare: async () => {
        requireRevision(context.ifMatch, revision);
        if (customerId !== undefined) await this.references.check(context, 'estimate', { customerId }, content);
        return this.references.forCopy(context, { ...content, ...(customerId !== undefined && { customerId }) });
      },
      decide: copyEstimate(content, otherwise),
    });
  }
}

@CommandHandler(DiscardEstimate)
export class DiscardEstimateHandler implements ICommandHandler<DiscardEstimate> {
  constructor(
    private readonly pipeline: CommandPipeline,
    private readonly facts: EstimateFacts,
    private readonly further: FurtherPermission,
  ) {}

  execute(command: DiscardEstimate): Promise<CommandAnswer> {
    return this.pipeline.change(estimates, command, command.id, {
      about: this.facts.about(command.context.organisation, command.id),
      prepare: async (state) => {
        await requireTemplates(this.further, command, state);
        return undefined;
      },
      decide: discardEstimate(),
    });
  }
}

/** @throws Refusal where the estimate is a template, and the person may not edit templates where it is and where it goes */
async function requireTemplates(
  further: FurtherPermission,
  { context, id }: RecordCommand,
  state: Estimate,
  ...moved: readonly RecordFacts[]
): Promise<void> {
  if (state.status === 'absent' || !state.template) return;
  for (const facts of [documentFacts(state), ...moved])
    await further.require(context, EDIT_TEMPLATES, facts, { kind: 'estimate', id });
}
