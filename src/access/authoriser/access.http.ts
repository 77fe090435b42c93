import { Controller, Get, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import type { QueryAnswer, RequestContext } from '../../platform/commands/principal.js';
import { Context } from '../../platform/http/context.js';
import { OneOf, Uuid } from '../../platform/http/fields.js';
import { Requires } from '../../platform/http/route.js';
import { type Permission, PERMISSIONS } from '../contract.js';
import { AccessMatrix, CheckAccess, WhoCan } from './access.handlers.js';

export class CheckQuery {
  @OneOf(PERMISSIONS)
  permission!: Permission;

  @Uuid({ optional: true, description: 'Oneself by default; others need members:read' })
  user?: string;
}

export class WhoCanQuery {
  @OneOf(PERMISSIONS)
  permission!: Permission;
}

export class MatrixQuery {
  @Uuid({ optional: true })
  user?: string;
}

@Controller('v1/organisations/:org/access')
export class AccessController {
  constructor(private readonly queries: QueryBus) {}

  @Get('check')
  @Requires('own')
  check(@Context() context: RequestContext, @Query() query: CheckQuery): Promise<QueryAnswer> {
    return this.queries.execute(new CheckAccess(context, query.permission, query.user));
  }

  @Get('who-can')
  @Requires('members:read')
  whoCan(@Context() context: RequestContext, @Query() query: WhoCanQuery): Promise<QueryAnswer> {
    return this.queries.execute(new WhoCan(context, query.permission));
  }

  @Get('matrix')
  @Requires('members:read')
  matrix(@Context() context: RequestContext, @Query() query: MatrixQuery): Promise<QueryAnswer> {
    return this.queries.execute(new AccessMatrix(context, query.user));
  }
}
