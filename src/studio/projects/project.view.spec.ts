import { recorded } from '../../../test/support/specification.js';
import { beginnings } from '../../kernel/words.js';
import type { ProjectAssignmentsChanged } from '../../access/contract.js';
import type { ProjectEvent } from './project.js';
import { type ProjectDoc, projectsView } from './project.view.js';

type Folded = ProjectEvent | ProjectAssignmentsChanged;

const wedding: ProjectDoc = {
  title: 'Wedding',
  status: 'active',
  tags: ['a'],
  brandId: 'b1',
  organisation: '',
  revision: 0,
  archived: 0,
  assigned: [],
  createdBy: 'ann',
  created: '00000000',
  reach: ['*|b1|', 'by:ann', 'by:ann|b1|', 'in:p1', 'in:p1|b1|'],
  texts: beginnings('Wedding'),
};
const assigned: Folded = { type: 'ProjectAssignmentsChanged', data: { projectId: 'p1', from: [], to: ['bob'] } };

const rows: readonly [string, ProjectDoc | null, Folded, ProjectDoc | null][] = [
  [
    'ProjectCreated',
    null,
    {
      type: 'ProjectCreated',
      data: { projectId: 'p1', createdBy: 'ann', title: 'Wedding', status: 'active', tags: ['a'], brandId: 'b1' },
    },
    wedding,
  ],
  [
    'ProjectEdited',
    wedding,
    {
      type: 'ProjectEdited',
      data: { changes: { title: { from: 'Wedding', to: 'Ball' }, brandId: { from: 'b1', to: undefined } } },
    },
    (({ brandId: _, ...rest }) => ({
      ...rest,
      title: 'Ball',
      revision: 1,
      reach: ['by:ann', 'in:p1'],
      texts: ['ba', 'bal', 'ball'],
    }))(wedding),
  ],
  ['ProjectArchived', wedding, { type: 'ProjectArchived', data: {} }, { ...wedding, archived: 1, revision: 1 }],
  [
    'ProjectUnarchived',
    { ...wedding, archived: 1 },
    { type: 'ProjectUnarchived', data: {} },
    { ...wedding, revision: 1 },
  ],
  ['ProjectAssignmentsChanged', wedding, assigned, { ...wedding, assigned: ['bob'] }],
  ['ProjectAssignmentsChanged of none', null, assigned, null],
  ['ProjectArchived of none', null, { type: 'ProjectArchived', data: {} }, null],
];

describe('the projects view', () => {
  it.each(rows)('%s', (_, before, event, after) => {
    expect(projectsView.fold(before, recorded('project-o1/p1', before === null ? 0 : 1, event), 'p1')).toEqual(after);
  });

  it('keeps a document per project, whichever stream the event stands in', () => {
    expect(projectsView.keys(recorded('project-o1/p1', 0, rows[0]![2]))).toEqual(['p1']);
    expect(projectsView.keys(recorded('assignments-o1', 0, assigned))).toEqual(['p1']);
  });
});
