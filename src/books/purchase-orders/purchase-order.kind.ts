import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { streamOf } from '../../kernel/decider.js';
import type { Past } from '../../platform/commands/past-documents.js';
import { RecordKinds, toldFromLog } from '../../platform/commands/record-kinds.js';
import { type Searched, searchView } from '../../platform/commands/record-search.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import { READ_MODEL } from '../../platform/commands/tokens.js';
import { newestOf } from '../../platform/commands/view-kind.js';
import { ViewReader } from '../../platform/http/view-reader.js';
import type { ReadModel } from '../../platform/read-model/read-model.port.js';
import { suppliersView } from '../suppliers/supplier.view.js';
import { OrderFacts } from './order-facts.service.js';
import { labelOf, purchaseOrders } from './purchase-order.js';
import { answerOf } from './purchase-order.queries.js';
import { type OrderDoc, purchaseOrdersView } from './purchase-order.view.js';

/** Purchase orders, for those who show records of all kinds. */
@Injectable()
export class PurchaseOrderKind implements OnModuleInit {
  constructor(
    private readonly kinds: RecordKinds,
    private readonly states: StateCache,
    private readonly facts: OrderFacts,
    @Inject(READ_MODEL) private readonly model: ReadModel,
    private readonly views: ViewReader,
  ) {}

  onModuleInit(): void {
    this.kinds.register({
      kind: 'purchase-order',
      readPermission: 'purchases:read',
      ...toldFromLog(
        purchaseOrders,
        this.states.read,
        ({ content }) => labelOf(content),
        (...about) => this.facts.of(...about),
      ),
      asOf: (past, organisation, id) => this.asOf(past, organisation, id),
      ofProjects: (context, reach, limit) => newestOf(this.views, purchaseOrdersView, context, reach, limit),
      search: (context, sought) => searchView(this.views, purchaseOrdersView, SEARCHED, context, sought),
    });
  }

  /** With the supplier's name as it is now, as the order's own GET has it. */
  private async asOf(past: Past, organisation: string, id: string): Promise<object | undefined> {
    const streams = [streamOf(purchaseOrders, organisation, id)];
    const doc = await past.document({ view: purchaseOrdersView, key: id, streams });
    if (doc === null) return undefined;
    const { value: supplier } = await this.model.get(suppliersView, doc.supplierId);
    return answerOf(id, doc, supplier?.name);
  }
}

const SEARCHED: Searched<OrderDoc> = {
  party: 'supplierId',
  show: ({ reference = null, status, date, total, currency, supplierId }) => ({
    reference,
    status,
    date,
    total,
    currency,
    supplierId,
  }),
};
