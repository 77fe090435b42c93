import { Inject } from '@nestjs/common';
import { CommandHandler, type ICommandHandler, type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import type { RecordFacts } from '../../kernel/decider.js';
import { invalid, notFound } from '../../kernel/refusal.js';
import type { Condition } from '../../kernel/view.js';
import { ORGANISATIONS, type OrganisationDirectory } from '../../access/contract.js';
import { CommandWith, PagedQuery, ReasonedCommand, RecordQuery } from '../../platform/commands/command.js';
import { EVIDENCE, type Evidence } from '../../platform/commands/evidence.port.js';
import { CommandPipeline } from '../../platform/commands/pipeline.js';
import { type CommandAnswer, QueryAnswer, type RequestContext } from '../../platform/commands/principal.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import { areDated } from '../../platform/http/conditions.js';
import type { PageQuery } from '../../platform/http/fields.js';
import { ViewReader } from '../../platform/http/view-reader.js';
import { BankAccountLookup, requireUnarchived } from '../bank-accounts/bank-account-lookup.service.js';
import { PeriodLocks } from '../periods/period-locks.service.js';
import { heldSides } from './held-sides.service.js';
import { factsOf, transfers, type TransferSide } from './transfer.js';
import { recordTransfer, type TransferInput, voidTransfer } from './transfer.decide.js';
import { type TransferDoc, transfersView } from './transfer.view.js';

export class RecordTransfer extends CommandWith<TransferInput> {
  readonly name = 'RecordTransfer';
}

export class VoidTransfer extends ReasonedCommand {
  readonly name = 'VoidTransfer';
}

export class GetTransfer extends RecordQuery {}

export interface TransferFilter extends PageQuery {
  /** Book dates, both included. */
  readonly from?: string;
  readonly to?: string;
}

export class ListTransfers extends PagedQuery<TransferFilter> {}

/** Whoever moves money reaches both accounts. */
@CommandHandler(RecordTransfer)
export class RecordTransferHandler implements ICommandHandler<RecordTransfer> {
  constructor(
    private readonly pipeline: CommandPipeline,
    private readonly accounts: BankAccountLookup,
    private readonly locks: PeriodLocks,
    @Inject(ORGANISATIONS) private readonly organisations: OrganisationDirectory,
  ) {}

  async execute(command: RecordTransfer): Promise<CommandAnswer> {
    const { context, body } = command;
    const { organisation } = context;
    return this.pipeline.create(transfers, command, {
      facts: {
        ...(await this.accounts.factsFor(organisation, body.from)),
        also: [{ permission: context.permission, facts: await this.ownFacts(command, body.to) }],
      },
      prepare: async () => {
        const brands = { from: await this.brandOf(command, 'from'), to: await this.brandOf(command, 'to') };
        await this.locks.requireOpen(organisation, body.date);
        return { currency: await this.organisations.currencyOf(organisation), brands };
      },
      decide: recordTransfer(body),
    });
  }

  private async ownFacts({ context }: RecordTransfer, bankAccountId: string): Promise<RecordFacts> {
    return {
      createdBy: context.principal?.userId,
      ...(await this.accounts.factsFor(context.organisation, bankAccountId)),
    };
  }

  private async brandOf({ context, body }: RecordTransfer, side: TransferSide): Promise<string | undefined> {
    const account = await this.accounts.find(context.organisation, body[side]);
    if (account === undefined) throw invalid(side, 'is no bank account of this organisation');
    return requireUnarchived(account).brandId;
  }
}

@CommandHandler(VoidTransfer)
export class VoidTransferHandler implements ICommandHandler<VoidTransfer> {
  constructor(
    private readonly pipeline: CommandPipeline,
    private readonly states: StateCache,
    private readonly locks: PeriodLocks,
  ) {}

  execute(command: VoidTransfer): Promise<CommandAnswer> {
    const { context, id, reason } = command;
    return this.pipeline.change(transfers, command, id, {
      about: {
        record: { kind: 'transfer', id },
        factsOf: (state) => (state.status === 'absent' ? {} : factsOf(state, 'transactions:edit')),
      },
      prepare: async (state) => {
        if (state.status === 'recorded') await this.locks.requireOpen(context.organisation, state.date);
        return { held: await heldSides(this.states, context.organisation, state) };
      },
      decide: voidTransfer(reason),
    });
  }
}

@QueryHandler(GetTransfer)
export class GetTransferHandler implements IQueryHandler<GetTransfer> {
  constructor(
    private readonly views: ViewReader,
    @Inject(EVIDENCE) private readonly evidence: Evidence,
  ) {}

  async execute({ context, id }: GetTransfer): Promise<QueryAnswer> {
    const { value, position } = await this.views.get(transfersView, context, id);
    if (value?.organisation !== context.organisation) throw notFound();
    if (!reaches(context, value.reachFrom) || !reaches(context, value.reachTo)) {
      await this.evidence.refused(context, 'record', { kind: 'transfer', id });
      throw notFound();
    }
    return new QueryAnswer(answerOf(id, value), position, value.revision);
  }
}

@QueryHandler(ListTransfers)
export class ListTransfersHandler implements IQueryHandler<ListTransfers> {
  constructor(private readonly views: ViewReader) {}

  async execute({ context, filter }: ListTransfers): Promise<QueryAnswer> {
    const { from, to, limit, after } = filter;
    const where: Condition[] = [...withinBoth(context), ...areDated({ from, to })];
    const { value, position } = await this.views.find(transfersView, context, { where, sort: 'newest', limit, after });
    return new QueryAnswer(
      { items: value.items.map(({ key, doc }) => answerOf(key, doc)), next: value.next },
      position,
    );
  }
}

const reaches = ({ reach }: RequestContext, tokens: readonly string[]): boolean =>
  reach?.tokens === 'all' || (reach?.tokens ?? []).some((token) => tokens.includes(token));

/** `withinReach` for records of two accounts. */
export function withinBoth({ organisation, reach }: Pick<RequestContext, 'organisation' | 'reach'>): Condition[] {
  const ours: Condition = { field: 'organisation', eq: organisation };
  if (reach?.tokens === 'all') return [ours];
  const hasAny = reach?.tokens ?? [];
  return [ours, { field: 'reachFrom', hasAny }, { field: 'reachTo', hasAny }];
}

export const answerOf = (id: string, doc: TransferDoc) => ({
  id,
  revision: doc.revision,
  status: doc.status,
  from: doc.from,
  to: doc.to,
  date: doc.date,
  amount: doc.amount,
  currency: doc.currency,
  reference: doc.reference ?? null,
  reason: doc.reason ?? null,
  createdBy: doc.createdBy,
});
