import { Controller, Get, Param, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { PERMISSIONS } from '../../access/contract.js';
import type { QueryAnswer, RequestContext } from '../../platform/commands/principal.js';
import { Context } from '../../platform/http/context.js';
import { InstantField, OneOf, OptionalText, PageQuery, Uuid } from '../../platform/http/fields.js';
import { Requires } from '../../platform/http/route.js';
import { type Outcome, OUTCOMES } from '../contract.js';
import { ExplainEvent, SearchTrail } from './trail.handlers.js';

export class TrailQuery extends PageQuery {
  @Uuid({ optional: true, description: 'The person who acted, also behind an API key or a job of the system' })
  actor?: string;

  @OptionalText({
    max: 100,
    pattern: /^[A-Za-z]+$/,
    patternSays: 'the name of a type of event',
    description: 'Type of event, such as InvoiceIssued',
  })
  type?: string;

  @Uuid({ optional: true, description: 'Id of the record' })
  record?: string;

  @Uuid({ optional: true, description: 'Id of a person whom the event is about' })
  subject?: string;

  @OneOf(PERMISSIONS, { optional: true, description: 'The permission by which it was allowed, or which was missing' })
  permission?: string;

  @InstantField({ optional: true, description: 'Recorded at this instant or later' })
  from?: string;

  @InstantField({ optional: true, description: 'Recorded before this instant' })
  to?: string;

  @OneOf(OUTCOMES, {
    optional: true,
    description: '`read`, with an actor and a time: everything sensitive that somebody saw then',
  })
  outcome?: Outcome;

  @OptionalText({
    max: 200,
    description: 'Words of a name or an address: what the first people found did, and what is about them',
  })
  q?: string;
}

@Controller('v1/organisations/:org/audit')
export class TrailController {
  constructor(private readonly queries: QueryBus) {}

  @Get()
  @Requires('audit:read')
  search(@Context() context: RequestContext, @Query() query: TrailQuery): Promise<QueryAnswer> {
    return this.queries.execute(new SearchTrail(context, query));
  }

  /** One event with what stands behind it: as stored (null without its record's read), causes, consequences, proof. */
  @Get(':event')
  @Requires('audit:read')
  explain(@Context() context: RequestContext, @Param('event') event: string): Promise<QueryAnswer> {
    return this.queries.execute(new ExplainEvent(context, event));
  }
}
