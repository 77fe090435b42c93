import type { Grant } from '../contract.js';
import { grant, OrganisationHistory, person } from '../../../test/support/organisation-history.js';
import {
  acceptInvitation,
  cancelInvitation,
  type InvitationLink,
  inviteUser,
  MAX_OPEN_INVITATIONS,
  resendInvitation,
} from './invitations.decide.js';
import { changeRoles, disableUser, enableUser, removeUser } from './members.decide.js';

const DAY = 24 * 60 * 60 * 1000;

let history: OrganisationHistory;

const inviting = (name: string, ...grants: Grant[]) =>
  [
    inviteUser({ email: `${name}@hale.example`, firstName: name, lastName: 'Hale', grants }),
    { userId: person(name), address: `address of ${name}` },
  ] as const;

/** The link in the newest mail. */
const linkOf = (invitationId: string): InvitationLink => ({
  invitationId,
  mailEventId: history.state.invitations.get(invitationId)!.mailEventId,
});

function invite(inviter: string, name: string, ...grants: Grant[]): string {
  const [invited] = history.do(inviter, ...inviting(name, ...grants));
  if (invited?.type !== 'UserInvited') throw new Error('not invited');
  return invited.data.invitationId;
}

const accepting = (invitationId: string, name: string) =>
  acceptInvitation({ link: linkOf(invitationId), userId: person(name) });

function join(inviter: string, name: string, ...grants: Grant[]): void {
  history.do(name, accepting(invite(inviter, name, ...grants), name));
}

beforeEach(() => {
  history = OrganisationHistory.founded();
});

describe('inviting', () => {
  it('names the person, the address and the roles', () => {
    expect(history.do('primary', ...inviting('bob', grant('sales')))).toMatchObject([
      {
        type: 'UserInvited',
        data: {
          userId: person('bob'),
          address: 'address of bob',
          email: 'bob@hale.example',
          firstName: 'bob',
          lastName: 'Hale',
          grants: [grant('sales')],
        },
      },
    ]);
    expect(history.state.members.get(person('bob'))).toMatchObject({
      status: 'invited',
      grants: [{ role: 'sales', grantedBy: person('primary') }],
    });
  });

  it('is refused for members, disabled or not', () => {
    join('primary', 'bob', grant('sales'));
    expect(history.refusal('primary', ...inviting('bob', grant('sales')))).toBe('already-member');
    history.do('primary', disableUser({ userId: person('bob') }));
    expect(history.refusal('primary', ...inviting('bob', grant('sales')))).toBe('already-member');
    history.do('primary', removeUser({ userId: person('bob') }));
    expect(history.refusal('primary', ...inviting('bob', grant('sales')))).toBeUndefined();
  });

  it('is refused while an invitation to the person, or to the address, is open', () => {
    const invitationId = invite('primary', 'bob', grant('sales'));
    expect(history.refusal('primary', ...inviting('bob', grant('sales')))).toBe('already-invited');
    const [decide, { address }] = inviting('bob', grant('sales'));
    expect(history.refusal('primary', decide, { userId: person('other'), address })).toBe('already-invited');
    history.do('primary', cancelInvitation(invitationId));
    expect(history.refusal('primary', decide, { userId: person('other'), address })).toBeUndefined();
  });

  it('gives nothing beyond what the inviter holds', () => {
    join('primary', 'ada', grant('admin', { until: '2026-05-01T00:00:00.000Z' }));
    expect(history.refusal('ada', ...inviting('bob', grant('sales')))).toBe('beyond-own-rights');
    expect(history.refusal('ada', ...inviting('bob', grant('sales', { until: '2026-05-01T00:00:00.001Z' })))).toBe(
      'beyond-own-rights',
    );
    expect(
      history.refusal('ada', ...inviting('bob', grant('sales', { until: '2026-05-01T00:00:00.000Z' }))),
    ).toBeUndefined();
    history.later(90 * DAY);
    expect(history.refusal('ada', ...inviting('bob', grant('sales', { until: '2026-05-31T00:00:00.000Z' })))).toBe(
      'beyond-own-rights',
    );
  });

  it('has a limit, so that ending them with their sender is one event', () => {
    const invitations = new Map(
      Array.from({ length: MAX_OPEN_INVITATIONS }, (_, index) => [
        String(index),
        {
          id: String(index),
          userId: String(index),
          address: String(index),
          status: 'open' as const,
          invitedBy: '',
          revision: 0,
          mailEventId: '',
          sentAt: '',
        },
      ]),
    );
    history.state = { ...history.state, invitations };
    expect(history.refusal('primary', ...inviting('bob', grant('sales')))).toBe('too-many-open-invitations');
  });
});

