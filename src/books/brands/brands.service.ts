import { Inject, Injectable } from '@nestjs/common';
import type { RecordFacts } from '../../kernel/decider.js';
import { conflict, invalid, notFound } from '../../kernel/refusal.js';
import { AUTHORISER, type Authoriser, type RequestContext } from '../../platform/commands/principal.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import { brands } from './brand.js';

/** How far the brands reach that a request's permission is limited to. */
@Injectable()
export class BrandSight {
  constructor(
    private readonly states: StateCache,
    @Inject(AUTHORISER) private readonly authoriser: Authoriser,
  ) {}

  /** Whether the permission is held without a limit to brands. */
  seesAll(context: RequestContext): Promise<boolean> {
    return this.reaches(context, undefined);
  }

  /**
   * Whether the permission of the request, as far as its brands go, reaches a record of this brand, or of none. Whose the
   * record is, and whether one is assigned to it, is not asked.
   */
  async reaches(
    { principal, organisation, permission }: RequestContext,
    brandId: string | undefined,
  ): Promise<boolean> {
    if (principal === undefined) return false;
    const { userId } = principal;
    const facts: RecordFacts = { createdBy: userId, assigned: [userId], brandId };
    return (await this.authoriser.authorise(principal, organisation, permission, facts)).allowed;
  }

  /**
   * That a record can be put under a brand, which the permission reaches: that is decided before. For people limited to
   * brands, a brand of their grants that is none of the organisation's looks like all those that they do not see.
   *
   * @throws Refusal
   */
  async requireBrand(context: RequestContext, brandId: string): Promise<void> {
    const { state } = await this.states.load(brands, '', context.organisation);
    if (!state.byId.has(brandId))
      throw (await this.seesAll(context)) ? invalid('brandId', 'is no brand of this organisation') : notFound();
    await this.requireActive(context.organisation, brandId);
  }

  /** @throws Refusal conflict */
  async requireActive(organisation: string, brandId: string): Promise<void> {
    const { state } = await this.states.load(brands, '', organisation);
    if (state.byId.get(brandId)?.archived === true)
      throw conflict('brand-archived', 'An archived brand gets no new records');
  }
}
