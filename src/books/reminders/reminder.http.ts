import { Body, Controller, Get, HttpCode, Put } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import type { CommandAnswer, QueryAnswer, RequestContext } from '../../platform/commands/principal.js';
import { Context } from '../../platform/http/context.js';
import { integer, ListOf, Uuid } from '../../platform/http/fields.js';
import { Requires } from '../../platform/http/route.js';
import { GetReminders, SetReminders } from './reminder.handlers.js';

const MAX_REMINDERS = 10;
const MAX_DAYS = 365;
const MAX_BRANDS = 100;
const DAYS = integer({ min: 1, max: MAX_DAYS });

export class BrandRemindersDto {
  @Uuid()
  brandId!: string;

  @ListOf(DAYS, { max: MAX_REMINDERS, description: 'None: never' })
  daysAfterDue!: number[];
}

export class RemindersDto {
  @ListOf(DAYS, {
    max: MAX_REMINDERS,
    description: 'So many days after an invoice was due its customer is reminded by mail; none: never',
  })
  daysAfterDue!: number[];

  @ListOf(BrandRemindersDto, { max: MAX_BRANDS, optional: true, description: 'Brands with days of their own' })
  brands?: BrandRemindersDto[];
}

@Controller('v1/organisations/:org/invoice-reminders')
export class RemindersController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Get()
  @Requires('organisation:read')
  get(@Context() context: RequestContext): Promise<QueryAnswer> {
    return this.queries.execute(new GetReminders(context));
  }

  @Put()
  @HttpCode(200)
  @Requires('organisation:edit')
  set(@Context() context: RequestContext, @Body() { daysAfterDue, brands = [] }: RemindersDto): Promise<CommandAnswer> {
    return this.commands.execute(new SetReminders(context, { daysAfterDue, brands }));
  }
}
