import { Inject } from '@nestjs/common';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { dateAt } from '../../kernel/dates.js';
import type { PlainDate } from '../../kernel/event.js';
import { notFound } from '../../kernel/refusal.js';
import type { Condition } from '../../kernel/view.js';
import { PagedQuery, RecordQuery } from '../../platform/commands/command.js';
import { QueryAnswer, type RequestContext } from '../../platform/commands/principal.js';
import { type Clock, CLOCK } from '../../platform/commands/tokens.js';
import { areDated, areEqual } from '../../platform/http/conditions.js';
import type { PageQuery } from '../../platform/http/fields.js';
import { earliest, ViewReader } from '../../platform/http/view-reader.js';
import { customersView } from '../customers/customer.view.js';
import type { DrawnDocument } from '../sending/sending.handlers.js';
import { type EstimateStatus, statusOn } from './estimate.js';
import { EstimateLetters } from './estimate.letters.js';
import { type EstimateDoc, withStatus } from './estimate.view.js';
import { EstimateSight } from './estimate-sight.service.js';

export class GetEstimate extends RecordQuery {}

export interface EstimateFilter extends PageQuery {
  readonly status?: EstimateStatus;
  readonly template?: boolean;
  readonly customerId?: string;
  /** Book dates, both included. */
  readonly from?: string;
  readonly to?: string;
}

export class ListEstimates extends PagedQuery<EstimateFilter> {}

/** Whoever may read an estimate may have it on paper. */
export class DrawEstimate extends Query<DrawnDocument> {
  constructor(
    readonly context: RequestContext,
    readonly id: string,
  ) {
    super();
  }
}

@QueryHandler(GetEstimate)
export class GetEstimateHandler implements IQueryHandler<GetEstimate> {
  constructor(
    private readonly views: ViewReader,
    private readonly sight: EstimateSight,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute({ context, id }: GetEstimate): Promise<QueryAnswer> {
    const { value: doc, position } = await this.sight.record(context, id);
    const ids = doc.customerId === undefined ? [] : [doc.customerId];
    const customers = await this.views.getMany(customersView, context, ids);
    const answer = answerOf(id, doc, dateAt(this.clock()), customers.value[0]?.name);
    return new QueryAnswer(answer, earliest(position, customers.position), doc.revision);
  }
}

@QueryHandler(DrawEstimate)
export class DrawEstimateHandler implements IQueryHandler<DrawEstimate> {
  constructor(
    private readonly sight: EstimateSight,
    private readonly letters: EstimateLetters,
  ) {}

  async execute({ context, id }: DrawEstimate): Promise<DrawnDocument> {
    const { position } = await this.sight.record(context, id);
    const paper = await this.letters.paper(context.organisation, id);
    if (paper === undefined) throw notFound();
    return { ...(await this.letters.draw(context.organisation, paper)), position };
  }
}

@QueryHandler(ListEstimates)
export class ListEstimatesHandler implements IQueryHandler<ListEstimates> {
  constructor(
    private readonly views: ViewReader,
    private readonly sight: EstimateSight,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute({ context, filter }: ListEstimates): Promise<QueryAnswer> {
    const day = dateAt(this.clock());
    const { value, position } = await this.sight.page(context, conditionsOf(filter, day), filter);
    const { items, next } = value;
    const ids = items.flatMap(({ doc }) => doc.customerId ?? []);
    const customers = await this.views.byKey(customersView, context, ids);
    const answers = items.map(({ key, doc }) =>
      answerOf(key, doc, day, customers.value.get(doc.customerId ?? '')?.name),
    );
    return new QueryAnswer({ items: answers, next }, earliest(position, customers.position));
  }
}

const conditionsOf = (
  { status, template, customerId, from, to }: EstimateFilter,
  day: PlainDate,
): readonly Condition[] => [
  ...(status === undefined ? [] : withStatus(status, day)),
  ...(template === undefined ? [] : [{ field: 'form', eq: template ? 'template' : 'estimate' }]),
  ...areEqual({ customerId }),
  ...areDated({ from, to }),
];

/** As it stands on a day. The customer's name is put in as it is now; one whom the view does not know yet has none. */
export const answerOf = (id: string, doc: EstimateDoc, day: PlainDate, customerName: string | undefined) => ({
  id,
  revision: doc.revision,
  template: doc.form === 'template',
  status: statusOn(day, doc.status, doc),
  customer: doc.customerId === undefined ? null : { id: doc.customerId, name: customerName ?? null },
  date: doc.date,
  validUntil: doc.validUntil ?? null,
  currency: doc.currency,
  lines: doc.lines,
  net: doc.net,
  vat: doc.vat,
  total: doc.total,
  reference: doc.reference ?? null,
  brandId: doc.brandId ?? null,
  templateId: doc.templateId ?? null,
  projectId: doc.projectId ?? null,
  invoiceId: doc.invoiceId ?? null,
  reason: doc.reason ?? null,
  createdBy: doc.createdBy,
});
