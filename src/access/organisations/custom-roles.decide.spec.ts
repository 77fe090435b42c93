import { grant, ORGANISATION, OrganisationHistory, person } from '../../../test/support/organisation-history.js';
import type { Scope } from '../../kernel/event.js';
import { Refusal } from '../../kernel/refusal.js';
import { allowedTo, reasons } from '../authoriser/authorise.js';
import { accessOf, BUILT_IN_ROLES, type Grant, grantsFrom, type Permission, PERMISSIONS } from '../contract.js';
import { createApiKey, deleteApiKey } from './api-keys.decide.js';
import { copyRole, defineRole, deleteRole, editRole, MAX_ROLES, scopedFrom } from './custom-roles.decide.js';
import type { RoleEdited } from './custom-roles.js';
import { acceptInvitation, cancelInvitation, inviteUser } from './invitations.decide.js';
import { changeRoles, disableUser, removeUser } from './members.decide.js';
import { organisations } from './organisation.js';

type Written = Permission | readonly [Permission, Scope];

const listed = (...written: Written[]) =>
  scopedFrom(
    'permissions',
    written.map((one) => (typeof one === 'string' ? { permission: one } : { permission: one[0], scope: one[1] })),
  );

describe('own roles', () => {
  let history: OrganisationHistory;
  let names: number;

  beforeEach(() => {
    history = OrganisationHistory.founded();
    names = 0;
  });

  const invite = (by: string, name: string, ...grants: Grant[]): string => {
    const body = { email: `${name}@hale.example`, firstName: name, lastName: 'Hale', grants };
    const [invited] = history.do(by, inviteUser(body), { userId: person(name), address: name });
    if (invited?.type !== 'UserInvited') throw new Error('not invited');
    return invited.data.invitationId;
  };
  const accepting = (invitationId: string, name: string) => {
    const { mailEventId } = history.state.invitations.get(invitationId)!;
    return acceptInvitation({ link: { invitationId, mailEventId }, userId: person(name) });
  };
  const join = (name: string, ...grants: Grant[]): void => {
    const invitationId = invite('primary', name, ...grants);
    history.do(name, accepting(invitationId, name));
  };
  const define = (by: string, ...written: Written[]): string => {
    names += 1;
    const body = { name: `Role ${names}`, description: '', permissions: listed(...written) };
    const [defined] = history.do(by, defineRole(body));
    if (defined?.type !== 'RoleDefined') throw new Error('not defined');
    return defined.data.roleId;
  };
  const copy = (by: string, role: string): string => {
    const [defined] = history.do(by, copyRole({ role }));
    if (defined?.type !== 'RoleDefined') throw new Error('not copied');
    return defined.data.roleId;
  };
  const editing = (roleId: string, ...written: Written[]) => {
    const { name = '', description = '' } = history.state.roles.get(roleId) ?? {};
    return editRole({ roleId, name, description, permissions: listed(...written) });
  };
  const edit = (by: string, roleId: string, ...written: Written[]): RoleEdited['data'] => {
    const [edited] = history.do(by, editing(roleId, ...written));
    if (edited?.type !== 'RoleEdited') throw new Error('not edited');
    return edited.data;
  };
  const give = (by: string, name: string, ...grants: Grant[]) =>
    history.do(by, changeRoles({ userId: person(name), grants }));
  const access = (name: string) => accessOf(history.state.members.get(person(name)), history.state.roles);
  const may = (name: string): readonly string[] =>
    allowedTo(access(name), Date.parse(history.now)).map(({ permission, scope }) => `${permission} ${scope}`);
  const named = (by: string, name: string) =>
    history.refusal(by, defineRole({ name, description: '', permissions: listed('brands:read') }));

  describe('are made', () => {
    it('of permissions with scopes, in the order of the catalogue', () => {
      const roleId = define('primary', 'invoices:read', ['customers:read', 'own'], ['tasks:edit', 'assigned']);
      expect([...history.state.roles.get(roleId)!.permissions]).toEqual([
        ['customers:read', 'own'],
        ['invoices:read', 'all'],
        ['tasks:edit', 'assigned'],
      ]);
      join('bob', grant(roleId));
      expect(may('bob')).toEqual(['customers:read own', 'invoices:read all', 'tasks:edit assigned']);
    });

    it('with names that nobody mistakes for another', () => {
      define('primary', 'brands:read');
      for (const name of [
        'Role 1',
        'ROLE 1',
        ' role  1',
        'Ｒole 1',
        'sales',
        'SALES',
        'sales-and-purchases',
        'Primary',
      ])
        expect([name, named('primary', name)]).toEqual([name, 'role-name-taken']);
      expect(named('primary', 'Role 2')).toBeUndefined();
      const other = define('primary', 'brands:read');
      const renamed = { roleId: other, name: 'role 1', description: '', permissions: listed('brands:read') };
      expect(history.refusal('primary', editRole(renamed))).toBe('role-name-taken');
      expect(history.refusal('primary', editRole({ ...renamed, name: 'ROLE 2' }))).toBeUndefined();
    });

    it('up to a number, and again once one is gone', () => {
      const roles = Array.from({ length: MAX_ROLES }, () => define('primary', 'brands:read'));
      expect(named('primary', 'One more')).toBe('too-many-roles');
      expect(history.refusal('primary', copyRole({ role: 'sales' }))).toBe('too-many-roles');
      history.do('primary', deleteRole(roles[7]!));
      expect(named('primary', 'One more')).toBeUndefined();
    });

    it('not with a permission twice', () => {
      expect(() => listed('brands:read', ['brands:read', 'own'])).toThrow(
        expect.objectContaining({ details: { errors: [expect.objectContaining({ field: 'permissions.1' })] } }),
      );
    });

    it('of nothing that their maker does not hold as far as that', () => {
      const maker = define('primary', 'roles:edit', ['customers:read', 'assigned'], 'invoices:read', 'roles:read');
      join('ada', grant(maker));
      join('ben', grant(maker, { brands: ['b'] }), grant('staff', { until: '2027-01-01T00:00:00.000Z' }));
      const tries = (by: string, ...written: Written[]) =>
        history.refusal(by, defineRole({ name: 'New', description: '', permissions: listed(...written) }));
      expect(tries('ada', 'invoices:read', ['customers:read', 'assigned'])).toBeUndefined();
      expect(tries('ada', ['invoices:read', 'own'])).toBeUndefined();
      expect(tries('ada', 'invoices:issue')).toBe('beyond-own-rights');
      expect(tries('ada', 'customers:read')).toBe('beyond-own-rights');
      expect(tries('ada', ['customers:read', 'own'])).toBe('beyond-own-rights');
      expect(tries('ben', 'invoices:read')).toBe('beyond-own-rights');
      expect(tries('ben', 'customers:create')).toBe('beyond-own-rights');
      expect(tries('eve', 'brands:read')).toBe('beyond-own-rights');
    });
  });

  describe('are copied', () => {
    it('with their scopes and switches, which grants then take', () => {
      const roleId = copy('primary', 'basic');
      const [original, made] = [BUILT_IN_ROLES.get('basic')!, history.state.roles.get(roleId)!];
      expect([...made.permissions]).toEqual([...original.permissions]);
      expect(made.switches).toEqual(original.switches);
      expect(made.name).toBe('Copy of Basic');
      const again = copy('primary', roleId);
      expect(history.state.roles.get(again)).toMatchObject({ name: 'Copy of Copy of Basic' });
      expect(history.state.roles.get(again)!.switches).toEqual(original.switches);
      const grants = grantsFrom('roles', [{ role: again, switches: ['invoices'] }], history.state.roles);
      join('bob', ...grants);
      join('cid', grant('basic', { switches: ['invoices'] }));
      expect(may('bob')).toEqual(may('cid'));
      expect(() => grantsFrom('roles', [{ role: again, switches: ['all'] }], history.state.roles)).toThrow(Refusal);
    });

    it('under a name that is free', () => {
      copy('primary', 'sales');
      const second = copy('primary', 'sales');
      expect(history.state.roles.get(second)!.name).toBe('Copy of Sales 2');
      expect(history.refusal('primary', copyRole({ role: 'sales', name: 'copy of sales' }))).toBe('role-name-taken');
      const long = 'x'.repeat(100);
      const [made] = history.do('primary', copyRole({ role: 'sales', name: long }));
      if (made?.type !== 'RoleDefined') throw new Error('not copied');
      const names = [copy('primary', made.data.roleId), copy('primary', made.data.roleId)].map(
        (id) => history.state.roles.get(id)!.name,
      );
      expect(names).toEqual([`Copy of ${'x'.repeat(92)}`, `Copy of ${'x'.repeat(90)} 2`]);
    });

    it('by nobody who holds less, switches included', () => {
      join('ada', grant('admin'));
      expect(history.refusal('ada', copyRole({ role: 'admin' }))).toBeUndefined();
      expect(history.refusal('ada', copyRole({ role: 'primary' }))).toBe('beyond-own-rights');
      expect(history.refusal('primary', copyRole({ role: 'primary' }))).toBeUndefined();
      const basic = copy('primary', 'basic');
      const maker = define('primary', 'roles:edit');
      join('ben', grant(maker), grant(basic, { switches: ['contracts'] }));
      expect(history.refusal('ben', copyRole({ role: 'basic' }))).toBe('beyond-own-rights');
      give('primary', 'ben', grant(maker), grant(basic, { switches: ['contracts', 'invoices', 'templates'] }));
      expect(history.refusal('ben', copyRole({ role: 'basic' }))).toBeUndefined();
      expect(history.refusal('primary', copyRole({ role: 'nobody' }))).toBe('not-found');
    });
  });

  describe('are edited', () => {
    it('for all who hold them, at once', () => {
      const roleId = define('primary', 'invoices:read', 'customers:edit', ['tasks:edit', 'assigned']);
      join('bob', grant(roleId));
      join('cid', grant(roleId, { readOnly: true }), grant('compliance'));
      const edited = edit('primary', roleId, 'invoices:read', 'invoices:issue', 'tasks:edit');
      expect(edited).toMatchObject({
        added: [{ permission: 'invoices:issue', scope: 'all' }],
        removed: [{ permission: 'customers:edit', scope: 'all' }],
        rescoped: [{ permission: 'tasks:edit', from: 'assigned', to: 'all' }],
      });
      expect(may('bob')).toEqual(['invoices:read all', 'invoices:issue all', 'tasks:edit all']);
      expect(may('cid')).toContain('invoices:read all');
      expect(may('cid')).not.toContain('invoices:issue all');
      expect(edit('primary', roleId, 'brands:read').removed).toHaveLength(3);
      expect(may('bob')).toEqual(['brands:read all']);
    });

    it('by nobody who holds them', () => {
      const roleId = define('primary', 'roles:edit', 'members:change-roles', 'invoices:read', 'invoices:issue');
      const until = new Date(Date.parse(history.now) + 1000).toISOString();
      join('bob', grant(roleId, { until }), grant('admin'));
      expect(history.refusal('bob', editing(roleId, 'invoices:read'))).toBe('own-role-held');
      expect(history.refusal('bob', editing(roleId, 'invoices:read', 'roles:edit', 'audit:read'))).toBe(
        'own-role-held',
      );
      expect(history.refusal('primary', editing(roleId, 'invoices:read'))).toBeUndefined();
      // Another one with the same permissions may; and so may whoever does not hold it any more.
      join('ada', grant('admin'));
      expect(history.refusal('ada', editing(roleId, 'invoices:read'))).toBeUndefined();
      expect(history.later(1000).refusal('bob', editing(roleId, 'invoices:read'))).toBeUndefined();
    });

    it('by nobody without a say over the roles of members', () => {
      const editor = define('primary', 'roles:edit', 'invoices:read');
      const over = define('primary', 'members:change-roles');
      const roleId = define('primary', 'invoices:read');
      join('bob', grant(editor));
      expect(() => history.decide('bob', editing(roleId, ['invoices:read', 'own']))).toThrow(
        expect.objectContaining({ code: 'permission-denied', details: { permission: 'members:change-roles' } }),
      );
      give('primary', 'bob', grant(editor), grant(over, { brands: ['b'] }));
      expect(history.refusal('bob', editing(roleId, ['invoices:read', 'own']))).toBe('permission-denied');
      give('primary', 'bob', grant(editor), grant(over));
      expect(history.refusal('bob', editing(roleId, ['invoices:read', 'own']))).toBeUndefined();
    });

    it('to nothing that the editor does not hold, to anything less', () => {
      const editor = define(
        'primary',
        'roles:edit',
        'members:change-roles',
        ['invoices:read', 'assigned'],
        'tasks:read',
      );
      const roleId = define('primary', 'audit:read', ['invoices:read', 'own'], 'tasks:edit');
      join('bob', grant(editor));
      const tries = (...written: Written[]) => history.refusal('bob', editing(roleId, ...written));
      const same: Written[] = ['audit:read', ['invoices:read', 'own'], 'tasks:edit'];
      expect(tries(...same, 'tasks:read')).toBeUndefined();
      expect(tries(...same, 'customers:read')).toBe('beyond-own-rights');
      expect(tries('audit:read', 'invoices:read', 'tasks:edit')).toBe('beyond-own-rights');
      expect(tries('audit:read', ['invoices:read', 'assigned'], 'tasks:edit')).toBeUndefined();
      expect(tries(['audit:read', 'own'], ['invoices:read', 'own'], 'tasks:edit')).toBeUndefined();
      expect(tries('tasks:edit')).toBeUndefined();
      // From what is one's own to what one is assigned to is wider and narrower at once.
      edit('primary', roleId, ['tasks:edit', 'own']);
      expect(tries(['tasks:edit', 'assigned'])).toBe('beyond-own-rights');
    });

    it('not where they are built in, or not there', () => {
      const body = { name: 'x', description: '', permissions: listed('brands:read') };
      for (const roleId of BUILT_IN_ROLES.keys()) {
        expect(history.refusal('primary', editRole({ roleId, ...body }))).toBe('built-in-role');
        expect(history.refusal('primary', deleteRole(roleId))).toBe('built-in-role');
      }
      expect(history.refusal('primary', editRole({ roleId: ORGANISATION, ...body }))).toBe('not-found');
      expect(history.refusal('primary', deleteRole('constructor'))).toBe('not-found');
    });

    it('without an event where nothing changes', () => {
      const roleId = define('primary', 'invoices:read', 'brands:read');
      expect(history.decide('primary', editing(roleId, 'invoices:read', 'brands:read'))).toEqual([]);
      const told = { roleId, name: 'Clerks', description: 'At the desk', permissions: listed('invoices:read') };
      history.do('primary', editRole(told));
      expect(history.state.roles.get(roleId)).toMatchObject({ name: 'Clerks', description: 'At the desk' });
    });

    it('so that the trail says it', () => {
      const roleId = define('primary', 'customers:edit', ['tasks:edit', 'assigned']);
      const { permissions } = { permissions: listed('invoices:issue', 'tasks:edit') };
      const body = { roleId, name: 'Junior sales', description: '', permissions };
      const [edited] = history.do('primary', editRole(body));
      const { RoleEdited: told } = organisations.events;
      const data = edited!.data as RoleEdited['data'];
      expect(told.summary(data)).toBe(
        'changed the role Role 1: renamed it to Junior sales; added invoices:issue; removed customers:edit; ' +
          'changed tasks:edit from assigned to all',
      );
      expect(told.changes!(data)).toEqual([
        { field: 'name', from: 'Role 1', to: 'Junior sales' },
        { field: 'invoices:issue', from: null, to: 'all' },
        { field: 'customers:edit', from: 'all', to: null },
        { field: 'tasks:edit', from: 'assigned', to: 'all' },
      ]);
      const all = edit('primary', roleId, ...PERMISSIONS);
      expect(told.summary(all)).toBe('changed the role Junior sales: added 126 permissions');
    });
  });

  describe('tell since when somebody holds something', () => {
    const because = (name: string, permission: string) =>
      reasons(access(name), permission, Date.parse(history.now)).map(({ source }) => source);

    it('by the grant, or by the edit that gave or widened it since', () => {
      const roleId = define('primary', 'invoices:read', ['customers:read', 'own']);
      join('ada', grant('admin'));
      join('bob', grant(roleId));
      const granted = history.state.members.get(person('bob'))!.grants[0]!;
      const byGrant = { eventId: granted.grantEventId, by: person('primary'), at: granted.grantedAt };
      const permissions = listed('invoices:read', 'invoices:send', 'customers:read');
      const [edited] = history
        .later(1000)
        .do('ada', editRole({ roleId, name: 'Role 1', description: '', permissions }));
      const byEdit = { eventId: edited!.id, by: person('ada'), at: history.now };
      expect(because('bob', 'invoices:read')).toEqual([byGrant]);
      expect(because('bob', 'invoices:send')).toEqual([byEdit]);
      expect(because('bob', 'customers:read')).toEqual([byEdit]);
      // Whoever gets the role in the same instant, but after the edit, has all of it from the grant.
      join('cid', grant(roleId));
      expect(because('cid', 'invoices:send')).toMatchObject([{ by: person('primary'), at: history.now }]);
      // What became narrower is still as old as it was; what came back is new.
      edit('primary', roleId, ['invoices:read', 'own'], 'customers:read');
      expect(because('bob', 'invoices:read')).toEqual([byGrant]);
      expect(because('bob', 'customers:read')).toEqual([byEdit]);
      edit('primary', roleId, ['invoices:read', 'own'], 'customers:read', 'invoices:send');
      expect(because('bob', 'invoices:send')).toMatchObject([{ by: person('primary') }]);
      expect(because('bob', 'invoices:send')[0]!.eventId).not.toBe(edited!.id);
    });

    it('also for what a copied switch gives beside the role', () => {
      const roleId = copy('primary', 'basic');
      join('bob', grant(roleId, { switches: ['invoices'] }));
      const basic = [...BUILT_IN_ROLES.get('basic')!.permissions].map(([one, scope]) => [one, scope] as const);
      edit('primary', roleId, ...basic, 'invoices:read');
      expect(reasons(access('bob'), 'invoices:read', Date.parse(history.now)).map(({ scope }) => scope)).toEqual([
        'all',
        'assigned',
      ]);
      edit('primary', roleId, ...basic, ['invoices:read', 'own']);
      expect(reasons(access('bob'), 'invoices:read', Date.parse(history.now)).map(({ scope }) => scope)).toEqual([
        'assigned',
        'own',
      ]);
    });
  });

  describe('are given', () => {
    it('by whoever holds all of them', () => {
      const inviter = define('primary', 'members:invite', 'invoices:read');
      const roleId = define('primary', ['invoices:read', 'own']);
      const more = define('primary', 'invoices:read', 'invoices:issue');
      join('ada', grant(inviter));
      const inviting = (role: string) =>
        inviteUser({ email: 'e', firstName: 'f', lastName: 'l', grants: [grant(role)] });
      const bob = { userId: person('bob'), address: 'bob' };
      expect(history.refusal('ada', inviting(roleId), bob)).toBeUndefined();
      expect(history.refusal('ada', inviting(more), bob)).toBe('beyond-own-rights');
      expect(history.refusal('ada', inviting(ORGANISATION), bob)).toBe('validation-failed');
    });

    it('with the name that they had, for the trail only', () => {
      const roleId = define('primary', 'invoices:read');
      const [grants] = [grantsFrom('roles', [{ role: roleId, readOnly: true }], history.state.roles)];
      expect(grants).toEqual([{ role: roleId, roleName: 'Role 1', readOnly: true, switches: [] }]);
      join('bob', grant('sales'));
      const [changed] = give('primary', 'bob', ...grants);
      const { RoleChanged: told } = organisations.events;
      if (changed?.type !== 'RoleChanged') throw new Error('not changed');
      expect(told.summary(changed.data)).toBe('changed the roles of a member: Sales -> Role 1 (read only)');
      const body = { roleId, name: 'Clerks', description: '', permissions: listed('invoices:read') };
      history.do('primary', editRole(body));
      const renamed = grantsFrom('roles', [{ role: roleId, readOnly: true }], history.state.roles);
      expect(history.decide('primary', changeRoles({ userId: person('bob'), grants: renamed }))).toEqual([]);
    });

    it('and an invitation stands as long as everybody holds what they put into it', () => {
      const inviter = define('primary', 'members:invite', 'invoices:read');
      const roleId = define('primary', 'invoices:read');
      join('ada', grant(inviter));
      join('max', grant('admin'));
      const invitationId = invite('ada', 'bob', grant(roleId));
      // What Max puts into the role is not Ada's to give, but it is his.
      edit('max', roleId, 'invoices:read', 'invoices:issue');
      expect(history.refusal('bob', accepting(invitationId, 'bob'))).toBeUndefined();
      history.do('primary', disableUser({ userId: person('max') }));
      expect(history.refusal('bob', accepting(invitationId, 'bob'))).toBe('inviter-lost-rights');
      edit('primary', roleId, 'invoices:read');
      expect(history.refusal('bob', accepting(invitationId, 'bob'))).toBeUndefined();
      edit('primary', inviter, 'members:invite');
      expect(history.refusal('bob', accepting(invitationId, 'bob'))).toBe('inviter-lost-rights');
    });
  });

  describe('are deleted', () => {
    it('once nobody and nothing gives them', () => {
      const roleId = define('primary', 'invoices:read');
      join('bob', grant(roleId));
      join('cid', grant(roleId, { until: '2026-03-02T00:00:00.000Z' }), grant('staff'));
      const invitationId = invite('primary', 'dan', grant(roleId));
      const key = { keyId: 'key', hash: 'hash', hint: 'hint', name: 'Till', roles: [roleId] };
      history.do('primary', createApiKey(key));
      history.later(48 * 60 * 60 * 1000).do('primary', disableUser({ userId: person('bob') }));
      const refused = (): Refusal | undefined => {
        try {
          history.decide('primary', deleteRole(roleId));
          return undefined;
        } catch (error) {
          return error as Refusal;
        }
      };
      expect(refused()?.details.rule).toBe('role-in-use');
      expect(refused()?.message).toContain('2 members, 1 open invitation, 1 API key');
      history.do('primary', removeUser({ userId: person('bob') }));
      history.do('primary', cancelInvitation(invitationId));
      history.do('primary', deleteApiKey('key'));
      expect(refused()?.message).toContain('by 1 member;');
      give('primary', 'cid', grant('staff'));
      history.do('primary', deleteRole(roleId));
      expect(history.state.roles.size).toBe(0);
      expect(history.refusal('primary', deleteRole(roleId))).toBe('not-found');
      expect(history.refusal('primary', changeRoles({ userId: person('cid'), grants: [grant(roleId)] }))).toBe(
        'validation-failed',
      );
    });
  });
});
