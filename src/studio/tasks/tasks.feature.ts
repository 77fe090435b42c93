import type { Feature } from '../../platform/feature.js';
import { CompleteTaskHandler, CreateTaskHandler, EditTaskHandler, ReopenTaskHandler } from './task.handlers.js';
import { TasksController } from './task.http.js';
import { taskKind } from './task.kind.js';
import { GetTaskHandler, ListTasksHandler } from './task.queries.js';
import { TasksUpkeep } from './tasks-upkeep.reactor.js';

/** For the room's module. */
export const tasksFeature: Feature = {
  controllers: [TasksController],
  providers: [
    taskKind,
    TasksUpkeep,
    CreateTaskHandler,
    EditTaskHandler,
    CompleteTaskHandler,
    ReopenTaskHandler,
    GetTaskHandler,
    ListTasksHandler,
  ],
};
