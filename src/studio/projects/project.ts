import { asNew, changesOf, type EventCatalogue } from '../../kernel/catalogue.js';
import { changed } from '../../kernel/changes.js';
import { type Aggregate, type RecordFacts, recordIdOf } from '../../kernel/decider.js';
import type { Changes, DomainEvent, PlainDate, Recorded } from '../../kernel/event.js';

export const PROJECT_STATUSES = ['lead', 'active', 'on-hold', 'completed', 'cancelled'] as const;
export type ProjectStatus = (typeof PROJECT_STATUSES)[number];

export const MAX_TAGS = 20;

/** What stands in the project's own stream. Who is assigned to it is access, and stands with that. */
export interface ProjectFields {
  readonly title: string;
  readonly status: ProjectStatus;
  /** Without repeats. */
  readonly tags: readonly string[];
  /** The client. */
  readonly customerId?: string;
  /** When it takes place, or is due. */
  readonly date?: PlainDate;
  readonly brandId?: string;
}

interface About {
  readonly projectId: string;
}

export type ProjectCreated = DomainEvent<'ProjectCreated', ProjectFields & About & { readonly createdBy: string }>;
export type ProjectEdited = DomainEvent<'ProjectEdited', { readonly changes: Changes<ProjectFields> }>;
export type ProjectArchived = DomainEvent<'ProjectArchived', Record<string, never>>;
export type ProjectUnarchived = DomainEvent<'ProjectUnarchived', Record<string, never>>;
export type ProjectEvent = ProjectCreated | ProjectEdited | ProjectArchived | ProjectUnarchived;

export type Project =
  | { readonly status: 'absent' }
  | {
      readonly status: 'active' | 'archived';
      readonly id: string;
      readonly fields: ProjectFields;
      readonly createdBy: string;
    };

/** What authorisation knows of a project. */
export const projectFacts = (id: string, createdBy: string, brandId: string | undefined): RecordFacts => ({
  createdBy,
  projectId: id,
  ...(brandId === undefined ? {} : { brandId }),
});

const record = (event: Recorded<ProjectEvent>) => ({ kind: 'project', id: recordIdOf(event.stream) });
const status = (from: string, to: string) => [{ field: 'archived', from: from === 'archived', to: to === 'archived' }];

const events: EventCatalogue<ProjectEvent> = {
  ProjectCreated: {
    schemaVersion: 1,
    summary: ({ title }) => `added the project ${title}`,
    changes: ({ projectId: _, createdBy: __, ...fields }) => asNew(fields),
    record,
    subjects: ({ customerId }) => (customerId === undefined ? [] : [customerId]),
  },
  ProjectEdited: { schemaVersion: 1, summary: () => 'edited a project', changes: changesOf, record },
  ProjectArchived: {
    schemaVersion: 1,
    summary: () => 'archived a project',
    changes: () => status('active', 'archived'),
    record,
  },
  ProjectUnarchived: {
    schemaVersion: 1,
    summary: () => 'took a project out of the archive',
    changes: () => status('archived', 'active'),
    record,
  },
};

function evolve(state: Project, event: Recorded<ProjectEvent>): Project {
  if (event.type === 'ProjectCreated') {
    const { projectId: id, createdBy, ...fields } = event.data;
    return { status: 'active', id, fields, createdBy };
  }
  if (state.status === 'absent') return state;
  switch (event.type) {
    case 'ProjectEdited':
      return { ...state, fields: changed(state.fields, event.data.changes) };
    case 'ProjectArchived':
      return { ...state, status: 'archived' };
    case 'ProjectUnarchived':
      return { ...state, status: 'active' };
  }
}

export const projects: Aggregate<Project, ProjectEvent> = {
  name: 'project',
  within: 'organisation',
  events,
  readsPersonalFields: false,
  initial: () => ({ status: 'absent' }),
  evolve,
  exists: ({ status: is }) => is !== 'absent',
  facts: (state) => (state.status === 'absent' ? {} : projectFacts(state.id, state.createdBy, state.fields.brandId)),
};
