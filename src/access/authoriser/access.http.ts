import { Body, Controller, Get, HttpCode, Post, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiOkResponse } from '@nestjs/swagger';
import type { QueryAnswer, RequestContext } from '../../platform/commands/principal.js';
import { Context } from '../../platform/http/context.js';
import { InstantField, ListOf, OneOf, Uuid } from '../../platform/http/fields.js';
import { Requires } from '../../platform/http/route.js';
import { MAX_GRANTS } from '../catalogue/grants.js';
import { type Permission, PERMISSIONS } from '../contract.js';
import { GrantDto } from '../members/grant.http.js';
import { AccessMatrix, CheckAccess, MembersAsOf, WhoCan } from './access.handlers.js';
import { WhatIf } from './what-if.handlers.js';

const AT = 'As it was at this instant: what had been recorded up to then. Not in the future';
const RECORD = 'On this record, which the asker must be allowed to read, with `at` both now and then';

export class CheckQuery {
  @OneOf(PERMISSIONS)
  permission!: Permission;

  @Uuid({ optional: true, description: 'Oneself by default; others need members:read' })
  user?: string;

  @Uuid({ optional: true, description: RECORD })
  record?: string;

  @InstantField({ optional: true, description: AT })
  at?: string;
}

export class WhoCanQuery {
  @OneOf(PERMISSIONS)
  permission!: Permission;

  @Uuid({ optional: true, description: RECORD })
  record?: string;

  @InstantField({ optional: true, description: AT })
  at?: string;
}

export class MatrixQuery {
  @Uuid({ optional: true })
  user?: string;

  @InstantField({ optional: true, description: AT })
  at?: string;
}

export class MembersAsOfQuery {
  @InstantField({ optional: true, description: AT })
  at?: string;
}

export class ProposedRolesDto {
  @Uuid({ description: 'A member, or an invited person' })
  user!: string;

  @ListOf(GrantDto, { min: 1, max: MAX_GRANTS, short: 'role', description: 'In place of all roles of the person' })
  roles!: GrantDto[];
}

export class WhatIfDto {
  @ListOf(ProposedRolesDto, { min: 1, max: 200, description: 'Looked at together; nothing is changed' })
  changes!: ProposedRolesDto[];
}

@Controller('v1/organisations/:org/access')
export class AccessController {
  constructor(private readonly queries: QueryBus) {}

  @Get('check')
  @Requires('own')
  check(@Context() context: RequestContext, @Query() query: CheckQuery): Promise<QueryAnswer> {
    return this.queries.execute(new CheckAccess(context, query));
  }

  @Get('who-can')
  @Requires('members:read')
  whoCan(@Context() context: RequestContext, @Query() query: WhoCanQuery): Promise<QueryAnswer> {
    return this.queries.execute(new WhoCan(context, query));
  }

  @Get('matrix')
  @Requires('members:read')
  matrix(@Context() context: RequestContext, @Query() query: MatrixQuery): Promise<QueryAnswer> {
    return this.queries.execute(new AccessMatrix(context, query));
  }

  /** The list of members as it was, with the roles that each held; people are named as they are today. */
  @Get('members')
  @Requires('members:read')
  members(@Context() context: RequestContext, @Query() query: MembersAsOfQuery): Promise<QueryAnswer> {
    return this.queries.execute(new MembersAsOf(context, query));
  }

  @Post('what-if')
  @HttpCode(200)
  @ApiOkResponse({ description: 'Who would gain and lose what, and what nobody could finish any more', type: Object })
  @Requires('members:change-roles')
  whatIf(@Context() context: RequestContext, @Body() body: WhatIfDto): Promise<QueryAnswer> {
    return this.queries.execute(new WhatIf(context, body.changes));
  }
}
