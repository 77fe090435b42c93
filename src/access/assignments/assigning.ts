import type { Decide } from '../../kernel/decider.js';
import { invalid } from '../../kernel/refusal.js';
import type { Assignments, ProjectAssignmentsChanged } from './assignments.js';

type Decision<Prepared = undefined> = Decide<Assignments, ProjectAssignmentsChanged, Prepared>;

/** As many people as one project, or one task, has. */
export const MAX_ASSIGNED = 200;

/** Members of the organisation and invited people, among those who were asked about. */
export type MembersAmong = ReadonlySet<string>;

// Whoever keeps projects decides by these too, so they are part of the contract.

/** Puts the people of a project in the place of those before. Whoever is new must be a member, or invited. */
export const assignPeople =
  (projectId: string, assigned: readonly string[]): Decision<MembersAmong> =>
  (state, _, members) => {
    requireMembers('assigned', assigned, state.peopleOf.get(projectId) ?? NOBODY, members);
    return changed(state, projectId, new Set(assigned));
  };

/**
 * Takes somebody off every project to which they were assigned up to a position; with a successor, that one is assigned
 * instead.
 */
export const replacePerson =
  (userId: string, successor: string | undefined, upTo: string): Decision =>
  (state) =>
    [...(state.projectsOf.get(userId) ?? [])].sort().flatMap((projectId) => {
      const people = state.peopleOf.get(projectId)!;
      if (people.get(userId)! > upTo) return [];
      const others = [...people.keys()].filter((id) => id !== userId);
      return changed(state, projectId, new Set(successor === undefined ? others : [...others, successor]));
    });

/** @throws Refusal validation-failed that names the first entry who is neither there already nor a member. */
export function requireMembers(
  field: string,
  people: readonly string[],
  already: { has(userId: string): boolean },
  members: MembersAmong,
): void {
  const index = people.findIndex((id) => !already.has(id) && !members.has(id));
  if (index !== -1) throw invalid(`${field}.${index}`, 'is no member of this organisation');
}

const NOBODY: ReadonlyMap<string, string> = new Map();

function changed(
  { peopleOf }: Assignments,
  projectId: string,
  people: ReadonlySet<string>,
): readonly ProjectAssignmentsChanged[] {
  const before = peopleOf.get(projectId) ?? NOBODY;
  if (before.size === people.size && [...people].every((id) => before.has(id))) return [];
  const [from, to] = [[...before.keys()].sort(), [...people].sort()];
  return [{ type: 'ProjectAssignmentsChanged', data: { projectId, from, to } }];
}
