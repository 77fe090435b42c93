import { Body, Controller, Delete, Get, HttpCode, Post } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import type { CommandAnswer, QueryAnswer, RequestContext } from '../../platform/commands/principal.js';
import { Context } from '../../platform/http/context.js';
import { Text, Uuid } from '../../platform/http/fields.js';
import { Requires } from '../../platform/http/route.js';
import { AcceptHandover, CancelHandover, DeclineHandover, GetHandover, ProposeHandover } from './handover.handlers.js';

export class HandoverDto {
  @Uuid({ description: 'The active member who is to be the Primary' })
  userId!: string;

  @Text({ max: 1000, description: "The Primary's own, again" })
  password!: string;
}

export class ProposalDto {
  @Uuid()
  proposalId!: string;
}

@Controller('v1/organisations/:org/primary')
export class HandoverController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  /** No idempotency key: an HMAC of the body would stand in the log, and there is a password in it. */
  @Post('handover')
  @HttpCode(201)
  @Requires('primary', { secret: true, single: true })
  propose(@Context() context: RequestContext, @Body() body: HandoverDto): Promise<CommandAnswer> {
    return this.commands.execute(new ProposeHandover(context, body));
  }

  @Delete('handover')
  @Requires('primary')
  cancel(@Context() context: RequestContext): Promise<CommandAnswer> {
    return this.commands.execute(new CancelHandover(context));
  }

  @Get('handover')
  @Requires('own')
  get(@Context() context: RequestContext): Promise<QueryAnswer> {
    return this.queries.execute(new GetHandover(context));
  }

  @Post('accept')
  @HttpCode(200)
  @Requires('own')
  accept(@Context() context: RequestContext, @Body() { proposalId }: ProposalDto): Promise<CommandAnswer> {
    return this.commands.execute(new AcceptHandover(context, proposalId));
  }

  @Post('decline')
  @HttpCode(200)
  @Requires('own')
  decline(@Context() context: RequestContext, @Body() { proposalId }: ProposalDto): Promise<CommandAnswer> {
    return this.commands.execute(new DeclineHandover(context, proposalId));
  }
}
