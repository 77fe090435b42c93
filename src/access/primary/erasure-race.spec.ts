import { AccountsWorld, visitor } from '../../../test/support/accounts.js';
import type { Reactors } from '../../platform/reactor/reactors.js';
import { newId } from '../../platform/random.js';
import { eraseAccount } from '../accounts/account.decide.js';
import { accounts } from '../accounts/account.js';
import { MembershipUpkeep } from '../members/membership-upkeep.reactor.js';
import type { DirectoryService } from '../organisations/directory.service.js';
import { acceptHandover, proposeHandover } from '../organisations/handover.decide.js';
import { acceptInvitation, inviteUser } from '../organisations/invitations.decide.js';
import { foundOrganisation } from '../organisations/organisation.decide.js';
import { organisations, type OrganisationEvent, type OrganisationState } from '../organisations/organisation.js';
import type { Decide } from '../../kernel/decider.js';

const FINE = { primaryOpen: true, otherVerified: true };

/** Two streams cannot rule out that both checks pass; what follows from the erasure puts it right. */
describe('an acceptance and the erasure of the new Primary at the same moment', () => {
  let world: AccountsWorld;
  let organisation: string;
  let ann: string;
  let bob: string;

  beforeEach(async () => {
    world = await AccountsWorld.open();
    organisation = newId(world.time.now);
    const person = (firstName: string) => ({
      email: `${firstName.toLowerCase()}@hale.example`,
      firstName,
      lastName: 'Hale',
      password: 'a password of theirs',
    });
    ann = await world.node.accounts.signUp(person('Ann'), visitor());
    bob = await world.node.accounts.signUp(person('Bob'), visitor());
    await write(ann, foundOrganisation({ name: 'Hale', currency: 'GBP' }));
    const grants = [{ role: 'sales', readOnly: false, switches: [] }];
    await write(ann, inviteUser({ ...person('Bob'), grants }), { userId: bob, address: 'hmac' });
    const [invited] = [...(await state()).invitations.values()];
    const link = { invitationId: invited!.id, mailEventId: invited!.mailEventId };
    await write(bob, acceptInvitation({ link, userId: bob }));
    await write(ann, proposeHandover(bob), FINE);
  });
  afterEach(() => world.close());

  const state = (): Promise<OrganisationState> => world.node.writer.state(organisations, organisation);
  const write = <P>(
    by: string,
    decide: Decide<OrganisationState, OrganisationEvent, P>,
    prepared?: P,
  ): Promise<unknown> =>
    world.node.writer.write(organisations, organisation, {
      decide: (folded, context) => decide(folded, { ...context, userId: by }, prepared as P),
      by: async () => ({
        organisation,
        actor: { kind: 'user', id: by },
        command: 'Test',
        correlationId: 'c',
        requestId: 'r',
      }),
    });
  const accept = async (): Promise<unknown> => write(bob, acceptHandover((await state()).handover!.id), FINE);
  /** Decided on what was so before the acceptance: a Primary of nothing. */
  const erase = (): Promise<unknown> =>
    world.node.writer.write(accounts, bob, {
      decide: (folded, context) => eraseAccount(folded, context, { primaryOf: [] }),
      by: world.node.writer.request(visitor(), 'EraseAccount', { kind: 'user', id: bob }),
    });
  const react = async (): Promise<void> => {
    const directory = { organisationsOf: () => Promise.resolve([organisation]) } as unknown as DirectoryService;
    const unregistered = { register: () => undefined } as unknown as Reactors;
    const reactor = new MembershipUpkeep(world.node.writer, directory, unregistered);
    for (const event of await world.node.codec.open(await world.events('AccountErased'))) await reactor.handle(event);
  };

  it.each([
    ['after', [accept, erase]],
    ['before', [erase, accept]],
  ])('leaves the former Primary in place where the erasure stands %s it', async (_, steps) => {
    for (const step of steps) await step();
    expect((await state()).primary).toBe(bob);
    await react();
    const after = await state();
    expect(organisations.exists(after)).toBe(true);
    expect(after.primary).toBe(ann);
    expect([...after.members.values()]).toMatchObject([
      { userId: ann, status: 'active', grants: [{ role: 'primary' }] },
    ]);
    // After a crash the same comes again.
    await react();
    expect(await world.events('HandoverReverted')).toHaveLength(1);
    expect(await world.events('UserLeft')).toHaveLength(1);
    const [reverted] = await world.events('HandoverReverted');
    expect(reverted).toMatchObject({
      data: { userId: ann, from: bob },
      metadata: { organisation, actor: { kind: 'system', onBehalfOf: bob }, command: 'EraseAccount' },
    });
  });

  it('comes to nothing where the membership has ended first', async () => {
    await erase();
    await react();
    await expect(accept()).rejects.toMatchObject({ details: { rule: 'handover-ended' } });
    expect((await state()).primary).toBe(ann);
  });
});
