import { Body, Controller, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import type { CommandAnswer, QueryAnswer, RequestContext } from '../../platform/commands/principal.js';
import { Context } from '../../platform/http/context.js';
import { Flag, Integer, PatchOf, PlainDateField, Uuid } from '../../platform/http/fields.js';
import { Requires } from '../../platform/http/route.js';
import { InvoiceDto, InvoicesQuery, VoidDto } from './document.dto.js';
import { GetDocument, ListDocuments, ListPaymentAccounts } from './document.queries.js';
import {
  CopyInvoice,
  CreateInvoice,
  DiscardInvoice,
  EditInvoice,
  IssueInvoice,
  RecordPayment,
  VoidInvoice,
} from './invoice.handlers.js';

export class EditInvoiceDto extends PatchOf(InvoiceDto) {}

export class RefundDto {
  @Integer({ min: 1, description: 'Minor units' })
  amount!: number;

  @PlainDateField()
  date!: string;

  @Uuid()
  paymentAccountId!: string;
}

export class PaymentDto extends RefundDto {
  @Flag({ optional: true, description: 'More than is outstanding is meant; the rest is owed to the customer' })
  overpayment?: boolean;
}

export class CopyInvoiceDto {
  @PlainDateField({ optional: true, description: "Today's by default" })
  date?: string;
}

@Controller('v1/organisations/:org/invoices')
export class InvoicesController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Post()
  @Requires('invoices:create')
  create(@Context() context: RequestContext, @Body() body: InvoiceDto): Promise<CommandAnswer> {
    return this.commands.execute(new CreateInvoice(context, body));
  }

  @Get()
  @Requires('invoices:read')
  list(@Context() context: RequestContext, @Query() query: InvoicesQuery): Promise<QueryAnswer> {
    return this.queries.execute(new ListDocuments(context, 'invoice', query));
  }

  @Get(':id')
  @Requires('invoices:read')
  get(@Context() context: RequestContext, @Param('id') id: string): Promise<QueryAnswer> {
    return this.queries.execute(new GetDocument(context, 'invoice', id));
  }

  @Patch(':id')
  @Requires('invoices:edit')
  edit(
    @Context() context: RequestContext,
    @Param('id') id: string,
    @Body() body: EditInvoiceDto,
  ): Promise<CommandAnswer> {
    return this.commands.execute(new EditInvoice(context, id, body));
  }

  @Post(':id/issue')
  @HttpCode(200)
  @Requires('invoices:issue')
  issue(@Context() context: RequestContext, @Param('id') id: string): Promise<CommandAnswer> {
    return this.commands.execute(new IssueInvoice(context, id));
  }

  @Post(':id/payments')
  @HttpCode(200)
  @Requires('invoices:record-payment')
  pay(@Context() context: RequestContext, @Param('id') id: string, @Body() body: PaymentDto): Promise<CommandAnswer> {
    return this.commands.execute(new RecordPayment(context, id, body));
  }

  @Post(':id/void')
  @HttpCode(200)
  @Requires('invoices:void')
  void(@Context() context: RequestContext, @Param('id') id: string, @Body() body: VoidDto): Promise<CommandAnswer> {
    return this.commands.execute(new VoidInvoice(context, id, body.reason));
  }

  @Post(':id/discard')
  @HttpCode(200)
  @Requires('invoices:discard')
  discard(@Context() context: RequestContext, @Param('id') id: string): Promise<CommandAnswer> {
    return this.commands.execute(new DiscardInvoice(context, id));
  }

  @Post(':id/copy')
  @Requires('invoices:copy', { collection: '/v1/organisations/:org/invoices' })
  copy(
    @Context() context: RequestContext,
    @Param('id') id: string,
    @Body() body: CopyInvoiceDto,
  ): Promise<CommandAnswer> {
    return this.commands.execute(new CopyInvoice(context, id, body.date));
  }
}

@Controller('v1/organisations/:org/payment-accounts')
export class PaymentAccountsController {
  constructor(private readonly queries: QueryBus) {}

  @Get()
  @Requires('invoices:record-payment')
  list(@Context() context: RequestContext): Promise<QueryAnswer> {
    return this.queries.execute(new ListPaymentAccounts(context));
  }
}
