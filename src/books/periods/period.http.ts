import { Body, Controller, Get, HttpCode, Post } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import type { CommandAnswer, QueryAnswer, RequestContext } from '../../platform/commands/principal.js';
import { Context } from '../../platform/http/context.js';
import { OptionalText, PlainDateField, Text } from '../../platform/http/fields.js';
import { Requires } from '../../platform/http/route.js';
import { GetPeriods, LockPeriod, UnlockPeriod } from './period.handlers.js';

export class LockDto {
  @PlainDateField({ description: 'The last day that is locked' })
  through!: string;

  @OptionalText({ max: 500 })
  reason?: string;
}

export class UnlockDto {
  @PlainDateField({ nullable: true, description: 'The last day that stays locked; null where none does' })
  through!: string | null;

  @Text({ max: 500 })
  reason!: string;
}

@Controller('v1/organisations/:org/periods')
export class PeriodsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Get()
  @Requires('periods:read')
  list(@Context() context: RequestContext): Promise<QueryAnswer> {
    return this.queries.execute(new GetPeriods(context));
  }

  @Post('lock')
  @HttpCode(200)
  @Requires('periods:lock')
  lock(@Context() context: RequestContext, @Body() body: LockDto): Promise<CommandAnswer> {
    return this.commands.execute(new LockPeriod(context, body));
  }

  @Post('unlock')
  @HttpCode(200)
  @Requires('periods:unlock')
  unlock(@Context() context: RequestContext, @Body() body: UnlockDto): Promise<CommandAnswer> {
    return this.commands.execute(new UnlockPeriod(context, body));
  }
}
