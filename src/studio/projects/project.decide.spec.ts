import { given } from '../../../test/support/specification.js';
import { type ProjectEvent, projects } from './project.js';
import { archiveProject, createProject, editProject, unarchiveProject } from './project.decide.js';

const created: ProjectEvent = {
  type: 'ProjectCreated',
  data: { projectId: 'p1', createdBy: 'ann', title: 'Wedding', status: 'active', tags: ['a'], customerId: 'c1' },
};
const archived: ProjectEvent = { type: 'ProjectArchived', data: {} };
const unarchived: ProjectEvent = { type: 'ProjectUnarchived', data: {} };
const project = (...events: readonly ProjectEvent[]) => given(projects, 'p1', ...events);

describe('making a project', () => {
  it('keeps what was given, and is active without tags by default', () =>
    project()
      .when(createProject({ title: 'Wedding', date: '2026-05-01', customerId: null }))
      .then({
        type: 'ProjectCreated',
        data: {
          projectId: 'new-id',
          createdBy: 'p1',
          title: 'Wedding',
          status: 'active',
          tags: [],
          date: '2026-05-01',
        },
      }));
});

describe('editing a project', () => {
  it('records what changed only', () =>
    project(created)
      .when(editProject({ title: 'Wedding', status: 'completed', tags: ['a'], customerId: null }))
      .then({
        type: 'ProjectEdited',
        data: { changes: { status: { from: 'active', to: 'completed' }, customerId: { from: 'c1' } } },
      } as never));
  it('does nothing where nothing changes', () =>
    project(created)
      .when(editProject({ title: 'Wedding', tags: ['a'] }))
      .then());
  it('is refused in the archive', () =>
    project(created, archived)
      .when(editProject({ title: 'X' }))
      .thenRefused('conflict', 'project-archived'));
  it('is refused for none', () => project().when(editProject({})).thenRefused('not-found'));
});

describe('the archive', () => {
  it('takes a project', () => project(created).when(archiveProject()).then(archived));
  it('takes it once', () => project(created, archived).when(archiveProject()).then());
  it('gives it back', () => project(created, archived).when(unarchiveProject()).then(unarchived));
  it('gives it back once', () => project(created, archived, unarchived).when(unarchiveProject()).then());
});

describe('what authorisation knows of a project', () => {
  it('is itself, its maker and its brand', () => {
    const branded: ProjectEvent = {
      type: 'ProjectEdited',
      data: { changes: { brandId: { from: undefined, to: 'b1' } } },
    };
    expect(projects.facts(project(created).state)).toEqual({ createdBy: 'ann', projectId: 'p1' });
    expect(projects.facts(project(created, branded).state)).toEqual({
      createdBy: 'ann',
      projectId: 'p1',
      brandId: 'b1',
    });
    expect(projects.facts(project().state)).toEqual({});
  });
});
