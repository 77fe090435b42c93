import type { Grant } from '../contract.js';
import { grant, OrganisationHistory, person } from '../../../test/support/organisation-history.js';
import { acceptInvitation, inviteUser } from './invitations.decide.js';
import {
  changeRoles,
  disableUser,
  enableUser,
  endMembership,
  leaveOrganisation,
  removeUser,
} from './members.decide.js';
import { organisations } from './organisation.js';

const DAY = 24 * 60 * 60 * 1000;

function invite(history: OrganisationHistory, inviter: string, name: string, ...grants: Grant[]): string {
  const body = { email: `${name}@hale.example`, firstName: name, lastName: 'Hale', grants };
  const [invited] = history.do(inviter, inviteUser(body), { userId: person(name), address: name });
  if (invited?.type !== 'UserInvited') throw new Error('not invited');
  return invited.data.invitationId;
}

/** Invites and accepts at once. */
function join(history: OrganisationHistory, inviter: string, name: string, ...grants: Grant[]): void {
  const invitationId = invite(history, inviter, name, ...grants);
  const { mailEventId } = history.state.invitations.get(invitationId)!;
  history.do(name, acceptInvitation({ link: { invitationId, mailEventId }, userId: person(name) }));
}

const roles = (name: string, ...grants: Grant[]) => changeRoles({ userId: person(name), grants });
const about = (name: string) => ({ userId: person(name) });

describe('the roles of a member', () => {
  let history: OrganisationHistory;

  beforeEach(() => {
    history = OrganisationHistory.founded();
    join(history, 'primary', 'ada', grant('admin'));
    join(history, 'primary', 'sue', grant('sales'));
  });

  it('are changed as a whole, old and new values in the event', () => {
    expect(history.do('ada', roles('sue', grant('sales', { readOnly: true }), grant('purchases')))).toMatchObject([
      {
        type: 'RoleChanged',
        data: {
          userId: person('sue'),
          from: [grant('sales')],
          to: [grant('sales', { readOnly: true }), grant('purchases')],
        },
      },
    ]);
    expect(history.roles('sue')).toEqual(['sales', 'purchases']);
  });

  it('stay as they were given where they stay the same', () => {
    const [before] = history.state.members.get(person('sue'))!.grants;
    const [changed] = history.later(DAY).do('ada', roles('sue', grant('purchases'), grant('sales')));
    const [added, kept] = history.state.members.get(person('sue'))!.grants;
    expect(kept).toEqual(before);
    expect(kept?.grantedBy).toBe(person('primary'));
    expect(added).toEqual({
      ...grant('purchases'),
      grantEventId: changed!.id,
      grantedBy: person('ada'),
      grantedAt: history.now,
      grantRevision: changed!.revision,
    });
  });

  it('do not change by saying them again, in whatever order', () => {
    history.do('ada', roles('sue', grant('sales'), grant('staff')));
    expect(history.decide('ada', roles('sue', grant('staff'), grant('sales')))).toEqual([]);
  });

  it('are not for strangers and former members', () => {
    expect(history.refusal('ada', roles('bob', grant('sales')))).toBe('not-found');
    history.do('ada', removeUser(about('sue')));
    expect(history.refusal('ada', roles('sue', grant('sales')))).toBe('not-found');
  });

  it('of the Primary are nobody else’s to change, nor their own', () => {
    expect(history.refusal('ada', roles('primary', grant('basic')))).toBe('primary-stays');
    expect(history.refusal('primary', roles('primary', grant('basic')))).toBe('primary-stays');
  });

  it('are never given beyond one’s own', () => {
    history.do('primary', roles('ada', grant('admin', { until: '2026-04-01T00:00:00.000Z' })));
    expect(history.refusal('ada', roles('sue', grant('staff')))).toBe('beyond-own-rights');
    expect(history.refusal('ada', roles('sue', grant('staff', { until: '2026-04-01T00:00:00.000Z' })))).toBeUndefined();
    expect(history.refusal('ada', roles('ada', grant('admin')))).toBe('beyond-own-rights');
    expect(history.refusal('sue', roles('ada', grant('sales')))).toBeUndefined();
    expect(history.refusal('sue', roles('sue', grant('sales'), grant('staff'), grant('compliance')))).toBe(
      'beyond-own-rights',
    );
    expect(history.refusal('bob', roles('sue', grant('staff')))).toBe('beyond-own-rights');
  });

  it('can be less without holding what stays', () => {
    history.do('primary', roles('ada', grant('sales'), grant('compliance')));
    expect(history.refusal('sue', roles('ada', grant('compliance')))).toBeUndefined();
  });

  it('do not end in the past', () => {
    expect(history.refusal('ada', roles('sue', grant('sales', { until: history.now })))).toBe('validation-failed');
  });

  it('of an invited person are those of the open invitation', () => {
    const invitationId = invite(history, 'ada', 'bob', grant('staff'));
    expect(history.do('primary', roles('bob', grant('bookkeeper')))).toMatchObject([
      {
        type: 'InvitationChanged',
        data: { invitationId, userId: person('bob'), from: [grant('staff')], to: [grant('bookkeeper')] },
      },
    ]);
    expect(history.state.members.get(person('bob'))).toMatchObject({
      status: 'invited',
      grants: [{ role: 'bookkeeper', grantedBy: person('primary') }],
    });
  });
});

