import { Inject, Injectable } from '@nestjs/common';
import { conflict, invalid } from '../../kernel/refusal.js';
import { ORGANISATIONS, type OrganisationDirectory } from '../../access/contract.js';
import { AUTHORISER, type Authoriser, type RequestContext } from '../../platform/commands/principal.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import { customers } from '../customers/customer.js';
import { products } from '../products/product.js';
import type { BillTo } from './document.js';
import { invoices } from './invoice.js';

/** What a document refers to, as a request names it; absent is not asked about. */
export interface Referring {
  readonly customerId?: string | undefined;
  readonly lines?: readonly { readonly productId?: string | null | undefined }[] | undefined;
  readonly invoiceId?: string | null | undefined;
}

/** Looks up what documents refer to, as new as every acknowledged change. */
@Injectable()
export class References {
  constructor(
    private readonly states: StateCache,
    @Inject(ORGANISATIONS) private readonly organisations: OrganisationDirectory,
    @Inject(AUTHORISER) private readonly authoriser: Authoriser,
  ) {}

  /** What a new document needs: that all it refers to is there, and the organisation's currency. */
  async forNew(context: RequestContext, referring: Referring): Promise<{ readonly currency: string }> {
    const [currency] = await Promise.all([
      this.organisations.currencyOf(context.organisation),
      this.check(context, referring),
    ]);
    return { currency };
  }

  /** @throws Refusal validation-failed for what is not there, conflict for an archived customer */
  async check(context: RequestContext, { customerId, lines = [], invoiceId }: Referring): Promise<undefined> {
    const { organisation } = context;
    if (customerId !== undefined) await this.checkCustomer(organisation, customerId);
    if (invoiceId) await this.checkInvoice(context, invoiceId, customerId);
    const firstLines = new Map(
      lines.flatMap(({ productId }, index) => (productId ? [[productId, index] as const] : [])),
    );
    await Promise.all([...firstLines].map(([productId, index]) => this.checkProduct(organisation, productId, index)));
  }

  /** Who a document is made out to when it is issued now. */
  async billTo(organisation: string, customerId: string): Promise<BillTo> {
    const { state } = await this.states.load(customers, organisation, customerId);
    if (state.status === 'absent') throw new Error(`Customer ${customerId} of a document is not there`);
    const { name, country } = state.fields;
    return { name, ...(country === undefined ? {} : { country }) };
  }

  private async checkCustomer(organisation: string, customerId: string): Promise<void> {
    const { state } = await this.states.load(customers, organisation, customerId);
    if (state.status === 'absent') throw invalid('customerId', 'is no customer of this organisation');
    if (state.status === 'archived') throw conflict('customer-archived', 'An archived customer gets no new documents');
  }

  private async checkProduct(organisation: string, productId: string, line: number): Promise<void> {
    const { state } = await this.states.load(products, organisation, productId);
    if (state.status === 'absent') throw invalid(`lines.${line}.productId`, 'is no product of this organisation');
  }

  /** An invoice that the person may not open is told apart from none at all by nothing. */
  private async checkInvoice(
    { organisation, principal }: RequestContext,
    id: string,
    customerId?: string,
  ): Promise<void> {
    const { state } = await this.states.load(invoices, organisation, id);
    const mayOpen =
      principal !== undefined &&
      (await this.authoriser.authorise(principal, organisation, 'invoices:read', invoices.facts(state))).allowed;
    if (state.status === 'absent' || !mayOpen) throw invalid('invoiceId', 'is no invoice of this organisation');
    if (state.content.customerId !== customerId) throw invalid('invoiceId', 'is an invoice to another customer');
  }
}
