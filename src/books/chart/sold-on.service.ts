import { Inject, Injectable } from '@nestjs/common';
import type { Condition, ViewDefinition } from '../../kernel/view.js';
import type { RequestContext } from '../../platform/commands/principal.js';
import { EVENT_STORE } from '../../platform/commands/tokens.js';
import type { EventStore } from '../../platform/event-store/event-store.port.js';
import { MAX_PAGE } from '../../platform/http/fields.js';
import { ViewReader } from '../../platform/http/view-reader.js';
import { invoicesView } from '../invoices/invoice.view.js';
import { ledgerEntriesView } from '../ledger/ledger-entry.view.js';
import { productsView } from '../products/product.view.js';

/** What is issued to customers: it goes to people who have no say here at all. */
const ISSUED: ReadonlySet<string> = new Set(['invoice', 'credit-note']);

const DRAFTS: readonly Condition[] = [
  { field: 'kind', in: [...ISSUED] },
  { field: 'status', eq: 'draft' },
];

/**
 * Whether an account is named on what customers have been sent, or would be: drafts of invoices and credit notes, and products.
 * All of these are read by people who are told of no confidential account.
 */
@Injectable()
export class SoldOn {
  constructor(
    private readonly views: ViewReader,
    @Inject(EVENT_STORE) private readonly store: Pick<EventStore, 'head'>,
  ) {}

  /** Of everything that was acknowledged before the question. @throws Refusal unavailable where a view is behind */
  async is(context: RequestContext, code: string): Promise<boolean> {
    const head = await this.store.head();
    const upToNow: RequestContext = head === undefined ? context : { ...context, atLeast: head };
    const any = <Doc extends object>(
      view: ViewDefinition<Doc>,
      sort: string,
      more: readonly Condition[],
      names: (doc: Doc) => boolean,
    ): Promise<boolean> => this.any(upToNow, view, { sort, more }, names);
    return (
      (await any(ledgerEntriesView, 'byDate', [{ field: 'accounts', has: code }], ({ kind }) => ISSUED.has(kind))) ||
      (await any(invoicesView, 'newest', DRAFTS, ({ lines }) =>
        lines.some(({ accountCode }) => accountCode === code),
      )) ||
      (await any(productsView, 'newest', [], ({ accountCode }) => accountCode === code))
    );
  }

  private async any<Doc extends object>(
    context: RequestContext,
    view: ViewDefinition<Doc>,
    { sort, more }: { readonly sort: string; readonly more: readonly Condition[] },
    names: (doc: Doc) => boolean,
  ): Promise<boolean> {
    const where = [{ field: 'organisation', eq: context.organisation }, ...more];
    for (let after: string | null | undefined; after !== null;) {
      const { value } = await this.views.find(view, context, { where, sort, limit: MAX_PAGE, after });
      if (value.items.some(({ doc }) => names(doc))) return true;
      after = value.next;
    }
    return false;
  }
}
