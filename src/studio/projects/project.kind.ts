import { streamOf } from '../../kernel/decider.js';
import { assignments } from '../../access/contract.js';
import { factsIn } from '../../platform/commands/record-kinds.js';
import { viewKind } from '../../platform/commands/view-kind.js';
import { projectFacts, projects } from './project.js';
import { answerOf } from './project.handlers.js';
import { projectsView } from './project.view.js';

/** Projects, for those who show records of all kinds. */
export const projectKind = viewKind({
  kind: 'project',
  readPermission: 'projects:read',
  view: projectsView,
  factsOf: factsIn(projects),
  past: {
    // Who is assigned stands with the organisation's assignments.
    streams: (organisation, id) => [streamOf(projects, organisation, id), streamOf(assignments, '', organisation)],
    show: answerOf,
  },
  ofProjects: true,
  searched: {
    party: 'customerId',
    show: ({ status, date = null, customerId = null, archived }) => ({
      status,
      date,
      customerId,
      archived: archived === 1,
    }),
  },
  describe: ({ title, createdBy, brandId }, id) => ({ label: title, facts: projectFacts(id, createdBy, brandId) }),
});
