import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { CommandAnswer, RequestContext } from '../../platform/commands/principal.js';
import { Context } from '../../platform/http/context.js';
import { Requires } from '../../platform/http/route.js';
import { RefundDto } from './invoice.http.js';
import { RecordRefund, RefundCreditNote } from './refund.handlers.js';

/** Money that goes back to customers, by whoever records what comes in. */
@Controller('v1/organisations/:org')
export class RefundsController {
  constructor(private readonly commands: CommandBus) {}

  @Post('invoices/:id/refunds')
  @HttpCode(200)
  @Requires('invoices:record-payment')
  ofInvoice(
    @Context() context: RequestContext,
    @Param('id') id: string,
    @Body() body: RefundDto,
  ): Promise<CommandAnswer> {
    return this.commands.execute(new RecordRefund(context, id, body));
  }

  @Post('credit-notes/:id/refunds')
  @HttpCode(200)
  @Requires('invoices:record-payment')
  ofCreditNote(
    @Context() context: RequestContext,
    @Param('id') id: string,
    @Body() body: RefundDto,
  ): Promise<CommandAnswer> {
    return this.commands.execute(new RefundCreditNote(context, id, body));
  }
}
