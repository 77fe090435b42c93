import { Body, Controller, Delete, HttpCode, Post } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { RequestContext } from '../../platform/commands/principal.js';
import { Context } from '../../platform/http/context.js';
import { EmailField, OptionalText, Text } from '../../platform/http/fields.js';
import { Requires } from '../../platform/http/route.js';
import { RefreshSession, SignIn, SignOut } from './session.handlers.js';
import type { SessionKeys } from './sessions.service.js';

export class SignInDto {
  @EmailField()
  email!: string;

  /** Any text: what a password may be is asked where one is chosen. */
  @Text({ max: 1000 })
  password!: string;

  @OptionalText({ max: 100, description: 'The second factor, where the account has one' })
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
  signIn(@Context() context: RequestContext, @Body() { email, password }: SignInDto): Promise<SessionKeys> {
    return this.commands.execute(new SignIn(context, { email, password }));
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
