import { Body, Controller, Get, HttpCode, Param, Patch, Post } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import type { CommandAnswer, QueryAnswer, RequestContext } from '../../platform/commands/principal.js';
import { Context } from '../../platform/http/context.js';
import { OneOf, Text } from '../../platform/http/fields.js';
import { Requires } from '../../platform/http/route.js';
import { ACCOUNT_TYPES, type AccountType, VAT_TREATMENTS, type VatTreatment } from './account.js';
import { AddAccount, ChangeAccount, GetAccount, ListAccounts } from './chart.handlers.js';

export class AccountDto {
  @Text({
    max: 8,
    pattern: /^\d{4,8}$/,
    patternSays: 'four to eight digits',
    description: 'Never changes. Codes that begin with 12 are those of bank accounts',
  })
  code!: string;

  @Text({ max: 200 })
  name!: string;

  @OneOf(ACCOUNT_TYPES)
  type!: AccountType;

  @OneOf(VAT_TREATMENTS, { optional: true, description: 'By default standard for income and costs, else outside' })
  vatTreatment?: VatTreatment;
}

export class EditAccountDto {
  @Text({ max: 200, optional: true })
  name?: string;

  @OneOf(VAT_TREATMENTS, { optional: true })
  vatTreatment?: VatTreatment;
}

@Controller('v1/organisations/:org/chart-of-accounts')
export class ChartController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Get()
  @Requires('chart-of-accounts:read')
  list(@Context() context: RequestContext): Promise<QueryAnswer> {
    return this.queries.execute(new ListAccounts(context));
  }

  @Post()
  @Requires('chart-of-accounts:edit')
  add(@Context() context: RequestContext, @Body() body: AccountDto): Promise<CommandAnswer> {
    return this.commands.execute(new AddAccount(context, body));
  }

  @Get(':id')
  @Requires('chart-of-accounts:read')
  get(@Context() context: RequestContext, @Param('id') id: string): Promise<QueryAnswer> {
    return this.queries.execute(new GetAccount(context, id));
  }

  @Patch(':id')
  @Requires('chart-of-accounts:edit')
  edit(
    @Context() context: RequestContext,
    @Param('id') id: string,
    @Body() patch: EditAccountDto,
  ): Promise<CommandAnswer> {
    return this.commands.execute(new ChangeAccount(context, id, { name: 'EditAccount', patch }));
  }

  @Post(':id/archive')
  @HttpCode(200)
  @Requires('chart-of-accounts:edit')
  archive(@Context() context: RequestContext, @Param('id') id: string): Promise<CommandAnswer> {
    return this.commands.execute(new ChangeAccount(context, id, { name: 'ArchiveAccount' }));
  }

  @Post(':id/restore')
  @HttpCode(200)
  @Requires('chart-of-accounts:edit')
  restore(@Context() context: RequestContext, @Param('id') id: string): Promise<CommandAnswer> {
    return this.commands.execute(new ChangeAccount(context, id, { name: 'RestoreAccount' }));
  }

  @Post(':id/mark-confidential')
  @HttpCode(200)
  @Requires('confidential-accounts:edit')
  mark(@Context() context: RequestContext, @Param('id') id: string): Promise<CommandAnswer> {
    return this.commands.execute(new ChangeAccount(context, id, { name: 'MarkAccountConfidential' }));
  }

  @Post(':id/unmark-confidential')
  @HttpCode(200)
  @Requires('confidential-accounts:edit')
  unmark(@Context() context: RequestContext, @Param('id') id: string): Promise<CommandAnswer> {
    return this.commands.execute(new ChangeAccount(context, id, { name: 'UnmarkAccountConfidential' }));
  }
}
