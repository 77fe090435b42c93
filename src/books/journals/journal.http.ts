import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import type { CommandAnswer, QueryAnswer, RequestContext } from '../../platform/commands/principal.js';
import { Context } from '../../platform/http/context.js';
import { Integer, ListOf, OptionalText, PageQuery, PlainDateField, Text } from '../../platform/http/fields.js';
import { Requires } from '../../platform/http/route.js';
import { MAX_LINES } from './journal.js';
import { CloseYear, PostJournal, PostOpeningBalances, ReverseJournal } from './journal.handlers.js';
import { GetJournal, ListJournals } from './journal.queries.js';

const COLLECTION = { collection: '/v1/organisations/:org/journals' };

export class JournalLineDto {
  @Text({ max: 8, description: 'Any account of the chart, bank accounts included' })
  accountCode!: string;

  @Integer({ min: 1, optional: true, description: 'Minor units; a line has this or a credit' })
  debit?: number;

  @Integer({ min: 1, optional: true, description: 'Minor units' })
  credit?: number;

  @OptionalText({ max: 500 })
  description?: string;
}

export class JournalDto {
  @PlainDateField()
  date!: string;

  @OptionalText({ max: 500 })
  description?: string;

  @ListOf(JournalLineDto, { min: 2, max: MAX_LINES, description: 'Debits and credits come to the same' })
  lines!: JournalLineDto[];
}

export class OpeningBalancesDto {
  @PlainDateField()
  date!: string;

  @OptionalText({ max: 500 })
  description?: string;

  @ListOf(JournalLineDto, { min: 1, max: MAX_LINES - 1, description: 'The account 3000 gets what they lack' })
  lines!: JournalLineDto[];
}

export class CloseYearDto {
  @PlainDateField({ description: 'The last day of the year' })
  date!: string;

  @OptionalText({ max: 500 })
  description?: string;
}

export class ReverseDto {
  @PlainDateField({ optional: true, description: "Today's by default" })
  date?: string;

  @Text({ max: 500 })
  reason!: string;
}

export class JournalsQuery extends PageQuery {
  @PlainDateField({ optional: true, description: 'First book date' })
  from?: string;

  @PlainDateField({ optional: true, description: 'Last book date' })
  to?: string;
}

@Controller('v1/organisations/:org/journals')
export class JournalsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Post()
  @Requires('journals:create')
  post(@Context() context: RequestContext, @Body() body: JournalDto): Promise<CommandAnswer> {
    return this.commands.execute(new PostJournal(context, body));
  }

  @Post('opening')
  @Requires('journals:create', COLLECTION)
  open(@Context() context: RequestContext, @Body() body: OpeningBalancesDto): Promise<CommandAnswer> {
    return this.commands.execute(new PostOpeningBalances(context, body));
  }

  @Post('year-end')
  @Requires('journals:create', COLLECTION)
  close(@Context() context: RequestContext, @Body() body: CloseYearDto): Promise<CommandAnswer> {
    return this.commands.execute(new CloseYear(context, body));
  }

  @Get()
  @Requires('journals:read')
  list(@Context() context: RequestContext, @Query() query: JournalsQuery): Promise<QueryAnswer> {
    return this.queries.execute(new ListJournals(context, query));
  }

  @Get(':id')
  @Requires('journals:read')
  get(@Context() context: RequestContext, @Param('id') id: string): Promise<QueryAnswer> {
    return this.queries.execute(new GetJournal(context, id));
  }

  @Post(':id/reverse')
  @Requires('journals:reverse', COLLECTION)
  reverse(
    @Context() context: RequestContext,
    @Param('id') id: string,
    @Body() body: ReverseDto,
  ): Promise<CommandAnswer> {
    return this.commands.execute(new ReverseJournal(context, id, body));
  }
}
