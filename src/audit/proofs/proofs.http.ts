import { Controller, Get, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import type { QueryAnswer, RequestContext } from '../../platform/commands/principal.js';
import { Context } from '../../platform/http/context.js';
import { Integer, PageQuery, Uuid } from '../../platform/http/fields.js';
import { Requires } from '../../platform/http/route.js';
import { ListCheckpoints, ProveConsistency, ProveInclusion } from './proofs.handlers.js';

export class InclusionQuery {
  @Uuid({ description: 'Id of the event' })
  event!: string;

  @Integer({ min: 1, optional: true, description: 'Size of the tree; that of the newest checkpoint by default' })
  size?: number;
}

export class ConsistencyQuery {
  @Integer({ min: 1, description: 'Size of the older tree' })
  from!: number;

  @Integer({ min: 1, optional: true, description: 'Size of the newer tree; the whole one by default' })
  to?: number;
}

/** Signed tree heads (C2SP tlog-checkpoint) and RFC 9162 proofs over an organisation's events. */
@Controller('v1/organisations/:org/audit')
export class ProofsController {
  constructor(private readonly queries: QueryBus) {}

  @Get('checkpoints')
  @Requires('audit:read')
  checkpoints(@Context() context: RequestContext, @Query() query: PageQuery): Promise<QueryAnswer> {
    return this.queries.execute(new ListCheckpoints(context, query));
  }

  @Get('proofs/inclusion')
  @Requires('audit:read')
  inclusion(@Context() context: RequestContext, @Query() query: InclusionQuery): Promise<QueryAnswer> {
    return this.queries.execute(new ProveInclusion(context, query.event, query.size));
  }

  @Get('proofs/consistency')
  @Requires('audit:read')
  consistency(@Context() context: RequestContext, @Query() query: ConsistencyQuery): Promise<QueryAnswer> {
    return this.queries.execute(new ProveConsistency(context, query.from, query.to));
  }
}
