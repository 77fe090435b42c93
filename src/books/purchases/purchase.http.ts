import { Body, Controller, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import type { CommandAnswer, QueryAnswer, RequestContext } from '../../platform/commands/principal.js';
import { Context } from '../../platform/http/context.js';
import {
  Integer,
  ListOf,
  OneOf,
  OptionalText,
  PageQuery,
  PatchOf,
  PlainDateField,
  Text,
  Uuid,
} from '../../platform/http/fields.js';
import { Requires } from '../../platform/http/route.js';
import { MAX_LINES } from '../invoices/document.js';
import { PricedLineDto } from '../invoices/document.dto.js';
import {
  ApprovePurchase,
  DiscardPurchase,
  DraftPurchase,
  EditPurchase,
  PayPurchase,
  SubmitPurchase,
  VoidPurchase,
} from './purchase.handlers.js';
import { GetPurchase, ListPurchases } from './purchase.queries.js';
import { PURCHASE_STATUSES, type PurchaseStatus } from './purchase.view.js';

export class PurchaseLineDto extends PricedLineDto {
  @OptionalText({ max: 20, description: 'An account of income or costs; purchases by default' })
  accountCode?: string;
}

export class PurchaseDto {
  @Uuid()
  supplierId!: string;

  @PlainDateField()
  date!: string;

  @PlainDateField({ optional: true })
  dueDate?: string;

  @ListOf(PurchaseLineDto, { max: MAX_LINES })
  lines!: PurchaseLineDto[];

  @OptionalText({ max: 200, description: "The supplier's own number of it" })
  reference?: string;

  @Uuid({ optional: true })
  brandId?: string;

  @Uuid({ optional: true })
  projectId?: string;
}

export class EditPurchaseDto extends PatchOf(PurchaseDto) {}

export class PurchasePaymentDto {
  @Integer({ min: 1, description: 'Minor units' })
  amount!: number;

  @PlainDateField()
  date!: string;

  @Uuid()
  paymentAccountId!: string;
}

export class VoidPurchaseDto {
  @Text({ max: 500 })
  reason!: string;
}

export class PurchasesQuery extends PageQuery {
  @OneOf(PURCHASE_STATUSES, { optional: true })
  status?: PurchaseStatus;

  @Uuid({ optional: true })
  supplierId?: string;

  @PlainDateField({ optional: true, description: 'First book date' })
  from?: string;

  @PlainDateField({ optional: true, description: 'Last book date' })
  to?: string;
}

/** What suppliers ask to be paid. */
@Controller('v1/organisations/:org/purchases')
export class PurchasesController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Post()
  @Requires('purchases:create')
  create(@Context() context: RequestContext, @Body() body: PurchaseDto): Promise<CommandAnswer> {
    return this.commands.execute(new DraftPurchase(context, body));
  }

  @Get()
  @Requires('purchases:read')
  list(@Context() context: RequestContext, @Query() query: PurchasesQuery): Promise<QueryAnswer> {
    return this.queries.execute(new ListPurchases(context, query));
  }

  @Get(':id')
  @Requires('purchases:read')
  get(@Context() context: RequestContext, @Param('id') id: string): Promise<QueryAnswer> {
    return this.queries.execute(new GetPurchase(context, id));
  }

  /** A purchase that was handed in or approved is a draft again after it. */
  @Patch(':id')
  @Requires('purchases:edit')
  edit(
    @Context() context: RequestContext,
    @Param('id') id: string,
    @Body() body: EditPurchaseDto,
  ): Promise<CommandAnswer> {
    return this.commands.execute(new EditPurchase(context, id, body));
  }

  @Post(':id/submit')
  @HttpCode(200)
  @Requires('purchases:submit')
  submit(@Context() context: RequestContext, @Param('id') id: string): Promise<CommandAnswer> {
    return this.commands.execute(new SubmitPurchase(context, id));
  }

  @Post(':id/approve')
  @HttpCode(200)
  @Requires('purchases:approve')
  approve(@Context() context: RequestContext, @Param('id') id: string): Promise<CommandAnswer> {
    return this.commands.execute(new ApprovePurchase(context, id));
  }

  @Post(':id/pay')
  @HttpCode(200)
  @Requires('purchases:pay')
  pay(
    @Context() context: RequestContext,
    @Param('id') id: string,
    @Body() body: PurchasePaymentDto,
  ): Promise<CommandAnswer> {
    return this.commands.execute(new PayPurchase(context, id, body));
  }

  @Post(':id/void')
  @HttpCode(200)
  @Requires('purchases:void')
  void(
    @Context() context: RequestContext,
    @Param('id') id: string,
    @Body() { reason }: VoidPurchaseDto,
  ): Promise<CommandAnswer> {
    return this.commands.execute(new VoidPurchase(context, id, reason));
  }

  @Post(':id/discard')
  @HttpCode(200)
  @Requires('purchases:discard')
  discard(@Context() context: RequestContext, @Param('id') id: string): Promise<CommandAnswer> {
    return this.commands.execute(new DiscardPurchase(context, id));
  }
}