describe('an invitation', () => {
  it('makes a member, by the grant of its sender', () => {
    const invitationId = invite('primary', 'bob', grant('sales'));
    const [invited] = history.events.slice(-1);
    const [accepted] = history.later(DAY).do('bob', accepting(invitationId, 'bob'));
    expect(accepted).toMatchObject({
      type: 'InvitationAccepted',
      data: { invitationId, userId: person('bob'), grants: [grant('sales')] },
    });
    expect(accepted?.data).not.toHaveProperty('invitedAs');
    expect(history.state.members.get(person('bob'))).toEqual({
      userId: person('bob'),
      status: 'active',
      grants: [
        {
          ...grant('sales'),
          grantEventId: invited!.id,
          grantedBy: person('primary'),
          grantedAt: invited!.recordedAt,
          grantRevision: invited!.revision,
        },
      ],
    });
  });

  it('is good for seven days, to the millisecond', () => {
    const invitationId = invite('primary', 'bob', grant('sales'));
    expect(history.later(7 * DAY - 1).refusal('bob', accepting(invitationId, 'bob'))).toBeUndefined();
    expect(history.later(1).refusal('bob', accepting(invitationId, 'bob'))).toBe('invitation-expired');
    history.do('primary', resendInvitation(invitationId));
    expect(history.later(7 * DAY - 1).refusal('bob', accepting(invitationId, 'bob'))).toBeUndefined();
  });

  it('offers nothing any more once its roles have ended', () => {
    const invitationId = invite('primary', 'bob', grant('sales', { until: '2026-03-02T00:00:00.000Z' }));
    expect(history.later(DAY).refusal('bob', accepting(invitationId, 'bob'))).toBe('invitation-expired');
  });

  it('opens with the newest link only', () => {
    const invitationId = invite('primary', 'bob', grant('sales'));
    const old = linkOf(invitationId);
    history.do('primary', resendInvitation(invitationId));
    expect(history.refusal('bob', acceptInvitation({ link: old, userId: person('bob') }))).toBe(
      'invitation-superseded',
    );
    expect(history.refusal('bob', accepting(invitationId, 'bob'))).toBeUndefined();
  });

  it('is over when it was cancelled', () => {
    const invitationId = invite('primary', 'bob', grant('sales'));
    const link = linkOf(invitationId);
    expect(history.do('primary', cancelInvitation(invitationId))).toMatchObject([{ type: 'InvitationCancelled' }]);
    expect(history.refusal('bob', acceptInvitation({ link, userId: person('bob') }))).toBe('invitation-cancelled');
    expect(history.refusal('primary', resendInvitation(invitationId))).toBe('invitation-cancelled');
    expect(history.decide('primary', cancelInvitation(invitationId))).toEqual([]);
  });

  it('is over when it was accepted', () => {
    const invitationId = invite('primary', 'bob', grant('sales'));
    history.do('bob', accepting(invitationId, 'bob'));
    expect(history.refusal('bob', accepting(invitationId, 'bob'))).toBe('invitation-accepted');
    expect(history.refusal('primary', resendInvitation(invitationId))).toBe('invitation-accepted');
    expect(history.refusal('primary', cancelInvitation(invitationId))).toBe('invitation-accepted');
  });

  it('that nobody knows is not found', () => {
    expect(history.refusal('primary', resendInvitation('nothing'))).toBe('not-found');
    expect(history.refusal('primary', cancelInvitation('nothing'))).toBe('not-found');
    const link = { invitationId: 'nothing', mailEventId: 'nothing' };
    expect(history.refusal('bob', acceptInvitation({ link, userId: person('bob') }))).toBe('not-found');
  });

  it('ends with whoever sent it, and enabling them does not bring it back', () => {
    join('primary', 'ada', grant('admin'));
    const invitationId = invite('ada', 'bob', grant('sales'));
    const accept = accepting(invitationId, 'bob');
    history.do('primary', disableUser({ userId: person('ada') }));
    expect(history.refusal('bob', accept)).toBe('invitation-cancelled');
    history.do('primary', enableUser({ userId: person('ada') }));
    expect(history.refusal('bob', accept)).toBe('invitation-cancelled');
  });

  it('needs its sender’s rights when it is accepted', () => {
    join('primary', 'ada', grant('admin'));
    const invitationId = invite('ada', 'bob', grant('sales'));
    const ada = (...grants: Grant[]) => changeRoles({ userId: person('ada'), grants });
    history.do('primary', ada(grant('authorised')));
    expect(history.refusal('bob', accepting(invitationId, 'bob'))).toBe('inviter-lost-rights');
    history.do('primary', ada(grant('admin', { until: '2026-03-03T00:00:00.000Z' })));
    expect(history.refusal('bob', accepting(invitationId, 'bob'))).toBe('inviter-lost-rights');
    history.do('primary', ada(grant('admin')));
    expect(history.refusal('bob', accepting(invitationId, 'bob'))).toBeUndefined();
  });

  it('needs the rights of whoever changed it, too', () => {
    join('primary', 'ada', grant('admin'));
    const invitationId = invite('primary', 'bob', grant('sales'));
    history.do('ada', changeRoles({ userId: person('bob'), grants: [grant('admin')] }));
    expect(history.refusal('bob', accepting(invitationId, 'bob'))).toBeUndefined();
    history.do('primary', disableUser({ userId: person('ada') }));
    expect(history.refusal('bob', accepting(invitationId, 'bob'))).toBe('inviter-lost-rights');
  });

  it('goes to the account that owns the address, whatever its id', () => {
    const invitationId = invite('primary', 'bob', grant('sales'));
    expect(history.do('rob', accepting(invitationId, 'rob'))).toMatchObject([
      {
        type: 'InvitationAccepted',
        data: { invitationId, userId: person('rob'), invitedAs: person('bob'), grants: [grant('sales')] },
      },
    ]);
    expect(history.state.members.has(person('bob'))).toBe(false);
    expect(history.state.members.get(person('rob'))).toMatchObject({ status: 'active', grants: [{ role: 'sales' }] });
  });

  it('does not make a member twice', () => {
    join('primary', 'rob', grant('basic'));
    const invitationId = invite('primary', 'bob', grant('sales'));
    expect(history.refusal('rob', accepting(invitationId, 'rob'))).toBe('already-member');
    expect(history.roles('rob')).toEqual(['basic']);
  });

  it('ends the other one that the owner of the address has', () => {
    const other = invite('primary', 'rob', grant('basic'));
    const invitationId = invite('primary', 'bob', grant('sales'));
    expect(history.do('rob', accepting(invitationId, 'rob')).map(({ type }) => type)).toEqual([
      'InvitationCancelled',
      'InvitationAccepted',
    ]);
    expect(history.state.invitations.get(other)?.status).toBe('cancelled');
    expect(history.roles('rob')).toEqual(['sales']);
    expect(history.state.members.has(person('bob'))).toBe(false);
  });
});
