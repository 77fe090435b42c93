import { Inject } from '@nestjs/common';
import { type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import { dateAt } from '../../kernel/dates.js';
import type { PlainDate } from '../../kernel/event.js';
import { notFound } from '../../kernel/refusal.js';
import type { Condition } from '../../kernel/view.js';
import { DomainQuery } from '../../platform/commands/command.js';
import { QueryAnswer, type RequestContext } from '../../platform/commands/principal.js';
import { type Clock, CLOCK } from '../../platform/commands/tokens.js';
import { areDated, areEqual } from '../../platform/http/conditions.js';
import type { PageQuery } from '../../platform/http/fields.js';
import { earliest, ViewReader } from '../../platform/http/view-reader.js';
import { withinReach } from '../../platform/http/within-reach.js';
import { customersView } from '../customers/customer.view.js';
import type { DocumentKind } from './document.js';
import { type DocumentStatus, type InvoiceDoc, invoicesView, isOverdue, overdueOn } from './invoice.view.js';
import { PaymentAccounts } from './payment-accounts.service.js';

/** An invoice or a credit note: each has routes and permissions of its own, so one is not found as the other. */
export class GetDocument extends DomainQuery {
  constructor(
    context: RequestContext,
    readonly kind: DocumentKind,
    readonly id: string,
  ) {
    super(context);
  }
}

export interface DocumentFilter extends PageQuery {
  readonly status?: DocumentStatus;
  readonly customerId?: string;
  /** Book dates, both included. */
  readonly from?: string;
  readonly to?: string;
  readonly overdue?: 'true';
}

export class ListDocuments extends DomainQuery {
  constructor(
    context: RequestContext,
    readonly kind: DocumentKind,
    readonly filter: DocumentFilter,
  ) {
    super(context);
  }
}

export class ListPaymentAccounts extends DomainQuery {}

@QueryHandler(GetDocument)
export class GetDocumentHandler implements IQueryHandler<GetDocument> {
  constructor(
    private readonly views: ViewReader,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute({ context, kind, id }: GetDocument): Promise<QueryAnswer> {
    const { value: doc, position } = await this.views.record(invoicesView, context, { kind, id });
    if (doc.kind !== kind) throw notFound();
    const customers = await this.views.getMany(customersView, context, [doc.customerId]);
    const answer = answerOf(id, doc, customers.value[0]?.name, dateAt(this.clock()));
    return new QueryAnswer(answer, earliest(position, customers.position), doc.revision);
  }
}

@QueryHandler(ListDocuments)
export class ListDocumentsHandler implements IQueryHandler<ListDocuments> {
  constructor(
    private readonly views: ViewReader,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute({ context, kind, filter }: ListDocuments): Promise<QueryAnswer> {
    const today = dateAt(this.clock());
    const { value, position } = await this.views.find(invoicesView, context, {
      where: [...withinReach(context), { field: 'kind', eq: kind }, ...conditionsOf(filter, today)],
      sort: 'newest',
      limit: filter.limit,
      after: filter.after,
    });
    const ids = value.items.map(({ doc }) => doc.customerId);
    const customers = await this.views.byKey(customersView, context, ids);
    const items = value.items.map(({ key, doc }) =>
      answerOf(key, doc, customers.value.get(doc.customerId)?.name, today),
    );
    return new QueryAnswer({ items, next: value.next }, earliest(position, customers.position));
  }
}

@QueryHandler(ListPaymentAccounts)
export class ListPaymentAccountsHandler implements IQueryHandler<ListPaymentAccounts> {
  constructor(private readonly accounts: PaymentAccounts) {}

  async execute({ context }: ListPaymentAccounts): Promise<QueryAnswer> {
    const { value: items, position } = await this.accounts.of(context);
    return new QueryAnswer({ items, next: null }, position);
  }
}

const conditionsOf = (
  { status, customerId, from, to, overdue }: DocumentFilter,
  today: PlainDate,
): readonly Condition[] => [
  ...areEqual({ status, customerId }),
  ...areDated({ from, to }),
  ...(overdue === undefined ? [] : overdueOn(today)),
];

/** The customer's name is put in as it is now; a customer whom the view does not know yet has none. */
export const answerOf = (id: string, doc: InvoiceDoc, customerName: string | undefined, today: PlainDate) => ({
  id,
  revision: doc.revision,
  number: doc.number,
  kind: doc.kind,
  status: doc.status,
  customer: { id: doc.customerId, name: customerName ?? null },
  date: doc.date,
  dueDate: doc.dueDate ?? null,
  currency: doc.currency,
  lines: doc.lines,
  net: doc.net,
  vat: doc.vat,
  total: doc.total,
  paid: doc.paid,
  credited: doc.credited,
  outstanding: doc.outstanding,
  overdue: isOverdue(doc, today),
  payments: doc.payments,
  reference: doc.reference ?? null,
  brandId: doc.brandId ?? null,
  templateId: doc.templateId ?? null,
  projectId: doc.projectId ?? null,
  invoiceId: doc.invoiceId ?? null,
  reason: doc.reason ?? null,
  sentAt: doc.sentAt ?? null,
  remindedAt: doc.remindedAt ?? null,
  createdBy: doc.createdBy,
});
