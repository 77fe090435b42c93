import { Global, Module } from '@nestjs/common';
import { PROJECTS } from '../access/contract.js';
import { together } from '../platform/feature.js';
import { notificationsFeature } from './notifications/notifications.feature.js';
import { projectsFeature } from './projects/projects.feature.js';
import { tasksFeature } from './tasks/tasks.feature.js';

/** Projects, their tasks, and what people are notified of. The rooms below ask it about projects (`PROJECTS`). */
@Global()
@Module({ ...together([projectsFeature, tasksFeature, notificationsFeature]), exports: [PROJECTS] })
export class StudioModule {}
