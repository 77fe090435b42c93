import { Inject, Injectable } from '@nestjs/common';
import type { RequestContext } from '../../platform/commands/principal.js';
import { EVENT_STORE } from '../../platform/commands/tokens.js';
import type { EventStore } from '../../platform/event-store/event-store.port.js';
import { ViewReader } from '../../platform/http/view-reader.js';
import type { Credited } from './invoice.decide.js';
import { invoicesView } from './invoice.view.js';

/** What credit notes have taken off an invoice stands in their own streams; the view adds it up. */
@Injectable()
export class Credits {
  constructor(
    @Inject(EVENT_STORE) private readonly store: Pick<EventStore, 'head'>,
    private readonly views: ViewReader,
  ) {}

  /** With every credit note that was acknowledged before. @throws Refusal unavailable while the view is behind */
  async of(context: RequestContext, invoiceId: string): Promise<Credited> {
    const head = await this.store.head();
    const upToNow = head === undefined ? context : { ...context, atLeast: head };
    const { value } = await this.views.get(invoicesView, upToNow, invoiceId);
    return { credited: value?.credited ?? 0 };
  }
}
