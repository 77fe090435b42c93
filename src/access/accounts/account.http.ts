import { Body, Controller, Delete, Get, HttpCode, Patch, Post } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import type { CommandAnswer, QueryAnswer, RequestContext } from '../../platform/commands/principal.js';
import { Context } from '../../platform/http/context.js';
import { EmailField, OptionalText, Text } from '../../platform/http/fields.js';
import { Requires } from '../../platform/http/route.js';
import { EditProfile, EraseAccount, GetProfile, SignUp, VerifyEmail } from './account.handlers.js';
import type { EditableProfile } from './account.js';
import type { NewAccount } from './accounts.service.js';
import { NEW_PASSWORD } from './password.fields.js';

const NAME = { max: 100 };

export class SignUpDto {
  @EmailField()
  email!: string;

  @Text(NEW_PASSWORD)
  password!: string;

  @Text(NAME)
  firstName!: string;

  @Text(NAME)
  lastName!: string;
}

export class VerifyEmailDto {
  @Text({ max: 1000, description: 'From the link in the mail' })
  token!: string;
}

export class EditProfileDto {
  @OptionalText(NAME)
  firstName?: string;

  @OptionalText(NAME)
  lastName?: string;

  @OptionalText({ max: 50, nullable: true, description: '`null` takes it away' })
  phone?: string | null;
}

@Controller('v1/accounts')
export class AccountsController {
  constructor(private readonly commands: CommandBus) {}

  @Post()
  @HttpCode(201)
  @Requires('public', { secret: true })
  signUp(@Context() context: RequestContext, @Body() body: SignUpDto): Promise<{ id: string }> {
    return this.commands.execute(new SignUp(context, trimmed(body)));
  }

  @Post('verify')
  @HttpCode(200)
  @Requires('token')
  verify(@Context() context: RequestContext, @Body() body: VerifyEmailDto): Promise<CommandAnswer> {
    return this.commands.execute(new VerifyEmail(context, body.token));
  }
}

@Controller('v1/me')
export class MeController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Get()
  @Requires('own')
  get(@Context() context: RequestContext): Promise<QueryAnswer> {
    return this.queries.execute(new GetProfile(context));
  }

  @Patch()
  @Requires('own')
  edit(@Context() context: RequestContext, @Body() body: EditProfileDto): Promise<CommandAnswer> {
    return this.commands.execute(new EditProfile(context, trimmed<Partial<EditableProfile>>(body)));
  }

  @Delete()
  @Requires('own')
  erase(@Context() context: RequestContext): Promise<CommandAnswer> {
    return this.commands.execute(new EraseAccount(context));
  }
}

/** Names are kept without the blanks around them; passwords are never touched. */
function trimmed(body: NewAccount): NewAccount;
function trimmed<T extends Partial<EditableProfile>>(body: T): T;
function trimmed(body: object): object {
  return Object.fromEntries(
    Object.entries(body).map(([field, value]: [string, unknown]) => [
      field,
      typeof value === 'string' && field !== 'password' ? value.trim() : value,
    ]),
  );
}
