import { Inject, Injectable } from '@nestjs/common';
import { ORGANISATIONS, type OrganisationDirectory } from '../../access/contract.js';
import type { RequestContext } from '../../platform/commands/principal.js';
import { type AccountedLine, LineAccounts } from '../chart/line-accounts.service.js';
import { References } from '../invoices/references.service.js';
import { SupplierReferences } from '../suppliers/supplier-references.service.js';

/** What a purchase or an order refers to, as a request names it; absent is not asked about. */
export interface PurchaseReferring {
  readonly supplierId?: string | undefined;
  readonly brandId?: string | null | undefined;
  readonly projectId?: string | null | undefined;
  readonly lines?: readonly AccountedLine[] | undefined;
}

/** Looks up what purchases and orders refer to, as new as every acknowledged change. */
@Injectable()
export class PurchaseReferences {
  constructor(
    private readonly references: References,
    private readonly suppliers: SupplierReferences,
    private readonly accounts: LineAccounts,
    @Inject(ORGANISATIONS) private readonly organisations: OrganisationDirectory,
  ) {}

  async forNew(context: RequestContext, referring: PurchaseReferring): Promise<{ readonly currency: string }> {
    const [currency] = await Promise.all([
      this.organisations.currencyOf(context.organisation),
      this.check(context, referring),
    ]);
    return { currency };
  }

  /**
   * What stays as it is is not asked about.
   *
   * @throws Refusal validation-failed for what is not there, conflict for what gets no new records
   */
  async check(
    context: RequestContext,
    { supplierId, brandId, projectId, lines = [] }: PurchaseReferring,
    current: PurchaseReferring = {},
  ): Promise<undefined> {
    if (supplierId !== undefined && supplierId !== current.supplierId)
      await this.suppliers.require(context, supplierId);
    // Projects and brands are those of all documents; a purchase has no template.
    await this.references.check(context, 'invoice', { brandId, projectId }, current);
    await this.accounts.check(context, 'purchases', lines);
    return undefined;
  }
}
