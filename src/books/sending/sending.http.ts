import { Body, Controller, Get, HttpCode, Param, Post, Res, type StreamableFile } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiProduces } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { CommandAnswer, RequestContext } from '../../platform/commands/principal.js';
import { Context } from '../../platform/http/context.js';
import { EmailField } from '../../platform/http/fields.js';
import { Requires } from '../../platform/http/route.js';
import { Seal } from '../../platform/http/seal.js';
import { PDF_TYPE, pdfDownload } from '../rendering/pdf.service.js';
import { DrawDocument, type DrawnDocument, SendCreditNote, SendInvoice } from './sending.handlers.js';

export class SendDto {
  @EmailField({ optional: true, description: "The customer's address by default" })
  to?: string;
}

@Controller('v1/organisations/:org/invoices')
export class InvoiceSendingController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
    private readonly seal: Seal,
  ) {}

  @Post(':id/send')
  @HttpCode(200)
  @Requires('invoices:send')
  send(@Context() context: RequestContext, @Param('id') id: string, @Body() body: SendDto): Promise<CommandAnswer> {
    return this.commands.execute(new SendInvoice(context, id, body.to));
  }

  @Get(':id/pdf')
  @Requires('invoices:read')
  @ApiProduces(PDF_TYPE)
  async pdf(
    @Context() context: RequestContext,
    @Param('id') id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<StreamableFile> {
    return answered(await this.queries.execute(new DrawDocument(context, 'invoice', id)), reply, this.seal);
  }
}

@Controller('v1/organisations/:org/credit-notes')
export class CreditNoteSendingController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
    private readonly seal: Seal,
  ) {}

  @Post(':id/send')
  @HttpCode(200)
  @Requires('credit-notes:send')
  send(@Context() context: RequestContext, @Param('id') id: string, @Body() body: SendDto): Promise<CommandAnswer> {
    return this.commands.execute(new SendCreditNote(context, id, body.to));
  }

  @Get(':id/pdf')
  @Requires('credit-notes:read')
  @ApiProduces(PDF_TYPE)
  async pdf(
    @Context() context: RequestContext,
    @Param('id') id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<StreamableFile> {
    return answered(await this.queries.execute(new DrawDocument(context, 'credit-note', id)), reply, this.seal);
  }
}

export function answered({ pdf, name, position }: DrawnDocument, reply: FastifyReply, seal: Seal): StreamableFile {
  if (position !== undefined) void reply.header('countersign-position', seal.position(position));
  void reply.header('cache-control', 'no-store');
  return pdfDownload(pdf, name);
}
