import { given, recorded } from '../../../test/support/specification.js';
import { assignPeople, replacePerson } from './assigning.js';
import { assignments, type ProjectAssignmentsChanged } from './assignments.js';

const changed = (projectId: string, from: readonly string[], to: readonly string[]): ProjectAssignmentsChanged => ({
  type: 'ProjectAssignmentsChanged',
  data: { projectId, from, to },
});
const organisation = (...events: readonly ProjectAssignmentsChanged[]) => given(assignments, 'o1', ...events);
const members = new Set(['ann', 'bob', 'cem']);

describe('assigning people to a project', () => {
  it('puts the list in the place of the one before, sorted', () =>
    organisation(changed('p1', [], ['ann', 'bob']))
      .when(assignPeople('p1', ['cem', 'bob']), members)
      .then(changed('p1', ['ann', 'bob'], ['bob', 'cem'])));
  it('does nothing where nobody comes or goes', () =>
    organisation(changed('p1', [], ['ann', 'bob']))
      .when(assignPeople('p1', ['bob', 'ann']), members)
      .then());
  it('takes members only', () =>
    organisation()
      .when(assignPeople('p1', ['ann', 'eve']), members)
      .thenRefused('validation-failed'));
  it('keeps whoever is there, member or not', () =>
    organisation(changed('p1', [], ['old']))
      .when(assignPeople('p1', ['old', 'ann']), members)
      .then(changed('p1', ['old'], ['ann', 'old'])));
});

describe('whoever goes', () => {
  const both = [changed('p1', [], ['ann', 'bob']), changed('p2', [], ['ann'])];
  it('is taken off every project', () =>
    organisation(...both)
      .when(replacePerson('ann', undefined, '00000009'))
      .then(changed('p1', ['ann', 'bob'], ['bob']), changed('p2', ['ann'], [])));
  it('is replaced by whoever they are now', () =>
    organisation(...both)
      .when(replacePerson('ann', 'bob', '00000009'))
      .then(changed('p1', ['ann', 'bob'], ['bob']), changed('p2', ['ann'], ['bob'])));
  it('keeps what they were assigned to since', () =>
    organisation(...both)
      .when(replacePerson('ann', undefined, '00000000'))
      .then(changed('p1', ['ann', 'bob'], ['bob'])));
  it('is as old on a project as their first day there', () =>
    organisation(...both, changed('p2', ['ann'], ['ann', 'cem']))
      .when(replacePerson('ann', undefined, '00000001'))
      .then(changed('p1', ['ann', 'bob'], ['bob']), changed('p2', ['ann', 'cem'], ['cem'])));
  it('leaves nothing behind in either map', () => {
    const { state } = organisation(...both, changed('p1', ['ann', 'bob'], []), changed('p2', ['ann'], []));
    expect([...state.peopleOf, ...state.projectsOf]).toEqual([]);
  });
});

describe('the trail of assignments', () => {
  const type = assignments.events.ProjectAssignmentsChanged;
  it.each([
    [[], ['a'], 'assigned 1 person to a project', ['a']],
    [['a', 'b', 'c'], ['c'], 'took 2 people off a project', ['a', 'b']],
    [['a'], ['b', 'c'], 'assigned 2 people to a project and took 1 person off it', ['a', 'b', 'c']],
  ])('%j -> %j', (from, to, sentence, people) => {
    const event = changed('p1', from, to);
    expect(type.summary(event.data)).toBe(sentence);
    expect(type.subjects?.(event.data)).toEqual(people);
    expect(type.record(recorded('assignments-o1', 0, event))).toEqual({ kind: 'project', id: 'p1' });
  });
});
