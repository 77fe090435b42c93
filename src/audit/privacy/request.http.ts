import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import type { CommandAnswer, QueryAnswer, RequestContext } from '../../platform/commands/principal.js';
import { Context } from '../../platform/http/context.js';
import { InstantField, OneOf, OptionalText, PageQuery, Text, Uuid } from '../../platform/http/fields.js';
import { Requires } from '../../platform/http/route.js';
import { ReasonDto } from './privacy.http.js';
import { GetPrivacyRequest, ListPrivacyRequests } from './privacy.queries.js';
import { type Known, REQUEST_KINDS, type RequestKind } from './request.js';
import { completeRequest, extendRequest, pauseRequest, refuseRequest, resumeRequest } from './request.decide.js';
import { ChangePrivacyRequest, ReceivePrivacyRequest } from './request.handlers.js';

const REASON = { max: 2000, multiline: true } as const;

export class ReceiveRequestDto {
  @Uuid({ description: 'Id of the person who asks' })
  subject!: string;

  @OneOf(REQUEST_KINDS)
  kind!: RequestKind;

  @InstantField({ optional: true, description: 'When it reached anybody in the organisation; now by default' })
  receivedAt?: string;
}

export class OptionalReasonDto {
  @OptionalText({ ...REASON })
  reason?: string;
}

export class CompleteRequestDto {
  @Text({ ...REASON, description: 'What was done' })
  outcome!: string;

  @OptionalText({ ...REASON })
  reason?: string;
}

export class RequestsQuery extends PageQuery {
  @OneOf(['open', 'paused', 'completed', 'refused'], { optional: true })
  status?: Known['status'];

  @Uuid({ optional: true, description: 'Id of the person who asks' })
  subject?: string;
}

/** Requests of people about their data, with the time there is to answer them (GDPR Art. 12(3)). */
@Controller('v1/organisations/:org/privacy/requests')
export class PrivacyRequestsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Post()
  @Requires('privacy:manage')
  receive(@Context() context: RequestContext, @Body() body: ReceiveRequestDto): Promise<CommandAnswer> {
    return this.commands.execute(new ReceivePrivacyRequest(context, body));
  }

  @Get()
  @Requires('privacy:read')
  list(@Context() context: RequestContext, @Query() query: RequestsQuery): Promise<QueryAnswer> {
    return this.queries.execute(new ListPrivacyRequests(context, query));
  }

  @Get(':id')
  @Requires('privacy:read')
  get(@Context() context: RequestContext, @Param('id') id: string): Promise<QueryAnswer> {
    return this.queries.execute(new GetPrivacyRequest(context, id));
  }

  @Post(':id/extend')
  @HttpCode(200)
  @Requires('privacy:manage')
  extend(
    @Context() context: RequestContext,
    @Param('id') id: string,
    @Body() { reason }: ReasonDto,
  ): Promise<CommandAnswer> {
    return this.commands.execute(new ChangePrivacyRequest(context, 'ExtendPrivacyRequest', id, extendRequest(reason)));
  }

  @Post(':id/pause')
  @HttpCode(200)
  @Requires('privacy:manage')
  pause(
    @Context() context: RequestContext,
    @Param('id') id: string,
    @Body() { reason }: OptionalReasonDto,
  ): Promise<CommandAnswer> {
    return this.commands.execute(new ChangePrivacyRequest(context, 'PausePrivacyRequest', id, pauseRequest(reason)));
  }

  @Post(':id/resume')
  @HttpCode(200)
  @Requires('privacy:manage')
  resume(@Context() context: RequestContext, @Param('id') id: string): Promise<CommandAnswer> {
    return this.commands.execute(new ChangePrivacyRequest(context, 'ResumePrivacyRequest', id, resumeRequest()));
  }

  @Post(':id/complete')
  @HttpCode(200)
  @Requires('privacy:manage')
  complete(
    @Context() context: RequestContext,
    @Param('id') id: string,
    @Body() { outcome, reason }: CompleteRequestDto,
  ): Promise<CommandAnswer> {
    const decide = completeRequest(outcome, reason);
    return this.commands.execute(new ChangePrivacyRequest(context, 'CompletePrivacyRequest', id, decide));
  }

  @Post(':id/refuse')
  @HttpCode(200)
  @Requires('privacy:manage')
  refuse(
    @Context() context: RequestContext,
    @Param('id') id: string,
    @Body() { reason }: ReasonDto,
  ): Promise<CommandAnswer> {
    return this.commands.execute(new ChangePrivacyRequest(context, 'RefusePrivacyRequest', id, refuseRequest(reason)));
  }
}
