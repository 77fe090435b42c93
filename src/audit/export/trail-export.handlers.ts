import { Inject } from '@nestjs/common';
import { CommandHandler, type ICommandHandler, type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import { notFound } from '../../kernel/refusal.js';
import {
  DomainCommand,
  PagedQuery,
  ReasonedCommand,
  RecordCommand,
  RecordQuery,
} from '../../platform/commands/command.js';
import { CommandPipeline } from '../../platform/commands/pipeline.js';
import { CommandAnswer, QueryAnswer, type RequestContext } from '../../platform/commands/principal.js';
import { type Clock, CLOCK } from '../../platform/commands/tokens.js';
import { pageOf } from '../../platform/http/pages.js';
import { expiryOf } from '../contract.js';
import { requireWhole } from '../proofs/whole.js';
import { type Extent, type TrailExport, trailExports } from './trail-export.js';
import { approveTrailExport, declineTrailExport, requestExport } from './trail-export.decide.js';
import { TrailExportApprovals } from './trail-exports.service.js';

export class RequestTrailExport extends DomainCommand {
  readonly name = 'RequestTrailExport';

  constructor(
    context: RequestContext,
    readonly extent: Extent,
  ) {
    super(context);
  }
}

export class ApproveTrailExport extends RecordCommand {
  readonly name = 'ApproveTrailExport';
}

export class DeclineTrailExport extends ReasonedCommand {
  readonly name = 'DeclineTrailExport';
}

export class ListTrailExports extends PagedQuery {}

export class GetTrailExport extends RecordQuery {}

@CommandHandler(RequestTrailExport)
export class RequestTrailExportHandler implements ICommandHandler<RequestTrailExport> {
  constructor(
    private readonly pipeline: CommandPipeline,
    private readonly approvals: TrailExportApprovals,
  ) {}

  execute(command: RequestTrailExport): Promise<CommandAnswer> {
    const { organisation, reach } = command.context;
    requireWhole(reach);
    return this.pipeline.change(trailExports, command, organisation, {
      makes: true,
      prepare: () => this.approvals.eyes(organisation),
      decide: requestExport(command.extent),
      answer: ([event]) => ({ ...(event && { id: event.data.exportId }), extra: { status: 'pending' } }),
    });
  }
}

@CommandHandler(ApproveTrailExport)
export class ApproveTrailExportHandler implements ICommandHandler<ApproveTrailExport> {
  constructor(private readonly pipeline: CommandPipeline) {}

  execute(command: ApproveTrailExport): Promise<CommandAnswer> {
    const { context, id } = command;
    requireWhole(context.reach);
    return this.pipeline.change(trailExports, command, context.organisation, {
      decide: approveTrailExport(id),
      answer: ([event]) => ({
        id,
        extra: { status: 'approved', ...(event && { expiresAt: endOf({ since: event.recordedAt }) }) },
      }),
    });
  }
}

@CommandHandler(DeclineTrailExport)
export class DeclineTrailExportHandler implements ICommandHandler<DeclineTrailExport> {
  constructor(private readonly pipeline: CommandPipeline) {}

  execute(command: DeclineTrailExport): Promise<CommandAnswer> {
    const { context, id, reason } = command;
    requireWhole(context.reach);
    return this.pipeline.change(trailExports, command, context.organisation, {
      decide: declineTrailExport(id, reason),
      answer: () => ({ id, extra: { status: 'declined' } }),
    });
  }
}

/** Newest first. */
@QueryHandler(ListTrailExports)
export class ListTrailExportsHandler implements IQueryHandler<ListTrailExports> {
  constructor(
    private readonly approvals: TrailExportApprovals,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute({ context, filter }: ListTrailExports): Promise<QueryAnswer> {
    requireWhole(context.reach);
    const { state, position } = await this.approvals.loaded(context.organisation);
    const items = [...state.values()].reverse().map((found) => itemOf(found, this.clock()));
    return new QueryAnswer(pageOf(items, filter), position);
  }
}

@QueryHandler(GetTrailExport)
export class GetTrailExportHandler implements IQueryHandler<GetTrailExport> {
  constructor(
    private readonly approvals: TrailExportApprovals,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute({ context, id }: GetTrailExport): Promise<QueryAnswer> {
    requireWhole(context.reach);
    const { state, position } = await this.approvals.loaded(context.organisation);
    const found = state.get(id);
    if (found === undefined) throw notFound();
    return new QueryAnswer(itemOf(found, this.clock()), position);
  }
}

const endOf = (approved: { readonly since: string }): string => new Date(expiryOf(approved)).toISOString();

function itemOf(found: TrailExport, now: number): { readonly id: string; readonly [field: string]: unknown } {
  const { id, status, format, from, to, reason, by, at } = found;
  const asked = { id, status, format, from, to, reason, by, at };
  if (!('since' in found)) return { ...asked, approvedBy: null, expiresAt: null };
  const isOver = status === 'approved' && expiryOf(found) <= now;
  return { ...asked, status: isOver ? 'expired' : status, approvedBy: found.approvedBy, expiresAt: endOf(found) };
}
