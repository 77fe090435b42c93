import { Controller, Get, Query, Res, type StreamableFile } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiProduces } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { RequestContext } from '../../platform/commands/principal.js';
import { Context } from '../../platform/http/context.js';
import { InstantField, OneOf, Text } from '../../platform/http/fields.js';
import { Requires } from '../../platform/http/route.js';
import { Seal } from '../../platform/http/seal.js';
import { ExportTrail } from './export.handlers.js';
import { CSV_TYPE, type ExportFormat, FORMATS, JSONL_TYPE } from './export.service.js';

export class ExportQuery {
  @OneOf(FORMATS, {
    optional: true,
    description: 'jsonl (by default), which countersign verify checks, or csv for people',
  })
  format?: ExportFormat;

  @InstantField({ optional: true, description: 'Recorded at this instant or later' })
  from?: string;

  @InstantField({ optional: true, description: 'Recorded before this instant' })
  to?: string;

  @Text({ max: 500, description: 'Why it is taken out; stands in the trail' })
  reason!: string;
}

@Controller('v1/organisations/:org/audit')
export class ExportController {
  constructor(
    private readonly queries: QueryBus,
    private readonly seal: Seal,
  ) {}

  @Get('export')
  @Requires('audit:export')
  @ApiProduces(JSONL_TYPE, CSV_TYPE)
  async export(
    @Context() context: RequestContext,
    @Query() query: ExportQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<StreamableFile> {
    const { file, position } = await this.queries.execute(new ExportTrail(context, query));
    void reply.header('countersign-position', this.seal.position(position)).header('cache-control', 'no-store');
    return file;
  }
}
