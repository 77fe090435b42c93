import type { EventCatalogue } from '../../kernel/catalogue.js';
import type { Aggregate } from '../../kernel/decider.js';
import type { DomainEvent, Recorded } from '../../kernel/event.js';

/** Ids of people, sorted: everybody who is assigned to the project, before and after. */
export type ProjectAssignmentsChanged = DomainEvent<
  'ProjectAssignmentsChanged',
  { readonly projectId: string; readonly from: readonly string[]; readonly to: readonly string[] }
>;

/** Who is assigned to which project of an organisation, both ways round; what is empty is not there. */
export interface Assignments {
  /** By project: its people, each with the position of the event that assigned them. */
  readonly peopleOf: ReadonlyMap<string, ReadonlyMap<string, string>>;
  readonly projectsOf: ReadonlyMap<string, ReadonlySet<string>>;
}

const people = (count: number): string => `${count} ${count === 1 ? 'person' : 'people'}`;

function summary({ from, to }: ProjectAssignmentsChanged['data']): string {
  const added = to.filter((id) => !from.includes(id)).length;
  const removed = from.filter((id) => !to.includes(id)).length;
  return [
    ...(added === 0 ? [] : [`assigned ${people(added)} to a project`]),
    ...(removed === 0 ? [] : [`took ${people(removed)} off ${added === 0 ? 'a project' : 'it'}`]),
  ].join(' and ');
}

const events: EventCatalogue<ProjectAssignmentsChanged> = {
  ProjectAssignmentsChanged: {
    schemaVersion: 1,
    summary,
    changes: ({ from, to }) => [{ field: 'assigned', from, to }],
    record: ({ data }) => ({ kind: 'project', id: data.projectId }),
    subjects: ({ from, to }) => [...from.filter((id) => !to.includes(id)), ...to.filter((id) => !from.includes(id))],
  },
};

/** The two maps belong to `evolve`; what is in them is replaced, never changed. */
interface Folding extends Assignments {
  readonly peopleOf: Map<string, ReadonlyMap<string, string>>;
  readonly projectsOf: Map<string, ReadonlySet<string>>;
}

function evolve(state: Assignments, { data, position }: Recorded<ProjectAssignmentsChanged>): Assignments {
  const { projectId, from, to } = data;
  const { peopleOf, projectsOf } = state as Folding;
  const before = peopleOf.get(projectId);
  put(peopleOf, projectId, new Map(to.map((person) => [person, before?.get(person) ?? position])));
  const after = peopleOf.get(projectId);
  for (const person of from) {
    if (after?.has(person) === true) continue;
    put(projectsOf, person, new Set([...(projectsOf.get(person) ?? [])].filter((other) => other !== projectId)));
  }
  for (const person of to) put(projectsOf, person, new Set(projectsOf.get(person)).add(projectId));
  return state;
}

function put<T extends { readonly size: number }>(map: Map<string, T>, key: string, value: T): void {
  if (value.size === 0) map.delete(key);
  else map.set(key, value);
}

/**
 * All assignments of an organisation in one stream, `assignments-<organisation>`: a decision about one person needs
 * every project of theirs, and has to be made on the newest.
 */
export const assignments: Aggregate<Assignments, ProjectAssignmentsChanged> = {
  name: 'assignments',
  within: 'itself',
  events,
  readsPersonalFields: false,
  initial: () => ({ peopleOf: new Map(), projectsOf: new Map() }),
  evolve,
  exists: () => true,
  facts: () => ({}),
};
