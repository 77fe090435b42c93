import { type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import type { Condition } from '../../kernel/view.js';
import { PagedQuery, RecordQuery } from '../../platform/commands/command.js';
import { QueryAnswer, type RequestContext } from '../../platform/commands/principal.js';
import { areDated, areEqual } from '../../platform/http/conditions.js';
import { MAX_PAGE, type PageQuery } from '../../platform/http/fields.js';
import { earliest, ViewReader } from '../../platform/http/view-reader.js';
import { withinReach } from '../../platform/http/within-reach.js';
import { ConfidentialAccounts } from '../chart/confidential-accounts.service.js';
import { suppliersView } from '../suppliers/supplier.view.js';
import { accountsOf } from './purchase.js';
import { type PurchaseDoc, type PurchaseStatus, purchasesView } from './purchase.view.js';

export class GetPurchase extends RecordQuery {}

export interface PurchaseFilter extends PageQuery {
  readonly status?: PurchaseStatus;
  readonly supplierId?: string;
  /** Book dates, both included. */
  readonly from?: string;
  readonly to?: string;
}

export class ListPurchases extends PagedQuery<PurchaseFilter> {}

@QueryHandler(GetPurchase)
export class GetPurchaseHandler implements IQueryHandler<GetPurchase> {
  constructor(
    private readonly views: ViewReader,
    private readonly confidential: ConfidentialAccounts,
  ) {}

  async execute({ context, id }: GetPurchase): Promise<QueryAnswer> {
    const record = { kind: 'purchase', id };
    const { value: doc, position } = await this.views.record(
      purchasesView,
      context,
      record,
      this.confidential.hiding(accountsOf),
    );
    const suppliers = await this.views.getMany(suppliersView, context, [doc.supplierId]);
    const duplicates = await this.duplicatesOf(context, id, doc);
    const answer = { ...answerOf(id, doc, suppliers.value[0]?.name), duplicates };
    return new QueryAnswer(answer, earliest(position, suppliers.position), doc.revision);
  }

  /**
   * Other purchases of this supplier with the same reference, as far as the reader sees: told, and not refused, for some
   * suppliers begin anew each year.
   */
  private async duplicatesOf(
    context: RequestContext,
    id: string,
    { supplierId, reference }: PurchaseDoc,
  ): Promise<readonly string[]> {
    if (reference === undefined) return [];
    const where: Condition[] = [
      ...withinReach(context),
      { field: 'supplierId', eq: supplierId },
      { field: 'reference', eq: reference },
      { field: 'status', in: ['draft', 'submitted', 'approved', 'part-paid', 'paid'] },
    ];
    const list = { where, sort: 'newest', limit: MAX_PAGE };
    const { value } = await this.views.find(purchasesView, context, list, this.confidential.hiding(accountsOf));
    return value.items.filter(({ key }) => key !== id).map(({ key }) => key);
  }
}

@QueryHandler(ListPurchases)
export class ListPurchasesHandler implements IQueryHandler<ListPurchases> {
  constructor(
    private readonly views: ViewReader,
    private readonly confidential: ConfidentialAccounts,
  ) {}

  async execute({ context, filter }: ListPurchases): Promise<QueryAnswer> {
    const { limit, after } = filter;
    const list = { where: [...withinReach(context), ...conditionsOf(filter)], sort: 'newest', limit, after };
    const { value, position } = await this.views.find(
      purchasesView,
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

const conditionsOf = ({ status, supplierId, from, to }: PurchaseFilter): readonly Condition[] => [
  ...areEqual({ status, supplierId }),
  ...areDated({ from, to }),
];

/** The supplier's name is put in as it is now; a supplier whom the view does not know yet has none. */
export const answerOf = (id: string, doc: PurchaseDoc, supplierName: string | undefined) => ({
  id,
  revision: doc.revision,
  status: doc.status,
  supplier: { id: doc.supplierId, name: supplierName ?? null },
  date: doc.date,
  dueDate: doc.dueDate ?? null,
  currency: doc.currency,
  lines: doc.lines,
  net: doc.net,
  vat: doc.vat,
  total: doc.total,
  paid: doc.paid,
  outstanding: doc.outstanding,
  payments: doc.payments,
  reference: doc.reference ?? null,
  brandId: doc.brandId ?? null,
  projectId: doc.projectId ?? null,
  purchaseOrderId: doc.purchaseOrderId ?? null,
  reason: doc.reason ?? null,
  attachments: doc.attachments,
  createdBy: doc.createdBy,
  submittedBy: doc.submitted?.by ?? null,
  approvedBy: doc.approved?.by ?? null,
});
