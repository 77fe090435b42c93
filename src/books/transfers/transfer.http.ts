import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import type { CommandAnswer, QueryAnswer, RequestContext } from '../../platform/commands/principal.js';
import { Context } from '../../platform/http/context.js';
import { Integer, OptionalText, PageQuery, PlainDateField, Text, Uuid } from '../../platform/http/fields.js';
import { Requires } from '../../platform/http/route.js';
import { GetTransfer, ListTransfers, RecordTransfer, VoidTransfer } from './transfer.handlers.js';

export class TransferDto {
  @Uuid({ description: 'The bank account that the money leaves' })
  from!: string;

  @Uuid({ description: 'The bank account that it reaches' })
  to!: string;

  @PlainDateField()
  date!: string;

  @Integer({ min: 1, description: 'Minor units' })
  amount!: number;

  @OptionalText({ max: 200, description: 'No names of people: it is not kept as personal' })
  reference?: string;
}

export class VoidTransferDto {
  @Text({ max: 500 })
  reason!: string;
}

export class TransfersQuery extends PageQuery {
  @PlainDateField({ optional: true, description: 'First book date' })
  from?: string;

  @PlainDateField({ optional: true, description: 'Last book date' })
  to?: string;
}

@Controller('v1/organisations/:org/transfers')
export class TransfersController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Post()
  @Requires('transactions:create')
  create(@Context() context: RequestContext, @Body() body: TransferDto): Promise<CommandAnswer> {
    return this.commands.execute(new RecordTransfer(context, body));
  }

  @Get()
  @Requires('transactions:read')
  list(@Context() context: RequestContext, @Query() query: TransfersQuery): Promise<QueryAnswer> {
    return this.queries.execute(new ListTransfers(context, query));
  }

  @Get(':id')
  @Requires('transactions:read')
  get(@Context() context: RequestContext, @Param('id') id: string): Promise<QueryAnswer> {
    return this.queries.execute(new GetTransfer(context, id));
  }

  @Post(':id/void')
  @HttpCode(200)
  @Requires('transactions:edit')
  void(
    @Context() context: RequestContext,
    @Param('id') id: string,
    @Body() body: VoidTransferDto,
  ): Promise<CommandAnswer> {
    return this.commands.execute(new VoidTransfer(context, id, body.reason));
  }
}
