import { Inject, Injectable } from '@nestjs/common';
import { type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import { notFound } from '../../kernel/refusal.js';
import type { Condition } from '../../kernel/view.js';
import { DomainQuery } from '../../platform/commands/command.js';
import { EVIDENCE, type Evidence } from '../../platform/commands/evidence.port.js';
import { QueryAnswer, type RequestContext } from '../../platform/commands/principal.js';
import { MAX_PAGE, type PageQuery } from '../../platform/http/fields.js';
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

export class ListTransactions extends DomainQuery {
  constructor(
    context: RequestContext,
    readonly filter: TransactionFilter,
  ) {
    super(context);
  }
}

export class GetTransaction extends DomainQuery {
  constructor(
    context: RequestContext,
    readonly id: string,
  ) {
    super(context);
  }
}

export class SuggestMatches extends DomainQuery {
  constructor(
    context: RequestContext,
    readonly id: string,
  ) {
    super(context);
  }
}

interface Item {
  readonly key: string;
  readonly doc: TransactionDoc;
}

/**
 * What a hidden account explains is left out after reading, and further pages are read until this one is full. There is a
 * cursor only where something would come of it: nothing tells that anything was left out.
 */
@QueryHandler(ListTransactions)
export class ListTransactionsHandler implements IQueryHandler<ListTransactions> {
  constructor(
    private readonly views: ViewReader,
    private readonly sight: AccountSight,
  ) {}

  async execute({ context, filter }: ListTransactions): Promise<QueryAnswer> {
    const hidden = await this.sight.hiddenFrom(context);
    const items: Item[] = [];
    let next: string | null | undefined = filter.after;
    let position: string | undefined;
    while (next !== null && items.length < filter.limit) {
      const page = await this.page(context, filter, next, filter.limit - items.length);
      items.push(...page.value.items.filter(({ doc }) => !isHidden(doc, hidden)));
      position ??= page.position;
      next = page.value.next;
    }
    const hasMore = next !== null && (hidden.size === 0 || (await this.hasMore(context, filter, next, hidden)));
    const answers = items.map(({ key, doc }) => answerOf(key, doc));
    return new QueryAnswer({ items: answers, next: hasMore ? next : null }, position);
  }

  private async hasMore(
    context: RequestContext,
    filter: TransactionFilter,
    after: string | undefined,
    hidden: ReadonlySet<string>,
  ): Promise<boolean> {
    for (let next: string | null | undefined = after; next !== null;) {
      const { value } = await this.page(context, filter, next, MAX_PAGE);
      if (value.items.some(({ doc }) => !isHidden(doc, hidden))) return true;
      next = value.next;
    }
    return false;
  }

  private page(
    context: RequestContext,
    filter: TransactionFilter,
    after: string | undefined,
    limit: number,
  ): ReturnType<typeof this.views.find<TransactionDoc>> {
    const where = [...withinReach(context), ...conditionsOf(filter)];
    return this.views.find(transactionsView, context, { where, sort: 'newest', limit, after });
  }
}

/** The document of one transaction, for whoever sees it. */
@Injectable()
export class TransactionInSight {
  constructor(
    private readonly views: ViewReader,
    private readonly sight: AccountSight,
    @Inject(EVIDENCE) private readonly evidence: Pick<Evidence, 'refused'>,
  ) {}

  /** @throws Refusal not-found */
  async get(context: RequestContext, id: string): Promise<Reflecting<TransactionDoc>> {
    const record = { kind: 'transaction', id };
    const found = await this.views.record(transactionsView, context, record);
    if (!isHidden(found.value, await this.sight.hiddenFrom(context))) return found;
    await this.evidence.refused(context, 'record', record);
    throw notFound();
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

const isHidden = ({ codes }: TransactionDoc, hidden: ReadonlySet<string>): boolean =>
  codes.some((code) => hidden.has(code));

const conditionsOf = ({ bankAccountId, status, from, to }: TransactionFilter): readonly Condition[] => [
  ...(bankAccountId === undefined ? [] : [{ field: 'bankAccountId', eq: bankAccountId }]),
  ...(status === undefined ? [] : [{ field: 'status', eq: status }]),
  ...(from === undefined ? [] : [{ field: 'date', from }]),
  ...(to === undefined ? [] : [{ field: 'date', to }]),
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
