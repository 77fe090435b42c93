import { Inject, Injectable } from '@nestjs/common';
import { type DecisionContext, type Existing, streamOf } from '../../kernel/decider.js';
import type { Metadata } from '../../kernel/event.js';
import { conflict, invalid, Refusal } from '../../kernel/refusal.js';
import { AUTHORISER, type Authoriser, type RequestContext } from '../../platform/commands/principal.js';
import { Appender } from '../../platform/commands/appender.js';
import { Consequences } from '../../platform/commands/consequences.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import { EVENT_STORE, READ_MODEL } from '../../platform/commands/tokens.js';
import { type EventStore, WrongExpectedRevision } from '../../platform/event-store/event-store.port.js';
import { VIEW_GAUGE, type ViewGauge } from '../../platform/http/view-gauge.port.js';
import { allPages } from '../../platform/read-model/all-pages.js';
import type { ReadModel } from '../../platform/read-model/read-model.port.js';
import { ConfidentialAccounts } from '../chart/confidential-accounts.service.js';
import { type Transaction, transactions } from '../transactions/transaction.js';
import { reconcileTransaction, releaseTransaction, requireAccounted } from '../transactions/transaction.decide.js';
import { transactionsView } from '../transactions/transaction.view.js';
import { type Agreed, type ReconciledLine, reconciliations } from './reconciliation.js';
import {
  abortReconciliation,
  finishReconciliation,
  MAX_LINES,
  openOne,
  type Reconciling,
} from './reconciliation.decide.js';

const PATIENCE_MS = 10_000;
const AT_ONCE = 64;
/** Statuses of what an account's statement shows and that is not reconciled yet. */
const UNRECONCILED = ['unexplained', 'matching', 'explained', 'matched'] as const;
/** What decides about a line is its state alone. */
const NOBODY: DecisionContext = { now: '', userId: '', organisation: '', newId: '' };

type Lines = Pick<Reconciling, 'lines' | 'unexplained'>;

/** Finds what is to be reconciled, and brings what was begun to its end. */
@Injectable()
export class ReconcilingService {
  constructor(
    private readonly states: StateCache,
    private readonly appender: Appender,
    private readonly consequences: Consequences,
    private readonly confidential: ConfidentialAccounts,
    @Inject(AUTHORISER) private readonly authoriser: Authoriser,
    @Inject(EVENT_STORE) private readonly store: Pick<EventStore, 'head'>,
    @Inject(READ_MODEL) private readonly model: ReadModel,
    @Inject(VIEW_GAUGE) private readonly gauge: ViewGauge,
  ) {}

  /** All that is not reconciled yet of an account, through a day; as new as every acknowledged change. */
  async through(context: RequestContext, bankAccountId: string, through: string): Promise<Lines> {
    const head = await this.store.head();
    if (head !== undefined && !(await this.gauge.waitFor(transactionsView.name, head, PATIENCE_MS)))
      throw new Refusal('unavailable', 'The transactions cannot be looked up now', { retryAfter: 1 });
    const ids: string[] = [];
    let unexplained = 0;
    for (const status of UNRECONCILED) {
      const where = [
        { field: 'organisation', eq: context.organisation },
        { field: 'bankAccountId', eq: bankAccountId },
        { field: 'status', eq: status },
        { field: 'date', to: through },
      ];
      for await (const page of allPages(this.model, transactionsView, { where, sort: 'newest' })) {
        if (status === 'unexplained' || status === 'matching') unexplained += page.length;
        else ids.push(...page.map(({ key }) => key));
      }
    }
    // Their states are not needed to say that they are too many.
    if (unexplained > 0 || ids.length > MAX_LINES) return { lines: ids.map(asLine), unexplained };
    return { lines: await this.linesOf(context, bankAccountId, through, ids), unexplained };
  }

  /**
   * These transactions, each as it is now.
   *
   * @throws Refusal validation-failed for one that is not of the account or these days, or that the person may not reconcile;
   * conflict for one that is not accounted for; permission-denied where one is on a confidential account
   */
  async linesOf(
    context: RequestContext,
    bankAccountId: string,
    through: string,
    ids: readonly string[],
  ): Promise<Reconciling['lines']> {
    const hidden = await this.confidential.hiddenFrom(context);
    const lines: Reconciling['lines'][number][] = [];
    for (const id of ids) {
      const { state, revision } = await this.states.load(transactions, context.organisation, id);
      if (!(await this.mayReconcile(context, state)) || !isOf(state, bankAccountId, through))
        throw invalid('transactionIds', 'must be transactions of this bank account, through that day');
      if (state.codes.some((code) => hidden.has(code))) throw hiddenInside();
      lines.push({ id, revision, amount: requireAccounted(state).amount, codes: state.codes });
    }
    return lines;
  }

