import { Controller, Get, Query, Res, type StreamableFile } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiProduces } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { RequestContext } from '../../platform/commands/principal.js';
import { Context } from '../../platform/http/context.js';
import { OneOf } from '../../platform/http/fields.js';
import { Requires } from '../../platform/http/route.js';
import { Seal } from '../../platform/http/seal.js';
import { ExportLedger } from './ledger.handlers.js';

export const LEDGER_FORMATS = ['hledger'] as const;

export class LedgerExportQuery {
  @OneOf(LEDGER_FORMATS, { optional: true, description: 'A plain-text journal, as hledger and ledger read it' })
  format?: (typeof LEDGER_FORMATS)[number];
}

@Controller('v1/organisations/:org/journals')
export class LedgerController {
  constructor(
    private readonly queries: QueryBus,
    private readonly seal: Seal,
  ) {}

  @Get('export')
  @Requires('journals:read')
  @ApiProduces('text/plain')
  async export(
    @Context() context: RequestContext,
    @Query() _query: LedgerExportQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<StreamableFile> {
    const { file, position } = await this.queries.execute(new ExportLedger(context));
    if (position !== undefined) void reply.header('countersign-position', this.seal.position(position));
    void reply.header('cache-control', 'no-store');
    return file;
  }
}
