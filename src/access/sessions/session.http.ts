import { Body, Controller, Delete, Get, HttpCode, Param, Post } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import type { QueryAnswer, RequestContext } from '../../platform/commands/principal.js';
import { Context } from '../../platform/http/context.js';
import { EmailField, OptionalText, Text } from '../../platform/http/fields.js';
import { Requires } from '../../platform/http/route.js';
import {
  EndOwnSession,
  ListOwnSessions,
  RefreshSession,
  SignIn,
  SignOut,
  SignOutEverywhere,
} from './session.handlers.js';
import type { SessionKeys } from './sessions.service.js';

export class SignInDto {
  @EmailField()
  email!: string;

  /** Any text: what a password may be is asked where one is chosen. */
  @Text({ max: 1000 })
  password!: string;

  @OptionalText({
    max: 100,
    description: 'Where the account has a second factor: the six digits that its app shows, or a recovery code',
  })
  code?: string;
}

export class RefreshSessionDto {
  @Text({ max: 1000 })
  refreshToken!: string;
}

@Controller('v1/sessions')
export class SessionsController {
  constructor(private readonly commands: CommandBus) {}

  @Post()
  @HttpCode(201)
  @Requires('public', { secret: true })
  signIn(@Context() context: RequestContext, @Body() { email, password, code }: SignInDto): Promise<SessionKeys> {
    return this.commands.execute(new SignIn(context, { email, password, ...(code === undefined ? {} : { code }) }));
  }

  @Post('refresh')
  @HttpCode(201)
  @Requires('public', { secret: true })
  refresh(@Context() context: RequestContext, @Body() body: RefreshSessionDto): Promise<SessionKeys> {
    return this.commands.execute(new RefreshSession(context, body.refreshToken));
  }

  @Delete('current')
  @HttpCode(204)
  @Requires('own')
  signOut(@Context() context: RequestContext): Promise<void> {
    return this.commands.execute(new SignOut(context));
  }
}

@Controller('v1/me/sessions')
export class OwnSessionsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Get()
  @Requires('own')
  list(@Context() context: RequestContext): Promise<QueryAnswer> {
    return this.queries.execute(new ListOwnSessions(context));
  }

  @Delete(':id')
  @HttpCode(204)
  @Requires('own')
  end(@Context() context: RequestContext, @Param('id') id: string): Promise<void> {
    return this.commands.execute(new EndOwnSession(context, id));
  }

  @Delete()
  @HttpCode(204)
  @Requires('own')
  endAll(@Context() context: RequestContext): Promise<void> {
    return this.commands.execute(new SignOutEverywhere(context));
  }
}
