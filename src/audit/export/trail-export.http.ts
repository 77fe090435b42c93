import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import type { CommandAnswer, QueryAnswer, RequestContext } from '../../platform/commands/principal.js';
import { Context } from '../../platform/http/context.js';
import { InstantField, OneOf, PageQuery, Text } from '../../platform/http/fields.js';
import { Requires } from '../../platform/http/route.js';
import { type ExportFormat, extentOf, FORMATS } from './trail-export.js';
import {
  ApproveTrailExport,
  DeclineTrailExport,
  GetTrailExport,
  ListTrailExports,
  RequestTrailExport,
} from './trail-export.handlers.js';

/** What is to be taken out of the trail. */
export class ExtentDto {
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

export class DeclineDto {
  @Text({ max: 500, description: 'Stands in the trail' })
  reason!: string;
}

/**
 * Exports of the trail that wait for a second person, where the organisation wants that (`PUT .../privacy/settings`). Beside
 * `/audit`, below which nothing is written.
 */
@Controller('v1/organisations/:org/trail-exports')
export class TrailExportsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  /** Newest first. */
  @Get()
  @Requires('audit:export')
  list(@Context() context: RequestContext, @Query() page: PageQuery): Promise<QueryAnswer> {
    return this.queries.execute(new ListTrailExports(context, page));
  }

  @Get(':id')
  @Requires('audit:export')
  get(@Context() context: RequestContext, @Param('id') id: string): Promise<QueryAnswer> {
    return this.queries.execute(new GetTrailExport(context, id));
  }

  @Post()
  @Requires('audit:export')
  request(@Context() context: RequestContext, @Body() body: ExtentDto): Promise<CommandAnswer> {
    return this.commands.execute(new RequestTrailExport(context, extentOf(body)));
  }

  /** By somebody else than whoever asked, who then has seven days for `GET .../audit/export?approval={id}`. */
  @Post(':id/approve')
  @HttpCode(200)
  @Requires('audit:export')
  approve(@Context() context: RequestContext, @Param('id') id: string): Promise<CommandAnswer> {
    return this.commands.execute(new ApproveTrailExport(context, id));
  }

  /** Also by whoever asked. */
  @Post(':id/decline')
  @HttpCode(200)
  @Requires('audit:export')
  decline(
    @Context() context: RequestContext,
    @Param('id') id: string,
    @Body() { reason }: DeclineDto,
  ): Promise<CommandAnswer> {
    return this.commands.execute(new DeclineTrailExport(context, id, reason));
  }
}
