import { Body, Controller, Get, Param, Patch, Post, Query } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import type { CommandAnswer, QueryAnswer, RequestContext } from '../../platform/commands/principal.js';
import { Context } from '../../platform/http/context.js';
import { Flag, OptionalText, PageQuery, PatchOf, Text, Uuid } from '../../platform/http/fields.js';
import { Requires } from '../../platform/http/route.js';
import { ChangeBankAccount, CreateBankAccount, GetBankAccount, ListBankAccounts } from './bank-account.handlers.js';

export class BankAccountDto {
  @Text({ max: 200, description: 'What people who record payments see of it' })
  name!: string;

  @OptionalText({ max: 200 })
  bankName?: string;

  @OptionalText({ max: 8, description: 'Six digits' })
  sortCode?: string;

  @OptionalText({ max: 40 })
  accountNumber?: string;

  @OptionalText({ max: 50, description: 'ISO 13616; spaces do not matter' })
  iban?: string;

  @OptionalText({ max: 15, description: 'ISO 9362' })
  bic?: string;

  @Uuid({
    optional: true,
    description: 'The brand whose customers pay into it. People limited to brands see no account without one',
  })
  brandId?: string;
}

export class EditBankAccountDto extends PatchOf(BankAccountDto) {
  @Flag({ optional: true, description: 'No payments go to an archived one' })
  archived?: boolean;
}

@Controller('v1/organisations/:org/bank-accounts')
export class BankAccountsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Post()
  @Requires('bank-accounts:create')
  create(@Context() context: RequestContext, @Body() body: BankAccountDto): Promise<CommandAnswer> {
    return this.commands.execute(new CreateBankAccount(context, body));
  }

  @Get()
  @Requires('bank-accounts:read')
  list(@Context() context: RequestContext, @Query() query: PageQuery): Promise<QueryAnswer> {
    return this.queries.execute(new ListBankAccounts(context, query));
  }

  @Get(':id')
  @Requires('bank-accounts:read')
  get(@Context() context: RequestContext, @Param('id') id: string): Promise<QueryAnswer> {
    return this.queries.execute(new GetBankAccount(context, id));
  }

  @Patch(':id')
  @Requires('bank-accounts:edit')
  edit(
    @Context() context: RequestContext,
    @Param('id') id: string,
    @Body() body: EditBankAccountDto,
  ): Promise<CommandAnswer> {
    return this.commands.execute(new ChangeBankAccount(context, id, body));
  }
}
