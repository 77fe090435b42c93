import { Inject, Injectable } from '@nestjs/common';
import type { RequestContext } from '../../platform/commands/principal.js';
import { EVENT_STORE } from '../../platform/commands/tokens.js';
import type { EventStore } from '../../platform/event-store/event-store.port.js';
import { MAX_PAGE } from '../../platform/http/fields.js';
import { ViewReader } from '../../platform/http/view-reader.js';
import { ledgerEntriesView } from '../ledger/ledger-entry.view.js';

/** What is issued to customers: it goes to people who have no say here at all. */
const ISSUED: ReadonlySet<string> = new Set(['invoice', 'credit-note']);

/** Whether an account is named on what customers have been sent. */
@Injectable()
export class SoldOn {
  constructor(
    private readonly views: ViewReader,
    @Inject(EVENT_STORE) private readonly store: Pick<EventStore, 'head'>,
  ) {}

  /** Of everything that was acknowledged before the question. @throws Refusal unavailable where the ledger is behind */
  async is(context: RequestContext, code: string): Promise<boolean> {
    const { organisation } = context;
    const head = await this.store.head();
    const upToNow: RequestContext = head === undefined ? context : { ...context, atLeast: head };
    const where = [
      { field: 'organisation', eq: organisation },
      { field: 'accounts', has: code },
    ];
    for (let after: string | null | undefined; after !== null;) {
      const { value } = await this.views.find(ledgerEntriesView, upToNow, {
        where,
        sort: 'byDate',
        limit: MAX_PAGE,
        after,
      });
      if (value.items.some(({ doc }) => ISSUED.has(doc.kind))) return true;
      after = value.next;
    }
    return false;
  }
}
