import { Injectable } from '@nestjs/common';
import type { Condition } from '../../kernel/view.js';
import type { RequestContext } from '../../platform/commands/principal.js';
import { MAX_PAGE } from '../../platform/http/fields.js';
import { ViewReader } from '../../platform/http/view-reader.js';
import { invoicesView } from '../invoices/invoice.view.js';
import { purchasesView } from '../purchases/purchase.view.js';
import { withinBoth } from '../transfers/transfer.handlers.js';
import { transfersView } from '../transfers/transfer.view.js';
import { bankPaymentsView } from './bank-payment.view.js';
import { MatchedPayments } from './matched-payments.service.js';
import { type OwedDocument, type Suggestion, tokensOf, whyOf } from './suggestion.js';
import type { TransactionDoc } from './transaction.view.js';

/** So many at most, and so many candidates of each way to find some. */
const MOST = 20;
const OWED_INVOICES = ['issued', 'sent', 'part-paid'];
const OWED_PURCHASES = ['approved', 'part-paid'];

/** What a transaction may show: payments and transfers of the same amount, and documents that are still owed. */
@Injectable()
export class Suggestions {
  constructor(
    private readonly views: ViewReader,
    private readonly payments: MatchedPayments,
  ) {}

  /** The likeliest first; nothing that the person may not read. */
  async for(context: RequestContext, transaction: TransactionDoc): Promise<readonly Suggestion[]> {
    const [paid, transfers, owed] = await Promise.all([
      this.paid(context, transaction),
      this.transfers(context, transaction),
      transaction.amount > 0 ? this.invoices(context, transaction) : this.purchases(context, transaction),
    ]);
    const likeliest = owed.sort((a, b) => b.why.length - a.why.length);
    const readable: Suggestion[] = [];
    for (const one of [...paid, ...transfers, ...likeliest]) {
      if (readable.length === MOST) break;
      if (one.kind === 'transfer' || (await this.payments.mayRead(context, one.kind, one.id))) readable.push(one);
    }
    return readable;
  }

  private async paid(context: RequestContext, { bankAccountId, amount }: TransactionDoc): Promise<Suggestion[]> {
    const { value } = await this.views.find(bankPaymentsView, context, {
      where: [
        { field: 'organisation', eq: context.organisation },
        { field: 'bankAccountId', eq: bankAccountId },
        { field: 'amount', eq: amount },
        { field: 'matchId', eq: '' },
      ],
      sort: 'newest',
      limit: MAX_PAGE,
    });
    return value.items.map(({ key, doc: { record, date } }) => ({
      ...record,
      ...(record.kind === 'journal' ? {} : { paymentId: key }),
      date,
      amount,
      why: ['amount'],
    }));
  }

  private async transfers(context: RequestContext, { bankAccountId, amount }: TransactionDoc): Promise<Suggestion[]> {
    const { value } = await this.views.find(transfersView, context, {
      where: [
        ...withinBoth(context),
        { field: amount < 0 ? 'from' : 'to', eq: bankAccountId },
        { field: 'amount', eq: Math.abs(amount) },
        { field: 'status', eq: 'recorded' },
      ],
      sort: 'newest',
      limit: MOST,
    });
    return value.items.map(({ key, doc: { date } }) => ({ kind: 'transfer', id: key, date, amount, why: ['amount'] }));
  }

  private async invoices(context: RequestContext, transaction: TransactionDoc): Promise<Suggestion[]> {
    const found = new Map<string, OwedDocument>();
    const owed: readonly Condition[] = [
      { field: 'organisation', eq: context.organisation },
      { field: 'kind', eq: 'invoice' },
      { field: 'status', in: OWED_INVOICES },
    ];
    for (const more of waysTo(transaction)) {
      const page = { where: [...owed, more], sort: 'newest', limit: MAX_PAGE };
      const { value } = await this.views.find(invoicesView, context, page);
      for (const { key, doc } of value.items) found.set(key, doc);
    }
    return suggestionsOf('invoice', found, transaction);
  }

  private async purchases(context: RequestContext, transaction: TransactionDoc): Promise<Suggestion[]> {
    const { value } = await this.views.find(purchasesView, context, {
      where: [
        { field: 'organisation', eq: context.organisation },
        { field: 'status', in: OWED_PURCHASES },
      ],
      sort: 'newest',
      limit: MAX_PAGE,
    });
    const found = new Map(value.items.map(({ key, doc }) => [key, { ...doc, number: null }]));
    return suggestionsOf('purchase', found, transaction);
  }
}

/** By what is outstanding, and by the words of the text that numbers and references may be. */
function waysTo({ amount, ...texts }: TransactionDoc): readonly Condition[] {
  const tokens = tokensOf(texts);
  return [{ field: 'outstanding', eq: amount }, ...(tokens.length === 0 ? [] : [{ field: 'texts', hasAny: tokens }])];
}

const suggestionsOf = (
  kind: 'invoice' | 'purchase',
  found: ReadonlyMap<string, OwedDocument>,
  transaction: TransactionDoc,
): Suggestion[] =>
  [...found].flatMap(([id, document]) => {
    const why = whyOf(transaction, document);
    const { number, date, outstanding } = document;
    return why.length === 0 ? [] : [{ kind, id, date, amount: outstanding, number, why }];
  });
