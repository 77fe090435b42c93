import { Injectable, type OnModuleInit } from '@nestjs/common';
import { type Existing, streamOf } from '../../kernel/decider.js';
import type { Past } from '../../platform/commands/past-documents.js';
import { RecordKinds, toldFromLog } from '../../platform/commands/record-kinds.js';
import { type Searched, searchView } from '../../platform/commands/record-search.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import { ViewReader } from '../../platform/http/view-reader.js';
import { type Transaction, transactions } from './transaction.js';
import { answerOf } from './transaction.queries.js';
import { type TransactionDoc, transactionsView } from './transaction.view.js';
import { TransactionSight } from './transaction-sight.service.js';

/** Bank transactions, for those who show records of all kinds. */
@Injectable()
export class TransactionKind implements OnModuleInit {
  constructor(
    private readonly kinds: RecordKinds,
    private readonly sight: TransactionSight,
    private readonly states: StateCache,
    private readonly views: ViewReader,
  ) {}

  onModuleInit(): void {
    this.kinds.register({
      kind: 'transaction',
      readPermission: 'transactions:read',
      ...toldFromLog(transactions, this.states.read, labelOf, (read, organisation, state) =>
        this.sight.factsOf(organisation, state, read),
      ),
      asOf: (past, organisation, id) => this.asOf(past, organisation, id),
      search: (context, sought) => searchView(this.views, transactionsView, SEARCHED, context, sought),
    });
  }

  private async asOf(past: Past, organisation: string, id: string): Promise<object | undefined> {
    const streams = [streamOf(transactions, organisation, id)];
    const doc = await past.document({ view: transactionsView, key: id, streams });
    return doc?.organisation === organisation ? answerOf(id, doc) : undefined;
  }
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

const labelOf = ({ amount, date }: Existing<Transaction>): string => `Money ${amount < 0 ? 'out' : 'in'} on ${date}`;
