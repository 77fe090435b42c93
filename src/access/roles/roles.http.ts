import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put, Query } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiOperation } from '@nestjs/swagger';
import type { CommandAnswer, QueryAnswer, RequestContext } from '../../platform/commands/principal.js';
import { Context } from '../../platform/http/context.js';
import { ListOf, OptionalText, PageQuery, Text } from '../../platform/http/fields.js';
import { Requires } from '../../platform/http/route.js';
import { PERMISSIONS } from '../contract.js';
import { CHANGES_HOLDERS, MAX_ROLE_NAME } from '../organisations/custom-roles.decide.js';
import { ScopedPermissionDto } from './permission.http.js';
import { CopyRole, DefineRole, DeleteRole, EditRole, GetRole, ListPermissions, ListRoles } from './roles.handlers.js';

export class RoleDto {
  @Text({ max: MAX_ROLE_NAME, description: 'No other role is called so, in upper or lower case' })
  name!: string;

  @OptionalText({ max: 500, min: 0 })
  description?: string;

  @ListOf(ScopedPermissionDto, {
    min: 1,
    max: PERMISSIONS.length,
    short: 'permission',
    description: 'Each once; what is not in the list is not held',
  })
  permissions!: ScopedPermissionDto[];
}

export class CopyRoleDto {
  @OptionalText({ max: MAX_ROLE_NAME, description: '"Copy of" the other by default' })
  name?: string;
}

@Controller('v1')
export class RolesController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Get('permissions')
  @Requires('signed-in')
  permissions(@Context() context: RequestContext): Promise<QueryAnswer> {
    return this.queries.execute(new ListPermissions(context));
  }

  @Get('organisations/:org/roles')
  @Requires('roles:read')
  list(@Context() context: RequestContext, @Query() query: PageQuery): Promise<QueryAnswer> {
    return this.queries.execute(new ListRoles(context, query));
  }

  @Get('organisations/:org/roles/:role')
  @Requires('roles:read', { names: ['role'] })
  get(@Context() context: RequestContext, @Param('role') role: string): Promise<QueryAnswer> {
    return this.queries.execute(new GetRole(context, role));
  }

  @Post('organisations/:org/roles')
  @Requires('roles:edit')
  define(@Context() context: RequestContext, @Body() body: RoleDto): Promise<CommandAnswer> {
    return this.commands.execute(new DefineRole(context, body));
  }

  @Put('organisations/:org/roles/:role')
  @HttpCode(200)
  @ApiOperation({ description: `Changes it for all who hold it, so it needs \`${CHANGES_HOLDERS}\` as well` })
  @Requires('roles:edit', { names: ['role'] })
  edit(@Context() context: RequestContext, @Param('role') role: string, @Body() body: RoleDto): Promise<CommandAnswer> {
    return this.commands.execute(new EditRole(context, role, body));
  }

  @Delete('organisations/:org/roles/:role')
  @HttpCode(200)
  @Requires('roles:edit', { names: ['role'] })
  remove(@Context() context: RequestContext, @Param('role') role: string): Promise<CommandAnswer> {
    return this.commands.execute(new DeleteRole(context, role));
  }

  @Post('organisations/:org/roles/:role/copy')
  @Requires('roles:edit', { names: ['role'], collection: '/v1/organisations/:org/roles' })
  copy(
    @Context() context: RequestContext,
    @Param('role') role: string,
    @Body() { name }: CopyRoleDto,
  ): Promise<CommandAnswer> {
    return this.commands.execute(new CopyRole(context, role, name));
  }
}
