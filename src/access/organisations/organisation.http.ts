import { Body, Controller, Get, HttpCode, Patch, Post, Put, Query } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import type { CommandAnswer, QueryAnswer, RequestContext } from '../../platform/commands/principal.js';
import { Context } from '../../platform/http/context.js';
import { EmailField, PageQuery, PatchOf, Text } from '../../platform/http/fields.js';
import { Requires } from '../../platform/http/route.js';
import {
  ChangeAccountBilling,
  EditOrganisation,
  FoundOrganisation,
  GetAccountBilling,
  GetOrganisation,
  ListMyOrganisations,
} from './organisation.handlers.js';

export class OrganisationDto {
  @Text({ max: 200 })
  name!: string;

  @Text({ max: 3, pattern: /^[A-Z]{3}$/, patternSays: 'three upper-case letters (ISO 4217)' })
  currency!: string;
}

export class EditOrganisationDto extends PatchOf(OrganisationDto) {}

export class AccountBillingDto {
  @Text({ max: 50 })
  plan!: string;

  @EmailField()
  billingEmail!: string;
}

@Controller('v1')
export class OrganisationsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Get('me/organisations')
  @Requires('own')
  mine(@Context() context: RequestContext, @Query() query: PageQuery): Promise<QueryAnswer> {
    return this.queries.execute(new ListMyOrganisations(context, query));
  }

  @Post('organisations')
  @Requires('signed-in')
  found(@Context() context: RequestContext, @Body() body: OrganisationDto): Promise<CommandAnswer> {
    return this.commands.execute(new FoundOrganisation(context, body));
  }

  @Get('organisations/:org')
  @Requires('organisation:read')
  get(@Context() context: RequestContext): Promise<QueryAnswer> {
    return this.queries.execute(new GetOrganisation(context));
  }

  @Patch('organisations/:org')
  @Requires('organisation:edit')
  edit(@Context() context: RequestContext, @Body() body: EditOrganisationDto): Promise<CommandAnswer> {
    return this.commands.execute(new EditOrganisation(context, body));
  }

  @Get('organisations/:org/account-billing')
  @Requires('account-billing:read')
  billing(@Context() context: RequestContext): Promise<QueryAnswer> {
    return this.queries.execute(new GetAccountBilling(context));
  }

  @Put('organisations/:org/account-billing')
  @HttpCode(200)
  @Requires('account-billing:edit')
  changeBilling(@Context() context: RequestContext, @Body() body: AccountBillingDto): Promise<CommandAnswer> {
    return this.commands.execute(new ChangeAccountBilling(context, body));
  }
}
