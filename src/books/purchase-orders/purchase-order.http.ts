import { Body, Controller, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import type { CommandAnswer, QueryAnswer, RequestContext } from '../../platform/commands/principal.js';
import { Context } from '../../platform/http/context.js';
import {
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
import { PurchaseLineDto } from '../purchases/purchase.http.js';
import {
  CancelPurchaseOrder,
  ConvertPurchaseOrder,
  DiscardPurchaseOrder,
  DraftPurchaseOrder,
  EditPurchaseOrder,
  MarkPurchaseOrderSent,
} from './purchase-order.handlers.js';
import { ORDER_STATUSES, type OrderStatus } from './purchase-order.js';
import { GetPurchaseOrder, ListPurchaseOrders } from './purchase-order.queries.js';

export class PurchaseOrderDto {
  @Uuid()
  supplierId!: string;

  @PlainDateField()
  date!: string;

  @ListOf(PurchaseLineDto, { max: MAX_LINES })
  lines!: PurchaseLineDto[];

  @OptionalText({ max: 200, description: 'What you call it' })
  reference?: string;

  @Uuid({ optional: true })
  brandId?: string;

  @Uuid({ optional: true })
  projectId?: string;
}

export class EditPurchaseOrderDto extends PatchOf(PurchaseOrderDto) {}

export class ConvertPurchaseOrderDto {
  @PlainDateField({ optional: true, description: "Book date of the purchase; today's by default" })
  date?: string;

  @PlainDateField({ optional: true })
  dueDate?: string;

  @OptionalText({ max: 200, description: "The supplier's own number of the bill" })
  reference?: string;
}

export class CancelPurchaseOrderDto {
  @Text({ max: 500 })
  reason!: string;
}

export class PurchaseOrdersQuery extends PageQuery {
  @OneOf(ORDER_STATUSES, { optional: true })
  status?: OrderStatus;

  @Uuid({ optional: true })
  supplierId?: string;
}

/** What is ordered from suppliers, by the permissions of purchases. */
@Controller('v1/organisations/:org/purchase-orders')
export class PurchaseOrdersController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Post()
  @Requires('purchases:create')
  create(@Context() context: RequestContext, @Body() body: PurchaseOrderDto): Promise<CommandAnswer> {
    return this.commands.execute(new DraftPurchaseOrder(context, body));
  }

  @Get()
  @Requires('purchases:read')
  list(@Context() context: RequestContext, @Query() query: PurchaseOrdersQuery): Promise<QueryAnswer> {
    return this.queries.execute(new ListPurchaseOrders(context, query));
  }

  @Get(':id')
  @Requires('purchases:read')
  get(@Context() context: RequestContext, @Param('id') id: string): Promise<QueryAnswer> {
    return this.queries.execute(new GetPurchaseOrder(context, id));
  }

  @Patch(':id')
  @Requires('purchases:edit')
  edit(
    @Context() context: RequestContext,
    @Param('id') id: string,
    @Body() body: EditPurchaseOrderDto,
  ): Promise<CommandAnswer> {
    return this.commands.execute(new EditPurchaseOrder(context, id, body));
  }

  /** Says that it was sent; nothing is sent by it. */
  @Post(':id/send')
  @HttpCode(200)
  @Requires('purchases:submit')
  send(@Context() context: RequestContext, @Param('id') id: string): Promise<CommandAnswer> {
    return this.commands.execute(new MarkPurchaseOrderSent(context, id));
  }

  @Post(':id/convert')
  @Requires('purchases:create', { collection: '/v1/organisations/:org/purchases' })
  convert(
    @Context() context: RequestContext,
    @Param('id') id: string,
    @Body() body: ConvertPurchaseOrderDto,
  ): Promise<CommandAnswer> {
    return this.commands.execute(new ConvertPurchaseOrder(context, id, body));
  }

  @Post(':id/cancel')
  @HttpCode(200)
  @Requires('purchases:void')
  cancel(
    @Context() context: RequestContext,
    @Param('id') id: string,
    @Body() { reason }: CancelPurchaseOrderDto,
  ): Promise<CommandAnswer> {
    return this.commands.execute(new CancelPurchaseOrder(context, id, reason));
  }

  @Post(':id/discard')
  @HttpCode(200)
  @Requires('purchases:discard')
  discard(@Context() context: RequestContext, @Param('id') id: string): Promise<CommandAnswer> {
    return this.commands.execute(new DiscardPurchaseOrder(context, id));
  }
}