describe('a member', () => {
  let history: OrganisationHistory;

  beforeEach(() => {
    history = OrganisationHistory.founded();
    join(history, 'primary', 'ada', grant('admin'));
    join(history, 'primary', 'sue', grant('sales'));
  });

  it('is disabled and enabled, once each, with what they held', () => {
    expect(history.do('ada', disableUser({ ...about('sue'), reason: 'on leave' }))).toMatchObject([
      { type: 'UserDisabled', data: { userId: person('sue'), reason: 'on leave', ended: [] } },
    ]);
    expect(history.state.members.get(person('sue'))?.status).toBe('disabled');
    expect(history.decide('ada', disableUser(about('sue')))).toEqual([]);
    expect(history.do('ada', enableUser(about('sue')))).toMatchObject([{ type: 'UserEnabled', data: about('sue') }]);
    expect(history.state.members.get(person('sue'))).toMatchObject({ status: 'active', grants: [{ role: 'sales' }] });
    expect(history.decide('ada', enableUser(about('sue')))).toEqual([]);
  });

  it('takes the invitations with them that they sent', () => {
    const first = invite(history, 'ada', 'bob', grant('staff'));
    invite(history, 'primary', 'cid', grant('staff'));
    expect(history.do('primary', disableUser(about('ada')))).toMatchObject([
      { type: 'UserDisabled', data: { ended: [{ invitationId: first, userId: person('bob') }] } },
    ]);
    expect(history.state.members.has(person('bob'))).toBe(false);
    expect(history.state.invitations.get(first)?.status).toBe('cancelled');
    expect(history.state.members.has(person('cid'))).toBe(true);
  });

  it.each([
    ['the Primary is not disabled', 'ada', disableUser(about('primary')), 'primary-stays'],
    ['the Primary is not removed', 'ada', removeUser(about('primary')), 'primary-stays'],
    ['the Primary does not disable themselves', 'primary', disableUser(about('primary')), 'primary-stays'],
    ['the Primary does not leave', 'primary', leaveOrganisation({}), 'primary-stays'],
    ['nobody disables themselves', 'ada', disableUser(about('ada')), 'not-oneself'],
    ['nobody removes themselves', 'ada', removeUser(about('ada')), 'not-oneself'],
    ['nobody disables a stranger', 'ada', disableUser(about('bob')), 'not-found'],
    ['nobody enables a stranger', 'ada', enableUser(about('bob')), 'not-found'],
    ['nobody removes a stranger', 'ada', removeUser(about('bob')), 'not-found'],
    ['a stranger does not leave', 'bob', leaveOrganisation({}), 'not-found'],
  ])('%s', (_, actor, decide, rule) => {
    expect(history.refusal(actor, decide)).toBe(rule);
  });

  it('who is only invited is not disabled or enabled; removing cancels', () => {
    const invitationId = invite(history, 'ada', 'bob', grant('staff'));
    expect(history.refusal('ada', disableUser(about('bob')))).toBe('not-a-member-yet');
    expect(history.refusal('ada', enableUser(about('bob')))).toBe('not-a-member-yet');
    expect(history.refusal('bob', leaveOrganisation({}))).toBe('not-found');
    expect(history.do('ada', removeUser(about('bob')))).toMatchObject([
      { type: 'InvitationCancelled', data: { invitationId, userId: person('bob') } },
    ]);
  });

  it('is removed, disabled or not, and may be invited again', () => {
    history.do('ada', disableUser(about('sue')));
    expect(history.do('ada', removeUser(about('sue')))).toMatchObject([
      { type: 'UserRemoved', data: { userId: person('sue'), ended: [] } },
    ]);
    expect(history.state.members.has(person('sue'))).toBe(false);
    join(history, 'ada', 'sue', grant('staff'));
    expect(history.roles('sue')).toEqual(['staff']);
  });

  it('leaves, unless their access has ended already', () => {
    history.do('ada', roles('sue', grant('sales', { until: '2026-03-02T09:00:00.000Z' })));
    expect(history.decide('sue', leaveOrganisation({ reason: 'moving' }))).toMatchObject([
      { type: 'UserLeft', data: { userId: person('sue'), reason: 'moving', ended: [] } },
    ]);
    expect(history.later(DAY).refusal('sue', leaveOrganisation({}))).toBe('not-found');
  });

  it('ends with the account, also for the disabled and the invited', () => {
    const sent = invite(history, 'ada', 'bob', grant('staff'));
    expect(history.do('ada', endMembership(person('ada')))).toMatchObject([
      { type: 'UserLeft', data: { userId: person('ada'), ended: [{ invitationId: sent, userId: person('bob') }] } },
    ]);
    expect(history.decide('ada', endMembership(person('ada')))).toEqual([]);
    history.do('primary', disableUser(about('sue')));
    expect(history.do('sue', endMembership(person('sue')))).toMatchObject([{ type: 'UserLeft' }]);
    const invitationId = invite(history, 'primary', 'cid', grant('staff'));
    expect(history.do('cid', endMembership(person('cid')))).toMatchObject([
      { type: 'InvitationCancelled', data: { invitationId, userId: person('cid') } },
    ]);
    expect([...history.state.members.keys()]).toEqual([person('primary')]);
  });

  it('of the Primary ends with the account for everybody: the organisation is gone', () => {
    expect(history.do('primary', endMembership(person('primary')))).toMatchObject([
      {
        type: 'OrganisationClosed',
        data: { primary: person('primary'), members: ['primary', 'ada', 'sue'].map(person) },
      },
    ]);
    expect(organisations.exists(history.state)).toBe(false);
    expect([history.state.members.size, history.state.invitations.size]).toEqual([0, 0]);
    expect(history.decide('primary', endMembership(person('primary')))).toEqual([]);
  });

  it('who is disabled does not leave', () => {
    history.do('ada', disableUser(about('sue')));
    expect(history.refusal('sue', leaveOrganisation({}))).toBe('not-found');
  });
});
