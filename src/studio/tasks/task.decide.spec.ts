import { given } from '../../../test/support/specification.js';
import { type TaskEvent, tasks } from './task.js';
import { completeTask, createTask, editTask, endsOfMove, isMove, reopenTask, replaceAssignee } from './task.decide.js';

const created: TaskEvent = {
  type: 'TaskCreated',
  data: { createdBy: 'ann', title: 'Call', projectId: 'p1', assignees: ['ann', 'bob'] },
};
const done: TaskEvent = { type: 'TaskCompleted', data: {} };
const reopened: TaskEvent = { type: 'TaskReopened', data: {} };
const reassigned = (from: readonly string[], to: readonly string[]): TaskEvent => ({
  type: 'TaskEdited',
  data: { changes: { assignees: { from, to } } },
});
const task = (...events: readonly TaskEvent[]) => given(tasks, 't1', ...events);
const members = new Set(['ann', 'bob', 'cem']);

describe('making a task', () => {
  it('keeps what was given, the assignees sorted', () =>
    task()
      .when(createTask({ title: 'Call', dueDate: '2026-04-01', description: null, assignees: ['cem', 'ann'] }), members)
      .then({
        type: 'TaskCreated',
        data: { createdBy: 't1', title: 'Call', dueDate: '2026-04-01', assignees: ['ann', 'cem'] },
      }));
  it('takes members only', () =>
    task()
      .when(createTask({ title: 'Call', assignees: ['eve'] }), members)
      .thenRefused('validation-failed'));
});

describe('editing a task', () => {
  it('records what changed only', () =>
    task(created)
      .when(editTask({ title: 'Call', dueDate: '2026-04-01', assignees: ['bob', 'ann'] }), members)
      .then({ type: 'TaskEdited', data: { changes: { dueDate: { to: '2026-04-01' } } } } as never));
  it('takes members only, and whoever is there', () => {
    task(created)
      .when(editTask({ assignees: ['bob'] }), new Set())
      .then(reassigned(['ann', 'bob'], ['bob']));
    task(created)
      .when(editTask({ assignees: ['bob', 'eve'] }), members)
      .thenRefused('validation-failed');
  });
  it('is refused for none', () => task().when(editTask({}), members).thenRefused('not-found'));
});

describe('a task', () => {
  it('is completed', () => task(created).when(completeTask()).then(done));
  it('is completed once', () => task(created, done).when(completeTask()).then());
  it('is opened again', () => task(created, done).when(reopenTask()).then(reopened));
  it('is opened once', () => task(created).when(reopenTask()).then());
});

describe('an assignee who goes', () => {
  it('is taken off', () =>
    task(created)
      .when(replaceAssignee('ann', undefined, '00000000'))
      .then(reassigned(['ann', 'bob'], ['bob'])));
  it('is replaced by whoever they are now', () =>
    task(created)
      .when(replaceAssignee('ann', 'cem', '00000000'))
      .then(reassigned(['ann', 'bob'], ['bob', 'cem'])));
  it('keeps what they were given since', () =>
    task(created, reassigned(['ann', 'bob'], ['bob']), reassigned(['bob'], ['ann', 'bob']))
      .when(replaceAssignee('ann', undefined, '00000001'))
      .then());
  it('is nobody to other tasks', () => {
    task(created)
      .when(replaceAssignee('cem', undefined, '9'))
      .then();
    task()
      .when(replaceAssignee('cem', undefined, '9'))
      .then();
  });
});

describe('a move', () => {
  const { state } = task(created);
  it('is to another project, or out of one', () => {
    expect(isMove(state, { projectId: 'p2' })).toBe(true);
    expect(isMove(state, { projectId: null })).toBe(true);
    expect(isMove(state, { projectId: 'p1', title: 'x' })).toBe(false);
    expect(isMove(state, { title: 'x' })).toBe(false);
    expect(isMove(task().state, { projectId: 'p1' })).toBe(false);
  });
  it('is not opened at either end by being an assignee', () => {
    expect(endsOfMove(state, { projectId: 'p2' })).toEqual({
      from: { createdBy: 'ann', projectId: 'p1' },
      to: { createdBy: 'ann', projectId: 'p2' },
    });
    expect(endsOfMove(state, { projectId: null }).to).toEqual({ createdBy: 'ann' });
  });
  it('begins at the task itself where it is in no project', () => {
    const free = task({ type: 'TaskCreated', data: { createdBy: 'ann', title: 'Call', assignees: ['bob'] } });
    expect(endsOfMove(free.state, { projectId: 'p1' })).toEqual({
      from: { createdBy: 'ann', assigned: ['bob'] },
      to: { createdBy: 'ann', projectId: 'p1' },
    });
  });
});
