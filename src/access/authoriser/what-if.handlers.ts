import { Inject } from '@nestjs/common';
import { type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import type { RecordFacts } from '../../kernel/decider.js';
import { conflict, invalid } from '../../kernel/refusal.js';
import { meetsAlso } from '../../platform/commands/also-needed.js';
import { DomainQuery } from '../../platform/commands/command.js';
import { AUTHORISER, type Authoriser, QueryAnswer, type RequestContext } from '../../platform/commands/principal.js';
import { type RecordKind, RecordKinds, type RecordWithFacts } from '../../platform/commands/record-kinds.js';
import { earliest } from '../../platform/http/view-reader.js';
import { reachesCommon } from '../../platform/http/within-reach.js';
import type { Reflecting } from '../../platform/read-model/read-model.port.js';
import { current } from '../answers.js';
import { AssignmentsService } from '../assignments/assignments.service.js';
import { type Access, accessOf, endOf, grantsFrom } from '../contract.js';
import type { OrganisationState } from '../organisations/organisation.js';
import { reasons } from './authorise.js';
import { type Holder, type Question, Questions } from './questions.service.js';
import { accessBy, canFinish, canFinishAll, type Finisher, type Right, rightsBeyond } from './what-if.js';

/** One person's roles as they might be, as the client wrote them. */
export interface Proposed {
  readonly user: string;
  readonly roles: readonly unknown[];
}

/** What a change of roles would bring, if it was made now. */
export class WhatIf extends DomainQuery {
  constructor(
    context: RequestContext,
    readonly changes: readonly Proposed[],
  ) {
    super(context);
  }
}

/** What would change for a person. Whoever is invited or disabled is looked at as if they were active. */
interface Prospect {
  readonly userId: string;
  readonly isActive: boolean;
  readonly before: Access | undefined;
  readonly after: Access | undefined;
  readonly gained: readonly Right[];
  readonly lost: readonly Right[];
}

interface Stranded {
  readonly record: string;
  readonly permission: string;
}

/** Records of a kind that are looked at, the newest of those that the asker may read. */
const MAX_RECORDS = 200;

@QueryHandler(WhatIf)
export class WhatIfHandler implements IQueryHandler<WhatIf> {
  constructor(
    private readonly questions: Questions,
    private readonly assignments: AssignmentsService,
    private readonly kinds: RecordKinds,
    @Inject(AUTHORISER) private readonly authoriser: Authoriser,
  ) {}

  async execute({ context, changes }: WhatIf): Promise<QueryAnswer> {
    const question = await this.questions.ask(context, {});
    const prospects = prospectsOf(question, changes, reachesCommon(context));
    const people = prospects.map(({ userId, gained, lost }) => ({ userId, gained, lost }));
    const found = await Promise.all(
      [...this.kinds.all()].map((kind) => this.strandedOf(context, question, prospects, kind)),
    );
    const body = { people, stranded: found.flatMap((one) => one?.value ?? []) };
    const looked = found.flatMap((one) => one ?? []);
    // States have every change up to now, views may be behind.
    return looked.length === 0
      ? current(body, question, context)
      : new QueryAnswer(body, earliest(...looked.map(({ position }) => position)));
  }

  /**
   * Records that somebody could finish before the change and nobody could after it. The Primary is left out: they may
   * finish everything, so what falls to them alone is what is stranded. Undefined where no record had to be looked at.
   */
  private async strandedOf(
    context: RequestContext,
    question: Question,
    prospects: readonly Prospect[],
    { readPermission, unfinished }: RecordKind,
  ): Promise<Reflecting<readonly Stranded[]> | undefined> {
    if (unfinished === undefined) return undefined;
    const { permission } = unfinished;
    const losing = prospects.filter(
      ({ isActive, lost }) => isActive && lost.some((one) => one.permission === permission),
    );
    if (losing.length === 0) return undefined;
    const before = losing.map(({ userId, before: access }) => ({ userId, access }));
    const [could, still] = await Promise.all([
      this.finishers(question, before, permission),
      this.finishers(question, remaining(question.state, prospects), permission),
    ]);
    if (still.some(canFinishAll)) return undefined;
    const { principal, organisation } = context;
    const verdict = principal && (await this.authoriser.authorise(principal, organisation, readPermission));
    if (verdict?.allowed !== true) return undefined;
    const asReader = { ...context, permission: readPermission, reach: verdict.reach };
    const { value, position } = await unfinished.find(asReader, MAX_RECORDS);
    const may = (those: readonly Finisher[], facts: RecordFacts): boolean =>
      those.some((one) => canFinish(one, facts, question.moment.at));
    const stranded: RecordWithFacts[] = [];
    for (const record of value.filter(({ facts }) => may(could, facts) && !may(still, facts)))
      if (await meetsAlso(this.authoriser, asReader, record.facts)) stranded.push(record);
    return { value: stranded.map(({ id }) => ({ record: id, permission })), position };
  }

  private async finishers(
    { organisation, moment, state }: Question,
    holders: readonly Holder[],
    permission: string,
  ): Promise<readonly Finisher[]> {
    const able = holders
      .map(({ userId, access }) => ({ userId, access, holdings: reasons(access, permission, moment.at) }))
      .filter(({ holdings }) => holdings.length > 0);
    const open = await moment.withOpenAccounts(
      state,
      able.map(({ userId }) => userId),
    );
    return Promise.all(
      able
        .filter(({ userId }) => open.has(userId))
        .map(async ({ userId, access, holdings }) => {
          const asks = holdings.some(({ scope }) => scope === 'assigned');
          const assigned = asks ? await this.assignments.of(organisation, userId, permission) : undefined;
          return { userId, access, holdings, assigned };
        }),
    );
  }
}

/** The active members as they would be after the change, but for the Primary. */
function remaining({ members, roles, primary }: OrganisationState, prospects: readonly Prospect[]): readonly Holder[] {
  const changed = new Map(prospects.map((prospect) => [prospect.userId, prospect]));
  return [...members.values()]
    .filter(({ userId, status }) => status === 'active' && userId !== primary)
    .map((member) => {
      const prospect = changed.get(member.userId);
      return { userId: member.userId, access: prospect ? prospect.after : accessOf(member, roles) };
    });
}

/**
 * To people with limits all others are strangers, as where they change roles.
 *
 * @throws Refusal validation-failed, or conflict, where the roles could not be changed like that
 */
function prospectsOf(
  { state, moment }: Question,
  changes: readonly Proposed[],
  seesPeople: boolean,
): readonly Prospect[] {
  const seen = new Set<string>();
  return changes.map(({ user, roles }, index) => {
    const field = `changes.${index}`;
    if (seen.has(user)) throw invalid(`${field}.user`, 'must not be named twice');
    seen.add(user);
    const member = seesPeople ? state.members.get(user) : undefined;
    if (member === undefined) throw invalid(`${field}.user`, 'is no member of this organisation');
    if (user === state.primary) throw conflict('primary-stays', 'The roles of the Primary cannot be changed');
    const grants = grantsFrom(`${field}.roles`, roles, state.roles);
    if (grants.some((grant) => endOf(grant) <= moment.at))
      throw invalid(`${field}.roles`, 'must not hold a role that ends in the past');
    const before = accessOf({ ...member, status: 'active' }, state.roles);
    const after = accessBy(grants, state.roles);
    return {
      userId: user,
      isActive: member.status === 'active',
      before,
      after,
      gained: rightsBeyond(after, before, moment.at),
      lost: rightsBeyond(before, after, moment.at),
    };
  });
}
