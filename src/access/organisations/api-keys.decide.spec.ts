import { grant, OrganisationHistory, person } from '../../../test/support/organisation-history.js';
import { authorise } from '../authoriser/authorise.js';
import { createApiKey, deleteApiKey, MAX_API_KEYS, type NewApiKey } from './api-keys.decide.js';
import { accessOfKey, isGoodKey } from './api-keys.js';
import { defineRole, editRole } from './custom-roles.decide.js';
import { acceptInvitation, inviteUser } from './invitations.decide.js';
import {
  changeRoles,
  disableUser,
  enableUser,
  endMembership,
  leaveOrganisation,
  removeUser,
} from './members.decide.js';

const BRAND = '01990000-0000-7000-8000-0000000000b1';
const OTHER_BRAND = '01990000-0000-7000-8000-0000000000b2';
const JUNE = '2026-06-01T00:00:00.000Z';
const JULY = '2026-07-01T00:00:00.000Z';

const key = (more: Partial<NewApiKey> = {}): NewApiKey => ({
  keyId: 'key',
  name: 'Shop sync',
  hash: 'hash',
  hint: 'csk_…abcd',
  ...(more.roles === undefined ? { permissions: [{ permission: 'invoices:read', scope: 'all' }] } : {}),
  ...more,
});
const scoped = (permission: string, scope = 'all') => ({ permission, scope }) as never;

