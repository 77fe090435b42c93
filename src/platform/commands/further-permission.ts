import { Inject, Injectable } from '@nestjs/common';
import type { RecordFacts } from '../../kernel/decider.js';
import { notFound, Refusal } from '../../kernel/refusal.js';
import { EVIDENCE, type Evidence, type RecordRef } from './evidence.port.js';
import { AUTHORISER, type Authoriser, type RequestContext, type Verdict } from './principal.js';

/** Asks for a permission besides the route's, and answers and records a refusal as that one's. */
@Injectable()
export class FurtherPermission {
  constructor(
    @Inject(AUTHORISER) private readonly authoriser: Authoriser,
    @Inject(EVIDENCE) private readonly evidence: Evidence,
  ) {}

  /**
   * Without facts: for some record at least.
   *
   * @throws Refusal permission-denied where it is not held at all; not-found where it does not reach a record like this
   */
  async require(
    context: RequestContext,
    permission: string,
    facts?: RecordFacts,
    record?: RecordRef,
  ): Promise<Verdict & { allowed: true }> {
    const verdict = await this.ask(context, permission, facts, record);
    if (verdict.allowed) return verdict;
    if (verdict.because !== 'area') throw notFound();
    throw new Refusal('permission-denied', `This needs the permission ${permission}`, { permission });
  }

  /** The same question, for those who answer a refusal in their own words. */
  async ask(context: RequestContext, permission: string, facts?: RecordFacts, record?: RecordRef): Promise<Verdict> {
    const { principal, organisation } = context;
    if (principal === undefined) throw new Refusal('unauthenticated', 'Sign in first');
    const verdict = await this.authoriser.authorise(principal, organisation, permission, facts);
    if (!verdict.allowed) await this.evidence.refused({ ...context, permission }, verdict.because, record);
    return verdict;
  }
}
