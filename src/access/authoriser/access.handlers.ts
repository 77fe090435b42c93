import { Inject } from '@nestjs/common';
import { type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import { DomainQuery } from '../../platform/commands/command.js';
import { FurtherPermission } from '../../platform/commands/further-permission.js';
import type { QueryAnswer, RequestContext } from '../../platform/commands/principal.js';
import { reachesCommon } from '../../platform/http/within-reach.js';
import { current } from '../answers.js';
import { accessOf, type Holding, PEOPLE, type PeopleDirectory, type Permission } from '../contract.js';
import { memberAsOf } from '../organisations/member-as-of.js';
import type { Member } from '../organisations/organisation.js';
import { allowedTo, widest } from './authorise.js';
import { type Asked, type Question, Questions } from './questions.service.js';

interface CheckAsked extends Asked {
  readonly permission: Permission;
  readonly user?: string;
}

/** May somebody do something, and by which grants? About oneself unless a person is named. */
export class CheckAccess extends DomainQuery {
  constructor(
    context: RequestContext,
    readonly asked: CheckAsked,
  ) {
    super(context);
  }
}

export class WhoCan extends DomainQuery {
  constructor(
    context: RequestContext,
    readonly asked: Asked & { readonly permission: Permission },
  ) {
    super(context);
  }
}

export class AccessMatrix extends DomainQuery {
  constructor(
    context: RequestContext,
    readonly asked: Pick<Asked, 'at'> & { readonly user?: string },
  ) {
    super(context);
  }
}

/** Everybody who was a member, disabled or invited, with their roles. */
export class MembersAsOf extends DomainQuery {
  constructor(
    context: RequestContext,
    readonly asked: Pick<Asked, 'at'>,
  ) {
    super(context);
  }
}

const OTHERS: Permission = 'members:read';

@QueryHandler(CheckAccess)
export class CheckAccessHandler implements IQueryHandler<CheckAccess> {
  constructor(
    private readonly questions: Questions,
    private readonly further: FurtherPermission,
  ) {}

  async execute({ context, asked }: CheckAccess): Promise<QueryAnswer> {
    const { permission, user } = asked;
    const oneself = context.principal?.userId ?? '';
    // What others may do is for those who may see them; to people with limits, they are all strangers.
    const isSeen = user === undefined || user === oneself || reachesCommon(await this.further.require(context, OTHERS));
    const question = await this.questions.ask(context, asked);
    const found = await this.questions.reasonsOf(question, isSeen ? [user ?? oneself] : [], permission);
    const holdings = found.get(user ?? oneself) ?? [];
    const because = holdings.map(reasonOf);
    const scope = widest(holdings);
    const body =
      scope === undefined ? { allowed: false, because, missing: permission } : { allowed: true, scope, because };
    return current(body, question, context);
  }
}

const reasonOf = ({ grant, scope, source }: Holding) => ({
  role: grant.role,
  scope,
  grantedBy: source.by,
  grantedAt: source.at,
  eventId: source.eventId,
});

/** The members whom the asker sees: no person is of a brand, a project or anybody's making. */
const membersFor = (context: RequestContext, { state }: Question): readonly Member[] =>
  reachesCommon(context) ? [...state.members.values()] : [];

@QueryHandler(WhoCan)
export class WhoCanHandler implements IQueryHandler<WhoCan> {
  constructor(private readonly questions: Questions) {}

  async execute({ context, asked }: WhoCan): Promise<QueryAnswer> {
    const question = await this.questions.ask(context, asked);
    const everybody = membersFor(context, question).map(({ userId }) => userId);
    const reasons = await this.questions.reasonsOf(question, everybody, asked.permission);
    const items = [...reasons].map(([userId, holdings]) => ({ userId, scope: widest(holdings) }));
    return current({ items }, question, context);
  }
}

@QueryHandler(AccessMatrix)
export class AccessMatrixHandler implements IQueryHandler<AccessMatrix> {
  constructor(private readonly questions: Questions) {}

  async execute({ context, asked }: AccessMatrix): Promise<QueryAnswer> {
    const question = await this.questions.ask(context, { at: asked.at });
    const { moment, state } = question;
    const permitted = membersFor(context, question)
      .filter(({ userId }) => asked.user === undefined || userId === asked.user)
      .map((member) => ({
        userId: member.userId,
        permissions: allowedTo(accessOf(member, state.roles), moment.at),
      }))
      .filter(({ permissions }) => permissions.length > 0);
    const open = await moment.withOpenAccounts(
      state,
      permitted.map(({ userId }) => userId),
    );
    return current({ items: permitted.filter(({ userId }) => open.has(userId)) }, question, context);
  }
}

@QueryHandler(MembersAsOf)
export class MembersAsOfHandler implements IQueryHandler<MembersAsOf> {
  constructor(
    private readonly questions: Questions,
    @Inject(PEOPLE) private readonly people: PeopleDirectory,
  ) {}

  async execute({ context, asked }: MembersAsOf): Promise<QueryAnswer> {
    const question = await this.questions.ask(context, asked);
    const { state } = question;
    const members = membersFor(context, question);
    const names = await this.people.namesOf(
      context.organisation,
      members.map(({ userId }) => userId),
    );
    const items = members.map((member) => memberAsOf(state, member, names.get(member.userId)));
    return current({ items }, question, context);
  }
}
