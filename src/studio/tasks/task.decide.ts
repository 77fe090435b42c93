import { changesTo, isEmpty, type Patch, withoutNothing } from '../../kernel/changes.js';
import { type Decide, existing, type RecordFacts } from '../../kernel/decider.js';
import { type MembersAmong, requireMembers } from '../../access/contract.js';
import { type Task, type TaskEvent, type TaskFields, taskFacts } from './task.js';

type TaskDecide<Prepared = undefined> = Decide<Task, TaskEvent, Prepared>;

export type TaskInput = Patch<TaskFields> & Pick<TaskFields, 'title'>;

const NOBODY: ReadonlySet<string> = new Set();

export const createTask =
  ({ assignees, ...input }: TaskInput): TaskDecide<MembersAmong> =>
  (_, { userId }, members) => {
    const assigned = sorted(assignees ?? []);
    requireMembers('assignees', assignees ?? [], NOBODY, members);
    const fields = withoutNothing<TaskFields>({ ...input, assignees: assigned });
    return [{ type: 'TaskCreated', data: { createdBy: userId, ...fields } }];
  };

export const editTask =
  ({ assignees, ...patch }: Patch<TaskFields>): TaskDecide<MembersAmong> =>
  (state, _, members) => {
    const { fields, since } = existing(state);
    requireMembers('assignees', assignees ?? [], since, members);
    const changes = changesTo<TaskFields>(fields, { ...patch, assignees: assignees && sorted(assignees) });
    return isEmpty(changes) ? [] : [{ type: 'TaskEdited', data: { changes } }];
  };

export const completeTask = (): TaskDecide => (state) =>
  existing(state).status === 'open' ? [{ type: 'TaskCompleted', data: {} }] : [];

export const reopenTask = (): TaskDecide => (state) =>
  existing(state).status === 'done' ? [{ type: 'TaskReopened', data: {} }] : [];

/** Takes somebody off a task to which they were assigned up to a position; a successor takes their place. */
export const replaceAssignee =
  (userId: string, successor: string | undefined, upTo: string): TaskDecide =>
  (state) => {
    if (state.status === 'absent' || !((state.since.get(userId) ?? '~') <= upTo)) return [];
    const from = state.fields.assignees;
    const others = from.filter((id) => id !== userId);
    const to = sorted(successor === undefined ? others : [...others, successor]);
    return [{ type: 'TaskEdited', data: { changes: { assignees: { from, to } } } }];
  };

/** Whether a patch would put the task into another project, out of one, or into one. */
export const isMove = (state: Task, { projectId }: Patch<TaskFields>): boolean =>
  state.status !== 'absent' && projectId !== undefined && (projectId ?? undefined) !== state.fields.projectId;

/**
 * The facts on which a move is authorised: both ends by the project alone. To be assigned to the task itself takes it into
 * no project, and out of none.
 */
export function endsOfMove(state: Task, { projectId }: Patch<TaskFields>): { from: RecordFacts; to: RecordFacts } {
  const { createdBy, fields } = existing(state);
  const within = (id: string | undefined): RecordFacts => ({
    createdBy,
    ...(id === undefined ? {} : { projectId: id }),
  });
  return {
    from: fields.projectId === undefined ? taskFacts(createdBy, fields) : within(fields.projectId),
    to: within(projectId ?? undefined),
  };
}

const sorted = (ids: readonly string[]): readonly string[] => [...new Set(ids)].sort();
