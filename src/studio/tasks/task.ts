import { asNew, changesOf, type EventCatalogue } from '../../kernel/catalogue.js';
import { changed } from '../../kernel/changes.js';
import { type Aggregate, type RecordFacts, recordIdOf } from '../../kernel/decider.js';
import type { Changes, DomainEvent, PlainDate, Recorded } from '../../kernel/event.js';

export const TASK_STATUSES = ['open', 'done'] as const;
export type TaskStatus = (typeof TASK_STATUSES)[number];

export const MAX_ASSIGNEES = 50;

export interface TaskFields {
  readonly title: string;
  readonly description?: string;
  readonly dueDate?: PlainDate;
  readonly projectId?: string;
  /** User ids, sorted. */
  readonly assignees: readonly string[];
}

export type TaskCreated = DomainEvent<'TaskCreated', TaskFields & { readonly createdBy: string }>;
export type TaskEdited = DomainEvent<'TaskEdited', { readonly changes: Changes<TaskFields> }>;
export type TaskCompleted = DomainEvent<'TaskCompleted', Record<string, never>>;
export type TaskReopened = DomainEvent<'TaskReopened', Record<string, never>>;
export type TaskEvent = TaskCreated | TaskEdited | TaskCompleted | TaskReopened;

export type Task =
  | { readonly status: 'absent' }
  | {
      readonly status: TaskStatus;
      readonly fields: TaskFields;
      readonly createdBy: string;
      /** Position of the event by which each assignee became one. */
      readonly since: ReadonlyMap<string, string>;
    };

/** What authorisation knows of a task. */
export const taskFacts = (createdBy: string, { projectId, assignees }: TaskFields): RecordFacts => ({
  createdBy,
  ...(projectId === undefined ? {} : { projectId }),
  assigned: assignees,
});

const record = (event: Recorded<TaskEvent>) => ({ kind: 'task', id: recordIdOf(event.stream) });
const assigneesIn = (from: readonly string[], to: readonly string[]): readonly string[] => [
  ...from.filter((id) => !to.includes(id)),
  ...to.filter((id) => !from.includes(id)),
];

const events: EventCatalogue<TaskEvent> = {
  TaskCreated: {
    schemaVersion: 1,
    summary: ({ title }) => `added the task ${title}`,
    changes: ({ createdBy: _, ...fields }) => asNew(fields),
    record,
    subjects: ({ assignees }) => assignees,
  },
  TaskEdited: {
    schemaVersion: 1,
    summary: () => 'edited a task',
    changes: changesOf,
    record,
    subjects: ({ changes: { assignees } }) =>
      assignees === undefined ? [] : assigneesIn(assignees.from, assignees.to),
  },
  TaskCompleted: {
    schemaVersion: 1,
    summary: () => 'completed a task',
    changes: () => [{ field: 'status', from: 'open', to: 'done' }],
    record,
  },
  TaskReopened: {
    schemaVersion: 1,
    summary: () => 'opened a task again',
    changes: () => [{ field: 'status', from: 'done', to: 'open' }],
    record,
  },
};

function evolve(state: Task, event: Recorded<TaskEvent>): Task {
  const since = (assignees: readonly string[], before?: ReadonlyMap<string, string>): ReadonlyMap<string, string> =>
    new Map(assignees.map((id) => [id, before?.get(id) ?? event.position]));
  if (event.type === 'TaskCreated') {
    const { createdBy, ...fields } = event.data;
    return { status: 'open', fields, createdBy, since: since(fields.assignees) };
  }
  if (state.status === 'absent') return state;
  switch (event.type) {
    case 'TaskEdited': {
      const fields = changed(state.fields, event.data.changes);
      return { ...state, fields, since: since(fields.assignees, state.since) };
    }
    case 'TaskCompleted':
      return { ...state, status: 'done' };
    case 'TaskReopened':
      return { ...state, status: 'open' };
  }
}

export const tasks: Aggregate<Task, TaskEvent> = {
  name: 'task',
  within: 'organisation',
  events,
  readsPersonalFields: false,
  initial: () => ({ status: 'absent' }),
  evolve,
  exists: ({ status }) => status !== 'absent',
  facts: (state) => (state.status === 'absent' ? {} : taskFacts(state.createdBy, state.fields)),
};
