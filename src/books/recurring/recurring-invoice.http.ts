import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import type { CommandAnswer, QueryAnswer, RequestContext } from '../../platform/commands/principal.js';
import { Context } from '../../platform/http/context.js';
import {
  Flag,
  Integer,
  ListOf,
  OneOf,
  OptionalText,
  PageQuery,
  PlainDateField,
  Uuid,
} from '../../platform/http/fields.js';
import { Requires } from '../../platform/http/route.js';
import { MAX_LINES } from '../invoices/document.js';
import { LineDto } from '../invoices/document.dto.js';
import { type Rhythm, RHYTHMS } from './recurring-invoice.js';
import {
  CreateRecurringInvoice,
  EndRecurringInvoice,
  GetRecurringInvoice,
  ListRecurringInvoices,
  PauseRecurringInvoice,
  ResumeRecurringInvoice,
} from './recurring-invoice.handlers.js';

const MAX_DUE_DAYS = 3650;

export class RecurringInvoiceDto {
  @OneOf(RHYTHMS)
  every!: Rhythm;

  @PlainDateField({ description: 'The first day, today at the earliest; the last of a month that is too short' })
  from!: string;

  @PlainDateField({ optional: true, description: 'The last day on which one is made' })
  until?: string;

  @Flag({ optional: true, description: 'Whether each is issued, or stays a draft' })
  issue?: boolean;

  @Flag({ optional: true, description: 'Whether each is sent to the customer' })
  send?: boolean;

  @Uuid({ optional: true, description: 'In place of all that follows: an invoice whose contents are taken' })
  sourceInvoiceId?: string;

  @Uuid({ optional: true })
  customerId?: string;

  @ListOf(LineDto, { max: MAX_LINES, optional: true })
  lines?: LineDto[];

  @Integer({ min: 0, max: MAX_DUE_DAYS, optional: true, description: 'Days from the date of each until it is due' })
  dueInDays?: number;

  @OptionalText({ max: 200 })
  reference?: string;

  @Uuid({ optional: true })
  brandId?: string;

  @Uuid({ optional: true })
  templateId?: string;

  @Uuid({ optional: true })
  projectId?: string;
}

@Controller('v1/organisations/:org/recurring-invoices')
export class RecurringInvoicesController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Post()
  @Requires('invoices:create')
  create(@Context() context: RequestContext, @Body() body: RecurringInvoiceDto): Promise<CommandAnswer> {
    return this.commands.execute(new CreateRecurringInvoice(context, body));
  }

  @Get()
  @Requires('invoices:read')
  list(@Context() context: RequestContext, @Query() query: PageQuery): Promise<QueryAnswer> {
    return this.queries.execute(new ListRecurringInvoices(context, query));
  }

  @Get(':id')
  @Requires('invoices:read')
  get(@Context() context: RequestContext, @Param('id') id: string): Promise<QueryAnswer> {
    return this.queries.execute(new GetRecurringInvoice(context, id));
  }

  @Post(':id/pause')
  @HttpCode(200)
  @Requires('invoices:create')
  pause(@Context() context: RequestContext, @Param('id') id: string): Promise<CommandAnswer> {
    return this.commands.execute(new PauseRecurringInvoice(context, id));
  }

  @Post(':id/resume')
  @HttpCode(200)
  @Requires('invoices:create')
  resume(@Context() context: RequestContext, @Param('id') id: string): Promise<CommandAnswer> {
    return this.commands.execute(new ResumeRecurringInvoice(context, id));
  }

  @Post(':id/end')
  @HttpCode(200)
  @Requires('invoices:create')
  end(@Context() context: RequestContext, @Param('id') id: string): Promise<CommandAnswer> {
    return this.commands.execute(new EndRecurringInvoice(context, id));
  }
}
