import { Readable } from 'node:stream';
import { Body, Controller, Get, HttpCode, Param, Post, Put, Query, StreamableFile } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import type { CommandAnswer, QueryAnswer, RequestContext } from '../../platform/commands/principal.js';
import { Context } from '../../platform/http/context.js';
import { Flag, Integer, OneOf, OptionalText, PageQuery, Text, Uuid } from '../../platform/http/fields.js';
import { Requires } from '../../platform/http/route.js';
import { EXPORT_KINDS, type ExportKind } from './privacy.js';
import { changeSettings, declineErasure, declineExport, placeHold, releaseHold } from './privacy.decide.js';
import {
  ApproveDataExport,
  ApproveErasure,
  ChangePrivacy,
  LiftRestriction,
  OrderDataExport,
  OrderErasure,
  PlaceLegalHold,
  PlaceRestriction,
} from './privacy.handlers.js';
import {
  GetDataExport,
  GetErasure,
  GetPrivacySettings,
  ListRegister,
  ListSubjects,
  ReadDataExport,
} from './privacy.queries.js';

const REASON = { max: 2000, multiline: true } as const;

export class SubjectsQuery extends PageQuery {
  @OptionalText({ max: 200, min: 0, description: 'Words of a name or an address; everybody without any' })
  q?: string;
}

export class PrivacySettingsDto {
  @Flag({
    optional: true,
    description: 'Erasures and exports, those of the trail too, wait for a second person; the Primary switches it off',
  })
  secondApproval?: boolean;

  @Integer({ min: 1, max: 100, optional: true, description: 'Years after the end of the period; 6 by default' })
  retentionYears?: number;

  @Text({
    max: 5,
    pattern: /^\d\d-\d\d$/,
    patternSays: 'a day of the year as MM-DD',
    optional: true,
    description: 'The last day of the accounting period; 12-31 by default',
  })
  accountingYearEnd?: string;
}

export class AboutSubjectDto {
  @Uuid({ description: 'Id of the person' })
  subject!: string;

  @Text({ ...REASON })
  reason!: string;
}

export class ReasonDto {
  @Text({ ...REASON })
  reason!: string;
}

export class NoticeDto {
  @Text({
    ...REASON,
    description: 'How and when the person was told that the restriction is lifted, which comes before',
  })
  notice!: string;
}

export class OrderExportDto {
  @Uuid({ description: 'Id of the person' })
  subject!: string;

  @OneOf(EXPORT_KINDS, {
    optional: true,
    description: 'access: everything held (default); portability: what they gave',
  })
  kind?: ExportKind;

  @OptionalText({ ...REASON, description: 'The right by which it is asked for, where there is no other reason' })
  reason?: string;
}

export class ExportTokenDto {
  @Text({ max: 2048, description: 'From the link to the export' })
  token!: string;
}

const ZIP = 'application/zip';

async function zipOf(queries: QueryBus, query: ReadDataExport, name: string): Promise<StreamableFile> {
  const { body } = await queries.execute<ReadDataExport, QueryAnswer<AsyncIterable<Buffer>>>(query);
  return new StreamableFile(Readable.from(body), { type: ZIP, disposition: `attachment; filename="${name}.zip"` });
}

