import { Controller, Get, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import type { QueryAnswer, RequestContext } from '../../platform/commands/principal.js';
import { Context } from '../../platform/http/context.js';
import { PageQuery, Uuid } from '../../platform/http/fields.js';
import { Requires } from '../../platform/http/route.js';
import { ReadActivity } from './activity.handlers.js';

export class ActivityQuery extends PageQuery {
  @Uuid({
    optional: true,
    description: 'One project with its tasks and documents; by default all projects and tasks within reach',
  })
  project?: string;
}

@Controller('v1/organisations/:org/activity')
export class ActivityController {
  constructor(private readonly queries: QueryBus) {}

  @Get()
  @Requires('activity:read')
  read(@Context() context: RequestContext, @Query() query: ActivityQuery): Promise<QueryAnswer> {
    return this.queries.execute(new ReadActivity(context, query));
  }
}
