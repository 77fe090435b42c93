import { Controller, Get, Query, Res, type StreamableFile } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiProduces } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { RequestContext } from '../../platform/commands/principal.js';
import { Context } from '../../platform/http/context.js';
import { Uuid } from '../../platform/http/fields.js';
import { Requires } from '../../platform/http/route.js';
import { Seal } from '../../platform/http/seal.js';
import { ExportTrail } from './export.handlers.js';
import { CSV_TYPE, JSONL_TYPE } from './export.service.js';
import { extentOf } from './trail-export.js';
import { ExtentDto } from './trail-export.http.js';

export class ExportQuery extends ExtentDto {
  @Uuid({
    optional: true,
    description:
      'Where a second person approves exports (409 `approval-needed`): the id of what was asked for by POST .../trail-exports, and approved',
  })
  approval?: string;
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
    const { file, position } = await this.queries.execute(new ExportTrail(context, extentOf(query), query.approval));
    void reply.header('countersign-position', this.seal.position(position)).header('cache-control', 'no-store');
    return file;
  }
}
