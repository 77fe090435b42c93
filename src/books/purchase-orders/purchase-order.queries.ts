import { type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import type { Condition } from '../../kernel/view.js';
import { PagedQuery, RecordQuery } from '../../platform/commands/command.js';
import { QueryAnswer } from '../../platform/commands/principal.js';
import { areEqual } from '../../platform/http/conditions.js';
import type { PageQuery } from '../../platform/http/fields.js';
import { earliest, ViewReader } from '../../platform/http/view-reader.js';
import { withinReach } from '../../platform/http/within-reach.js';
import { ConfidentialAccounts } from '../chart/confidential-accounts.service.js';
import { accountsOf } from '../purchases/purchase.js';
import { suppliersView } from '../suppliers/supplier.view.js';
import type { OrderStatus } from './purchase-order.js';
import { type OrderDoc, purchaseOrdersView } from './purchase-order.view.js';

export class GetPurchaseOrder extends RecordQuery {}

export interface OrderFilter extends PageQuery {
  readonly status?: OrderStatus;
  readonly supplierId?: string;
}

export class ListPurchaseOrders extends PagedQuery<OrderFilter> {}

@QueryHandler(GetPurchaseOrder)
export class GetPurchaseOrderHandler implements IQueryHandler<GetPurchaseOrder> {
  constructor(
    private readonly views: ViewReader,
    private readonly confidential: ConfidentialAccounts,
  ) {}

  async execute({ context, id }: GetPurchaseOrder): Promise<QueryAnswer> {
    const record = { kind: 'purchase-order', id };
    const { value: doc, position } = await this.views.record(
      purchaseOrdersView,
      context,
      record,
      this.confidential.hiding(accountsOf),
    );
    const suppliers = await this.views.getMany(suppliersView, context, [doc.supplierId]);
    const answer = answerOf(id, doc, suppliers.value[0]?.name);
    return new QueryAnswer(answer, earliest(position, suppliers.position), doc.revision);
  }
}

@QueryHandler(ListPurchaseOrders)
export class ListPurchaseOrdersHandler implements IQueryHandler<ListPurchaseOrders> {
  constructor(
    private readonly views: ViewReader,
    private readonly confidential: ConfidentialAccounts,
  ) {}

  async execute({ context, filter }: ListPurchaseOrders): Promise<QueryAnswer> {
    const { limit, after } = filter;
    const list = { where: [...withinReach(context), ...conditionsOf(filter)], sort: 'newest', limit, after };
    const { value, position } = await this.views.find(
      purchaseOrdersView,
      context,
      list,
      this.confidential.hiding(accountsOf),
    );
    const { items, next } = value;
    const ids = items.map(({ doc }) => doc.supplierId);
    const suppliers = await this.views.byKey(suppliersView, context, ids);
    const answers = items.map(({ key, doc }) => answerOf(key, doc, suppliers.value.get(doc.supplierId)?.name));
    return new QueryAnswer({ items: answers, next }, earliest(position, suppliers.position));
  }
}

const conditionsOf = ({ status, supplierId }: OrderFilter): readonly Condition[] => areEqual({ status, supplierId });

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
