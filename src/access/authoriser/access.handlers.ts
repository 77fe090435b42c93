import { Inject } from '@nestjs/common';
import { type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import { Refusal } from '../../kernel/refusal.js';
import { DomainQuery } from '../../platform/commands/command.js';
import { type Evidence, EVIDENCE } from '../../platform/commands/evidence.port.js';
import {
  AUTHORISER,
  type Authoriser,
  type QueryAnswer,
  type RequestContext,
} from '../../platform/commands/principal.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import { type Clock, CLOCK } from '../../platform/commands/tokens.js';
import { current } from '../answers.js';
import type { Permission } from '../contract.js';
import { organisations } from '../organisations/organisation.js';
import { allowedTo, reasons, widest } from './authorise.js';

/** May somebody do something, and by which grants? About oneself unless a person is named. */
export class CheckAccess extends DomainQuery {
  constructor(
    context: RequestContext,
    readonly permission: Permission,
    readonly user?: string,
  ) {
    super(context);
  }
}

export class WhoCan extends DomainQuery {
  constructor(
    context: RequestContext,
    readonly permission: Permission,
  ) {
    super(context);
  }
}

export class AccessMatrix extends DomainQuery {
  constructor(
    context: RequestContext,
    readonly user?: string,
  ) {
    super(context);
  }
}

const OTHERS: Permission = 'members:read';

@QueryHandler(CheckAccess)
export class CheckAccessHandler implements IQueryHandler<CheckAccess> {
  constructor(
    private readonly states: StateCache,
    @Inject(AUTHORISER) private readonly authoriser: Authoriser,
    @Inject(EVIDENCE) private readonly evidence: Evidence,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute({ context, permission, user }: CheckAccess): Promise<QueryAnswer> {
    const oneself = context.principal?.userId ?? '';
    if (user !== undefined && user !== oneself) await this.requireOthers(context);
    const loaded = await this.states.load(organisations, '', context.organisation);
    const holdings = reasons(loaded.state.members.get(user ?? oneself), permission, this.clock());
    const because = holdings.map(({ grant, scope }) => ({
      role: grant.role,
      scope,
      grantedBy: grant.grantedBy,
      grantedAt: grant.grantedAt,
      eventId: grant.grantEventId,
    }));
    const scope = widest(holdings);
    const body =
      scope === undefined ? { allowed: false, because, missing: permission } : { allowed: true, scope, because };
    return current(body, loaded, context);
  }

  /** What others may do is for those who may see them. */
  private async requireOthers(context: RequestContext): Promise<void> {
    const { principal, organisation } = context;
    const verdict = principal && (await this.authoriser.authorise(principal, organisation, OTHERS));
    if (verdict?.allowed === true) return;
    await this.evidence.refused({ ...context, permission: OTHERS }, 'area');
    throw new Refusal('permission-denied', `This needs the permission ${OTHERS}`, { permission: OTHERS });
  }
}

@QueryHandler(WhoCan)
export class WhoCanHandler implements IQueryHandler<WhoCan> {
  constructor(
    private readonly states: StateCache,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute({ context, permission }: WhoCan): Promise<QueryAnswer> {
    const loaded = await this.states.load(organisations, '', context.organisation);
    const now = this.clock();
    const items = [...loaded.state.members.values()].flatMap((member) => {
      const scope = widest(reasons(member, permission, now));
      return scope === undefined ? [] : [{ userId: member.userId, scope }];
    });
    return current({ items }, loaded, context);
  }
}

@QueryHandler(AccessMatrix)
export class AccessMatrixHandler implements IQueryHandler<AccessMatrix> {
  constructor(
    private readonly states: StateCache,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute({ context, user }: AccessMatrix): Promise<QueryAnswer> {
    const loaded = await this.states.load(organisations, '', context.organisation);
    const now = this.clock();
    const asked = [...loaded.state.members.values()].filter(({ userId }) => user === undefined || userId === user);
    const items = asked
      .map((member) => ({ userId: member.userId, permissions: allowedTo(member, now) }))
      .filter(({ permissions }) => permissions.length > 0);
    return current({ items }, loaded, context);
  }
}
