import { Inject, Injectable } from '@nestjs/common';
import type { ReadState, RecordFacts } from '../../kernel/decider.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import type { Assigned } from '../authoriser/reach.js';
import { type Assignments, assignments } from './assignments.js';
import { type Projects, PROJECTS } from './projects.js';

/** Areas in whose answers customers are: whoever is assigned to a project is assigned to its client. */
const OF_CUSTOMERS = /^(customers|address-book|audit|privacy):/;
const NONE: ReadonlySet<string> = new Set();

/** What people are assigned to, with every change that was acknowledged before the question. */
@Injectable()
export class AssignmentsService {
  constructor(
    private readonly states: StateCache,
    @Inject(PROJECTS) private readonly projects: Projects,
  ) {}

  /** What a permission of the scope `assigned` reaches for one person; in the states that `read` gives, if it is there. */
  async of(organisation: string, userId: string, permission: string, read?: ReadState): Promise<Assigned> {
    const projects = (await this.state(organisation, read)).projectsOf.get(userId) ?? NONE;
    const customers = OF_CUSTOMERS.test(permission) ? await this.clientsOf(organisation, projects, read) : NONE;
    return { projects, customers };
  }

  /** The people who are assigned to a record by its project, or, to a customer, by a project of theirs. */
  async peopleOf(organisation: string, { projectId, customerId }: RecordFacts): Promise<ReadonlySet<string>> {
    const { peopleOf } = await this.state(organisation);
    const people = new Set(projectId === undefined ? NONE : peopleOf.get(projectId)?.keys());
    if (customerId === undefined) return people;
    const each = await Promise.all(
      [...peopleOf].map(async ([id, ofProject]) => {
        const project = await this.projects.find(organisation, id);
        return project?.customerId === customerId ? [...ofProject.keys()] : [];
      }),
    );
    return new Set([...people, ...each.flat()]);
  }

  private async state(organisation: string, read?: ReadState): Promise<Assignments> {
    const reading = read?.(assignments, '', organisation) ?? this.states.load(assignments, '', organisation);
    return (await reading).state;
  }

  private async clientsOf(
    organisation: string,
    projects: ReadonlySet<string>,
    read?: ReadState,
  ): Promise<ReadonlySet<string>> {
    const found = await Promise.all([...projects].map(async (id) => this.projects.find(organisation, id, read)));
    return new Set(found.flatMap((project) => project?.customerId ?? []));
  }
}
