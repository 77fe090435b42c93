import { Injectable } from '@nestjs/common';
import { type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import type { Condition } from '../../kernel/view.js';
import { PagedQuery, RecordQuery } from '../../platform/commands/command.js';
import { QueryAnswer, type RequestContext } from '../../platform/commands/principal.js';
import { areDated, areEqual } from '../../platform/http/conditions.js';
import type { PageQuery } from '../../platform/http/fields.js';
import { ViewReader } from '../../platform/http/view-reader.js';
import { withinReach } from '../../platform/http/within-reach.js';
import type { Reflecting } from '../../platform/read-model/read-model.port.js';
import { AccountSight } from '../chart/account-sight.service.js';
import { Suggestions } from './suggestions.service.js';
import { slotIn } from './transaction.js';
import { type TransactionDoc, type TransactionStatus, transactionsView } from './transaction.view.js';

export interface TransactionFilter extends PageQuery {
  readonly bankAccountId?: string;
  readonly status?: TransactionStatus;
  /** Book dates, both included. */
  readonly from?: string;
  readonly to?: string;
}

export class ListTransactions extends PagedQuery<TransactionFilter> {}

export class GetTransaction extends RecordQuery {}

export class SuggestMatches extends RecordQuery {}

@QueryHandler(ListTransactions)
export class ListTransactionsHandler implements IQueryHandler<ListTransactions> {
  constructor(
    private readonly views: ViewReader,
    private readonly sight: AccountSight,
  ) {}

  async execute({ context, filter }: ListTransactions): Promise<QueryAnswer> {
    const { limit, after } = filter;
    const list = { where: [...withinReach(context), ...conditionsOf(filter)], sort: 'newest', limit, after };
    const { value, position } = await this.views.find(transactionsView, context, list, this.sight.hiding(codesOf));
    const items = value.items.map(({ key, doc }) => answerOf(key, doc));
    return new QueryAnswer({ items, next: value.next }, position);
  }
}

/** The document of one transaction, for whoever sees it. */
@Injectable()
export class TransactionInSight {
  constructor(
    private readonly views: ViewReader,
    private readonly sight: AccountSight,
  ) {}

  /** @throws Refusal not-found */
  get(context: RequestContext, id: string): Promise<Reflecting<TransactionDoc>> {
    return this.views.record(transactionsView, context, { kind: 'transaction', id }, this.sight.hiding(codesOf));
  }
}

@QueryHandler(GetTransaction)
export class GetTransactionHandler implements IQueryHandler<GetTransaction> {
  constructor(private readonly inSight: TransactionInSight) {}

  async execute({ context, id }: GetTransaction): Promise<QueryAnswer> {
    const { value: doc, position } = await this.inSight.get(context, id);
    return new QueryAnswer(answerOf(id, doc), position, doc.revision);
  }
}

@QueryHandler(SuggestMatches)
export class SuggestMatchesHandler implements IQueryHandler<SuggestMatches> {
  constructor(
    private readonly inSight: TransactionInSight,
    private readonly suggestions: Suggestions,
  ) {}

  async execute({ context, id }: SuggestMatches): Promise<QueryAnswer> {
    const { value: doc, position } = await this.inSight.get(context, id);
    const items = doc.status === 'unexplained' ? await this.suggestions.for(context, doc) : [];
    return new QueryAnswer({ items, next: null }, position);
  }
}

/** Accounts that explain it. */
const codesOf = ({ codes }: TransactionDoc): readonly string[] => codes;

const conditionsOf = ({ bankAccountId, status, from, to }: TransactionFilter): readonly Condition[] => [
  ...areEqual({ bankAccountId, status }),
  ...areDated({ from, to }),
];

export const answerOf = (id: string, doc: TransactionDoc) => ({
  id,
  revision: doc.revision,
  status: doc.status,
  bankAccountId: doc.bankAccountId,
  date: doc.date,
  amount: doc.amount,
  currency: doc.currency,
  description: doc.description,
  payee: doc.payee ?? null,
  origin: doc.origin,
  statementId: doc.statementId ?? null,
  bankReference: doc.bankReference ?? null,
  explanation: explanationIn(doc),
  match: matchIn(doc),
  reconciliationId: doc.reconciliationId ?? null,
  reason: doc.reason ?? null,
  brandId: doc.brandId ?? null,
  createdBy: doc.createdBy,
});

function explanationIn({ explanation }: TransactionDoc) {
  if (explanation === undefined) return null;
  const { accountCode, vatRate = null, net, vat } = explanation;
  return { accountCode, vatRate, net, vat };
}

const matchIn = ({ match }: TransactionDoc) => (match === undefined ? null : { ...match.to, ...slotIn(match) });
