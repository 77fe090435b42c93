import { Inject } from '@nestjs/common';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { existing } from '../../kernel/decider.js';
import type { Recorded } from '../../kernel/event.js';
import { conflict, invalid } from '../../kernel/refusal.js';
import { ORGANISATIONS, type OrganisationDirectory } from '../../access/contract.js';
import { CommandWith, ReasonedCommand, RecordCommand, RecordCommandWith } from '../../platform/commands/command.js';
import { CommandPipeline } from '../../platform/commands/pipeline.js';
import { CommandAnswer } from '../../platform/commands/principal.js';
import { BankAccountLookup, requireUnarchived } from '../bank-accounts/bank-account-lookup.service.js';
import { PeriodLocks } from '../periods/period-locks.service.js';
import { ExplainingAccounts } from './explaining-accounts.service.js';
import { Matching } from './matching.service.js';
import { type MatchBody, MatchTargets } from './match-targets.service.js';
import { slotIn, type Transaction, type TransactionEvent, transactions } from './transaction.js';
import {
  beginMatch,
  editTransaction,
  type ExplanationInput,
  explainTransaction,
  type OfAccount,
  postingDates,
  recordTransaction,
  type TransactionInput,
  type TransactionPatch,
  unexplainTransaction,
  unmatchTransaction,
  voidTransaction,
} from './transaction.decide.js';
import { TransactionSight } from './transaction-sight.service.js';

export class RecordTransaction extends CommandWith<TransactionInput> {
  readonly name = 'RecordTransaction';
}

export class EditTransaction extends RecordCommandWith<TransactionPatch> {
  readonly name = 'EditTransaction';
}

export class ExplainTransaction extends RecordCommandWith<ExplanationInput> {
  readonly name = 'ExplainTransaction';
}

export class UnexplainTransaction extends RecordCommand {
  readonly name = 'UnexplainTransaction';
}

export class MatchTransaction extends RecordCommandWith<MatchBody> {
  readonly name = 'MatchTransaction';
}

export class UnmatchTransaction extends RecordCommand {
  readonly name = 'UnmatchTransaction';
}

export class VoidTransaction extends ReasonedCommand {
  readonly name = 'VoidTransaction';
}

@CommandHandler(RecordTransaction)
export class RecordTransactionHandler implements ICommandHandler<RecordTransaction> {
  constructor(
    private readonly pipeline: CommandPipeline,
    private readonly accounts: BankAccountLookup,
    private readonly explaining: ExplainingAccounts,
    private readonly locks: PeriodLocks,
    @Inject(ORGANISATIONS) private readonly organisations: OrganisationDirectory,
  ) {}

  async execute(command: RecordTransaction): Promise<CommandAnswer> {
    const { context, body } = command;
    return this.pipeline.create(transactions, command, {
      facts: await this.accounts.factsFor(context.organisation, body.bankAccountId),
      prepare: () => this.prepare(command),
      decide: recordTransaction(body),
    });
  }

  private async prepare({ context, body }: RecordTransaction): Promise<OfAccount> {
    const { organisation } = context;
    const account = await this.accounts.find(organisation, body.bankAccountId);
    if (account === undefined) throw invalid('bankAccountId', 'is no bank account of this organisation');
    const { brandId } = requireUnarchived(account);
    const currency = await this.organisations.currencyOf(organisation);
    if (!body.accountCode) return { currency, brandId };
    const side = await this.explaining.sideOf(context, body.accountCode);
    await this.locks.requireOpen(organisation, body.date);
    return { currency, brandId, side };
  }
}

@CommandHandler(EditTransaction)
export class EditTransactionHandler implements ICommandHandler<EditTransaction> {
  constructor(
    private readonly pipeline: CommandPipeline,
    private readonly sight: TransactionSight,
    private readonly locks: PeriodLocks,
  ) {}

  execute(command: EditTransaction): Promise<CommandAnswer> {
    const { context, id, body: patch } = command;
    const { organisation } = context;
    return this.pipeline.change(transactions, command, id, {
      about: this.sight.about(organisation, id),
      prepare: async (state) => {
        const dates = [...postingDates(state), ...(patch.date === undefined ? [] : [patch.date])];
        await this.locks.requireOpen(organisation, ...dates);
        return undefined;
      },
      decide: editTransaction(patch),
    });
  }
}

