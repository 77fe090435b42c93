import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { type ReadState, type RecordFacts, streamOf } from '../../kernel/decider.js';
import type { Past } from '../../platform/commands/past-documents.js';
import { type RecordDescription, type RecordKind, RecordKinds } from '../../platform/commands/record-kinds.js';
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
export class PurchaseOrderKind implements RecordKind, OnModuleInit {
  readonly kind = 'purchase-order';
  readonly readPermission = 'purchases:read';

  constructor(
    private readonly kinds: RecordKinds,
    private readonly states: StateCache,
    private readonly facts: OrderFacts,
    @Inject(READ_MODEL) private readonly model: ReadModel,
    private readonly views: ViewReader,
  ) {}

  onModuleInit(): void {
    this.kinds.register(this);
  }

  /** From the log: what an order asks for must not be unknown for as long as a view is behind. */
  async describe(organisation: string, ids: readonly string[]): Promise<ReadonlyMap<string, RecordDescription>> {
    const found = ids.map(async (id) => {
      const { state } = await this.states.load(purchaseOrders, organisation, id);
      if (state.status === 'absent') return [];
      return [[id, { label: labelOf(state.content), facts: await this.facts.now(organisation, state) }] as const];
    });
    return new Map((await Promise.all(found)).flat());
  }

  readonly factsOf = async (read: ReadState, organisation: string, id: string): Promise<RecordFacts | undefined> => {
    const { state } = await read(purchaseOrders, organisation, id);
    return state.status === 'absent' ? undefined : this.facts.of(read, organisation, state);
  };

  /** With the supplier's name as it is now, as the order's own GET has it. */
  readonly asOf = async (past: Past, organisation: string, id: string): Promise<object | undefined> => {
    const streams = [streamOf(purchaseOrders, organisation, id)];
    const doc = await past.document({ view: purchaseOrdersView, key: id, streams });
    if (doc === null) return undefined;
    const { value: supplier } = await this.model.get(suppliersView, doc.supplierId);
    return answerOf(id, doc, supplier?.name);
  };

  readonly ofProjects: NonNullable<RecordKind['ofProjects']> = (context, reach, limit) =>
    newestOf(this.views, purchaseOrdersView, context, reach, limit);

  readonly search: NonNullable<RecordKind['search']> = (context, sought) =>
    searchView(this.views, purchaseOrdersView, SEARCHED, context, sought);
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
