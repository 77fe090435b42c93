import { Body, Controller, Get, HttpCode, Param, Post, Put, Query } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import type { CommandAnswer, QueryAnswer, RequestContext } from '../../platform/commands/principal.js';
import { Context } from '../../platform/http/context.js';
import { ListOf, OptionalText, PageQuery } from '../../platform/http/fields.js';
import { Requires } from '../../platform/http/route.js';
import { MAX_GRANTS } from '../catalogue/grants.js';
import type { About } from '../organisations/members.decide.js';
import { GrantDto } from './grant.http.js';
import {
  ChangeRoles,
  DisableUser,
  EnableUser,
  LeaveOrganisation,
  ListMembers,
  RemoveUser,
} from './members.handlers.js';

export class RolesDto {
  @ListOf(GrantDto, { min: 1, max: MAX_GRANTS, short: 'role' })
  roles!: GrantDto[];
}

export class MemberReasonDto {
  @OptionalText({ max: 500 })
  reason?: string;
}

@Controller('v1/organisations/:org')
export class MembersController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Get('members')
  @Requires('members:read')
  list(@Context() context: RequestContext, @Query() query: PageQuery): Promise<QueryAnswer> {
    return this.queries.execute(new ListMembers(context, query));
  }

  @Put('members/:user/roles')
  @HttpCode(200)
  @Requires('members:change-roles')
  changeRoles(
    @Context() context: RequestContext,
    @Param('user') user: string,
    @Body() body: RolesDto,
  ): Promise<CommandAnswer> {
    return this.commands.execute(new ChangeRoles(context, user, body.roles));
  }

  @Post('members/:user/disable')
  @HttpCode(200)
  @Requires('members:disable')
  disable(
    @Context() context: RequestContext,
    @Param('user') user: string,
    @Body() body: MemberReasonDto,
  ): Promise<CommandAnswer> {
    return this.commands.execute(new DisableUser(context, aboutUser(user, body)));
  }

  @Post('members/:user/enable')
  @HttpCode(200)
  @Requires('members:disable')
  enable(
    @Context() context: RequestContext,
    @Param('user') user: string,
    @Body() body: MemberReasonDto,
  ): Promise<CommandAnswer> {
    return this.commands.execute(new EnableUser(context, aboutUser(user, body)));
  }

  @Post('members/:user/remove')
  @HttpCode(200)
  @Requires('members:remove')
  remove(
    @Context() context: RequestContext,
    @Param('user') user: string,
    @Body() body: MemberReasonDto,
  ): Promise<CommandAnswer> {
    return this.commands.execute(new RemoveUser(context, aboutUser(user, body)));
  }

  @Post('leave')
  @HttpCode(200)
  @Requires('own')
  leave(@Context() context: RequestContext, @Body() body: MemberReasonDto): Promise<CommandAnswer> {
    return this.commands.execute(new LeaveOrganisation(context, body));
  }
}

const aboutUser = (userId: string, { reason }: MemberReasonDto): About => ({
  userId,
  ...(reason === undefined ? {} : { reason }),
});
