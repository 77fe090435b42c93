import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { type Existing, streamOf } from '../../kernel/decider.js';
import type { Past } from '../../platform/commands/past-documents.js';
import type { RequestContext } from '../../platform/commands/principal.js';
import { RecordKinds, type RecordWithFacts, toldFromLog } from '../../platform/commands/record-kinds.js';
import { type Searched, searchView } from '../../platform/commands/record-search.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import { READ_MODEL } from '../../platform/commands/tokens.js';
import { newestOf } from '../../platform/commands/view-kind.js';
import { ViewReader } from '../../platform/http/view-reader.js';
import { withinReach } from '../../platform/http/within-reach.js';
import type { ReadModel, Reflecting } from '../../platform/read-model/read-model.port.js';
import { suppliersView } from '../suppliers/supplier.view.js';
import { type Purchase, purchases } from './purchase.js';
import { PurchaseFacts } from './purchase-facts.service.js';
import { answerOf } from './purchase.queries.js';
import { type PurchaseDoc, purchasesView } from './purchase.view.js';

/** Purchases, for those who show records of all kinds. */
@Injectable()
export class PurchaseKind implements OnModuleInit {
  constructor(
    private readonly kinds: RecordKinds,
    private readonly states: StateCache,
    private readonly facts: PurchaseFacts,
    @Inject(READ_MODEL) private readonly model: ReadModel,
    private readonly views: ViewReader,
  ) {}

  onModuleInit(): void {
    this.kinds.register({
      kind: 'purchase',
      readPermission: 'purchases:read',
      ...toldFromLog(purchases, this.states.read, labelOf, (...about) => this.facts.of(...about)),
      asOf: (past, organisation, id) => this.asOf(past, organisation, id),
      ofProjects: (context, reach, limit) => newestOf(this.views, purchasesView, context, reach, limit),
      search: (context, sought) => searchView(this.views, purchasesView, SEARCHED, context, sought),
      unfinished: { permission: 'purchases:approve', find: (context, limit) => this.submitted(context, limit) },
    });
  }

  /** With the supplier's name as it is now, as the purchase's own GET has it. */
  private async asOf(past: Past, organisation: string, id: string): Promise<object | undefined> {
    const streams = [streamOf(purchases, organisation, id)];
    const doc = await past.document({ view: purchasesView, key: id, streams });
    if (doc === null) return undefined;
    const { value: supplier } = await this.model.get(suppliersView, doc.supplierId);
    return answerOf(id, doc, supplier?.name);
  }

  private async submitted(context: RequestContext, limit: number): Promise<Reflecting<readonly RecordWithFacts[]>> {
    const { value, position } = await this.views.find(purchasesView, context, {
      where: [...withinReach(context), { field: 'status', eq: 'submitted' }],
      sort: 'newest',
      limit,
    });
    const found = value.items.map(async ({ key: id }) => {
      const { state } = await this.states.load(purchases, context.organisation, id);
      return { id, facts: await this.facts.now(context.organisation, state) };
    });
    return { value: await Promise.all(found), position };
  }
}

const SEARCHED: Searched<PurchaseDoc> = {
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

const labelOf = ({ status, content: { reference } }: Existing<Purchase>): string =>
  reference === undefined ? `Purchase (${status})` : `Purchase ${reference}`;
