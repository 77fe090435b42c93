import { AccountsWorld, visitor } from '../../../test/support/accounts.js';
import { newId } from '../../platform/random.js';
import { TargetUnavailable } from '../../platform/reactor/failures.js';
import type { Reactors } from '../../platform/reactor/reactors.js';
import { eraseAccount } from '../accounts/account.decide.js';
import { accounts } from '../accounts/account.js';
import type { DirectoryService } from '../organisations/directory.service.js';
import { foundOrganisation } from '../organisations/organisation.decide.js';
import { organisations } from '../organisations/organisation.js';
import { MembershipUpkeep } from './membership-upkeep.reactor.js';

describe('what an erased account leaves behind', () => {
  let world: AccountsWorld;
  let userId: string;
  let organisation: string;

  beforeEach(async () => {
    world = await AccountsWorld.open();
    const pat = { email: 'pat@hale.example', firstName: 'Pat', lastName: 'Hale', password: 'a password of pat' };
    userId = await world.node.accounts.signUp(pat, visitor());
    organisation = newId(world.time.now);
  });
  afterEach(() => world.close());

  const found = () =>
    world.node.writer.write(organisations, organisation, {
      decide: (state, context) =>
        foundOrganisation({ name: 'Hale', currency: 'GBP' })(state, { ...context, userId }, undefined),
      by: async () => ({
        organisation,
        actor: { kind: 'user', id: userId },
        command: 'FoundOrganisation',
        correlationId: 'c',
        requestId: 'r',
      }),
    });
  const erase = () =>
    world.node.writer.write(accounts, userId, {
      decide: (state, context) => eraseAccount(state, context, { primaryOf: [] }),
      by: world.node.writer.request(visitor(), 'EraseAccount', { kind: 'user', id: userId }),
    });
  const react = async (organisationsOf: () => Promise<readonly string[]>): Promise<void> => {
    const directory = { organisationsOf } as unknown as DirectoryService;
    const reactor = new MembershipUpkeep(world.node.writer, directory, {
      register: () => undefined,
    } as unknown as Reactors);
    for (const event of await world.node.codec.open(await world.events(...reactor.types))) await reactor.handle(event);
  };
  const state = () => world.node.writer.state(organisations, organisation);

  it.each([
    ['before', [found, erase], () => [organisation]],
    ['after', [erase, found], () => []],
  ])('is no organisation that was founded just %s', async (_, steps, known) => {
    for (const step of steps) await step();
    await react(async () => known());
    expect(organisations.exists(await state())).toBe(false);
    const [closed, ...others] = await world.events('OrganisationClosed');
    expect(others).toEqual([]);
    expect(closed).toMatchObject({
      data: { primary: userId, members: [userId] },
      metadata: { organisation, actor: { kind: 'system', onBehalfOf: userId }, command: 'EraseAccount' },
    });
    // After a crash the same comes again.
    await react(async () => known());
    expect(await world.events('OrganisationClosed')).toHaveLength(1);
  });

  it('is waited for while memberships cannot be looked up', async () => {
    await erase();
    await expect(react(() => Promise.reject(new Error('behind')))).rejects.toThrow(TargetUnavailable);
  });

  it('is nothing of a person whose account stands', async () => {
    await found();
    await react(async () => [organisation]);
    expect(organisations.exists(await state())).toBe(true);
  });
});
