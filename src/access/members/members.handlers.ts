import { CommandHandler, type ICommandHandler, type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import type { Decide } from '../../kernel/decider.js';
import { DomainCommand, DomainQuery } from '../../platform/commands/command.js';
import { CommandPipeline } from '../../platform/commands/pipeline.js';
import { type CommandAnswer, QueryAnswer, type RequestContext } from '../../platform/commands/principal.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import type { PageQuery } from '../../platform/http/fields.js';
import { earliest, ViewReader } from '../../platform/http/view-reader.js';
import { withinCommonReach } from '../../platform/http/within-reach.js';
import { profilesView } from '../accounts/profile.view.js';
import { about } from '../answers.js';
import { grantsFrom } from '../contract.js';
import { type MemberDoc, membersView } from '../organisations/member.view.js';
import {
  type About,
  changeRoles,
  disableUser,
  enableUser,
  leaveOrganisation,
  removeUser,
} from '../organisations/members.decide.js';
import { organisations, type OrganisationEvent, type OrganisationState } from '../organisations/organisation.js';

/** A command about one member. */
abstract class MemberCommand extends DomainCommand {
  constructor(
    context: RequestContext,
    readonly about: About,
  ) {
    super(context);
  }
}

export class DisableUser extends MemberCommand {
  readonly name = 'DisableUser';
}

export class EnableUser extends MemberCommand {
  readonly name = 'EnableUser';
}

export class RemoveUser extends MemberCommand {
  readonly name = 'RemoveUser';
}

export class LeaveOrganisation extends DomainCommand {
  readonly name = 'LeaveOrganisation';

  constructor(
    context: RequestContext,
    readonly why: { readonly reason?: string },
  ) {
    super(context);
  }
}

export class ChangeRoles extends DomainCommand {
  readonly name = 'ChangeRoles';

  constructor(
    context: RequestContext,
    readonly userId: string,
    /** As the client wrote them. */
    readonly roles: readonly unknown[],
  ) {
    super(context);
  }
}

export class ListMembers extends DomainQuery {
  constructor(
    context: RequestContext,
    readonly query: PageQuery,
  ) {
    super(context);
  }
}

type Decision = Decide<OrganisationState, OrganisationEvent>;

/** Members are decided on in the stream of their organisation; the answer is about the member. */
async function change(pipeline: CommandPipeline, command: DomainCommand, userId: string, decide: Decision) {
  const { organisation } = command.context;
  return about(userId, await pipeline.change(organisations, command, organisation, { decide }));
}

@CommandHandler(ChangeRoles)
export class ChangeRolesHandler implements ICommandHandler<ChangeRoles> {
  constructor(
    private readonly pipeline: CommandPipeline,
    private readonly states: StateCache,
  ) {}

  async execute(command: ChangeRoles): Promise<CommandAnswer> {
    const { context, userId, roles } = command;
    const { state } = await this.states.load(organisations, '', context.organisation);
    const grants = grantsFrom('roles', roles, state.roles);
    return change(this.pipeline, command, userId, changeRoles({ userId, grants }));
  }
}

@CommandHandler(DisableUser)
export class DisableUserHandler implements ICommandHandler<DisableUser> {
  constructor(private readonly pipeline: CommandPipeline) {}

  execute(command: DisableUser): Promise<CommandAnswer> {
    return change(this.pipeline, command, command.about.userId, disableUser(command.about));
  }
}

@CommandHandler(EnableUser)
export class EnableUserHandler implements ICommandHandler<EnableUser> {
  constructor(private readonly pipeline: CommandPipeline) {}

  execute(command: EnableUser): Promise<CommandAnswer> {
    return change(this.pipeline, command, command.about.userId, enableUser(command.about));
  }
}

@CommandHandler(RemoveUser)
export class RemoveUserHandler implements ICommandHandler<RemoveUser> {
  constructor(private readonly pipeline: CommandPipeline) {}

  execute(command: RemoveUser): Promise<CommandAnswer> {
    return change(this.pipeline, command, command.about.userId, removeUser(command.about));
  }
}

@CommandHandler(LeaveOrganisation)
export class LeaveOrganisationHandler implements ICommandHandler<LeaveOrganisation> {
  constructor(private readonly pipeline: CommandPipeline) {}

  execute(command: LeaveOrganisation): Promise<CommandAnswer> {
    return change(this.pipeline, command, command.context.principal?.userId ?? '', leaveOrganisation(command.why));
  }
}

@QueryHandler(ListMembers)
export class ListMembersHandler implements IQueryHandler<ListMembers> {
  constructor(private readonly views: ViewReader) {}

  async execute({ context, query }: ListMembers): Promise<QueryAnswer> {
    const members = await this.views.find(membersView, context, {
      where: [withinCommonReach(context)],
      sort: 'newest',
      limit: query.limit,
      after: query.after,
    });
    const docs = members.value.items.map(({ doc }) => doc);
    const profiles = await this.views.getMany(
      profilesView,
      context,
      docs.map(({ userId }) => userId),
    );
    const items = docs.map((doc, index) => memberItem(doc, doc.invitation ?? profiles.value[index] ?? NOBODY));
    return new QueryAnswer({ items, next: members.value.next }, earliest(members.position, profiles.position));
  }
}

/** While the view of profiles is behind the one of members. */
const NOBODY = { email: null, firstName: null, lastName: null };

interface Named {
  readonly email: string | null;
  readonly firstName: string | null;
  readonly lastName: string | null;
}

const memberItem = ({ userId, roles, status, isPrimary }: MemberDoc, { email, firstName, lastName }: Named) => ({
  id: userId,
  userId,
  email,
  firstName,
  lastName,
  roles,
  status,
  isPrimary,
});
