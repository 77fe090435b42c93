import { changed } from '../../kernel/changes.js';
import { recordIdOf } from '../../kernel/decider.js';
import type { ViewDefinition } from '../../kernel/view.js';
import { beginnings } from '../../kernel/words.js';
import { type ProjectAssignmentsChanged, reachTokens } from '../../access/contract.js';
import { type ProjectEvent, projectFacts, type ProjectFields } from './project.js';

export interface ProjectDoc extends ProjectFields {
  readonly organisation: string;
  readonly revision: number;
  /** 1 in the archive, 0 otherwise. */
  readonly archived: 0 | 1;
  /** User ids, sorted. */
  readonly assigned: readonly string[];
  readonly createdBy: string;
  /** Position of the first event: newest first means by this. */
  readonly created: string;
  readonly reach: readonly string[];
  /** What it is searched by: its title. Whom it is for stands in the customer's document only. */
  readonly texts: readonly string[];
}

export const projectsView: ViewDefinition<ProjectDoc, ProjectEvent | ProjectAssignmentsChanged> = {
  name: 'projects',
  version: 2,
  events: ['ProjectCreated', 'ProjectEdited', 'ProjectArchived', 'ProjectUnarchived', 'ProjectAssignmentsChanged'],
  fields: {
    organisation: 'symbol',
    created: 'text',
    status: 'text',
    customerId: 'text',
    archived: 'number',
    tags: 'texts',
    reach: 'texts',
    texts: 'texts',
  },
  sorts: { newest: { field: 'created', direction: 'desc', unique: true } },
  indexes: [
    ['organisation', 'customerId'],
    ['organisation', 'tags'],
    ['organisation', 'texts'],
    ['organisation', 'reach'],
    ['organisation', 'status'],
    ['organisation'],
  ],
  keys: (event) => [event.type === 'ProjectAssignmentsChanged' ? event.data.projectId : recordIdOf(event.stream)],
  fold(doc, event) {
    if (event.type === 'ProjectCreated') {
      const { projectId, createdBy, ...fields } = event.data;
      return {
        ...fields,
        organisation: event.metadata.organisation ?? '',
        revision: event.revision,
        archived: 0,
        assigned: [],
        createdBy,
        created: event.position,
        reach: reachTokens(projectFacts(projectId, createdBy, fields.brandId)),
        texts: beginnings(fields.title),
      };
    }
    if (doc === null) return null;
    const { revision } = event;
    switch (event.type) {
      case 'ProjectEdited': {
        const edited = changed<ProjectDoc>(doc, event.data.changes);
        const facts = projectFacts(recordIdOf(event.stream), doc.createdBy, edited.brandId);
        return { ...edited, revision, reach: reachTokens(facts), texts: beginnings(edited.title) };
      }
      case 'ProjectArchived':
        return { ...doc, revision, archived: 1 };
      case 'ProjectUnarchived':
        return { ...doc, revision, archived: 0 };
      // In a stream of its own, so the revision is not the project's.
      case 'ProjectAssignmentsChanged':
        return { ...doc, assigned: event.data.to };
    }
  },
};
