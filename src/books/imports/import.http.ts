import { Controller, Get, Param, Post } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import type { Readable } from 'node:stream';
import type { CommandAnswer, QueryAnswer, RequestContext } from '../../platform/commands/principal.js';
import { Context, Upload } from '../../platform/http/context.js';
import { Requires, Streams } from '../../platform/http/route.js';
import { GetImport, ImportInvoices } from './import.handlers.js';

@Controller('v1/organisations/:org/imports')
export class ImportsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Post('invoices')
  @Requires('invoices:import')
  @Streams('text/csv')
  importInvoices(@Context() context: RequestContext, @Upload() upload: Readable): Promise<CommandAnswer> {
    return this.commands.execute(new ImportInvoices(context, upload));
  }

  @Get(':id')
  @Requires('invoices:import')
  get(@Context() context: RequestContext, @Param('id') id: string): Promise<QueryAnswer> {
    return this.queries.execute(new GetImport(context, id));
  }
}