describe('API keys', () => {
  let history: OrganisationHistory;

  /** A member with these grants. */
  function joined(name: string, ...grants: ReturnType<typeof grant>[]): void {
    const body = { email: `${name}@hale.example`, firstName: name, lastName: 'Hale', grants };
    const [invited] = history.do('primary', inviteUser(body), { userId: person(name), address: name });
    if (invited?.type !== 'UserInvited') throw new Error('not invited');
    const link = { invitationId: invited.data.invitationId, mailEventId: invited.id };
    history.do(name, acceptInvitation({ link, userId: person(name) }));
  }

  /** What the key may do now, on any record or on one. */
  function may(permission: string, facts?: object, id = 'key'): boolean {
    const made = history.state.apiKeys.get(id);
    if (made === undefined || !isGoodKey(made, { status: 'open', holderSince: -1 }, Date.parse(history.now)))
      return false;
    const access = accessOfKey(made, history.state.members.get(made.userId), history.state.roles);
    return authorise(access, made.userId, permission, facts, Date.parse(history.now)).allowed;
  }

  beforeEach(() => {
    history = OrganisationHistory.founded();
  });

  it('says what it may do, and who made it', () => {
    expect(history.decide('primary', createApiKey(key({ expiresAt: JUNE })))).toEqual([
      {
        type: 'ApiKeyCreated',
        data: {
          keyId: 'key',
          userId: person('primary'),
          name: 'Shop sync',
          hash: 'hash',
          hint: 'csk_…abcd',
          permissions: [{ permission: 'invoices:read', scope: 'all' }],
          expiresAt: JUNE,
        },
      },
    ]);
    expect(history.decide('primary', createApiKey(key({ roles: ['sales'] })))[0]?.data).toMatchObject({
      grants: [grant('sales')],
    });
  });

  it.each<[string, Partial<NewApiKey>]>([
    ['neither permissions nor roles', { permissions: undefined as never }],
    ['no permission', { permissions: [] }],
    ['no role', { roles: [] }],
    ['an unknown role', { roles: ['cook'] }],
    ['the role that moves by handover', { roles: ['primary'] }],
    ['roles that hold nothing for a key', { roles: [{ role: 'nothing' }] }],
    ['an end that has come', { expiresAt: '2026-03-01T09:00:00.000Z' }],
    ['a role that has ended', { roles: [{ role: 'sales', until: '2026-01-01T00:00:00.000Z' }] }],
    ...['members:read', 'members:invite', 'roles:edit', 'api-keys:edit', 'privacy:read', 'account-billing:edit'].map(
      (permission): [string, Partial<NewApiKey>] => [permission, { permissions: [scoped(permission)] }],
    ),
  ])('cannot be made with %s', (_, more) => {
    expect(history.refusal('primary', createApiKey(key(more)))).toBe('validation-failed');
  });

  it('cannot be made with permissions and roles', () => {
    const both = { ...key({ roles: ['sales'] }), permissions: [scoped('invoices:read')] };
    expect(history.refusal('primary', createApiKey(both))).toBe('validation-failed');
  });

  it.each<[string, ReturnType<typeof grant>, Partial<NewApiKey>]>([
    ['a permission', grant('sales'), { permissions: [scoped('journals:read')] }],
    ['a role', grant('sales'), { roles: ['bookkeeper'] }],
    ['a scope', grant('basic', { switches: ['invoices'] }), { permissions: [scoped('invoices:read')] }],
    ['another scope', grant('basic', { switches: ['invoices'] }), { permissions: [scoped('invoices:read', 'own')] }],
    ['what a read-only role keeps', grant('sales', { readOnly: true }), { roles: ['sales'] }],
    ['every brand', grant('sales', { brands: [BRAND] }), { permissions: [scoped('invoices:read')] }],
    ['another brand', grant('sales', { brands: [BRAND] }), { roles: [{ role: 'sales', brands: [OTHER_BRAND] }] }],
    ['a later end', grant('sales', { until: JUNE }), { expiresAt: JULY }],
    ['no end', grant('sales', { until: JUNE }), {}],
    ['no end of the role', grant('sales', { until: JUNE }), { roles: ['sales'] }],
  ])('cannot be made with %s beyond its maker', (_, makers, more) => {
    joined('bob', makers);
    expect(history.refusal('bob', createApiKey(key(more)))).toBe('beyond-own-rights');
  });

  it.each<[string, ReturnType<typeof grant>, Partial<NewApiKey>]>([
    ['the maker’s brand', grant('sales', { brands: [BRAND] }), { roles: [{ role: 'sales', brands: [BRAND] }] }],
    ['the maker’s end', grant('sales', { until: JUNE }), { expiresAt: JUNE }],
    ['an end that is the earlier', grant('sales', { until: JULY }), { roles: ['sales'], expiresAt: JUNE }],
    ['a narrower scope', grant('sales'), { permissions: [scoped('invoices:read', 'own')] }],
  ])('can be made with %s', (_, makers, more) => {
    joined('bob', makers);
    expect(history.refusal('bob', createApiKey(key(more)))).toBeUndefined();
  });

  it('takes a role of which a key holds the rest only', () => {
    joined('bob', grant('admin'));
    history.do('bob', createApiKey(key({ roles: ['admin'] })));
    expect(may('invoices:void')).toBe(true);
    for (const permission of ['members:read', 'members:invite', 'roles:edit', 'api-keys:read', 'privacy:manage']) {
      expect(may(permission)).toBe(false);
    }
  });

  it('is not made by somebody who is no member, and not for ever more', () => {
    expect(history.refusal('eve', createApiKey(key()))).toBe('not-found');
    for (let i = 0; i < MAX_API_KEYS; i++) history.do('primary', createApiKey(key({ keyId: `key ${i}` })));
    expect(history.refusal('primary', createApiKey(key()))).toBe('too-many-api-keys');
    history.do('primary', deleteApiKey('key 7'));
    expect(history.refusal('primary', createApiKey(key()))).toBeUndefined();
  });

  describe('acts with what its maker may at that moment', () => {
    beforeEach(() => {
      joined('bob', grant('sales'), grant('bookkeeper'));
      history.do('bob', createApiKey(key({ roles: ['sales', 'bookkeeper'] })));
    });

    it('and no more than it was given', () => {
      expect(may('transactions:create')).toBe(true);
      expect(may('purchases:approve')).toBe(false);
    });

    it('when the maker loses a role, or gets one', () => {
      history.do('primary', changeRoles({ userId: person('bob'), grants: [grant('sales')] }));
      expect([may('transactions:create'), may('invoices:read')]).toEqual([false, true]);
      history.do('primary', changeRoles({ userId: person('bob'), grants: [grant('admin')] }));
      expect([may('transactions:create'), may('purchases:approve')]).toEqual([true, false]);
    });

    it('when the maker is limited to a brand', () => {
      history.do('primary', changeRoles({ userId: person('bob'), grants: [grant('sales', { brands: [BRAND] })] }));
      expect(may('invoices:read', { brandId: BRAND })).toBe(true);
      expect(may('invoices:read', { brandId: OTHER_BRAND })).toBe(false);
      expect(may('invoices:read', {})).toBe(false);
    });

    it('when the maker is left with what is assigned to them', () => {
      const basic = grant('basic', { switches: ['invoices'] });
      history.do('primary', changeRoles({ userId: person('bob'), grants: [basic] }));
      expect(may('invoices:read', { assigned: [person('bob')] })).toBe(true);
      expect(may('invoices:read', { createdBy: person('bob') })).toBe(false);
    });

    it('until the very millisecond in which the maker’s role ends', () => {
      history.do('primary', changeRoles({ userId: person('bob'), grants: [grant('sales', { until: JUNE })] }));
      history.now = '2026-05-31T23:59:59.999Z';
      expect(may('invoices:read')).toBe(true);
      history.now = JUNE;
      expect(may('invoices:read')).toBe(false);
    });
  });

  it('ends at the very millisecond', () => {
    history.do('primary', createApiKey(key({ expiresAt: JUNE })));
    history.do('primary', createApiKey(key({ keyId: 'by role', roles: ['sales'], expiresAt: JUNE })));
    history.now = '2026-05-31T23:59:59.999Z';
    expect([may('invoices:read'), may('invoices:read', {}, 'by role')]).toEqual([true, true]);
    history.now = JUNE;
    expect([may('invoices:read'), may('invoices:read', {}, 'by role')]).toEqual([false, false]);
  });

  it('follows the organisation’s own roles as they are edited', () => {
    const [defined] = history.do(
      'primary',
      defineRole({ name: 'Robot', description: '', permissions: [scoped('invoices:read'), scoped('customers:read')] }),
    );
    if (defined?.type !== 'RoleDefined') throw new Error('not defined');
    const { roleId } = defined.data;
    history.do('primary', createApiKey(key({ roles: [roleId] })));
    expect([may('invoices:read'), may('products:read')]).toEqual([true, false]);
    history.do(
      'primary',
      editRole({ roleId, name: 'Robot', permissions: [scoped('products:read'), scoped('members:read')] }),
    );
    expect([may('invoices:read'), may('products:read'), may('members:read')]).toEqual([false, true, false]);
  });

  it.each([
    ['disabled', () => history.do('primary', disableUser({ userId: person('bob') })), 'maker-disabled'],
    ['removed', () => history.do('primary', removeUser({ userId: person('bob') })), 'maker-gone'],
    ['leaves', () => history.do('bob', leaveOrganisation({})), 'maker-gone'],
    ['erases their account', () => history.do('bob', endMembership(person('bob'))), 'maker-gone'],
  ])('dies when its maker is %s, and no other with it', (_, end, reason) => {
    joined('bob', grant('admin'));
    history.do('bob', createApiKey(key()));
    history.do('bob', createApiKey(key({ keyId: 'second' })));
    history.do('primary', createApiKey(key({ keyId: 'of the primary' })));
    const ended = end().filter(({ type }) => type === 'ApiKeyDeleted');
    expect(ended.map(({ data }) => data)).toEqual(
      ['key', 'second'].map((keyId) => ({ keyId, userId: person('bob'), name: 'Shop sync', reason })),
    );
    expect([...history.state.apiKeys.keys()]).toEqual(['of the primary']);
  });

  it('is not revived when its maker is enabled, or invited again', () => {
    joined('bob', grant('admin'));
    history.do('bob', createApiKey(key()));
    history.do('primary', disableUser({ userId: person('bob') }));
    history.do('primary', enableUser({ userId: person('bob') }));
    expect(may('invoices:read')).toBe(false);
    history.do('bob', createApiKey(key({ keyId: 'next' })));
    history.do('primary', removeUser({ userId: person('bob') }));
    joined('bob', grant('admin'));
    expect([...history.state.apiKeys.keys()]).toEqual([]);
  });

  it('dies with the departure itself, whoever wrote it', () => {
    joined('bob', grant('admin'));
    history.do('bob', createApiKey(key()));
    const decided = history.decide('primary', disableUser({ userId: person('bob') }));
    history.do('primary', () => decided.filter(({ type }) => type === 'UserDisabled'));
    expect(history.state.apiKeys.size).toBe(0);
  });

  it('opens nothing to whoever held the account of its maker before', () => {
    history.do('primary', createApiKey(key()));
    const made = history.state.apiKeys.get('key')!;
    const now = Date.parse(history.now);
    const good = (holderSince: number): boolean =>
      isGoodKey({ ...made, accountRevision: 4 }, { status: 'open', holderSince }, now);
    expect([good(0), good(4), good(5)]).toEqual([true, true, false]);
    for (const status of ['none', 'closed', 'erased'] as const) {
      expect(isGoodKey(made, { status, holderSince: -1 }, now)).toBe(false);
    }
  });

  it('is deleted once', () => {
    history.do('primary', createApiKey(key()));
    expect(history.decide('primary', deleteApiKey('key'))).toMatchObject([
      { type: 'ApiKeyDeleted', data: { keyId: 'key', reason: 'deleted' } },
    ]);
    history.do('primary', deleteApiKey('key'));
    expect(history.refusal('primary', deleteApiKey('key'))).toBe('not-found');
  });
});
