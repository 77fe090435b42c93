import { Body, Controller, Get, Param, Patch, Post, Query } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import type { CommandAnswer, QueryAnswer, RequestContext } from '../../platform/commands/principal.js';
import { Context } from '../../platform/http/context.js';
import { EmailField, Flag, OptionalText, PageQuery, PatchOf, Text } from '../../platform/http/fields.js';
import { Requires } from '../../platform/http/route.js';
import { ChangeBrand, CreateBrand, GetBrand, ListBrands } from './brand.handlers.js';

export class BrandDto {
  @Text({ max: 200, description: 'Unique among the brands that are not archived' })
  name!: string;

  @OptionalText({ max: 1000, multiline: true })
  address?: string;

  @EmailField({ optional: true })
  email?: string;

  @OptionalText({ max: 50 })
  phone?: string;

  @OptionalText({ max: 200 })
  website?: string;
}

export class EditBrandDto extends PatchOf(BrandDto) {
  @Flag({ optional: true, description: 'An archived brand gets no new records; those it has stay' })
  archived?: boolean;
}

@Controller('v1/organisations/:org/brands')
export class BrandsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Post()
  @Requires('brands:edit')
  create(@Context() context: RequestContext, @Body() body: BrandDto): Promise<CommandAnswer> {
    return this.commands.execute(new CreateBrand(context, body));
  }

  @Get()
  @Requires('brands:read')
  list(@Context() context: RequestContext, @Query() query: PageQuery): Promise<QueryAnswer> {
    return this.queries.execute(new ListBrands(context, query));
  }

  @Get(':id')
  @Requires('brands:read')
  get(@Context() context: RequestContext, @Param('id') id: string): Promise<QueryAnswer> {
    return this.queries.execute(new GetBrand(context, id));
  }

  @Patch(':id')
  @Requires('brands:edit')
  edit(
    @Context() context: RequestContext,
    @Param('id') id: string,
    @Body() body: EditBrandDto,
  ): Promise<CommandAnswer> {
    return this.commands.execute(new ChangeBrand(context, id, body));
  }
}
