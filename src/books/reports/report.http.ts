import { Controller, Get, Query, Res, StreamableFile } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiProduces } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { QueryAnswer, type RequestContext } from '../../platform/commands/principal.js';
import { BYTE_ORDER_MARK, type Cell, csvRow, Figure } from '../../platform/csv.js';
import { Context } from '../../platform/http/context.js';
import { InstantField, OneOf, PlainDateField } from '../../platform/http/fields.js';
import { Requires } from '../../platform/http/route.js';
import { Seal } from '../../platform/http/seal.js';
import { amountText } from '../ledger/amount.js';
import { ReadReportQuery, type ReportName } from './report.handlers.js';
import { DocumentPdf } from '../rendering/document-pdf.service.js';
import { PDF_TYPE, pdfDownload, PdfService } from '../rendering/pdf.service.js';
import type { Table, TableCell } from './report.js';
import { heading, reportPaper } from './report.paper.js';

export const REPORT_FORMATS = ['json', 'csv', 'pdf'] as const;
export type ReportFormat = (typeof REPORT_FORMATS)[number];
const CSV_TYPE = 'text/csv; charset=utf-8';

class ReportQuery {
  @InstantField({ optional: true, description: 'As known at this instant, that included; now by default' })
  known?: string;

  @OneOf(REPORT_FORMATS, { optional: true, description: 'json by default' })
  format?: ReportFormat;
}

export class AtDayDto extends ReportQuery {
  @PlainDateField({ optional: true, description: "The end of this day of the books; today's (UTC) by default" })
  at?: string;
}

export class OverDaysDto extends ReportQuery {
  @PlainDateField({ description: 'First day of the books' })
  from!: string;

  @PlainDateField({ description: 'Last day of the books' })
  to!: string;
}

/** Amounts are minor units in JSON, and decimals in CSV and PDF. */
@Controller('v1/organisations/:org/reports')
@ApiProduces('application/json', CSV_TYPE, PDF_TYPE)
export class ReportsController {
  constructor(
    private readonly queries: QueryBus,
    private readonly seal: Seal,
    private readonly pdf: PdfService,
    private readonly documents: DocumentPdf,
  ) {}

  @Get('trial-balance')
  @Requires('financial-reports:read')
  trialBalance(
    @Context() context: RequestContext,
    @Query() query: AtDayDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.read(context, 'trial-balance', query, reply);
  }

  @Get('profit-and-loss')
  @Requires('financial-reports:read')
  profitAndLoss(
    @Context() context: RequestContext,
    @Query() query: OverDaysDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.read(context, 'profit-and-loss', query, reply);
  }

  @Get('balance-sheet')
  @Requires('financial-reports:read')
  balanceSheet(
    @Context() context: RequestContext,
    @Query() query: AtDayDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.read(context, 'balance-sheet', query, reply);
  }

  @Get('vat-return')
  @Requires('financial-reports:read')
  vatReturn(
    @Context() context: RequestContext,
    @Query() query: OverDaysDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.read(context, 'vat-return', query, reply);
  }

  @Get('bank-summary')
  @Requires('financial-reports:read')
  bankSummary(
    @Context() context: RequestContext,
    @Query() query: AtDayDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.read(context, 'bank-summary', query, reply);
  }

  @Get('aged-debtors')
  @Requires('sales-reports:read')
  agedDebtors(
    @Context() context: RequestContext,
    @Query() query: AtDayDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.read(context, 'aged-debtors', query, reply);
  }

  @Get('sales-by-customer')
  @Requires('sales-reports:read')
  salesByCustomer(
    @Context() context: RequestContext,
    @Query() query: OverDaysDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.read(context, 'sales-by-customer', query, reply);
  }

  @Get('sales-by-product')
  @Requires('sales-reports:read')
  salesByProduct(
    @Context() context: RequestContext,
    @Query() query: OverDaysDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.read(context, 'sales-by-product', query, reply);
  }

  @Get('aged-creditors')
  @Requires('purchase-reports:read')
  agedCreditors(
    @Context() context: RequestContext,
    @Query() query: AtDayDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.read(context, 'aged-creditors', query, reply);
  }

  private async read(
    context: RequestContext,
    name: ReportName,
    { format, ...asked }: AtDayDto | OverDaysDto,
    reply: FastifyReply,
  ): Promise<QueryAnswer | StreamableFile> {
    const { report, table, position } = await this.queries.execute(new ReadReportQuery(context, name, asked));
    if (format !== 'csv' && format !== 'pdf') return new QueryAnswer(report, position);
    if (position !== undefined) void reply.header('countersign-position', this.seal.position(position));
    if (format === 'pdf') {
      const sender = await this.documents.sender(context.organisation, undefined);
      return pdfDownload(await this.pdf.draw(reportPaper(heading(name), report, table, sender)), name);
    }
    const text = csvOf(table, report.currency);
    return new StreamableFile(Buffer.from(text), {
      type: CSV_TYPE,
      disposition: `attachment; filename="${name}.csv"`,
    });
  }
}

/** Amounts with all places of the currency. */
export const csvOf = ({ columns, rows }: Table, currency: string): string => {
  const cell = (value: TableCell): Cell => {
    if (typeof value === 'string') return value;
    return new Figure('amount' in value ? amountText(value.amount, currency) : value.decimal);
  };
  return `${BYTE_ORDER_MARK}${csvRow(columns)}${rows.map((row) => csvRow(row.map(cell))).join('')}`;
};
