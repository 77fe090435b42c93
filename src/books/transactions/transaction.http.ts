import { Body, Controller, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import type { CommandAnswer, QueryAnswer, RequestContext } from '../../platform/commands/principal.js';
import { Context } from '../../platform/http/context.js';
import {
  Flag,
  Integer,
  OneOf,
  OptionalText,
  PageQuery,
  PatchOf,
  PlainDateField,
  Text,
  Uuid,
} from '../../platform/http/fields.js';
import { Requires } from '../../platform/http/route.js';
import { MAX_VAT_RATE } from '../products/product.js';
import {
  EditTransaction,
  ExplainTransaction,
  MatchTransaction,
  RecordTransaction,
  UnexplainTransaction,
  UnmatchTransaction,
  VoidTransaction,
} from './transaction.handlers.js';
import { GetTransaction, ListTransactions, SuggestMatches } from './transaction.queries.js';
import { TRANSACTION_STATUSES, type TransactionStatus } from './transaction.view.js';

class EditableDto {
  @PlainDateField()
  date!: string;

  @Integer({ description: 'Minor units: positive for money in, negative for money out, never 0' })
  amount!: number;

  @Text({ max: 500, description: 'Kept as personal data of its bank account and year' })
  description!: string;

  @OptionalText({ max: 200, description: 'Who paid or was paid; kept like the description' })
  payee?: string;
}

export class TransactionDto extends EditableDto {
  @Uuid({
    description: "One of the bank accounts, or of what GET payment-accounts lists: the organisation's current account",
  })
  bankAccountId!: string;

  @OptionalText({ max: 20, description: 'An account of income or costs, which explains it at once' })
  accountCode?: string;

  @Integer({
    min: 0,
    max: MAX_VAT_RATE,
    optional: true,
    description: 'Basis points, of VAT that is in the amount; without it, outside the scope of VAT',
  })
  vatRate?: number;
}

export class EditTransactionDto extends PatchOf(EditableDto) {}

export class ExplainDto {
  @Text({ max: 20, description: 'An account of income or costs' })
  accountCode!: string;

  @Integer({
    min: 0,
    max: MAX_VAT_RATE,
    optional: true,
    description: 'Basis points, of VAT that is in the amount; without it, outside the scope of VAT',
  })
  vatRate?: number;
}

export class MatchDto {
  @Uuid({ optional: true, description: 'Records a payment of the invoice; needs invoices:record-payment too' })
  invoiceId?: string;

  @Flag({ optional: true, description: 'The payment of the invoice may come to more than is outstanding' })
  overpayment?: boolean;

  @Uuid({ optional: true, description: 'Records a payment of the purchase; needs purchases:pay too' })
  purchaseId?: string;

  @Uuid({ optional: true, description: 'A payment or refund of the same amount that is recorded already' })
  paymentId?: string;

  @Uuid({ optional: true, description: 'A transfer of the same amount out of, or into, this bank account' })
  transferId?: string;

  @Uuid({ optional: true, description: 'A journal that books the same amount on this bank account' })
  journalId?: string;
}

export class VoidTransactionDto {
  @Text({ max: 500 })
  reason!: string;
}

export class TransactionsQuery extends PageQuery {
  @Uuid({ optional: true })
  bankAccountId?: string;

  @OneOf(TRANSACTION_STATUSES, { optional: true })
  status?: TransactionStatus;

  @PlainDateField({ optional: true, description: 'First book date' })
  from?: string;

  @PlainDateField({ optional: true, description: 'Last book date' })
  to?: string;
}

@Controller('v1/organisations/:org/transactions')
export class TransactionsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Post()
  @Requires('transactions:create')
  create(@Context() context: RequestContext, @Body() body: TransactionDto): Promise<CommandAnswer> {
    return this.commands.execute(new RecordTransaction(context, body));
  }

  @Get()
  @Requires('transactions:read')
  list(@Context() context: RequestContext, @Query() query: TransactionsQuery): Promise<QueryAnswer> {
    return this.queries.execute(new ListTransactions(context, query));
  }

  @Get(':id')
  @Requires('transactions:read')
  get(@Context() context: RequestContext, @Param('id') id: string): Promise<QueryAnswer> {
    return this.queries.execute(new GetTransaction(context, id));
  }

  @Patch(':id')
  @Requires('transactions:edit')
  edit(
    @Context() context: RequestContext,
    @Param('id') id: string,
    @Body() body: EditTransactionDto,
  ): Promise<CommandAnswer> {
    return this.commands.execute(new EditTransaction(context, id, body));
  }

  @Get(':id/suggestions')
  @Requires('transactions:read')
  suggest(@Context() context: RequestContext, @Param('id') id: string): Promise<QueryAnswer> {
    return this.queries.execute(new SuggestMatches(context, id));
  }

  @Post(':id/explain')
  @HttpCode(200)
  @Requires('transactions:edit')
  explain(
    @Context() context: RequestContext,
    @Param('id') id: string,
    @Body() body: ExplainDto,
  ): Promise<CommandAnswer> {
    return this.commands.execute(new ExplainTransaction(context, id, body));
  }

  @Post(':id/unexplain')
  @HttpCode(200)
  @Requires('transactions:edit')
  unexplain(@Context() context: RequestContext, @Param('id') id: string): Promise<CommandAnswer> {
    return this.commands.execute(new UnexplainTransaction(context, id));
  }

  @Post(':id/match')
  @HttpCode(200)
  @Requires('transactions:edit')
  match(@Context() context: RequestContext, @Param('id') id: string, @Body() body: MatchDto): Promise<CommandAnswer> {
    return this.commands.execute(new MatchTransaction(context, id, body));
  }

  @Post(':id/unmatch')
  @HttpCode(200)
  @Requires('transactions:edit')
  unmatch(@Context() context: RequestContext, @Param('id') id: string): Promise<CommandAnswer> {
    return this.commands.execute(new UnmatchTransaction(context, id));
  }

  @Post(':id/void')
  @HttpCode(200)
  @Requires('transactions:edit')
  void(
    @Context() context: RequestContext,
    @Param('id') id: string,
    @Body() body: VoidTransactionDto,
  ): Promise<CommandAnswer> {
    return this.commands.execute(new VoidTransaction(context, id, body.reason));
  }
}
