import { Controller, Get, Param } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import type { QueryAnswer, RequestContext } from '../../platform/commands/principal.js';
import { Context } from '../../platform/http/context.js';
import { Requires } from '../../platform/http/route.js';
import { GetRole, ListRoles } from './roles.handlers.js';

@Controller('v1/organisations/:org/roles')
export class RolesController {
  constructor(private readonly queries: QueryBus) {}

  @Get()
  @Requires('roles:read')
  list(@Context() context: RequestContext): Promise<QueryAnswer> {
    return this.queries.execute(new ListRoles(context));
  }

  @Get(':role')
  @Requires('roles:read', { names: ['role'] })
  get(@Context() context: RequestContext, @Param('role') role: string): Promise<QueryAnswer> {
    return this.queries.execute(new GetRole(context, role));
  }
}
