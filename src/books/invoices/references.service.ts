import { Inject, Injectable } from '@nestjs/common';
import type { RecordFacts } from '../../kernel/decider.js';
import { conflict, invalid, notFound } from '../../kernel/refusal.js';
import {
  ORGANISATIONS,
  type OrganisationDirectory,
  type Permission,
  type ProjectInBrief,
  type Projects,
  PROJECTS,
} from '../../access/contract.js';
import { AUTHORISER, type Authoriser, type RequestContext } from '../../platform/commands/principal.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import { BrandSight } from '../brands/brands.service.js';
import { type AccountedLine, LineAccounts } from '../chart/line-accounts.service.js';
import { customers, requireUsable } from '../customers/customer.js';
import { type Branded, BrandedReferences } from '../document-templates/branded-references.service.js';
import type { TemplateKind } from '../document-templates/document-template.js';
import { products } from '../products/product.js';
import type { BillTo } from './document.js';
import { invoices } from './invoice.js';

/** What a document refers to, as a request names it; absent is not asked about. */
export interface Referring {
  readonly customerId?: string | undefined;
  readonly lines?: readonly ({ readonly productId?: string | null | undefined } & AccountedLine)[] | undefined;
  readonly invoiceId?: string | null | undefined;
  readonly brandId?: string | null | undefined;
  readonly templateId?: string | null | undefined;
  readonly projectId?: string | null | undefined;
}

/** Looks up what documents refer to, as new as every acknowledged change. */
@Injectable()
export class References {
  constructor(
    private readonly states: StateCache,
    @Inject(ORGANISATIONS) private readonly organisations: OrganisationDirectory,
    @Inject(AUTHORISER) private readonly authoriser: Authoriser,
    private readonly branded: BrandedReferences,
    private readonly brands: BrandSight,
    @Inject(PROJECTS) private readonly projects: Projects,
    private readonly accounts: LineAccounts,
  ) {}

  /**
   * What a new document needs: that all it refers to is there, the organisation's currency, and the brand, which for a
   * credit note is its invoice's.
   */
  async forNew(
    context: RequestContext,
    kind: TemplateKind,
    referring: Referring,
  ): Promise<{ readonly currency: string; readonly brandId: string | undefined }> {
    const [currency, brandId] = await Promise.all([
      this.organisations.currencyOf(context.organisation),
      this.check(context, kind, referring),
    ]);
    return { currency, brandId };
  }

  /**
   * What a document refers to, or would after an edit of what it refers to now. Answers its brand.
   *
   * @throws Refusal validation-failed for what is not there, conflict for an archived, restricted or erased customer, an
   * archived brand or template
   */
  async check(
    context: RequestContext,
    kind: TemplateKind,
    referring: Referring,
    current: Referring = {},
  ): Promise<string | undefined> {
    const { customerId, lines = [], invoiceId } = referring;
    if (customerId !== undefined && customerId !== current.customerId) await this.checkCustomer(context, customerId);
    await this.checkProject(context, referring.projectId, current.projectId ?? null);
    await this.accounts.check(context, 'sales', lines);
    if (!invoiceId) {
      await this.branded.check(context, brandedOf(kind, referring), brandedOf(kind, current));
      await this.checkProducts(context, lines, current.lines);
      return referring.brandId ?? undefined;
    }
    // The brand is the invoice's, whatever has become of it since.
    const brandId = await this.brandOfInvoice(context, invoiceId, referring);
    await this.branded.check(context, brandedOf(kind, { ...referring, brandId }), brandedOf(kind, { brandId }));
    await this.checkProducts(context, lines);
    return brandId;
  }

  /** What a copy of a document needs: whoever may copy it sees what it refers to. */
  async forCopy({ organisation }: RequestContext, { customerId, brandId, projectId }: Referring): Promise<undefined> {
    if (customerId !== undefined) await this.requireActive(organisation, customerId);
    if (brandId) await this.brands.requireActive(organisation, brandId);
    if (projectId) requireUnarchived(await this.projects.find(organisation, projectId));
    return undefined;
  }

  /** @throws Refusal conflict where nothing may be made out to the customer any more, or for now: erased, restricted */
  async requireUsable(organisation: string, customerId: string): Promise<void> {
    requireUsable((await this.states.load(customers, organisation, customerId)).state);
  }

  /** Who a document is made out to when it is issued now. */
  async billTo(organisation: string, customerId: string): Promise<BillTo> {
    const { state } = await this.states.load(customers, organisation, customerId);
    if (state.status === 'absent') throw new Error(`Customer ${customerId} of a document is not there`);
    const { name, country } = state.fields;
    return { name, ...(country === undefined ? {} : { country }) };
  }

