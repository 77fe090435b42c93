import { Body, Controller, Get, HttpCode, Param, Patch, Post, Put, Query } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import type { CommandAnswer, QueryAnswer, RequestContext } from '../../platform/commands/principal.js';
import { Context } from '../../platform/http/context.js';
import { EmailField, OptionalText, PageQuery, PatchOf, Text, Uuid } from '../../platform/http/fields.js';
import { Requires } from '../../platform/http/route.js';
import {
  ArchiveSupplier,
  CreateSupplier,
  EditSupplier,
  GetSupplier,
  GetSupplierBankDetails,
  ListSuppliers,
  RestoreSupplier,
  SetSupplierBankDetails,
} from './supplier.handlers.js';

export class SupplierDto {
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

  @Uuid({ optional: true, description: 'People limited to brands see no supplier without one' })
  brandId?: string;
}

export class EditSupplierDto extends PatchOf(SupplierDto) {}

export class BankDetailsDto {
  @Text({ max: 200 })
  accountName!: string;

  @Text({ max: 8, description: 'Six digits' })
  sortCode!: string;

  @Text({ max: 40 })
  accountNumber!: string;

  @OptionalText({ max: 50, description: 'ISO 13616; spaces do not matter' })
  iban?: string;

  @OptionalText({ max: 15, description: 'ISO 9362' })
  bic?: string;
}

@Controller('v1/organisations/:org/suppliers')
export class SuppliersController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Post()
  @Requires('suppliers:create')
  create(@Context() context: RequestContext, @Body() body: SupplierDto): Promise<CommandAnswer> {
    return this.commands.execute(new CreateSupplier(context, body));
  }

  @Get()
  @Requires('suppliers:read')
  list(@Context() context: RequestContext, @Query() query: PageQuery): Promise<QueryAnswer> {
    return this.queries.execute(new ListSuppliers(context, query));
  }

  @Get(':id')
  @Requires('suppliers:read')
  get(@Context() context: RequestContext, @Param('id') id: string): Promise<QueryAnswer> {
    return this.queries.execute(new GetSupplier(context, id));
  }

  @Patch(':id')
  @Requires('suppliers:edit')
  edit(
    @Context() context: RequestContext,
    @Param('id') id: string,
    @Body() body: EditSupplierDto,
  ): Promise<CommandAnswer> {
    return this.commands.execute(new EditSupplier(context, id, body));
  }

  @Post(':id/archive')
  @HttpCode(200)
  @Requires('suppliers:archive')
  archive(@Context() context: RequestContext, @Param('id') id: string): Promise<CommandAnswer> {
    return this.commands.execute(new ArchiveSupplier(context, id));
  }

  @Post(':id/restore')
  @HttpCode(200)
  @Requires('suppliers:archive')
  restore(@Context() context: RequestContext, @Param('id') id: string): Promise<CommandAnswer> {
    return this.commands.execute(new RestoreSupplier(context, id));
  }

  /** Whoever may not change them does not see them either: there is no permission to read them alone. */
  @Get(':id/bank-details')
  @Requires('suppliers:edit-bank-details')
  bankDetails(@Context() context: RequestContext, @Param('id') id: string): Promise<QueryAnswer> {
    return this.queries.execute(new GetSupplierBankDetails(context, id));
  }

  @Put(':id/bank-details')
  @HttpCode(200)
  @Requires('suppliers:edit-bank-details')
  setBankDetails(
    @Context() context: RequestContext,
    @Param('id') id: string,
    @Body() body: BankDetailsDto,
  ): Promise<CommandAnswer> {
    return this.commands.execute(new SetSupplierBankDetails(context, id, body));
  }
}
