import { Body, Controller, HttpCode, Post, Put } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { CommandAnswer, RequestContext } from '../../platform/commands/principal.js';
import { Context } from '../../platform/http/context.js';
import { EmailField, Text } from '../../platform/http/fields.js';
import { Requires } from '../../platform/http/route.js';
import { NEW_PASSWORD, PASSWORD } from './password.fields.js';
import { AskForPasswordReset, ChangePassword, ResetPassword } from './password.handlers.js';

export class ForgotPasswordDto {
  @EmailField()
  email!: string;
}

export class ResetPasswordDto {
  @Text({ max: 1000, description: 'From the link in the mail' })
  token!: string;

  @Text(NEW_PASSWORD)
  password!: string;
}

export class ChangePasswordDto {
  @Text(PASSWORD)
  password!: string;

  @Text(NEW_PASSWORD)
  newPassword!: string;
}

/** `secret` where a password is in the body: no HMAC of it is kept for an idempotency key. */
@Controller('v1')
export class PasswordController {
  constructor(private readonly commands: CommandBus) {}

  @Post('accounts/forgot-password')
  @HttpCode(202)
  @Requires('public', { secret: true })
  forgot(@Context() context: RequestContext, @Body() { email }: ForgotPasswordDto): Promise<void> {
    return this.commands.execute(new AskForPasswordReset(context, email));
  }

  @Post('accounts/reset-password')
  @HttpCode(200)
  @Requires('token', { secret: true })
  reset(@Context() context: RequestContext, @Body() body: ResetPasswordDto): Promise<CommandAnswer> {
    return this.commands.execute(new ResetPassword(context, body.token, body.password));
  }

  @Put('me/password')
  @Requires('own', { secret: true })
  change(@Context() context: RequestContext, @Body() body: ChangePasswordDto): Promise<CommandAnswer> {
    return this.commands.execute(new ChangePassword(context, body.password, body.newPassword));
  }
}
