import { grant, OrganisationHistory, person } from '../../../test/support/organisation-history.js';
import {
  acceptHandover,
  type BothAccounts,
  cancelHandover,
  declineHandover,
  handoverFor,
  proposeHandover,
  startPrimaryRecovery,
} from './handover.decide.js';
import { HANDOVER_HOURS, handoverEndOf } from './handover.js';
import { acceptInvitation, inviteUser } from './invitations.decide.js';
import {
  changeRoles,
  disableUser,
  enableUser,
  endMembership,
  leaveOrganisation,
  removeUser,
} from './members.decide.js';

const FINE: BothAccounts = { primaryOpen: true, otherVerified: true };
const HOURS = 60 * 60 * 1000;

describe('handing the Primary over', () => {
  let history: OrganisationHistory;

  function invite(name: string, ...grants: ReturnType<typeof grant>[]): string {
    const body = { email: 'e', firstName: 'f', lastName: 'l', grants };
    const [invited] = history.do('primary', inviteUser(body), { userId: person(name), address: name });
    if (invited?.type !== 'UserInvited') throw new Error('not invited');
    return invited.data.invitationId;
  }
  function accept(invitationId: string, name: string): void {
    const { mailEventId } = history.state.invitations.get(invitationId)!;
    history.do(name, acceptInvitation({ link: { invitationId, mailEventId }, userId: person(name) }));
  }
  const join = (name: string, ...grants: ReturnType<typeof grant>[]): void => accept(invite(name, ...grants), name);
  const propose = (to = 'bob', by = 'primary'): string => {
    history.do(by, proposeHandover(person(to)), FINE);
    return history.state.handover!.id;
  };
  const refusedTo = (to: string, by = 'primary', both = FINE): string | undefined =>
    history.refusal(by, proposeHandover(person(to)), both);
  const refusedAccept = (id: string, by = 'bob', both = FINE): string | undefined =>
    history.refusal(by, acceptHandover(id), both);

  beforeEach(() => {
    history = OrganisationHistory.founded();
    join('bob', grant('sales'), grant('purchases'));
    join('sue', grant('admin'));
  });

  it('is proposed to an active member with a verified address, by the Primary', () => {
    const [proposed] = history.do('primary', proposeHandover(person('bob')), FINE);
    const { proposalId } = (proposed as { data: { proposalId: string } }).data;
    expect(proposed).toMatchObject({
      type: 'HandoverProposed',
      data: { userId: person('bob'), from: person('primary') },
    });
    expect(history.state.primary).toBe(person('primary'));
    expect(history.state.handover).toEqual({
      id: proposalId,
      from: person('primary'),
      to: person('bob'),
      proposedAt: history.now,
      status: 'open',
    });
  });

  it('is not proposed by others, to oneself, to strangers, or to people who are not in', () => {
    expect(refusedTo('bob', 'sue')).toBe('permission-denied');
    expect(refusedTo('primary')).toBe('not-oneself');
    expect(refusedTo('eve')).toBe('not-found');
    invite('ivy', grant('sales'));
    expect(refusedTo('ivy')).toBe('not-a-member-yet');
    history.do('primary', disableUser({ userId: person('bob') }));
    expect(refusedTo('bob')).toBe('member-disabled');
    history.do('primary', enableUser({ userId: person('bob') }));
    expect(refusedTo('bob', 'primary', { ...FINE, otherVerified: false })).toBe('address-unverified');
    const until = new Date(Date.parse(history.now) + HOURS).toISOString();
    history.do('primary', changeRoles({ userId: person('bob'), grants: [grant('sales', { until })] }));
    history.later(HOURS - 1);
    expect(refusedTo('bob')).toBeUndefined();
    history.later(1);
    expect(refusedTo('bob')).toBe('member-expired');
  });

  it('is open once at a time, until its very last millisecond', () => {
    const first = propose('bob');
    expect(refusedTo('sue')).toBe('handover-open');
    history.later(HANDOVER_HOURS * HOURS - 1);
    expect(refusedTo('sue')).toBe('handover-open');
    expect(refusedAccept(first)).toBeUndefined();
    expect(handoverFor(history.state, person('bob'), Date.parse(history.now)).id).toBe(first);
    history.later(1);
    expect(handoverEndOf(history.state.handover!)).toBe(Date.parse(history.now));
    expect(refusedAccept(first)).toBe('handover-expired');
    expect(history.refusal('bob', declineHandover(first))).toBe('handover-expired');
    expect(history.refusal('primary', cancelHandover)).toBe('handover-expired');
    expect(() => handoverFor(history.state, person('bob'), Date.parse(history.now))).toThrow('There is no such record');
    const second = propose('sue');
    expect(refusedAccept(first)).toBe('not-found');
    expect(refusedAccept(second, 'sue')).toBeUndefined();
  });

  it('gives the one what the other had, and says by whom', () => {
    const id = propose();
    history.later(HOURS);
    const [handed, ...more] = history.do('bob', acceptHandover(id), FINE);
    expect(more).toEqual([]);
    expect(handed).toMatchObject({
      type: 'PrimaryHandedOver',
      data: {
        proposalId: id,
        userId: person('bob'),
        from: person('primary'),
        replaced: [grant('sales'), grant('purchases')],
      },
    });
    expect(history.state.primary).toBe(person('bob'));
    const given = { grantEventId: handed!.id, grantedAt: history.now, grantRevision: handed!.revision };
    expect(history.state.members.get(person('bob'))?.grants).toEqual([
      { ...grant('primary'), ...given, grantedBy: person('primary') },
    ]);
    expect(history.state.members.get(person('primary'))?.grants).toEqual([
      { ...grant('admin'), ...given, grantedBy: person('bob') },
    ]);
    expect(history.decide('bob', acceptHandover(id), FINE)).toEqual([]);
    expect(history.refusal('primary', cancelHandover)).toBe('permission-denied');
    expect(refusedTo('sue')).toBe('permission-denied');
    // The former Primary is a member like others now, and the new one is not.
    expect(history.refusal('bob', disableUser({ userId: person('primary') }))).toBeUndefined();
    expect(history.refusal('primary', leaveOrganisation({}))).toBeUndefined();
    for (const decide of [disableUser, removeUser]) {
      expect(history.refusal('primary', decide({ userId: person('bob') }))).toBe('primary-stays');
    }
    expect(history.refusal('bob', leaveOrganisation({}))).toBe('primary-stays');
  });

  it('comes back by another handover only', () => {
    history.do('bob', acceptHandover(propose()), FINE);
    const back = propose('primary', 'bob');
    history.do('primary', acceptHandover(back), FINE);
    expect(history.state.primary).toBe(person('primary'));
    expect([history.roles('primary'), history.roles('bob')]).toEqual([['primary'], ['admin']]);
  });

  it('is accepted by the person whom it is for, who is looked at again', () => {
    const id = propose();
    for (const stranger of ['sue', 'primary']) {
      expect(refusedAccept(id, stranger)).toBe('not-found');
      expect(history.refusal(stranger, declineHandover(id))).toBe('not-found');
    }
    expect(refusedAccept('another')).toBe('not-found');
    expect(refusedAccept(id, 'bob', { ...FINE, otherVerified: false })).toBe('address-unverified');
    expect(refusedAccept(id, 'bob', { ...FINE, primaryOpen: false })).toBe('proposer-not-primary');
    expect(refusedAccept(id)).toBeUndefined();
  });

  it('can be taken back and declined, each once', () => {
    expect(history.refusal('primary', cancelHandover)).toBe('not-found');
    const first = propose();
    history.do('primary', cancelHandover);
    expect(history.decide('primary', cancelHandover)).toEqual([]);
    expect(refusedAccept(first)).toBe('handover-cancelled');
    expect(history.refusal('bob', declineHandover(first))).toBe('handover-cancelled');
    const second = propose();
    history.do('bob', declineHandover(second));
    expect(history.decide('bob', declineHandover(second))).toEqual([]);
    expect(refusedAccept(second)).toBe('handover-declined');
    expect(history.refusal('primary', cancelHandover)).toBe('handover-declined');
    expect(history.state.primary).toBe(person('primary'));
  });

  it.each([
    ['disabled', () => history.do('primary', disableUser({ userId: person('bob') }))],
    ['removed', () => history.do('primary', removeUser({ userId: person('bob') }))],
    ['leaves', () => history.do('bob', leaveOrganisation({}))],
    ['erases their account', () => history.do('bob', endMembership(person('bob')))],
    [
      'was got at by whoever the Primary has to be recovered from',
      () => history.do('primary', startPrimaryRecovery({ userId: person('primary'), newAddress: true })),
    ],
  ])('ends when the other is or has %s', (_, end) => {
    const id = propose();
    end();
    expect(history.state.handover?.status).toBe('ended');
    if (history.state.members.get(person('bob'))?.status === 'disabled')
      history.do('primary', enableUser({ userId: person('bob') }));
    expect(refusedAccept(id)).toBe('handover-ended');
    expect(refusedTo('sue')).toBeUndefined();
  });

  it('does not end because of others', () => {
    const id = propose();
    history.do('primary', removeUser({ userId: person('sue') }));
    expect(refusedAccept(id)).toBeUndefined();
  });

  it('leaves open invitations of the former Primary as far as an admin may go', () => {
    const one = invite('ivy', grant('admin'));
    const { mailEventId } = history.state.invitations.get(one)!;
    history.do('bob', acceptHandover(propose()), FINE);
    const decide = acceptInvitation({ link: { invitationId: one, mailEventId }, userId: person('ivy') });
    expect(history.refusal('ivy', decide)).toBeUndefined();
    history.do('bob', changeRoles({ userId: person('primary'), grants: [grant('sales')] }));
    expect(history.refusal('ivy', decide)).toBe('inviter-lost-rights');
  });

  it('goes back where the new Primary erased their account in the moment of accepting', () => {
    const ivy = invite('ivy', grant('sales'));
    history.do('bob', acceptHandover(propose()), FINE);
    const events = history.do('bob', endMembership(person('bob')));
    expect(events.map(({ type }) => type)).toEqual(['HandoverReverted', 'UserLeft']);
    expect(history.state.primary).toBe(person('primary'));
    expect([history.roles('primary'), history.roles('bob')]).toEqual([['primary'], undefined]);
    expect(history.state.invitations.get(ivy)?.status).toBe('open');
    expect(organisationStands()).toBe(true);
    expect(history.decide('bob', endMembership(person('bob')))).toEqual([]);
  });

  it('closes an organisation to whose former Primary it cannot go back', () => {
    history.do('bob', acceptHandover(propose()), FINE);
    history.do('primary', leaveOrganisation({}));
    history.do('bob', endMembership(person('bob')));
    expect(organisationStands()).toBe(false);
  });

  it('is not what a recovery of somebody else is about', () => {
    expect(history.refusal('primary', startPrimaryRecovery({ userId: person('bob'), newAddress: false }))).toBe(
      'primary-moved',
    );
  });

  const organisationStands = (): boolean => history.state.founded;
});
