import { Inject, Injectable } from '@nestjs/common';
import { notFound } from '../../kernel/refusal.js';
import type { Condition } from '../../kernel/view.js';
import { EVIDENCE, type Evidence } from '../../platform/commands/evidence.port.js';
import type { RequestContext } from '../../platform/commands/principal.js';
import { MAX_PAGE, type PageQuery } from '../../platform/http/fields.js';
import { ViewReader } from '../../platform/http/view-reader.js';
import { withinReach } from '../../platform/http/within-reach.js';
import type { Reflecting } from '../../platform/read-model/read-model.port.js';
import { ConfidentialAccounts } from '../chart/confidential-accounts.service.js';
import { type EstimateDoc, estimatesView } from './estimate.view.js';
import { accountsIn } from './estimate-facts.service.js';

interface Item {
  readonly key: string;
  readonly doc: EstimateDoc;
}

/** What somebody sees of the estimates: those within reach that name no account which is not there for them. */
@Injectable()
export class EstimateSight {
  constructor(
    private readonly views: ViewReader,
    private readonly confidential: ConfidentialAccounts,
    @Inject(EVIDENCE) private readonly evidence: Pick<Evidence, 'refused'>,
  ) {}

  /** @throws Refusal not-found */
  async record(context: RequestContext, id: string): Promise<Reflecting<EstimateDoc>> {
    const record = { kind: 'estimate', id };
    const found = await this.views.record(estimatesView, context, record);
    if (!tellsOf(found.value, await this.confidential.hiddenFrom(context))) return found;
    await this.evidence.refused(context, 'record', record);
    throw notFound();
  }

  /**
   * What is hidden is left out after reading, and further pages are read until this one is full. The cursor to the next one
   * is there only where that would have something in it: nothing tells how much was left out.
   */
  async page(
    context: RequestContext,
    conditions: readonly Condition[],
    { limit, after }: PageQuery,
  ): Promise<{ readonly items: readonly Item[]; readonly next: string | null; readonly position: string | undefined }> {
    const hidden = await this.confidential.hiddenFrom(context);
    const items: Item[] = [];
    let position: string | undefined;
    let next: string | null | undefined = after;
    while (next !== null && items.length < limit) {
      const page = await this.find(context, conditions, next, limit - items.length);
      items.push(...page.value.items.filter(({ doc }) => !tellsOf(doc, hidden)));
      position ??= page.position;
      next = page.value.next;
    }
    const hasMore = next !== null && (hidden.size === 0 || (await this.hasMore(context, conditions, next, hidden)));
    return { items, next: hasMore && next !== undefined ? next : null, position };
  }

  private async hasMore(
    context: RequestContext,
    conditions: readonly Condition[],
    after: string | undefined,
    hidden: ReadonlySet<string>,
  ): Promise<boolean> {
    for (let next: string | null | undefined = after; next !== null;) {
      const { value } = await this.find(context, conditions, next, MAX_PAGE);
      if (value.items.some(({ doc }) => !tellsOf(doc, hidden))) return true;
      next = value.next;
    }
    return false;
  }

  private find(
    context: RequestContext,
    conditions: readonly Condition[],
    after: string | undefined,
    limit: number,
  ): ReturnType<typeof this.views.find<EstimateDoc>> {
    const where = [...withinReach(context), ...conditions];
    return this.views.find(estimatesView, context, { where, sort: 'newest', limit, after });
  }
}

const tellsOf = ({ lines }: EstimateDoc, hidden: ReadonlySet<string>): boolean =>
  hidden.size > 0 && accountsIn(lines).some((code) => hidden.has(code));
