import { Body, Controller, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import type { CommandAnswer, QueryAnswer, RequestContext } from '../../platform/commands/principal.js';
import { Context } from '../../platform/http/context.js';
import { EmailField, OptionalText, PageQuery, PatchOf, Text, Uuid } from '../../platform/http/fields.js';
import { Requires } from '../../platform/http/route.js';
import {
  ArchiveCustomer,
  CreateCustomer,
  EditCustomer,
  GetCustomer,
  ListCustomers,
  RestoreCustomer,
} from './customer.handlers.js';

export class CustomerDto {
  @Text({ max: 200 })
  name!: string;

  @EmailField({ optional: true })
  email?: string;

  @OptionalText({ max: 50 })
  phone?: string;

  @OptionalText({ max: 10_000, multiline: true })
  notes?: string;

  @OptionalText({ max: 100 })
  country?: string;

  @OptionalText({ max: 200 })
  reference?: string;

  @Uuid({ optional: true, description: 'A template for invoices, of the same brand or of none' })
  defaultTemplateId?: string;

  @Uuid({ optional: true, description: 'People limited to brands see no customer without one' })
  brandId?: string;
}

export class EditCustomerDto extends PatchOf(CustomerDto) {}

@Controller('v1/organisations/:org/customers')
export class CustomersController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Post()
  @Requires('customers:create')
  create(@Context() context: RequestContext, @Body() body: CustomerDto): Promise<CommandAnswer> {
    return this.commands.execute(new CreateCustomer(context, body));
  }

  @Get()
  @Requires('customers:read')
  list(@Context() context: RequestContext, @Query() query: PageQuery): Promise<QueryAnswer> {
    return this.queries.execute(new ListCustomers(context, query));
  }

  @Get(':id')
  @Requires('customers:read')
  get(@Context() context: RequestContext, @Param('id') id: string): Promise<QueryAnswer> {
    return this.queries.execute(new GetCustomer(context, id));
  }

  @Patch(':id')
  @Requires('customers:edit')
  edit(
    @Context() context: RequestContext,
    @Param('id') id: string,
    @Body() body: EditCustomerDto,
  ): Promise<CommandAnswer> {
    return this.commands.execute(new EditCustomer(context, id, body));
  }

  @Post(':id/archive')
  @HttpCode(200)
  @Requires('customers:archive')
  archive(@Context() context: RequestContext, @Param('id') id: string): Promise<CommandAnswer> {
    return this.commands.execute(new ArchiveCustomer(context, id));
  }

  @Post(':id/restore')
  @HttpCode(200)
  @Requires('customers:archive')
  restore(@Context() context: RequestContext, @Param('id') id: string): Promise<CommandAnswer> {
    return this.commands.execute(new RestoreCustomer(context, id));
  }
}
