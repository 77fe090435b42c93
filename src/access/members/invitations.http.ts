import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import type { CommandAnswer, QueryAnswer, RequestContext } from '../../platform/commands/principal.js';
import { Context } from '../../platform/http/context.js';
import { EmailField, ListOf, OptionalText, PageQuery, Text } from '../../platform/http/fields.js';
import { Requires } from '../../platform/http/route.js';
import { MAX_GRANTS } from '../catalogue/grants.js';
import { GrantDto } from './grant.http.js';
import {
  AcceptInvitation,
  CancelInvitation,
  InviteUser,
  ListInvitations,
  ResendInvitation,
} from './invitations.handlers.js';

export class InvitationDto {
  @EmailField()
  email!: string;

  @Text({ max: 100 })
  firstName!: string;

  @Text({ max: 100 })
  lastName!: string;

  @ListOf(GrantDto, { min: 1, max: MAX_GRANTS, short: 'role', optional: true, description: 'Without any: authorised' })
  roles?: GrantDto[];
}

export class AcceptInvitationDto {
  @Text({ max: 2048, description: 'From the link in the mail' })
  token!: string;

  @OptionalText({ max: 1000, description: 'Where the address has no verified account: the password of the new one' })
  password?: string;
}

@Controller('v1')
export class InvitationsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Post('organisations/:org/invitations')
  @Requires('members:invite')
  invite(
    @Context() context: RequestContext,
    @Body() { email, firstName, lastName, roles }: InvitationDto,
  ): Promise<CommandAnswer> {
    const names = { firstName: firstName.trim(), lastName: lastName.trim() };
    return this.commands.execute(new InviteUser(context, { email, ...names, ...(roles && { roles }) }));
  }

  @Get('organisations/:org/invitations')
  @Requires('members:invite')
  list(@Context() context: RequestContext, @Query() query: PageQuery): Promise<QueryAnswer> {
    return this.queries.execute(new ListInvitations(context, query));
  }

  @Post('organisations/:org/invitations/:id/resend')
  @HttpCode(200)
  @Requires('members:invite')
  resend(@Context() context: RequestContext, @Param('id') id: string): Promise<CommandAnswer> {
    return this.commands.execute(new ResendInvitation(context, id));
  }

  @Post('organisations/:org/invitations/:id/cancel')
  @HttpCode(200)
  @Requires('members:invite')
  cancel(@Context() context: RequestContext, @Param('id') id: string): Promise<CommandAnswer> {
    return this.commands.execute(new CancelInvitation(context, id));
  }

  @Post('invitations/accept')
  @HttpCode(200)
  @Requires('token')
  accept(@Context() context: RequestContext, @Body() body: AcceptInvitationDto): Promise<CommandAnswer> {
    return this.commands.execute(new AcceptInvitation(context, body));
  }
}
