import { Injectable, type OnModuleInit } from '@nestjs/common';
import { type ReadState, type RecordFacts, streamOf } from '../../kernel/decider.js';
import type { Past } from '../../platform/commands/past-documents.js';
import { type RecordDescription, type RecordKind, RecordKinds } from '../../platform/commands/record-kinds.js';
import { type Searched, searchView } from '../../platform/commands/record-search.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import { ViewReader } from '../../platform/http/view-reader.js';
import { transactions } from './transaction.js';
import { answerOf } from './transaction.queries.js';
import { type TransactionDoc, transactionsView } from './transaction.view.js';
import { TransactionSight } from './transaction-sight.service.js';

/** Bank transactions, for those who show records of all kinds. */
@Injectable()
export class TransactionKind implements RecordKind, OnModuleInit {
  readonly kind = 'transaction';
  readonly readPermission = 'transactions:read';

  constructor(
    private readonly kinds: RecordKinds,
    private readonly sight: TransactionSight,
    private readonly states: StateCache,
    private readonly views: ViewReader,
  ) {}

  onModuleInit(): void {
    this.kinds.register(this);
  }

  /** From the log: an account that explains it must not be forgotten for as long as a view is behind. */
  async describe(organisation: string, ids: readonly string[]): Promise<ReadonlyMap<string, RecordDescription>> {
    const found = ids.map(async (id) => {
      const { state } = await this.states.load(transactions, organisation, id);
      if (state.status === 'absent') return [];
      const label = `Money ${state.amount < 0 ? 'out' : 'in'} on ${state.date}`;
      return [[id, { label, facts: await this.sight.factsOf(organisation, state) }] as const];
    });
    return new Map((await Promise.all(found)).flat());
  }

  readonly factsOf = async (read: ReadState, organisation: string, id: string): Promise<RecordFacts | undefined> => {
    const { state } = await read(transactions, organisation, id);
    return state.status === 'absent' ? undefined : this.sight.factsOf(organisation, state, read);
  };

  /** Those that tell of an account which is hidden are left out by what `describe` says of them. */
  readonly search: NonNullable<RecordKind['search']> = (context, sought) =>
    searchView(this.views, transactionsView, SEARCHED, context, sought);

  readonly asOf = async (past: Past, organisation: string, id: string): Promise<object | undefined> => {
    const streams = [streamOf(transactions, organisation, id)];
    const doc = await past.document({ view: transactionsView, key: id, streams });
    return doc?.organisation === organisation ? answerOf(id, doc) : undefined;
  };
}

const SEARCHED: Searched<TransactionDoc> = {
  sort: 'recorded',
  show: ({ description, payee = null, bankAccountId, status, date, amount, currency }) => ({
    description,
    payee,
    bankAccountId,
    status,
    date,
    amount,
    currency,
  }),
};
