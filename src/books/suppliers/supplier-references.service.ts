import { Inject, Injectable } from '@nestjs/common';
import { conflict, invalid } from '../../kernel/refusal.js';
import { AUTHORISER, type Authoriser, type RequestContext } from '../../platform/commands/principal.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import { BrandSight } from '../brands/brands.service.js';
import { requireUsable, type Supplier, suppliers } from './supplier.js';

/** Suppliers as purchases and orders name them, as new as every acknowledged change. */
@Injectable()
export class SupplierReferences {
  constructor(
    private readonly states: StateCache,
    @Inject(AUTHORISER) private readonly authoriser: Authoriser,
    private readonly brands: BrandSight,
  ) {}

  /**
   * A supplier that the person may not see is told apart from none at all by nothing.
   *
   * @throws Refusal validation-failed; conflict: supplier-archived, restricted, erased
   */
  async require(context: RequestContext, supplierId: string): Promise<void> {
    const { state } = await this.states.load(suppliers, context.organisation, supplierId);
    if (state.status === 'absent' || !(await this.mayName(context, state)))
      throw invalid('supplierId', 'is no supplier of this organisation');
    requireUsable(state);
    if (state.status === 'archived')
      throw conflict('supplier-archived', 'An archived supplier gets no new purchases and orders');
  }

  /** @throws Refusal conflict where nothing may be done with the supplier's data any more, or for now: erased, restricted */
  async requireUsable(organisation: string, supplierId: string): Promise<void> {
    requireUsable((await this.states.load(suppliers, organisation, supplierId)).state);
  }

  /**
   * Who a purchase is from when it is approved now.
   *
   * @throws Refusal conflict: restricted, erased
   */
  async purchasedFrom(
    organisation: string,
    supplierId: string,
  ): Promise<{ readonly name: string; readonly country?: string }> {
    const { state } = await this.states.load(suppliers, organisation, supplierId);
    if (state.status === 'absent') throw new Error(`Supplier ${supplierId} of a purchase is not there`);
    requireUsable(state);
    const { name, country } = state.fields;
    return { name, ...(country === undefined ? {} : { country }) };
  }

  /** Whoever has no say at all about suppliers, and enters purchases, is held to the brands of the latter. */
  private async mayName(context: RequestContext, state: Supplier): Promise<boolean> {
    const { principal, organisation } = context;
    if (principal === undefined) return false;
    const facts = suppliers.facts(state);
    const verdict = await this.authoriser.authorise(principal, organisation, 'suppliers:read', facts);
    return verdict.allowed || (verdict.because === 'area' && this.brands.reaches(context, facts.brandId));
  }
}
