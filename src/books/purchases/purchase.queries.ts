import { Inject } from '@nestjs/common';
import { type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import { notFound } from '../../kernel/refusal.js';
import type { Condition } from '../../kernel/view.js';
import { DomainQuery } from '../../platform/commands/command.js';
import { EVIDENCE, type Evidence } from '../../platform/commands/evidence.port.js';
import { QueryAnswer, type RequestContext } from '../../platform/commands/principal.js';
import { MAX_PAGE, type PageQuery } from '../../platform/http/fields.js';
import { earliest, ViewReader } from '../../platform/http/view-reader.js';
import { withinReach } from '../../platform/http/within-reach.js';
import { suppliersView } from '../suppliers/supplier.view.js';
import { type PurchaseDoc, type PurchaseStatus, purchasesView } from './purchase.view.js';
import { SeenPages } from './seen-pages.service.js';

export class GetPurchase extends DomainQuery {
  constructor(
    context: RequestContext,
    readonly id: string,
  ) {
    super(context);
  }
}

export interface PurchaseFilter extends PageQuery {
  readonly status?: PurchaseStatus;
  readonly supplierId?: string;
  /** Book dates, both included. */
  readonly from?: string;
  readonly to?: string;
}

export class ListPurchases extends DomainQuery {
  constructor(
    context: RequestContext,
    readonly filter: PurchaseFilter,
  ) {
    super(context);
  }
}

@QueryHandler(GetPurchase)
export class GetPurchaseHandler implements IQueryHandler<GetPurchase> {
  constructor(
    private readonly views: ViewReader,
    private readonly seen: SeenPages,
    @Inject(EVIDENCE) private readonly evidence: Pick<Evidence, 'refused'>,
  ) {}

  async execute({ context, id }: GetPurchase): Promise<QueryAnswer> {
    const record = { kind: 'purchase', id };
    const { value: doc, position } = await this.views.record(purchasesView, context, record);
    if ((await this.seen.hides(context))(doc)) {
      await this.evidence.refused(context, 'record', record);
      throw notFound();
    }
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
    const { items } = await this.seen.find(purchasesView, context, where, { limit: MAX_PAGE });
    return items.filter(({ key }) => key !== id).map(({ key }) => key);
  }
}

@QueryHandler(ListPurchases)
export class ListPurchasesHandler implements IQueryHandler<ListPurchases> {
  constructor(
    private readonly views: ViewReader,
    private readonly seen: SeenPages,
  ) {}

  async execute({ context, filter }: ListPurchases): Promise<QueryAnswer> {
    const where = [...withinReach(context), ...conditionsOf(filter)];
    const { items, next, position } = await this.seen.find(purchasesView, context, where, filter);
    const ids = [...new Set(items.map(({ doc }) => doc.supplierId))];
    const suppliers = await this.views.getMany(suppliersView, context, ids);
    const names = new Map(ids.map((id, index) => [id, suppliers.value[index]?.name]));
    const answers = items.map(({ key, doc }) => answerOf(key, doc, names.get(doc.supplierId)));
    return new QueryAnswer({ items: answers, next }, earliest(position, suppliers.position));
  }
}

const conditionsOf = ({ status, supplierId, from, to }: PurchaseFilter): readonly Condition[] => [
  ...(status === undefined ? [] : [{ field: 'status', eq: status }]),
  ...(supplierId === undefined ? [] : [{ field: 'supplierId', eq: supplierId }]),
  ...(from === undefined ? [] : [{ field: 'date', from }]),
  ...(to === undefined ? [] : [{ field: 'date', to }]),
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