  /**
   * What an account is reconciled up to is told to whoever may see all that it comes from.
   *
   * @throws Refusal permission-denied
   */
  async requireNothingHidden(context: RequestContext, bankAccountId: string): Promise<void> {
    const { state } = await this.states.load(reconciliations, '', context.organisation);
    if (await this.hides(context, state.last.get(bankAccountId) ?? {})) throw hiddenInside();
  }

  /** Whether the balances of a reconciliation tell of what is not there for whoever asks. */
  async hides(context: RequestContext, { codes = [] }: Pick<Agreed, 'codes'>): Promise<boolean> {
    const hidden = await this.confidential.hiddenFrom(context);
    return codes.some((code) => hidden.has(code));
  }

  private async mayReconcile(
    { principal, organisation, permission }: RequestContext,
    state: Transaction,
  ): Promise<boolean> {
    if (principal === undefined) return false;
    return (await this.authoriser.authorise(principal, organisation, permission, transactions.facts(state))).allowed;
  }

  /**
   * Ends a reconciliation that was begun, and answers the position; nothing happens where it is not under way any more. Each line is reconciled at the
   * revision that was added up, so either all of them are, or none stays so: a line that has changed since never goes back to
   * that revision.
   *
   * @throws Refusal conflict `transactions-changed` where it is aborted
   */
  async settle(organisation: string, reconciliationId: string, metadata: Metadata): Promise<string | undefined> {
    const { state } = await this.states.load(reconciliations, '', organisation);
    const open = openOne(state, reconciliationId);
    if (open === undefined) return undefined;
    const { idempotency: _, ...further } = metadata;
    if (await this.markAll(organisation, reconciliationId, open.lines, further)) {
      const finish = finishReconciliation(reconciliationId);
      return (await this.consequences.write(reconciliations, '', organisation, finish, metadata)).at(-1)?.position;
    }
    await this.inBlocks(open.lines, async ({ id }) => {
      await this.consequences.write(transactions, organisation, id, releaseTransaction(reconciliationId), further);
    });
    await this.consequences.write(reconciliations, '', organisation, abortReconciliation(reconciliationId), metadata);
    throw changedMeanwhile();
  }

  private async markAll(
    organisation: string,
    reconciliationId: string,
    lines: readonly ReconciledLine[],
    metadata: Metadata,
  ): Promise<boolean> {
    let all = true;
    await this.inBlocks(lines, async (line) => {
      if (all && !(await this.mark(organisation, reconciliationId, line, metadata))) all = false;
    });
    return all;
  }

  /** Whether the line is reconciled now, by this reconciliation. */
  private async mark(
    organisation: string,
    reconciliationId: string,
    line: ReconciledLine,
    metadata: Metadata,
  ): Promise<boolean> {
    const { state, revision } = await this.states.load(transactions, organisation, line.id);
    if (state.status !== 'absent' && state.reconciliationId === reconciliationId) return true;
    if (revision !== line.revision) return false;
    const events = reconcileTransaction(reconciliationId)(state, NOBODY, undefined);
    const stream = streamOf(transactions, organisation, line.id);
    try {
      await this.appender.append({ eventIds: [], keyed: undefined }, { stream, expected: revision, events, metadata });
      return true;
    } catch (error) {
      if (!(error instanceof WrongExpectedRevision)) throw error;
      return this.mark(organisation, reconciliationId, line, metadata);
    }
  }

  private async inBlocks(
    lines: readonly ReconciledLine[],
    work: (line: ReconciledLine) => Promise<void>,
  ): Promise<void> {
    for (let first = 0; first < lines.length; first += AT_ONCE)
      await Promise.all(lines.slice(first, first + AT_ONCE).map(work));
  }
}

/** What a reconciliation that was aborted is answered, also when it is asked again. */
export const changedMeanwhile = (): Refusal =>
  conflict('transactions-changed', 'A transaction has changed meanwhile; look at them and try again');

/** Nothing can be told of a sum without telling of its parts (rule 6). */
const hiddenInside = (): Refusal =>
  new Refusal('permission-denied', 'This needs the permission confidential-accounts:read', {
    permission: 'confidential-accounts:read',
  });

const asLine = (id: string): Reconciling['lines'][number] => ({ id, revision: -1, amount: 0, codes: [] });

const isOf = (state: Transaction, bankAccountId: string, through: string): state is Existing<Transaction> =>
  state.status !== 'absent' && state.bankAccountId === bankAccountId && state.date <= through;
