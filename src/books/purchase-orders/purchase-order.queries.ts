import { Inject } from '@nestjs/common';
import { type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import { notFound } from '../../kernel/refusal.js';
import type { Condition } from '../../kernel/view.js';
import { DomainQuery } from '../../platform/commands/command.js';
import { EVIDENCE, type Evidence } from '../../platform/commands/evidence.port.js';
import { QueryAnswer, type RequestContext } from '../../platform/commands/principal.js';
import type { PageQuery } from '../../platform/http/fields.js';
import { earliest, ViewReader } from '../../platform/http/view-reader.js';
import { withinReach } from '../../platform/http/within-reach.js';
import { SeenPages } from '../purchases/seen-pages.service.js';
import { suppliersView } from '../suppliers/supplier.view.js';
import type { OrderStatus } from './purchase-order.js';
import { type OrderDoc, purchaseOrdersView } from './purchase-order.view.js';

export class GetPurchaseOrder extends DomainQuery {
  constructor(
    context: RequestContext,
    readonly id: string,
  ) {
    super(context);
  }
}

export interface OrderFilter extends PageQuery {
  readonly status?: OrderStatus;
  readonly supplierId?: string;
}

export class ListPurchaseOrders extends DomainQuery {
  constructor(
    context: RequestContext,
    readonly filter: OrderFilter,
  ) {
    super(context);
  }
}

@QueryHandler(GetPurchaseOrder)
export class GetPurchaseOrderHandler implements IQueryHandler<GetPurchaseOrder> {
  constructor(
    private readonly views: ViewReader,
    private readonly seen: SeenPages,
    @Inject(EVIDENCE) private readonly evidence: Pick<Evidence, 'refused'>,
  ) {}

  async execute({ context, id }: GetPurchaseOrder): Promise<QueryAnswer> {
    const record = { kind: 'purchase-order', id };
    const { value: doc, position } = await this.views.record(purchaseOrdersView, context, record);
    if ((await this.seen.hides(context))(doc)) {
      await this.evidence.refused(context, 'record', record);
      throw notFound();
    }
    const suppliers = await this.views.getMany(suppliersView, context, [doc.supplierId]);
    const answer = answerOf(id, doc, suppliers.value[0]?.name);
    return new QueryAnswer(answer, earliest(position, suppliers.position), doc.revision);
  }
}

@QueryHandler(ListPurchaseOrders)
export class ListPurchaseOrdersHandler implements IQueryHandler<ListPurchaseOrders> {
  constructor(
    private readonly views: ViewReader,
    private readonly seen: SeenPages,
  ) {}

  async execute({ context, filter }: ListPurchaseOrders): Promise<QueryAnswer> {
    const where = [...withinReach(context), ...conditionsOf(filter)];
    const { items, next, position } = await this.seen.find(purchaseOrdersView, context, where, filter);
    const ids = [...new Set(items.map(({ doc }) => doc.supplierId))];
    const suppliers = await this.views.getMany(suppliersView, context, ids);
    const names = new Map(ids.map((id, index) => [id, suppliers.value[index]?.name]));
    const answers = items.map(({ key, doc }) => answerOf(key, doc, names.get(doc.supplierId)));
    return new QueryAnswer({ items: answers, next }, earliest(position, suppliers.position));
  }
}

const conditionsOf = ({ status, supplierId }: OrderFilter): readonly Condition[] => [
  ...(status === undefined ? [] : [{ field: 'status', eq: status }]),
  ...(supplierId === undefined ? [] : [{ field: 'supplierId', eq: supplierId }]),
];

/** The supplier's name is put in as it is now; a supplier whom the view does not know yet has none. */
export const answerOf = (id: string, doc: OrderDoc, supplierName: string | undefined) => ({
  id,
  revision: doc.revision,
  status: doc.status,
  supplier: { id: doc.supplierId, name: supplierName ?? null },
  date: doc.date,
  currency: doc.currency,
  lines: doc.lines,
  net: doc.net,
  vat: doc.vat,
  total: doc.total,
  reference: doc.reference ?? null,
  brandId: doc.brandId ?? null,
  projectId: doc.projectId ?? null,
  purchaseId: doc.purchaseId,
  reason: doc.reason ?? null,
  createdBy: doc.createdBy,
});
