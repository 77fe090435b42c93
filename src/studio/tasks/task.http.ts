import { Body, Controller, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import type { CommandAnswer, QueryAnswer, RequestContext } from '../../platform/commands/principal.js';
import { Context } from '../../platform/http/context.js';
import {
  ListOf,
  OneOf,
  OptionalText,
  PageQuery,
  PatchOf,
  PlainDateField,
  Text,
  Uuid,
  uuid,
} from '../../platform/http/fields.js';
import { Requires } from '../../platform/http/route.js';
import { MAX_ASSIGNEES, TASK_STATUSES, type TaskStatus } from './task.js';
import { CompleteTask, CreateTask, EditTask, ReopenTask } from './task.handlers.js';
import { GetTask, ListTasks } from './task.queries.js';

class TaskDto {
  @Text({ max: 200 })
  title!: string;

  @OptionalText({ max: 10_000, multiline: true })
  description?: string;

  @PlainDateField({ optional: true })
  dueDate?: string;

  @Uuid({ optional: true })
  projectId?: string;
}

const Assignees = (): PropertyDecorator =>
  ListOf(uuid(), {
    max: MAX_ASSIGNEES,
    unique: true,
    optional: true,
    description: 'User ids of members and invited people',
  });

export class CreateTaskDto extends TaskDto {
  @Assignees()
  assignees?: string[];
}

export class EditTaskDto extends PatchOf(TaskDto) {
  @Assignees()
  assignees?: string[];
}

export class TasksQuery extends PageQuery {
  @OneOf(TASK_STATUSES, { optional: true })
  status?: TaskStatus;

  @Uuid({ optional: true })
  projectId?: string;

  @Uuid({ optional: true, description: 'User id of somebody who is assigned to the task itself' })
  assignee?: string;
}

@Controller('v1/organisations/:org/tasks')
export class TasksController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Post()
  @Requires('tasks:create')
  create(@Context() context: RequestContext, @Body() body: CreateTaskDto): Promise<CommandAnswer> {
    return this.commands.execute(new CreateTask(context, body));
  }

  @Get()
  @Requires('tasks:read')
  list(@Context() context: RequestContext, @Query() query: TasksQuery): Promise<QueryAnswer> {
    return this.queries.execute(new ListTasks(context, query));
  }

  @Get(':id')
  @Requires('tasks:read')
  get(@Context() context: RequestContext, @Param('id') id: string): Promise<QueryAnswer> {
    return this.queries.execute(new GetTask(context, id));
  }

  @Patch(':id')
  @Requires('tasks:edit')
  edit(@Context() context: RequestContext, @Param('id') id: string, @Body() body: EditTaskDto): Promise<CommandAnswer> {
    return this.commands.execute(new EditTask(context, id, body));
  }

  @Post(':id/complete')
  @HttpCode(200)
  @Requires('tasks:complete')
  complete(@Context() context: RequestContext, @Param('id') id: string): Promise<CommandAnswer> {
    return this.commands.execute(new CompleteTask(context, id));
  }

  @Post(':id/reopen')
  @HttpCode(200)
  @Requires('tasks:complete')
  reopen(@Context() context: RequestContext, @Param('id') id: string): Promise<CommandAnswer> {
    return this.commands.execute(new ReopenTask(context, id));
  }
}