/** What an organisation decides about the data of people: erasures, exports, restrictions, legal holds. */
@Controller('v1/organisations/:org/privacy')
export class PrivacyController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  /** One kind of people after the other, the newest of each first. */
  @Get('subjects')
  @Requires('privacy:read')
  subjects(@Context() context: RequestContext, @Query() query: SubjectsQuery): Promise<QueryAnswer> {
    return this.queries.execute(new ListSubjects(context, query.q ?? '', query));
  }

  @Get('settings')
  @Requires('privacy:read')
  settings(@Context() context: RequestContext): Promise<QueryAnswer> {
    return this.queries.execute(new GetPrivacySettings(context));
  }

  @Put('settings')
  @Requires('privacy:manage')
  changeSettings(@Context() context: RequestContext, @Body() body: PrivacySettingsDto): Promise<CommandAnswer> {
    const { secondApproval, retentionYears: years, accountingYearEnd: yearEnd } = body;
    const patch = {
      ...(secondApproval === undefined ? {} : { secondApproval }),
      ...(years === undefined ? {} : { years }),
      ...(yearEnd === undefined ? {} : { yearEnd }),
    };
    const decide = changeSettings(patch, context.authority?.role === 'primary');
    return this.commands.execute(new ChangePrivacy(context, 'ChangePrivacySettings', decide));
  }

  @Get('holds')
  @Requires('privacy:read')
  holds(@Context() context: RequestContext, @Query() page: PageQuery): Promise<QueryAnswer> {
    return this.queries.execute(new ListRegister(context, 'holds', page));
  }

  @Post('holds')
  @Requires('privacy:manage')
  placeHold(@Context() context: RequestContext, @Body() { subject, reason }: AboutSubjectDto): Promise<CommandAnswer> {
    return this.commands.execute(new PlaceLegalHold(context, subject, placeHold(reason)));
  }

  @Post('holds/:id/release')
  @HttpCode(200)
  @Requires('privacy:manage')
  releaseHold(
    @Context() context: RequestContext,
    @Param('id') id: string,
    @Body() { reason }: ReasonDto,
  ): Promise<CommandAnswer> {
    return this.commands.execute(new ChangePrivacy(context, 'ReleaseLegalHold', releaseHold(id, reason), id));
  }

  @Get('restrictions')
  @Requires('privacy:read')
  restrictions(@Context() context: RequestContext, @Query() page: PageQuery): Promise<QueryAnswer> {
    return this.queries.execute(new ListRegister(context, 'restrictions', page));
  }

  @Post('restrictions')
  @Requires('privacy:manage')
  restrict(@Context() context: RequestContext, @Body() { subject, reason }: AboutSubjectDto): Promise<CommandAnswer> {
    return this.commands.execute(new PlaceRestriction(context, subject, reason));
  }

  @Post('restrictions/:id/lift')
  @HttpCode(200)
  @Requires('privacy:manage')
  lift(
    @Context() context: RequestContext,
    @Param('id') id: string,
    @Body() { notice }: NoticeDto,
  ): Promise<CommandAnswer> {
    return this.commands.execute(new LiftRestriction(context, id, notice));
  }

  @Get('erasures')
  @Requires('privacy:read')
  erasures(@Context() context: RequestContext, @Query() page: PageQuery): Promise<QueryAnswer> {
    return this.queries.execute(new ListRegister(context, 'erasures', page));
  }

  @Get('erasures/:id')
  @Requires('privacy:read')
  erasure(@Context() context: RequestContext, @Param('id') id: string): Promise<QueryAnswer> {
    return this.queries.execute(new GetErasure(context, id));
  }

  @Post('erasures')
  @Requires('privacy:manage')
  erase(@Context() context: RequestContext, @Body() { subject, reason }: AboutSubjectDto): Promise<CommandAnswer> {
    return this.commands.execute(new OrderErasure(context, subject, reason));
  }

  @Post('erasures/:id/approve')
  @HttpCode(200)
  @Requires('privacy:manage')
  approveErasure(@Context() context: RequestContext, @Param('id') id: string): Promise<CommandAnswer> {
    return this.commands.execute(new ApproveErasure(context, id));
  }

  @Post('erasures/:id/decline')
  @HttpCode(200)
  @Requires('privacy:manage')
  declineErasure(
    @Context() context: RequestContext,
    @Param('id') id: string,
    @Body() { reason }: ReasonDto,
  ): Promise<CommandAnswer> {
    return this.commands.execute(new ChangePrivacy(context, 'DeclineErasure', declineErasure(id, reason), id));
  }

  @Get('exports')
  @Requires('privacy:read')
  exports(@Context() context: RequestContext, @Query() page: PageQuery): Promise<QueryAnswer> {
    return this.queries.execute(new ListRegister(context, 'exports', page));
  }

  @Get('exports/:id')
  @Requires('privacy:read')
  export(@Context() context: RequestContext, @Param('id') id: string): Promise<QueryAnswer> {
    return this.queries.execute(new GetDataExport(context, id));
  }

  @Get('exports/:id/download')
  @Requires('privacy:manage')
  download(@Context() context: RequestContext, @Param('id') id: string): Promise<StreamableFile> {
    return zipOf(this.queries, new ReadDataExport(context, { id }), `personal-data-${id}`);
  }

  @Post('exports')
  @Requires('privacy:manage', { secret: true })
  orderExport(
    @Context() context: RequestContext,
    @Body() { subject, kind = 'access', reason }: OrderExportDto,
  ): Promise<CommandAnswer> {
    return this.commands.execute(new OrderDataExport(context, subject, kind, reason));
  }

  @Post('exports/:id/approve')
  @HttpCode(200)
  @Requires('privacy:manage', { secret: true })
  approveExport(@Context() context: RequestContext, @Param('id') id: string): Promise<CommandAnswer> {
    return this.commands.execute(new ApproveDataExport(context, id));
  }

  @Post('exports/:id/decline')
  @HttpCode(200)
  @Requires('privacy:manage')
  declineExport(
    @Context() context: RequestContext,
    @Param('id') id: string,
    @Body() { reason }: ReasonDto,
  ): Promise<CommandAnswer> {
    return this.commands.execute(new ChangePrivacy(context, 'DeclineDataExport', declineExport(id, reason), id));
  }
}

/** For people who have a link and no account. */
@Controller('v1/privacy')
export class PrivacyLinksController {
  constructor(private readonly queries: QueryBus) {}

  @Post('exports/download')
  @HttpCode(200)
  @Requires('token')
  download(@Context() context: RequestContext, @Body() { token }: ExportTokenDto): Promise<StreamableFile> {
    return zipOf(this.queries, new ReadDataExport(context, { token }), 'personal-data');
  }
}
