import { Inject, Injectable } from '@nestjs/common';
import type { RecordFacts } from '../../kernel/decider.js';
import { conflict, invalid, notFound } from '../../kernel/refusal.js';
import { type Projects, PROJECTS } from '../../access/contract.js';
import { brands, customers } from '../../books/contract.js';
import { AUTHORISER, type Authoriser, type RequestContext } from '../../platform/commands/principal.js';
import { StateCache } from '../../platform/commands/state-cache.js';

/**
 * Looks up what the studio's records refer to, as new as every acknowledged change. What the person may not open is told
 * apart from what is not there by nothing, and whatever is named could be opened by naming it.
 */
@Injectable()
export class StudioReferences {
  constructor(
    private readonly states: StateCache,
    @Inject(PROJECTS) private readonly projects: Projects,
    @Inject(AUTHORISER) private readonly authoriser: Authoriser,
  ) {}

  /** @throws Refusal validation-failed, conflict: customer-archived */
  async requireCustomer(context: RequestContext, customerId: string): Promise<void> {
    const { state } = await this.states.load(customers, context.organisation, customerId);
    const facts = customers.exists(state) ? customers.facts(state) : undefined;
    if (!(await this.sees(context, 'customers:read', facts)))
      throw invalid('customerId', 'is no customer of this organisation');
    if (state.status === 'archived') throw conflict('customer-archived', 'An archived customer gets no new projects');
  }

  /** After the permission was found to reach the brand. @throws Refusal validation-failed, not-found, conflict: brand-archived */
  async requireBrand(context: RequestContext, brandId: string): Promise<void> {
    const { state } = await this.states.load(brands, '', context.organisation);
    const brand = state.byId.get(brandId);
    if (brand === undefined) {
      // To people with limits, a brand that is not there looks like all those that they do not see.
      const oneself = context.principal?.userId ?? '';
      const unlimited = await this.sees(context, context.permission, { createdBy: oneself, assigned: [oneself] });
      throw unlimited ? invalid('brandId', 'is no brand of this organisation') : notFound();
    }
    if (brand.archived) throw conflict('brand-archived', 'An archived brand gets no new records');
  }

  /** For a record that comes into a project. @throws Refusal validation-failed, conflict: project-archived */
  async requireProject(context: RequestContext, projectId: string): Promise<void> {
    const project = await this.projects.find(context.organisation, projectId);
    if (!(await this.sees(context, 'projects:read', project?.facts)))
      throw invalid('projectId', 'is no project of this organisation');
    if (project!.archived) throw conflict('project-archived', 'An archived project gets no new records');
  }

  /** For a record that leaves a project. @throws Refusal not-found */
  async requireLeaving(context: RequestContext, projectId: string): Promise<void> {
    if (!(await this.seesProject(context, projectId))) throw notFound();
  }

  async seesProject(context: RequestContext, projectId: string): Promise<boolean> {
    const project = await this.projects.find(context.organisation, projectId);
    return this.sees(context, 'projects:read', project?.facts);
  }

  private async sees(
    { principal, organisation }: RequestContext,
    permission: string,
    facts: RecordFacts | undefined,
  ): Promise<boolean> {
    if (principal === undefined || facts === undefined) return false;
    return (await this.authoriser.authorise(principal, organisation, permission, facts)).allowed;
  }
}
