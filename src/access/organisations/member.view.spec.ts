import { grant, ORGANISATION, OrganisationHistory, person, START } from '../../../test/support/organisation-history.js';
import { acceptInvitation, cancelInvitation, inviteUser, resendInvitation } from './invitations.decide.js';
import { type MemberDoc, memberKey, membersView } from './member.view.js';
import { changeRoles, disableUser, enableUser, leaveOrganisation, removeUser } from './members.decide.js';

type MemberEvent = Parameters<typeof membersView.fold>[1];

const HOUR = 60 * 60 * 1000;

/** The documents after a history, as the projector makes them. */
function documents(history: OrganisationHistory): Map<string, MemberDoc> {
  const docs = new Map<string, MemberDoc>();
  for (const event of history.events) {
    if (!(membersView.events as readonly string[]).includes(event.type)) continue;
    for (const key of membersView.keys(event as MemberEvent)) {
      const doc = membersView.fold(docs.get(key) ?? null, event as MemberEvent, key);
      if (doc === null) docs.delete(key);
      else docs.set(key, doc);
    }
  }
  return docs;
}

let history: OrganisationHistory;
const doc = (name: string): MemberDoc | undefined => documents(history).get(memberKey(ORGANISATION, person(name)));

function invite(by: string, name: string): string {
  const [event] = history.do(
    by,
    inviteUser({ email: `${name}@hale.example`, firstName: 'Bob', lastName: 'Hale', grants: [grant('admin')] }),
    { userId: person(name), address: name },
  );
  if (event?.type !== 'UserInvited') throw new Error('not invited');
  return event.data.invitationId;
}

function accept(invitationId: string, name: string): void {
  const { mailEventId } = history.state.invitations.get(invitationId)!;
  history.do(name, acceptInvitation({ link: { invitationId, mailEventId }, userId: person(name) }));
}

beforeEach(() => {
  history = OrganisationHistory.founded();
});

describe('the documents of members', () => {
  it('begin with the Primary', () => {
    expect(doc('primary')).toEqual({
      organisation: ORGANISATION,
      userId: person('primary'),
      status: 'active',
      roles: [grant('primary')],
      isPrimary: true,
      since: START,
    });
  });

  it('say what the inviter wrote of a person until they accept', () => {
    const id = invite('primary', 'bob');
    expect(doc('bob')).toEqual({
      organisation: ORGANISATION,
      userId: person('bob'),
      status: 'invited',
      roles: [grant('admin')],
      isPrimary: false,
      since: START,
      invitation: { id, email: 'bob@hale.example', firstName: 'Bob', lastName: 'Hale', sentAt: START },
    });
    history.later(HOUR).do('primary', resendInvitation(id));
    expect(doc('bob')).toMatchObject({ since: START, invitation: { sentAt: history.now } });
    history.do('primary', changeRoles({ userId: person('bob'), grants: [grant('sales')] }));
    expect(doc('bob')).toMatchObject({ status: 'invited', roles: [grant('sales')] });
    accept(id, 'bob');
    expect(doc('bob')).toEqual({
      organisation: ORGANISATION,
      userId: person('bob'),
      status: 'active',
      roles: [grant('sales')],
      isPrimary: false,
      since: START,
    });
  });

  it('move to the user id of the account that accepted', () => {
    accept(invite('primary', 'bob'), 'rob');
    expect(doc('bob')).toBeUndefined();
    expect(doc('rob')).toMatchObject({ userId: person('rob'), status: 'active', roles: [grant('admin')] });
  });

  it('go with a cancelled invitation', () => {
    history.do('primary', cancelInvitation(invite('primary', 'bob')));
    expect(doc('bob')).toBeUndefined();
  });

  it('follow roles and status', () => {
    accept(invite('primary', 'bob'), 'bob');
    history.do('primary', changeRoles({ userId: person('bob'), grants: [grant('staff', { readOnly: true })] }));
    expect(doc('bob')).toMatchObject({ roles: [grant('staff', { readOnly: true })] });
    history.do('primary', disableUser({ userId: person('bob') }));
    expect(doc('bob')).toMatchObject({ status: 'disabled' });
    history.do('primary', enableUser({ userId: person('bob') }));
    expect(doc('bob')).toMatchObject({ status: 'active' });
    history.do('primary', removeUser({ userId: person('bob') }));
    expect(doc('bob')).toBeUndefined();
  });

  it.each([
    ['disabled', () => history.do('primary', disableUser({ userId: person('bob') }))],
    ['removed', () => history.do('primary', removeUser({ userId: person('bob') }))],
    ['gone', () => history.do('bob', leaveOrganisation({}))],
  ])('of people whom somebody invited who is %s now go with them', (_, end) => {
    accept(invite('primary', 'bob'), 'bob');
    invite('bob', 'cid');
    invite('primary', 'dan');
    end();
    expect([doc('cid'), doc('dan')?.status]).toEqual([undefined, 'invited']);
  });

  it('are those of the state that decides', () => {
    accept(invite('primary', 'bob'), 'bob');
    invite('bob', 'cid');
    accept(invite('bob', 'dan'), 'eve');
    history.do('primary', disableUser({ userId: person('eve') }));
    const live = [...documents(history).values()].map(({ userId, status }) => [userId, status]);
    expect(live.sort()).toEqual(
      [...history.state.members.values()].map(({ userId, status }) => [userId, status]).sort(),
    );
  });
});
