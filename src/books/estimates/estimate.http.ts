import { Body, Controller, Get, HttpCode, Param, Patch, Post, Query, Res, type StreamableFile } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiProduces } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { CommandAnswer, QueryAnswer, RequestContext } from '../../platform/commands/principal.js';
import { Context } from '../../platform/http/context.js';
import {
  Flag,
  ListOf,
  OneOf,
  OptionalText,
  PageQuery,
  PatchOf,
  PlainDateField,
  Uuid,
} from '../../platform/http/fields.js';
import { Requires } from '../../platform/http/route.js';
import { Seal } from '../../platform/http/seal.js';
import { MAX_LINES } from '../invoices/document.js';
import { LineDto } from '../invoices/document.dto.js';
import { PDF_TYPE } from '../rendering/pdf.service.js';
import { answered, SendDto } from '../sending/sending.http.js';
import { ESTIMATE_STATUSES, type EstimateStatus } from './estimate.js';
import {
  AcceptEstimate,
  ConvertEstimate,
  CopyEstimate,
  CreateEstimate,
  DeclineEstimate,
  DiscardEstimate,
  EditEstimate,
  SendEstimate,
} from './estimate.handlers.js';
import { DrawEstimate, GetEstimate, ListEstimates } from './estimate.queries.js';

class EstimateFields {
  @Uuid({ optional: true, description: 'Required, but for template estimates' })
  customerId?: string;

  @PlainDateField()
  date!: string;

  @PlainDateField({ optional: true, description: 'The last day on which it can be accepted' })
  validUntil?: string;

  @ListOf(LineDto, { max: MAX_LINES })
  lines!: LineDto[];

  @OptionalText({ max: 200 })
  reference?: string;

  @Uuid({ optional: true })
  brandId?: string;

  @Uuid({ optional: true, description: 'A document template for estimates' })
  templateId?: string;

  @Uuid({ optional: true })
  projectId?: string;
}

export class EstimateDto extends EstimateFields {
  @Flag({
    optional: true,
    description: 'A template estimate is there to be copied; this needs document-templates:edit besides',
  })
  template?: boolean;
}

export class EditEstimateDto extends PatchOf(EstimateFields) {}

export class SendEstimateDto extends SendDto {
  @Flag({ optional: true, description: 'false: no mail, it was handed over in another way' })
  mail?: boolean;
}

export class DeclineEstimateDto {
  @OptionalText({ max: 500 })
  reason?: string;
}

export class CopyEstimateDto {
  @PlainDateField({ optional: true, description: "Today's by default" })
  date?: string;

  @Uuid({ optional: true, description: 'By default the customer of what is copied' })
  customerId?: string;
}

export class ConvertEstimateDto {
  @PlainDateField({ optional: true, description: "Of the invoice; today's by default" })
  date?: string;

  @PlainDateField({ optional: true })
  dueDate?: string;
}

export class EstimatesQuery extends PageQuery {
  @OneOf(ESTIMATE_STATUSES, { optional: true })
  status?: EstimateStatus;

  @Flag({ optional: true, description: 'Template estimates only, or none of them' })
  template?: boolean;

  @Uuid({ optional: true })
  customerId?: string;

  @PlainDateField({ optional: true, description: 'First book date' })
  from?: string;

  @PlainDateField({ optional: true, description: 'Last book date' })
  to?: string;
}

@Controller('v1/organisations/:org/estimates')
export class EstimatesController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
    private readonly seal: Seal,
  ) {}

  @Post()
  @Requires('estimates:create')
  create(@Context() context: RequestContext, @Body() body: EstimateDto): Promise<CommandAnswer> {
    return this.commands.execute(new CreateEstimate(context, body));
  }

  @Get()
  @Requires('estimates:read')
  list(@Context() context: RequestContext, @Query() query: EstimatesQuery): Promise<QueryAnswer> {
    return this.queries.execute(new ListEstimates(context, query));
  }

  @Get(':id')
  @Requires('estimates:read')
  get(@Context() context: RequestContext, @Param('id') id: string): Promise<QueryAnswer> {
    return this.queries.execute(new GetEstimate(context, id));
  }

  @Get(':id/pdf')
  @Requires('estimates:read')
  @ApiProduces(PDF_TYPE)
  async pdf(
    @Context() context: RequestContext,
    @Param('id') id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<StreamableFile> {
    return answered(await this.queries.execute(new DrawEstimate(context, id)), reply, this.seal);
  }

  @Patch(':id')
  @Requires('estimates:edit')
  edit(
    @Context() context: RequestContext,
    @Param('id') id: string,
    @Body() body: EditEstimateDto,
  ): Promise<CommandAnswer> {
    return this.commands.execute(new EditEstimate(context, id, body));
  }

  @Post(':id/send')
  @HttpCode(200)
  @Requires('estimates:send')
  send(
    @Context() context: RequestContext,
    @Param('id') id: string,
    @Body() body: SendEstimateDto,
  ): Promise<CommandAnswer> {
    return this.commands.execute(new SendEstimate(context, id, body));
  }

  @Post(':id/accept')
  @HttpCode(200)
  @Requires('estimates:accept')
  accept(@Context() context: RequestContext, @Param('id') id: string): Promise<CommandAnswer> {
    return this.commands.execute(new AcceptEstimate(context, id));
  }

  /** Whoever notes a customer's answer notes either. */
  @Post(':id/decline')
  @HttpCode(200)
  @Requires('estimates:accept')
  decline(
    @Context() context: RequestContext,
    @Param('id') id: string,
    @Body() body: DeclineEstimateDto,
  ): Promise<CommandAnswer> {
    return this.commands.execute(new DeclineEstimate(context, id, body.reason));
  }

  @Post(':id/convert')
  @Requires('estimates:convert', { collection: '/v1/organisations/:org/invoices' })
  convert(
    @Context() context: RequestContext,
    @Param('id') id: string,
    @Body() body: ConvertEstimateDto,
  ): Promise<CommandAnswer> {
    return this.commands.execute(new ConvertEstimate(context, id, body));
  }

  @Post(':id/copy')
  @Requires('estimates:copy', { collection: '/v1/organisations/:org/estimates' })
  copy(
    @Context() context: RequestContext,
    @Param('id') id: string,
    @Body() body: CopyEstimateDto,
  ): Promise<CommandAnswer> {
    return this.commands.execute(new CopyEstimate(context, id, body));
  }

  @Post(':id/discard')
  @HttpCode(200)
  @Requires('estimates:discard')
  discard(@Context() context: RequestContext, @Param('id') id: string): Promise<CommandAnswer> {
    return this.commands.execute(new DiscardEstimate(context, id));
  }
}
