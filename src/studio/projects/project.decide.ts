import { changesTo, isEmpty, type Patch, withoutNothing } from '../../kernel/changes.js';
import { type Decide, existing } from '../../kernel/decider.js';
import { conflict } from '../../kernel/refusal.js';
import type { Project, ProjectEvent, ProjectFields } from './project.js';

type ProjectDecide = Decide<Project, ProjectEvent>;

export type ProjectInput = Patch<ProjectFields> & Pick<ProjectFields, 'title'>;

export const createProject =
  ({ status = 'active', tags, ...input }: ProjectInput): ProjectDecide =>
  (_, { newId: projectId, userId }) => {
    const fields = withoutNothing<ProjectFields>({ ...input, status, tags: tags ?? [] });
    return [{ type: 'ProjectCreated', data: { projectId, createdBy: userId, ...fields } }];
  };

export const editProject =
  (patch: Patch<ProjectFields>): ProjectDecide =>
  (state) => {
    const { status, fields } = existing(state);
    if (status === 'archived') throw archived();
    const changes = changesTo<ProjectFields>(fields, patch);
    return isEmpty(changes) ? [] : [{ type: 'ProjectEdited', data: { changes } }];
  };

export const archiveProject = (): ProjectDecide => (state) =>
  state.status === 'active' ? [{ type: 'ProjectArchived', data: {} }] : [];

export const unarchiveProject = (): ProjectDecide => (state) =>
  state.status === 'archived' ? [{ type: 'ProjectUnarchived', data: {} }] : [];

const archived = () => conflict('project-archived', 'An archived project is not changed any more');
