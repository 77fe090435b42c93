import { recorded } from '../../../test/support/specification.js';
import type { TaskEvent } from './task.js';
import { type TaskDoc, tasksView } from './task.view.js';

const call: TaskDoc = {
  title: 'Call',
  projectId: 'p1',
  assignees: ['bob'],
  organisation: '',
  revision: 0,
  status: 'open',
  createdBy: 'ann',
  created: '00000000',
  reach: ['by:ann', 'in:p1', 'to:bob'],
};

const rows: readonly [string, TaskDoc | null, TaskEvent, TaskDoc | null][] = [
  [
    'TaskCreated',
    null,
    { type: 'TaskCreated', data: { createdBy: 'ann', title: 'Call', projectId: 'p1', assignees: ['bob'] } },
    call,
  ],
  [
    'TaskEdited',
    call,
    {
      type: 'TaskEdited',
      data: { changes: { projectId: { from: 'p1', to: undefined }, assignees: { from: ['bob'], to: [] } } },
    },
    (({ projectId: _, ...rest }) => ({ ...rest, assignees: [], revision: 1, reach: ['by:ann'] }))(call),
  ],
  ['TaskCompleted', call, { type: 'TaskCompleted', data: {} }, { ...call, status: 'done', revision: 1 }],
  ['TaskReopened', { ...call, status: 'done' }, { type: 'TaskReopened', data: {} }, { ...call, revision: 1 }],
  ['TaskCompleted of none', null, { type: 'TaskCompleted', data: {} }, null],
];

describe('the tasks view', () => {
  it.each(rows)('%s', (_, before, event, after) => {
    expect(tasksView.fold(before, recorded('task-o1/t1', before === null ? 0 : 1, event), 't1')).toEqual(after);
  });

  it('keeps a document per task', () => {
    expect(tasksView.keys(recorded('task-o1/t1', 0, rows[0]![2]))).toEqual(['t1']);
  });
});
