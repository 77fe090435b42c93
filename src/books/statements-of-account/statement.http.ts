import { Body, Controller, Get, HttpCode, Param, Post, Query, Res, StreamableFile } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiProduces } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { CommandAnswer, RequestContext } from '../../platform/commands/principal.js';
import { Context } from '../../platform/http/context.js';
import { EmailField, OneOf, PlainDateField } from '../../platform/http/fields.js';
import { Requires } from '../../platform/http/route.js';
import { Seal } from '../../platform/http/seal.js';
import { DocumentPdf } from '../rendering/document-pdf.service.js';
import { PDF_TYPE, pdfDownload, PdfService } from '../rendering/pdf.service.js';
import { ReadStatement, SendStatement, type StatementOf } from './statement.handlers.js';
import { statementCsv, statementPaper } from './statement.paper.js';

const FORMATS = ['json', 'csv', 'pdf'] as const;
const CSV_TYPE = 'text/csv; charset=utf-8';

export class AccountStatementQuery {
  @PlainDateField({ optional: true, description: 'First book date; since ever by default' })
  from?: string;

  @PlainDateField({ optional: true, description: "Last book date; today's by default" })
  to?: string;

  @OneOf(FORMATS, { optional: true, description: 'json by default' })
  format?: (typeof FORMATS)[number];
}

export class SendStatementDto {
  @PlainDateField({ description: 'First book date' })
  from!: string;

  @PlainDateField({ description: 'Last book date' })
  to!: string;

  @EmailField({ optional: true, description: "The customer's address by default" })
  email?: string;
}

@Controller('v1/organisations/:org/customers')
export class StatementsOfAccountController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
    private readonly pdf: PdfService,
    private readonly documents: DocumentPdf,
    private readonly seal: Seal,
  ) {}

  @Get(':id/statement')
  @Requires('sales-reports:read')
  @ApiProduces('application/json', CSV_TYPE, PDF_TYPE)
  async read(
    @Context() context: RequestContext,
    @Param('id') id: string,
    @Query() { from, to, format }: AccountStatementQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<object> {
    const { value, position } = await this.queries.execute(new ReadStatement(context, id, { from, to }));
    if (position !== undefined) void reply.header('countersign-position', this.seal.position(position));
    void reply.header('cache-control', 'no-store');
    const name = `statement-${value.to}`;
    if (format === 'csv') return csvDownload(statementCsv(value), name);
    if (format !== 'pdf') return answerOf(value);
    const sender = await this.documents.sender(context.organisation, value.customer.brandId);
    return pdfDownload(await this.pdf.draw(statementPaper(value, value.customer.name, sender)), name);
  }

  @Post(':id/statement/send')
  @HttpCode(200)
  @Requires('invoices:send')
  send(
    @Context() context: RequestContext,
    @Param('id') id: string,
    @Body() { from, to, email }: SendStatementDto,
  ): Promise<CommandAnswer> {
    return this.commands.execute(new SendStatement(context, id, { from, to }, email));
  }
}

const answerOf = ({ customer: { id, name }, ...statement }: StatementOf) => ({ customer: { id, name }, ...statement });

function csvDownload(text: string, name: string): StreamableFile {
  const content = Buffer.from(text);
  return new StreamableFile(content, {
    type: CSV_TYPE,
    length: content.length,
    disposition: `attachment; filename="${name}.csv"`,
  });
}