@CommandHandler(ExplainTransaction)
export class ExplainTransactionHandler implements ICommandHandler<ExplainTransaction> {
  constructor(
    private readonly pipeline: CommandPipeline,
    private readonly sight: TransactionSight,
    private readonly explaining: ExplainingAccounts,
    private readonly locks: PeriodLocks,
  ) {}

  execute(command: ExplainTransaction): Promise<CommandAnswer> {
    const { context, id, body } = command;
    return this.pipeline.change(transactions, command, id, {
      about: this.sight.about(context.organisation, id),
      prepare: async (state) => {
        const side = await this.explaining.sideOf(context, body.accountCode);
        await this.locks.requireOpen(context.organisation, ...postingDates(state));
        return { side };
      },
      decide: explainTransaction(body),
    });
  }
}

@CommandHandler(UnexplainTransaction)
export class UnexplainTransactionHandler implements ICommandHandler<UnexplainTransaction> {
  constructor(
    private readonly pipeline: CommandPipeline,
    private readonly sight: TransactionSight,
    private readonly locks: PeriodLocks,
  ) {}

  execute(command: UnexplainTransaction): Promise<CommandAnswer> {
    const { context, id } = command;
    return this.pipeline.change(transactions, command, id, {
      about: this.sight.about(context.organisation, id),
      prepare: async (state) => {
        await this.locks.requireOpen(context.organisation, ...postingDates(state));
        return undefined;
      },
      decide: unexplainTransaction(),
    });
  }
}

@CommandHandler(MatchTransaction)
export class MatchTransactionHandler implements ICommandHandler<MatchTransaction> {
  constructor(
    private readonly pipeline: CommandPipeline,
    private readonly sight: TransactionSight,
    private readonly targets: MatchTargets,
    private readonly matching: Matching,
  ) {}

  async execute(command: MatchTransaction): Promise<CommandAnswer> {
    const { context, id, body } = command;
    const { organisation } = context;
    let events: readonly Recorded<TransactionEvent>[] = [];
    const begun = await this.pipeline.change<Transaction, TransactionEvent, Awaited<ReturnType<MatchTargets['find']>>>(
      transactions,
      command,
      id,
      {
        about: this.sight.about(organisation, id),
        prepare: async (state) => this.targets.find(context, existing(state), body),
        decide: (state, deciding, target) => beginMatch(target)(state, deciding, undefined),
        answer: (recorded) => {
          events = recorded;
          return {};
        },
      },
    );
    return this.settled(begun, organisation, events);
  }

  /** A repeated request may find its match ended, one way or the other. */
  private async settled(
    begun: CommandAnswer,
    organisation: string,
    events: readonly Recorded<TransactionEvent>[],
  ): Promise<CommandAnswer> {
    const [first] = events;
    const last = events.at(-1);
    if (last?.type === 'TransactionMatchFailed') throw conflict('match-failed', last.data.because);
    if (first?.type !== 'TransactionMatchBegun') return begun;
    const { metadata, data } = first;
    const caused = { ...metadata, causationId: first.id };
    const settled = await this.matching.settle(organisation, begun.id, data.matchId, caused);
    const { revision, position } = settled ?? begun;
    return new CommandAnswer(begun.id, revision, position, false, slotIn(data));
  }
}

@CommandHandler(UnmatchTransaction)
export class UnmatchTransactionHandler implements ICommandHandler<UnmatchTransaction> {
  constructor(
    private readonly pipeline: CommandPipeline,
    private readonly sight: TransactionSight,
  ) {}

  execute(command: UnmatchTransaction): Promise<CommandAnswer> {
    const { context, id } = command;
    return this.pipeline.change(transactions, command, id, {
      about: this.sight.about(context.organisation, id),
      decide: unmatchTransaction(),
    });
  }
}

@CommandHandler(VoidTransaction)
export class VoidTransactionHandler implements ICommandHandler<VoidTransaction> {
  constructor(
    private readonly pipeline: CommandPipeline,
    private readonly sight: TransactionSight,
  ) {}

  execute(command: VoidTransaction): Promise<CommandAnswer> {
    const { context, id, reason } = command;
    return this.pipeline.change(transactions, command, id, {
      about: this.sight.about(context.organisation, id),
      decide: voidTransaction(reason),
    });
  }
}
