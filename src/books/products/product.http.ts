import { Body, Controller, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import type { CommandAnswer, QueryAnswer, RequestContext } from '../../platform/commands/principal.js';
import { Context } from '../../platform/http/context.js';
import { DecimalField, Integer, OptionalText, PageQuery, PatchOf, Text } from '../../platform/http/fields.js';
import { Requires } from '../../platform/http/route.js';
import { MAX_VAT_RATE } from './product.js';
import { ArchiveProduct, CreateProduct, EditProduct, GetProduct, ListProducts } from './product.handlers.js';

export class ProductDto {
  @Text({ max: 200 })
  name!: string;

  @OptionalText({ max: 100, description: 'The code by which the business knows it' })
  code?: string;

  @OptionalText({ max: 10_000, multiline: true })
  description?: string;

  @DecimalField({ optional: true })
  unitPrice?: string;

  @Integer({ min: 0, max: MAX_VAT_RATE, optional: true, description: 'Basis points' })
  vatRate?: number;

  @OptionalText({ max: 20 })
  accountCode?: string;

  @OptionalText({ max: 200 })
  reference?: string;
}

export class EditProductDto extends PatchOf(ProductDto) {}

@Controller('v1/organisations/:org/products')
export class ProductsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Post()
  @Requires('products:create')
  create(@Context() context: RequestContext, @Body() body: ProductDto): Promise<CommandAnswer> {
    return this.commands.execute(new CreateProduct(context, body));
  }

  @Get()
  @Requires('products:read')
  list(@Context() context: RequestContext, @Query() query: PageQuery): Promise<QueryAnswer> {
    return this.queries.execute(new ListProducts(context, query));
  }

  @Get(':id')
  @Requires('products:read')
  get(@Context() context: RequestContext, @Param('id') id: string): Promise<QueryAnswer> {
    return this.queries.execute(new GetProduct(context, id));
  }

  @Patch(':id')
  @Requires('products:edit')
  edit(
    @Context() context: RequestContext,
    @Param('id') id: string,
    @Body() body: EditProductDto,
  ): Promise<CommandAnswer> {
    return this.commands.execute(new EditProduct(context, id, body));
  }

  @Post(':id/archive')
  @HttpCode(200)
  @Requires('products:archive')
  archive(@Context() context: RequestContext, @Param('id') id: string): Promise<CommandAnswer> {
    return this.commands.execute(new ArchiveProduct(context, id));
  }
}
