import { grant, OrganisationHistory, person } from '../../../test/support/organisation-history.js';
import type { Grant, Permission } from '../contract.js';
import { defineRole, editRole } from './custom-roles.decide.js';
import { acceptInvitation, inviteUser } from './invitations.decide.js';
import { changeRoles, disableUser } from './members.decide.js';
import { switchTwoPairsOfEyes } from './two-pairs-of-eyes.decide.js';

const on = switchTwoPairsOfEyes(true);

describe('two pairs of eyes', () => {
  let history: OrganisationHistory;
  /** A role that approves purchases and does nothing else with them. */
  let approver: Grant;

  const listed = (permissions: readonly Permission[]) =>
    permissions.map((permission) => ({ permission, scope: 'all' as const }));
  const define = (name: string, ...permissions: Permission[]): Grant => {
    const [defined] = history.do('primary', defineRole({ name, permissions: listed(permissions) }));
    if (defined?.type !== 'RoleDefined') throw new Error('not defined');
    return grant(defined.data.roleId);
  };
  const inviting = (name: string, ...grants: Grant[]) =>
    [
      inviteUser({ email: `${name}@hale.example`, firstName: name, lastName: 'Hale', grants }),
      { userId: person(name), address: name },
    ] as const;
  const invite = (name: string, ...grants: Grant[]): string => {
    const [invited] = history.do('primary', ...inviting(name, ...grants));
    if (invited?.type !== 'UserInvited') throw new Error('not invited');
    return invited.data.invitationId;
  };
  const join = (name: string, ...grants: Grant[]): void => {
    const invitationId = invite(name, ...grants);
    const { mailEventId } = history.state.invitations.get(invitationId)!;
    history.do(name, acceptInvitation({ link: { invitationId, mailEventId }, userId: person(name) }));
  };
  const roles = (name: string, ...grants: Grant[]) => changeRoles({ userId: person(name), grants });

  beforeEach(() => {
    history = OrganisationHistory.founded();
    approver = define('Approver', 'purchases:read', 'purchases:approve');
  });

  it('are switched on and off, each once', () => {
    expect(history.do('primary', on)).toMatchObject([{ type: 'TwoPairsOfEyesSwitched', data: { on: true } }]);
    expect(history.do('primary', on)).toEqual([]);
    expect(history.do('primary', switchTwoPairsOfEyes(false))).toMatchObject([{ data: { on: false } }]);
    expect(history.state.twoPairsOfEyes).toBe(false);
  });

  it('keep apart, on one person, a role that approves and one that enters or pays', () => {
    join('sue', grant('purchases'));
    history.do('primary', on);
    expect(history.refusal('primary', roles('sue', grant('purchases'), approver))).toBe('roles-combined');
    expect(history.refusal('primary', roles('sue', grant('bookkeeper'), approver))).toBe('roles-combined');
    expect(history.refusal('primary', roles('sue', grant('purchases'), grant('bookkeeper')))).toBeUndefined();
    expect(history.refusal('primary', roles('sue', approver, grant('staff')))).toBeUndefined();
    expect(history.refusal('primary', roles('sue', approver, grant('bookkeeper', { readOnly: true })))).toBeUndefined();
    expect(history.refusal('primary', ...inviting('bob', grant('purchases'), approver))).toBe('roles-combined');
    history.do('primary', switchTwoPairsOfEyes(false));
    expect(history.refusal('primary', roles('sue', grant('purchases'), approver))).toBeUndefined();
  });

  it('say nothing against one role that does it all, alone or beside others', () => {
    join('sue', grant('admin'));
    history.do('primary', on);
    expect(
      history.refusal('primary', roles('sue', grant('sales-and-purchases'), grant('purchases'), approver)),
    ).toBeUndefined();
  });

  it('are not switched on while somebody holds such roles, disabled and invited people among them', () => {
    join('sue', grant('purchases'), approver);
    history.do('primary', disableUser({ userId: person('sue') }));
    expect(history.refusal('primary', on)).toBe('roles-combined');
    history.do('primary', roles('sue', approver));
    expect(history.refusal('primary', on)).toBeUndefined();
    invite('bob', grant('bookkeeper'), approver);
    expect(history.refusal('primary', on)).toBe('roles-combined');
  });

  it('hold for an edit of a role as well', () => {
    const clerk = define('Clerk', 'suppliers:read');
    join('sue', approver, clerk);
    history.do('primary', on);
    const edit = (...permissions: Permission[]) =>
      editRole({ roleId: clerk.role, name: 'Clerk', permissions: listed(permissions) });
    expect(history.refusal('primary', edit('suppliers:read', 'purchases:pay'))).toBe('roles-combined');
    expect(history.refusal('primary', edit('suppliers:read', 'suppliers:edit'))).toBeUndefined();
    expect(history.refusal('primary', edit('purchases:approve', 'purchases:submit'))).toBeUndefined();
  });
});
