import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiCreatedResponse, ApiProperty } from '@nestjs/swagger';
import type { CommandAnswer, QueryAnswer, RequestContext } from '../../platform/commands/principal.js';
import { Context } from '../../platform/http/context.js';
import { InstantField, ListOf, PageQuery, Text } from '../../platform/http/fields.js';
import { Requires } from '../../platform/http/route.js';
import { MAX_GRANTS } from '../catalogue/grants.js';
import { PERMISSIONS } from '../contract.js';
import { GrantDto } from '../members/grant.http.js';
import { ScopedPermissionDto } from '../roles/permission.http.js';
import { type ApiKeyBody, CreateApiKey, DeleteApiKey, GetApiKey, ListApiKeys } from './api-keys.handlers.js';

export class ApiKeyDto {
  @Text({ max: 100, description: 'What it is for; stands in the trail beside what it does' })
  name!: string;

  @ListOf(ScopedPermissionDto, {
    min: 1,
    max: 2 * PERMISSIONS.length,
    short: 'permission',
    optional: true,
    description:
      'What it may do, as far as its maker may; either these or roles. None about members, roles, API keys, privacy or account billing',
  })
  permissions?: ScopedPermissionDto[];

  @ListOf(GrantDto, {
    min: 1,
    max: MAX_GRANTS,
    short: 'role',
    optional: true,
    description: 'Either these or permissions',
  })
  roles?: GrantDto[];

  @InstantField({ optional: true, nullable: true, description: 'The first instant at which it is not good any more' })
  expiresAt?: string | null;
}

export class ApiKeyMade {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty({ description: 'For `Authorization: Bearer`. Shown this once; only its hash is kept' })
  key!: string;

  @ApiProperty()
  revision!: number;

  @ApiProperty({ description: 'For Countersign-At-Least of a later query' })
  position!: string;
}

@Controller('v1/organisations/:org/api-keys')
export class ApiKeysController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Post()
  @Requires('api-keys:edit', { secret: true })
  @ApiCreatedResponse({ type: ApiKeyMade })
  create(@Context() context: RequestContext, @Body() body: ApiKeyDto): Promise<CommandAnswer> {
    return this.commands.execute(new CreateApiKey(context, bodyOf(body)));
  }

  @Get()
  @Requires('api-keys:read')
  list(@Context() context: RequestContext, @Query() query: PageQuery): Promise<QueryAnswer> {
    return this.queries.execute(new ListApiKeys(context, query));
  }

  @Get(':id')
  @Requires('api-keys:read')
  get(@Context() context: RequestContext, @Param('id') id: string): Promise<QueryAnswer> {
    return this.queries.execute(new GetApiKey(context, id));
  }

  @Delete(':id')
  @HttpCode(200)
  @Requires('api-keys:edit')
  remove(@Context() context: RequestContext, @Param('id') id: string): Promise<CommandAnswer> {
    return this.commands.execute(new DeleteApiKey(context, id));
  }
}

const bodyOf = ({ name, permissions, roles, expiresAt }: ApiKeyDto): ApiKeyBody => ({
  name: name.trim(),
  ...(permissions && { permissions: permissions.map(({ permission, scope = 'all' }) => ({ permission, scope })) }),
  ...(roles && { roles }),
  ...(typeof expiresAt === 'string' && { expiresAt }),
});
