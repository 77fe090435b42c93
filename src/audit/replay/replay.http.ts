import { Controller, Get, Headers, Query, Req, Res } from '@nestjs/common';
import { ApiHeader, ApiOkResponse } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { RequestContext } from '../../platform/commands/principal.js';
import { Context } from '../../platform/http/context.js';
import { EventStreams } from '../../platform/http/event-stream.js';
import { InstantField, Uuid } from '../../platform/http/fields.js';
import { Requires } from '../../platform/http/route.js';
import { ReplayService } from './replay.service.js';

export class ReplayQuery {
  @InstantField({ optional: true, description: 'Recorded at this instant or later' })
  from?: string;

  @InstantField({ optional: true, description: 'Recorded before this instant; up to now by default' })
  to?: string;

  @Uuid({ optional: true, description: 'The person who acted, also behind an API key or a job of the system' })
  actor?: string;

  @Uuid({ optional: true, description: 'Id of the record' })
  record?: string;
}

const LAST_EVENT_ID = { name: 'Last-Event-ID', required: false, description: 'Goes on behind this message' };
const content = { 'text/event-stream': { schema: { type: 'string' } } };

/** Streams of server-sent events; the data of a message is an item of the trail. */
@Controller('v1/organisations/:org/audit')
export class ReplayController {
  constructor(
    private readonly streams: EventStreams,
    private readonly service: ReplayService,
  ) {}

  @Get('stream')
  @ApiHeader(LAST_EVENT_ID)
  @ApiOkResponse({ description: 'What happens, as it happens; at most 10 streams a person', content })
  @Requires('audit:read')
  async stream(
    @Context() context: RequestContext,
    @Headers('last-event-id') last: string | undefined,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    this.streams.serve(context, request, reply, await this.service.live(context, last));
  }

  @Get('replay')
  @ApiHeader(LAST_EVENT_ID)
  @ApiOkResponse({ description: 'What happened, oldest first; at its end a message of the type `done`', content })
  @Requires('audit:read')
  async replay(
    @Context() context: RequestContext,
    @Query() query: ReplayQuery,
    @Headers('last-event-id') last: string | undefined,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    this.streams.serve(context, request, reply, await this.service.replay(context, query, last));
  }
}
