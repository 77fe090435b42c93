import { Body, Controller, Get, HttpCode, Put } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import type { CommandAnswer, QueryAnswer, RequestContext } from '../../platform/commands/principal.js';
import { Context } from '../../platform/http/context.js';
import { Flag } from '../../platform/http/fields.js';
import { Requires } from '../../platform/http/route.js';
import { GetTwoPairsOfEyes, SwitchTwoPairsOfEyes } from './two-pairs-of-eyes.handlers.js';

export class TwoPairsOfEyesDto {
  @Flag({ description: 'Whoever enters a purchase does not approve it, whoever approves it does not pay it' })
  on!: boolean;
}

@Controller('v1/organisations/:org/two-pairs-of-eyes')
export class TwoPairsOfEyesController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Get()
  @Requires('organisation:read')
  get(@Context() context: RequestContext): Promise<QueryAnswer> {
    return this.queries.execute(new GetTwoPairsOfEyes(context));
  }

  @Put()
  @HttpCode(200)
  @Requires('primary')
  switch(@Context() context: RequestContext, @Body() { on }: TwoPairsOfEyesDto): Promise<CommandAnswer> {
    return this.commands.execute(new SwitchTwoPairsOfEyes(context, on));
  }
}