  /** A customer that the person may not see is told apart from none at all by nothing. */
  private async checkCustomer(context: RequestContext, customerId: string): Promise<void> {
    const { state } = await this.states.load(customers, context.organisation, customerId);
    if (state.status === 'absent' || !(await this.mayName(context, 'customers:read', customers.facts(state))))
      throw invalid('customerId', 'is no customer of this organisation');
    await this.requireActive(context.organisation, customerId);
  }

  private async requireActive(organisation: string, customerId: string): Promise<void> {
    const { state } = await this.states.load(customers, organisation, customerId);
    requireUsable(state);
    if (state.status === 'archived') throw conflict('customer-archived', 'An archived customer gets no new documents');
  }

  /**
   * A document is put into a project, or taken out of one, by whoever may open that project: the permission to write the
   * document is decided before, and may be theirs because they made it. Archived projects get no more documents.
   */
  private async checkProject(
    context: RequestContext,
    projectId: string | null | undefined,
    before: string | null,
  ): Promise<void> {
    if (projectId === undefined || projectId === before) return;
    const left = before === null ? undefined : await this.projects.find(context.organisation, before);
    if (left !== undefined && !(await this.seesProject(context, left))) throw notFound();
    if (projectId === null) return;
    const project = await this.projects.find(context.organisation, projectId);
    if (project === undefined || !(await this.seesProject(context, project)))
      throw invalid('projectId', 'is no project of this organisation');
    requireUnarchived(project);
  }

  private async seesProject({ organisation, principal }: RequestContext, { facts }: ProjectInBrief): Promise<boolean> {
    if (principal === undefined) return false;
    return (await this.authoriser.authorise(principal, organisation, 'projects:read', facts)).allowed;
  }

  /** Products that the document names already are known to whoever may edit it. */
  private async checkProducts(
    context: RequestContext,
    lines: NonNullable<Referring['lines']>,
    before: Referring['lines'] = [],
  ): Promise<void> {
    const known = new Set(before.map(({ productId }) => productId));
    const firstLines = new Map(
      lines.flatMap(({ productId }, index) =>
        productId && !known.has(productId) ? [[productId, index] as const] : [],
      ),
    );
    await Promise.all([...firstLines].map(([productId, index]) => this.checkProduct(context, productId, index)));
  }

  private async checkProduct(context: RequestContext, productId: string, line: number): Promise<void> {
    const { state } = await this.states.load(products, context.organisation, productId);
    if (state.status === 'absent' || !(await this.mayName(context, 'products:read', products.facts(state))))
      throw invalid(`lines.${line}.productId`, 'is no product of this organisation');
  }

  /**
   * Whether the person may know of a record that a document is to name. Whoever has no say at all about records of its kind,
   * and writes documents, is held to the brands of the latter.
   */
  private async mayName(context: RequestContext, permission: Permission, facts: RecordFacts): Promise<boolean> {
    const { principal, organisation } = context;
    if (principal === undefined) return false;
    const verdict = await this.authoriser.authorise(principal, organisation, permission, facts);
    return verdict.allowed || (verdict.because === 'area' && this.brands.reaches(context, facts.brandId));
  }

  /** An invoice that the person may not open is told apart from none at all by nothing. */
  private async brandOfInvoice(
    { organisation, principal }: RequestContext,
    id: string,
    { customerId, brandId }: Referring,
  ): Promise<string | undefined> {
    const { state } = await this.states.load(invoices, organisation, id);
    const mayOpen =
      principal !== undefined &&
      (await this.authoriser.authorise(principal, organisation, 'invoices:read', invoices.facts(state))).allowed;
    if (state.status === 'absent' || !mayOpen) throw invalid('invoiceId', 'is no invoice of this organisation');
    if (state.content.customerId !== customerId) throw invalid('invoiceId', 'is an invoice to another customer');
    if (brandId && brandId !== state.content.brandId) throw invalid('brandId', 'must be the brand of the invoice');
    return state.content.brandId;
  }
}

/** @throws Refusal conflict */
function requireUnarchived(project: ProjectInBrief | undefined): void {
  if (project?.archived === true) throw conflict('project-archived', 'An archived project gets no new records');
}

const brandedOf = (kind: TemplateKind, { brandId, templateId }: Referring): Branded => ({
  brandId,
  template: { field: 'templateId', kind, id: templateId },
});
