import { Inject } from '@nestjs/common';
import { type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import { notFound } from '../../kernel/refusal.js';
import type { Condition } from '../../kernel/view.js';
import { reachTokens } from '../../access/contract.js';
import { PagedQuery, RecordQuery } from '../../platform/commands/command.js';
import { EVIDENCE, type Evidence } from '../../platform/commands/evidence.port.js';
import { QueryAnswer, type RequestContext } from '../../platform/commands/principal.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import { areEqual } from '../../platform/http/conditions.js';
import type { PageQuery } from '../../platform/http/fields.js';
import { earliest, ViewReader } from '../../platform/http/view-reader.js';
import { isWithinReach, withinReach } from '../../platform/http/within-reach.js';
import type { Page, Reflecting } from '../../platform/read-model/read-model.port.js';
import { StudioReferences } from '../projects/studio-references.service.js';
import { tasks, type TaskStatus } from './task.js';
import { type TaskDoc, tasksView } from './task.view.js';

export class GetTask extends RecordQuery {}

export interface TaskFilter extends PageQuery {
  readonly status?: TaskStatus;
  readonly projectId?: string;
  readonly assignee?: string;
}

export class ListTasks extends PagedQuery<TaskFilter> {}

/** Documents that are out of reach by now come one by one and for moments; no page takes more rounds than this. */
const MAX_ROUNDS = 20;

interface Item {
  readonly key: string;
  readonly doc: TaskDoc;
}

/**
 * Tasks are found in the view, and opened by their own state: who was taken off a task, or a task that left a project, counts
 * before the view knows. A project that the reader may not open is not named.
 */
abstract class TaskReader {
  constructor(
    protected readonly views: ViewReader,
    private readonly states: StateCache,
    private readonly references: StudioReferences,
  ) {}

  protected async isOpen(context: RequestContext, id: string): Promise<boolean> {
    if (context.reach?.tokens === 'all') return true;
    const { organisation } = context;
    const { state } = await this.states.load(tasks, organisation, id);
    return isWithinReach(context, { organisation, reach: reachTokens(tasks.facts(state)) });
  }

  protected async answersOf(context: RequestContext, items: readonly Item[]): Promise<readonly object[]> {
    const ids = new Set(items.flatMap(({ doc }) => doc.projectId ?? []));
    const seen = new Set<string>();
    await Promise.all(
      [...ids].map(async (id) => {
        if (await this.seesProject(context, id)) seen.add(id);
      }),
    );
    return items.map(({ key, doc }) => answerOf(key, doc, seen));
  }

  protected seesProject(context: RequestContext, id: string): Promise<boolean> {
    return this.references.seesProject(context, id);
  }
}

@QueryHandler(GetTask)
export class GetTaskHandler extends TaskReader implements IQueryHandler<GetTask> {
  constructor(
    views: ViewReader,
    states: StateCache,
    references: StudioReferences,
    @Inject(EVIDENCE) private readonly evidence: Evidence,
  ) {
    super(views, states, references);
  }

  async execute({ context, id }: GetTask): Promise<QueryAnswer> {
    const record = { kind: 'task', id };
    const { value: doc, position } = await this.views.record(tasksView, context, record);
    if (!(await this.isOpen(context, id))) {
      await this.evidence.refused(context, 'record', record);
      throw notFound();
    }
    const [answer] = await this.answersOf(context, [{ key: id, doc }]);
    return new QueryAnswer(answer, position, doc.revision);
  }
}

@QueryHandler(ListTasks)
export class ListTasksHandler extends TaskReader implements IQueryHandler<ListTasks> {
  // Nest looks for the parameters of the class itself.
  // eslint-disable-next-line @typescript-eslint/no-useless-constructor
  constructor(views: ViewReader, states: StateCache, references: StudioReferences) {
    super(views, states, references);
  }

  async execute({ context, filter }: ListTasks): Promise<QueryAnswer> {
    const hidden = filter.projectId !== undefined && !(await this.seesProject(context, filter.projectId));
    // Asked all the same: what is wrong with a cursor is wrong for everybody.
    const where = [...withinReach(context), ...conditionsOf(hidden ? { ...filter, projectId: '' } : filter)];
    const items: Item[] = [];
    let next: string | null | undefined = filter.after;
    let position: string | undefined;
    for (let round = 0; round < MAX_ROUNDS && next !== null && items.length < filter.limit; round++) {
      const limit = filter.limit - items.length;
      const page: Reflecting<Page<TaskDoc>> = await this.views.find(tasksView, context, {
        where,
        sort: 'newest',
        limit,
        after: next,
      });
      const open = await Promise.all(page.value.items.map(({ key }) => this.isOpen(context, key)));
      items.push(...page.value.items.filter((_, index) => open[index]));
      position = round === 0 ? page.position : earliest(position, page.position);
      next = page.value.next;
    }
    return new QueryAnswer({ items: await this.answersOf(context, items), next: next ?? null }, position);
  }
}

const conditionsOf = ({ status, projectId, assignee }: TaskFilter): readonly Condition[] => [
  ...areEqual({ status, projectId }),
  ...(assignee === undefined ? [] : [{ field: 'assignees', has: assignee }]),
];

export const answerOf = (id: string, doc: TaskDoc, seenProjects: ReadonlySet<string>) => ({
  id,
  revision: doc.revision,
  title: doc.title,
  description: doc.description ?? null,
  dueDate: doc.dueDate ?? null,
  status: doc.status,
  projectId: doc.projectId !== undefined && seenProjects.has(doc.projectId) ? doc.projectId : null,
  assignees: doc.assignees,
  createdBy: doc.createdBy,
});
