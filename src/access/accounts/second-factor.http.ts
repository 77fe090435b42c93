import { Body, Controller, Delete, Get, HttpCode, Post } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import type { CommandAnswer, QueryAnswer, RequestContext } from '../../platform/commands/principal.js';
import { Context } from '../../platform/http/context.js';
import { Text } from '../../platform/http/fields.js';
import { Requires } from '../../platform/http/route.js';
import { CODE, PASSWORD } from './password.fields.js';
import {
  ConfirmSecondFactor,
  DisableSecondFactor,
  GetSecondFactor,
  PrepareSecondFactor,
  ReplaceRecoveryCodes,
} from './second-factor.handlers.js';

export class PrepareSecondFactorDto {
  @Text(PASSWORD)
  password!: string;
}

export class ConfirmSecondFactorDto {
  @Text({ ...CODE, description: 'The six digits that the app shows now' })
  code!: string;
}

export class BothFactorsDto {
  @Text(PASSWORD)
  password!: string;

  @Text(CODE)
  code!: string;
}

@Controller('v1/me')
export class SecondFactorController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Get('second-factor')
  @Requires('own')
  get(@Context() context: RequestContext): Promise<QueryAnswer> {
    return this.queries.execute(new GetSecondFactor(context));
  }

  /** Answers `{secret, uri}` besides, this once. */
  @Post('second-factor')
  @HttpCode(200)
  @Requires('own', { secret: true })
  prepare(@Context() context: RequestContext, @Body() body: PrepareSecondFactorDto): Promise<CommandAnswer> {
    return this.commands.execute(new PrepareSecondFactor(context, body.password));
  }

  /** Answers `{recoveryCodes}` besides, this once. */
  @Post('second-factor/confirm')
  @HttpCode(200)
  @Requires('own', { secret: true })
  confirm(@Context() context: RequestContext, @Body() body: ConfirmSecondFactorDto): Promise<CommandAnswer> {
    return this.commands.execute(new ConfirmSecondFactor(context, body.code));
  }

  @Delete('second-factor')
  @Requires('own', { secret: true })
  disable(@Context() context: RequestContext, @Body() body: BothFactorsDto): Promise<CommandAnswer> {
    return this.commands.execute(new DisableSecondFactor(context, body.password, body.code));
  }

  /** Answers `{recoveryCodes}` besides, this once; the ones before do not work any more. */
  @Post('recovery-codes')
  @HttpCode(200)
  @Requires('own', { secret: true })
  replace(@Context() context: RequestContext, @Body() body: BothFactorsDto): Promise<CommandAnswer> {
    return this.commands.execute(new ReplaceRecoveryCodes(context, body.password, body.code));
  }
}
