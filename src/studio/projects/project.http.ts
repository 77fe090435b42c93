import { Body, Controller, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { MAX_ASSIGNED } from '../../access/contract.js';
import type { CommandAnswer, QueryAnswer, RequestContext } from '../../platform/commands/principal.js';
import { Context } from '../../platform/http/context.js';
import {
  Flag,
  ListOf,
  OneOf,
  OptionalText,
  PageQuery,
  PatchOf,
  PlainDateField,
  Text,
  text,
  Uuid,
  uuid,
} from '../../platform/http/fields.js';
import { Requires } from '../../platform/http/route.js';
import { AssignProject } from './assigning.service.js';
import { MAX_TAGS, PROJECT_STATUSES, type ProjectStatus } from './project.js';
import {
  ArchiveProject,
  CreateProject,
  EditProject,
  GetProject,
  ListProjects,
  UnarchiveProject,
} from './project.handlers.js';

const MAX_TAG = 50;

class ProjectDto {
  @Text({ max: 200 })
  title!: string;

  @Uuid({ optional: true, description: 'The client' })
  customerId?: string;

  @PlainDateField({ optional: true, description: 'When it takes place, or is due' })
  date?: string;

  @Uuid({ optional: true })
  brandId?: string;
}

export class EditProjectDto extends PatchOf(ProjectDto) {
  @OneOf(PROJECT_STATUSES, { optional: true })
  status?: ProjectStatus;

  @ListOf(text({ max: MAX_TAG }), { max: MAX_TAGS, unique: true, optional: true })
  tags?: string[];
}

export class CreateProjectDto extends ProjectDto {
  @OneOf(PROJECT_STATUSES, { optional: true, description: 'active by default' })
  status?: ProjectStatus;

  @ListOf(text({ max: MAX_TAG }), { max: MAX_TAGS, unique: true, optional: true })
  tags?: string[];

  @ListOf(uuid(), {
    max: MAX_ASSIGNED,
    unique: true,
    optional: true,
    description: 'User ids of members and invited people; needs projects:assign as well',
  })
  assigned?: string[];
}

export class AssignDto {
  @ListOf(uuid(), {
    max: MAX_ASSIGNED,
    unique: true,
    description: 'User ids of everybody who is assigned from now on: members and invited people',
  })
  assigned!: string[];
}

export class ProjectsQuery extends PageQuery {
  @OneOf(PROJECT_STATUSES, { optional: true })
  status?: ProjectStatus;

  @OptionalText({ max: MAX_TAG })
  tag?: string;

  @Uuid({ optional: true })
  customerId?: string;

  @Flag({ optional: true, description: 'Only archived ones, or only others; both by default' })
  archived?: boolean;
}

@Controller('v1/organisations/:org/projects')
export class ProjectsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Post()
  @Requires('projects:create')
  create(@Context() context: RequestContext, @Body() body: CreateProjectDto): Promise<CommandAnswer> {
    const { assigned = [], ...fields } = body;
    return this.commands.execute(new CreateProject(context, fields, assigned));
  }

  @Get()
  @Requires('projects:read')
  list(@Context() context: RequestContext, @Query() query: ProjectsQuery): Promise<QueryAnswer> {
    return this.queries.execute(new ListProjects(context, query));
  }

  @Get(':id')
  @Requires('projects:read')
  get(@Context() context: RequestContext, @Param('id') id: string): Promise<QueryAnswer> {
    return this.queries.execute(new GetProject(context, id));
  }

  @Patch(':id')
  @Requires('projects:edit')
  edit(
    @Context() context: RequestContext,
    @Param('id') id: string,
    @Body() body: EditProjectDto,
  ): Promise<CommandAnswer> {
    return this.commands.execute(new EditProject(context, id, body));
  }

  @Post(':id/archive')
  @HttpCode(200)
  @Requires('projects:archive')
  archive(@Context() context: RequestContext, @Param('id') id: string): Promise<CommandAnswer> {
    return this.commands.execute(new ArchiveProject(context, id));
  }

  @Post(':id/unarchive')
  @HttpCode(200)
  @Requires('projects:archive')
  unarchive(@Context() context: RequestContext, @Param('id') id: string): Promise<CommandAnswer> {
    return this.commands.execute(new UnarchiveProject(context, id));
  }

  @Post(':id/assign')
  @HttpCode(200)
  @Requires('projects:assign')
  assign(@Context() context: RequestContext, @Param('id') id: string, @Body() body: AssignDto): Promise<CommandAnswer> {
    return this.commands.execute(new AssignProject(context, id, body.assigned));
  }
}
