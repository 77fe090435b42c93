import { Injectable } from '@nestjs/common';
import type { Condition } from '../../kernel/view.js';
import type { RequestContext } from '../../platform/commands/principal.js';
import type { PageQuery } from '../../platform/http/fields.js';
import { ViewReader } from '../../platform/http/view-reader.js';
import { withinReach } from '../../platform/http/within-reach.js';
import type { Page, Reflecting } from '../../platform/read-model/read-model.port.js';
import { ConfidentialAccounts } from '../chart/confidential-accounts.service.js';
import { type EstimateDoc, estimatesView } from './estimate.view.js';
import { accountsIn } from './estimate-facts.service.js';

/** What somebody sees of the estimates: those within reach that name no account which is not there for them. */
@Injectable()
export class EstimateSight {
  constructor(
    private readonly views: ViewReader,
    private readonly confidential: ConfidentialAccounts,
  ) {}

  /** @throws Refusal not-found */
  record(context: RequestContext, id: string): Promise<Reflecting<EstimateDoc>> {
    return this.views.record(estimatesView, context, { kind: 'estimate', id }, this.confidential.hiding(accountsOf));
  }

  page(
    context: RequestContext,
    conditions: readonly Condition[],
    { limit, after }: PageQuery,
  ): Promise<Reflecting<Page<EstimateDoc>>> {
    const list = { where: [...withinReach(context), ...conditions], sort: 'newest', limit, after };
    return this.views.find(estimatesView, context, list, this.confidential.hiding(accountsOf));
  }
}

const accountsOf = ({ lines }: EstimateDoc): readonly string[] => accountsIn(lines);
