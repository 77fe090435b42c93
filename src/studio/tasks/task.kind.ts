import { streamOf } from '../../kernel/decider.js';
import { factsIn } from '../../platform/commands/record-kinds.js';
import { viewKind } from '../../platform/commands/view-kind.js';
import { taskFacts, tasks } from './task.js';
import { answerOf } from './task.queries.js';
import { tasksView } from './task.view.js';

/** Tasks, for those who show records of all kinds. */
export const taskKind = viewKind({
  kind: 'task',
  readPermission: 'tasks:read',
  view: tasksView,
  factsOf: factsIn(tasks),
  past: {
    streams: (organisation, id) => [streamOf(tasks, organisation, id)],
    async show(id, doc, sees) {
      const seen = doc.projectId !== undefined && (await sees('project', doc.projectId)) ? [doc.projectId] : [];
      return answerOf(id, doc, new Set(seen));
    },
  },
  ofProjects: true,
  describe: (doc) => ({ label: doc.title, facts: taskFacts(doc.createdBy, doc) }),
});
