import { changed } from '../../kernel/changes.js';
import { recordIdOf } from '../../kernel/decider.js';
import type { ViewDefinition } from '../../kernel/view.js';
import { reachTokens } from '../../access/contract.js';
import { type TaskEvent, taskFacts, type TaskFields, type TaskStatus } from './task.js';

export interface TaskDoc extends TaskFields {
  readonly organisation: string;
  readonly revision: number;
  readonly status: TaskStatus;
  readonly createdBy: string;
  /** Position of the first event: newest first means by this. */
  readonly created: string;
  readonly reach: readonly string[];
}

export const tasksView: ViewDefinition<TaskDoc, TaskEvent> = {
  name: 'tasks',
  version: 1,
  events: ['TaskCreated', 'TaskEdited', 'TaskCompleted', 'TaskReopened'],
  fields: {
    organisation: 'symbol',
    created: 'text',
    status: 'text',
    projectId: 'text',
    assignees: 'texts',
    reach: 'texts',
  },
  sorts: { newest: { field: 'created', direction: 'desc', unique: true } },
  indexes: [
    ['organisation', 'projectId'],
    ['organisation', 'assignees'],
    ['organisation', 'reach'],
    ['organisation', 'status'],
    ['organisation'],
  ],
  keys: (event) => [recordIdOf(event.stream)],
  fold(doc, event) {
    const { revision } = event;
    if (event.type === 'TaskCreated') {
      const { createdBy, ...fields } = event.data;
      return {
        ...fields,
        organisation: event.metadata.organisation ?? '',
        revision,
        status: 'open',
        createdBy,
        created: event.position,
        reach: reachTokens(taskFacts(createdBy, fields)),
      };
    }
    if (doc === null) return null;
    switch (event.type) {
      case 'TaskEdited': {
        const edited = changed<TaskDoc>(doc, event.data.changes);
        return { ...edited, revision, reach: reachTokens(taskFacts(doc.createdBy, edited)) };
      }
      case 'TaskCompleted':
        return { ...doc, revision, status: 'done' };
      case 'TaskReopened':
        return { ...doc, revision, status: 'open' };
    }
  },
};
