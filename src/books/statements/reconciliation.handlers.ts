import { Inject } from '@nestjs/common';
import { CommandHandler, type ICommandHandler, type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import type { Recorded } from '../../kernel/event.js';
import { notFound } from '../../kernel/refusal.js';
import { DomainCommand, DomainQuery, RecordCommand } from '../../platform/commands/command.js';
import { type Evidence, EVIDENCE } from '../../platform/commands/evidence.port.js';
import { requireRevision, unconditional } from '../../platform/commands/own-revision.js';
import { CommandPipeline } from '../../platform/commands/pipeline.js';
import { CommandAnswer, QueryAnswer, type RequestContext } from '../../platform/commands/principal.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import type { PageQuery } from '../../platform/http/fields.js';
import { ViewReader } from '../../platform/http/view-reader.js';
import { withinReach } from '../../platform/http/within-reach.js';
import { BankAccountLookup } from '../bank-accounts/bank-account-lookup.service.js';
import { transactions } from '../transactions/transaction.js';
import { TransactionSight } from '../transactions/transaction-sight.service.js';
import { type ReconciliationEvent, reconciliations } from './reconciliation.js';
import { beginReconciliation, type ReconciliationInput, type Reconciling } from './reconciliation.decide.js';
import { type ReconciliationDoc, reconciliationsView } from './reconciliation.view.js';
import { changedMeanwhile, ReconcilingService } from './reconciling.service.js';

export interface ReconciliationBody {
  readonly through: string;
  readonly closingBalance: number;
  readonly openingBalance?: number | undefined;
  readonly transactionIds?: readonly string[] | undefined;
}

export class ReconcileBankAccount extends DomainCommand {
  readonly name = 'ReconcileBankAccount';

  constructor(
    context: RequestContext,
    readonly bankAccountId: string,
    readonly body: ReconciliationBody,
  ) {
    super(context);
  }
}

export class ReconcileTransaction extends RecordCommand {
  readonly name = 'ReconcileTransaction';

  constructor(
    context: RequestContext,
    id: string,
    readonly closingBalance: number | undefined,
  ) {
    super(context, id);
  }
}

export class ListReconciliations extends DomainQuery {
  constructor(
    context: RequestContext,
    readonly bankAccountId: string,
    readonly query: PageQuery,
  ) {
    super(context);
  }
}

export class GetReconciliation extends DomainQuery {
  constructor(
    context: RequestContext,
    readonly bankAccountId: string,
    readonly id: string,
  ) {
    super(context);
  }
}

/** Writes the beginning, and sees it through. Runs with what both commands have in common. */
async function reconcile(
  { pipeline, reconciling, accounts }: Pick<ReconcileBankAccountHandler, 'pipeline' | 'reconciling' | 'accounts'>,
  command: DomainCommand,
  input: ReconciliationInput,
  lines: () => Promise<Pick<Reconciling, 'lines' | 'unexplained'>>,
): Promise<CommandAnswer> {
  const { context } = command;
  const { organisation, principal } = context;
  const { bankAccountId } = input;
  const account = await accounts.find(organisation, bankAccountId);
  const facts = { createdBy: principal?.userId, bankAccountId, brandId: account?.brandId };
  let events: readonly Recorded<ReconciliationEvent>[] = [];
  const answer = await pipeline.change(reconciliations, command, organisation, {
    about: { record: { kind: 'bank-account', id: bankAccountId }, factsOf: () => facts },
    prepare: async () => {
      if (account === undefined) throw notFound();
      await reconciling.requireNothingHidden(context, bankAccountId);
      return { brandId: account.brandId, ...(await lines()) };
    },
    decide: beginReconciliation(input),
    makes: true,
    answer: (recorded) => {
      events = recorded;
      return {};
    },
  });
  const [begun] = events;
  if (begun === undefined) return answer;
  const { id, data, metadata } = begun;
  // A repeated request finds its own end, among what others did meanwhile.
  const isOurs = (event: Recorded<ReconciliationEvent>): boolean =>
    event.data.reconciliationId === data.reconciliationId;
  if (events.some((event) => event.type === 'ReconciliationAborted' && isOurs(event))) throw changedMeanwhile();
  const position = await reconciling.settle(organisation, data.reconciliationId, { ...metadata, causationId: id });
  return new CommandAnswer(data.reconciliationId, 0, position ?? answer.position, true);
}

@CommandHandler(ReconcileBankAccount)
export class ReconcileBankAccountHandler implements ICommandHandler<ReconcileBankAccount> {
  constructor(
    readonly pipeline: CommandPipeline,
    readonly reconciling: ReconcilingService,
    readonly accounts: BankAccountLookup,
  ) {}

  execute({ context, bankAccountId, body }: ReconcileBankAccount): Promise<CommandAnswer> {
    const { through, closingBalance: closing, openingBalance: opening, transactionIds } = body;
    const command = new ReconcileBankAccount(unconditional(context), bankAccountId, body);
    return reconcile(this, command, { bankAccountId, through, closing, opening }, async () =>
      transactionIds === undefined
        ? this.reconciling.through(context, bankAccountId, through)
        : {
            lines: await this.reconciling.linesOf(context, bankAccountId, through, transactionIds),
            unexplained: 0,
          },
    );
  }
}

/** One line by itself, through its day. */
@CommandHandler(ReconcileTransaction)
export class ReconcileTransactionHandler implements ICommandHandler<ReconcileTransaction> {
  constructor(
    private readonly pipeline: CommandPipeline,
    private readonly reconciling: ReconcilingService,
    private readonly accounts: BankAccountLookup,
    private readonly states: StateCache,
    private readonly sight: TransactionSight,
  ) {}

  async execute({ context, id, closingBalance }: ReconcileTransaction): Promise<CommandAnswer> {
    const { state, revision } = await this.states.load(transactions, context.organisation, id);
    if (state.status === 'absent') throw notFound();
    const { bankAccountId, date } = state;
    await this.sight.require(context, id, state);
    const command = new ReconcileTransaction(unconditional(context), id, closingBalance);
    const input = { bankAccountId, through: date, closing: closingBalance };
    const answer = await reconcile(this.tools, command, input, async () => {
      requireRevision(context.ifMatch, revision);
      return { lines: await this.reconciling.linesOf(context, bankAccountId, date, [id]), unexplained: 0 };
    });
    const after = await this.states.load(transactions, context.organisation, id);
    return new CommandAnswer(id, after.revision, answer.position, false, { reconciliationId: answer.id });
  }

  private get tools() {
    const { pipeline, reconciling, accounts } = this;
    return { pipeline, reconciling, accounts };
  }
}

@QueryHandler(ListReconciliations)
export class ListReconciliationsHandler implements IQueryHandler<ListReconciliations> {
  constructor(
    private readonly views: ViewReader,
    private readonly reconciling: ReconcilingService,
  ) {}

  async execute({ context, bankAccountId, query }: ListReconciliations): Promise<QueryAnswer> {
    const where = [...withinReach(context), { field: 'bankAccountId', eq: bankAccountId }];
    const page = { where, sort: 'newest', limit: query.limit, after: query.after };
    const { value, position } = await this.views.find(reconciliationsView, context, page);
    if (value.items.length > 0) await this.reconciling.requireNothingHidden(context, bankAccountId);
    const items = value.items.map(({ key, doc }) => answerOf(key, doc));
    return new QueryAnswer({ items, next: value.next }, position);
  }
}

@QueryHandler(GetReconciliation)
export class GetReconciliationHandler implements IQueryHandler<GetReconciliation> {
  constructor(
    private readonly views: ViewReader,
    private readonly reconciling: ReconcilingService,
    @Inject(EVIDENCE) private readonly evidence: Pick<Evidence, 'refused'>,
  ) {}

  async execute({ context, bankAccountId, id }: GetReconciliation): Promise<QueryAnswer> {
    const record = { kind: 'reconciliation', id };
    const { value, position } = await this.views.record(reconciliationsView, context, record);
    if (value.bankAccountId !== bankAccountId) throw notFound();
    if (await this.reconciling.hides(context, value)) {
      await this.evidence.refused(context, 'record', record);
      throw notFound();
    }
    return new QueryAnswer(answerOf(id, value), position, 0);
  }
}

export const answerOf = (id: string, doc: ReconciliationDoc) => ({
  id,
  bankAccountId: doc.bankAccountId,
  through: doc.through,
  openingBalance: doc.opening,
  closingBalance: doc.closing,
  transactions: doc.count,
  reconciledAt: doc.reconciledAt,
  brandId: doc.brandId ?? null,
  createdBy: doc.createdBy,
});
