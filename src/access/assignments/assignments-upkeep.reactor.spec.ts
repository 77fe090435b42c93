import { AccountsWorld } from '../../../test/support/accounts.js';
import { newId } from '../../platform/random.js';
import type { Reactors } from '../../platform/reactor/reactors.js';
import { foundOrganisation } from '../organisations/organisation.decide.js';
import { organisations } from '../organisations/organisation.js';
import { assignPeople } from './assigning.js';
import { assignments } from './assignments.js';
import { AssignmentsUpkeep } from './assignments-upkeep.reactor.js';

describe('assignments of whoever is not there', () => {
  let world: AccountsWorld;
  let organisation: string;
  const [ann, eve] = ['ann', 'eve'];

  beforeEach(async () => {
    world = await AccountsWorld.open();
    organisation = newId(world.time.now);
    await world.node.writer.write(organisations, organisation, {
      decide: (state, context) =>
        foundOrganisation({ name: 'Hale', currency: 'GBP' })(state, { ...context, userId: ann }, undefined),
      by: metadata('FoundOrganisation'),
    });
  });
  afterEach(() => world.close());

  const metadata = (command: string) => async () => ({
    organisation,
    actor: { kind: 'user' as const, id: ann },
    command,
    correlationId: 'c',
    requestId: 'r',
  });
  /** As if both had been members when it was decided. */
  const assign = (project: string, ...people: readonly string[]) =>
    world.node.writer.write(assignments, organisation, {
      decide: (state, context) => assignPeople(project, people)(state, context, new Set(people)),
      by: metadata('AssignProject'),
    });
  const react = async (...types: readonly string[]): Promise<void> => {
    const reactor = new AssignmentsUpkeep(world.node.writer, { register: () => undefined } as unknown as Reactors);
    for (const event of await world.node.codec.open(await world.events(...types))) await reactor.handle(event);
  };
  const peopleOf = async (project: string): Promise<readonly string[]> => [
    ...((await world.node.writer.state(assignments, organisation)).peopleOf.get(project)?.keys() ?? []),
  ];

  it('end where they were made while the person went', async () => {
    await assign('p1', ann, eve);
    await react('ProjectAssignmentsChanged');
    expect(await peopleOf('p1')).toEqual([ann]);
    const [, taken, ...others] = await world.events('ProjectAssignmentsChanged');
    expect(others).toEqual([]);
    expect(taken).toMatchObject({
      data: { projectId: 'p1', from: [ann, eve], to: [ann] },
      metadata: { organisation, actor: { kind: 'system', onBehalfOf: ann }, command: 'TakeOffProjects' },
    });
    // After a crash the same comes again.
    await react('ProjectAssignmentsChanged');
    expect(await world.events('ProjectAssignmentsChanged')).toHaveLength(2);
  });

  it('leave those alone who were assigned later than they went', async () => {
    await assign('p1', ann);
    await world.node.writer.write(organisations, organisation, {
      decide: () => [{ type: 'UserLeft' as const, data: { userId: ann, ended: [] } }],
      by: metadata('LeaveOrganisation'),
    });
    await assign('p2', ann);
    await react('UserLeft');
    expect(await peopleOf('p1')).toEqual([]);
    expect(await peopleOf('p2')).toEqual([ann]);
  });
});
