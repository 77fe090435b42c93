import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { dateOf } from '../../kernel/dates.js';
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
import { customersView } from '../customers/customer.view.js';
import { type Estimate, estimates } from './estimate.js';
import { EstimateFacts } from './estimate-facts.service.js';
import { answerOf } from './estimate.queries.js';
import { type EstimateDoc, estimatesView } from './estimate.view.js';

/** Estimates, for those who show records of all kinds. */
@Injectable()
export class EstimateKind implements OnModuleInit {
  constructor(
    private readonly kinds: RecordKinds,
    private readonly states: StateCache,
    private readonly facts: EstimateFacts,
    @Inject(READ_MODEL) private readonly model: ReadModel,
    private readonly views: ViewReader,
  ) {}

  onModuleInit(): void {
    this.kinds.register({
      kind: 'estimate',
      readPermission: 'estimates:read',
      ...toldFromLog(estimates, this.states.read, labelOf, (...about) => this.facts.of(...about)),
      asOf: (past, organisation, id) => this.asOf(past, organisation, id),
      ofProjects: (context, reach, limit) => newestOf(this.views, estimatesView, context, reach, limit),
      search: (context, sought) => searchView(this.views, estimatesView, SEARCHED, context, sought),
      unfinished: { permission: 'estimates:send', find: (context, limit) => this.drafts(context, limit) },
    });
  }

  /** Expired or not on that day; with the customer's name as it is now, as the estimate's own GET has it. */
  private async asOf(past: Past, organisation: string, id: string): Promise<object | undefined> {
    const streams = [streamOf(estimates, organisation, id)];
    const doc = await past.document({ view: estimatesView, key: id, streams });
    if (doc?.organisation !== organisation) return undefined;
    const customer = doc.customerId === undefined ? null : await this.model.get(customersView, doc.customerId);
    return answerOf(id, doc, dateOf(past.at), customer?.value?.name);
  }

  private async drafts(context: RequestContext, limit: number): Promise<Reflecting<readonly RecordWithFacts[]>> {
    const { value, position } = await this.views.find(estimatesView, context, {
      where: [...withinReach(context), { field: 'form', eq: 'estimate' }, { field: 'status', eq: 'draft' }],
      sort: 'newest',
      limit,
    });
    const found = value.items.map(async ({ key: id }) => {
      const { state } = await this.states.load(estimates, context.organisation, id);
      return { id, facts: await this.facts.now(context.organisation, state) };
    });
    return { value: await Promise.all(found), position };
  }
}

const SEARCHED: Searched<EstimateDoc> = {
  party: 'customerId',
  show: ({ reference = null, status, date, total, currency, customerId = null }) => ({
    reference,
    status,
    date,
    total,
    currency,
    customerId,
  }),
};

const labelOf = ({ template, content: { reference, date } }: Existing<Estimate>): string =>
  `${template ? 'Template estimate' : 'Estimate'} ${reference ?? `of ${date}`}`;
