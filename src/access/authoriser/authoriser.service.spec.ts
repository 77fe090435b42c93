import type { Aggregate, RecordFacts } from '../../kernel/decider.js';
import type { DomainEvent } from '../../kernel/event.js';
import type { StateCache } from '../../platform/commands/state-cache.js';
import { recorded } from '../../../test/support/specification.js';
import { grant, ORGANISATION, OrganisationHistory, person } from '../../../test/support/organisation-history.js';
import { type Assignments, assignments } from '../assignments/assignments.js';
import { AssignmentsService } from '../assignments/assignments.service.js';
import type { ProjectInBrief } from '../assignments/projects.js';
import { accounts, type AccountState } from '../accounts/account.js';
import { createApiKey, deleteApiKey } from '../organisations/api-keys.decide.js';
import { acceptInvitation, inviteUser } from '../organisations/invitations.decide.js';
import { changeRoles, disableUser, enableUser } from '../organisations/members.decide.js';
import { organisations } from '../organisations/organisation.js';
import { AuthoriserService } from './authoriser.service.js';

const SESSION = 'session';

describe('the authoriser service', () => {
  let history: OrganisationHistory;
  let account: AccountState;
  let loads: string[];
  let authoriser: AuthoriserService;
  let assigned: Assignments;
  const projects = new Map<string, ProjectInBrief>();

  const bob = { userId: person('bob'), session: SESSION };
  const ask = (permission: string, principal: object = bob, organisation = ORGANISATION) =>
    authoriser.authorise({ ...bob, ...principal }, organisation, permission);

  beforeEach(() => {
    history = OrganisationHistory.founded();
    const body = { email: 'bob@hale.example', firstName: 'Bob', lastName: 'Hale', grants: [grant('sales')] };
    const [invited] = history.do('primary', inviteUser(body), { userId: person('bob'), address: 'bob' });
    if (invited?.type !== 'UserInvited') throw new Error('not invited');
    const link = { invitationId: invited.data.invitationId, mailEventId: invited.id };
    history.do('bob', acceptInvitation({ link, userId: person('bob') }));

    account = {
      ...accounts.initial(),
      id: person('bob'),
      status: 'open',
      sessions: new Map([[SESSION, { since: history.now, until: '2026-04-01T00:00:00.000Z', revision: 0 }]]),
    };
    assigned = assignments.initial();
    projects.clear();
    loads = [];
    const load = (aggregate: Aggregate<unknown, DomainEvent>, _: string, id: string) => {
      loads.push(`${aggregate.name}-${id}`);
      if (aggregate.name === 'assignments') return Promise.resolve({ state: assigned, revision: 0 });
      if (aggregate.name === 'account') {
        return Promise.resolve({ state: id === account.id ? account : accounts.initial(), revision: 7 });
      }
      const known = id === ORGANISATION;
      return Promise.resolve({ state: known ? history.state : organisations.initial(), revision: 3 });
    };
    const states = { load } as unknown as StateCache;
    const service = new AssignmentsService(states, { find: (_, id) => projects.get(id) });
    authoriser = new AuthoriserService(states, () => Date.parse(history.now), service);
  });

  it('asks both streams each time, and says on which revisions it decided', async () => {
    const [, invited] = history.events;
    expect(await ask('invoices:issue')).toEqual({
      allowed: true,
      reach: { tokens: 'all' },
      authority: {
        permission: 'invoices:issue',
        role: 'sales',
        scope: 'all',
        grantEventId: invited!.id,
        grantedBy: person('primary'),
        access: { organisation: 3, account: 7 },
      },
    });
    await ask('invoices:issue');
    expect(loads).toEqual(
      Array(2)
        .fill([`organisation-${ORGANISATION}`, `account-${bob.userId}`])
        .flat(),
    );
  });

  it('knows no cache between a change and the next question', async () => {
    history.do('primary', disableUser({ userId: bob.userId }));
    expect(await ask('invoices:issue')).toEqual({ allowed: false, because: 'stranger' });
    history.do('primary', enableUser({ userId: bob.userId }));
    expect(await ask('invoices:issue')).toMatchObject({ allowed: true });
    account = { ...account, sessions: new Map() };
    expect(await ask('invoices:issue')).toEqual({ allowed: false, because: 'stranger' });
  });

  it('tells a missing permission from a missing membership', async () => {
    expect(await ask('members:read')).toEqual({ allowed: false, because: 'area' });
    expect(await ask('invoices:issue', {}, '01999999-9999-7999-8999-999999999999')).toEqual({
      allowed: false,
      because: 'stranger',
    });
    expect(await ask('invoices:issue', { userId: person('eve') })).toEqual({ allowed: false, because: 'stranger' });
    loads = [];
    expect(await ask('invoices:issue', {}, 'no-uuid/../x')).toEqual({ allowed: false, because: 'stranger' });
    expect(loads).toEqual([]);
  });

  it('takes a mark for: any active member', async () => {
    expect(await ask('own')).toMatchObject({ allowed: true, authority: { permission: 'own', role: 'sales' } });
    history.do('primary', disableUser({ userId: bob.userId }));
    expect(await ask('own')).toEqual({ allowed: false, because: 'stranger' });
  });

  it('lets a job go on for its person without a session, not without an account', async () => {
    expect(await authoriser.authorise({ userId: bob.userId }, ORGANISATION, 'invoices:issue')).toMatchObject({
      allowed: true,
    });
    account = { ...account, status: 'erased' };
    expect(await authoriser.authorise({ userId: bob.userId }, ORGANISATION, 'invoices:issue')).toMatchObject({
      allowed: false,
    });
  });

  describe('what is assigned', () => {
    const facts = (projectId: string): RecordFacts => ({ createdBy: 'ann', projectId });
    const may = async (permission: string, record: RecordFacts): Promise<boolean> =>
      (await authoriser.authorise(bob, ORGANISATION, permission, record)).allowed;
    const assign = (projectId: string, to: readonly string[], from: readonly string[] = []): void => {
      const event = { type: 'ProjectAssignmentsChanged', data: { projectId, from, to } } as const;
      assigned = assignments.evolve(assigned, recorded(`assignments-${ORGANISATION}`, 0, event));
    };
    beforeEach(() => {
      history.do('primary', changeRoles({ userId: bob.userId, grants: [grant('basic')] }));
    });

    it('counts from one question to the next, for records and for lists', async () => {
      expect(await may('tasks:read', facts('p1'))).toBe(false);
      assign('p1', [bob.userId]);
      expect(await may('tasks:read', facts('p1'))).toBe(true);
      expect(await may('tasks:read', facts('p2'))).toBe(false);
      expect(await ask('tasks:read')).toMatchObject({ reach: { tokens: [`to:${bob.userId}`, 'in:p1'] } });
      assign('p1', [], [bob.userId]);
      expect(await may('tasks:read', facts('p1'))).toBe(false);
      expect(await ask('tasks:read')).toMatchObject({ reach: { tokens: [`to:${bob.userId}`] } });
    });

    it('reaches the clients of the projects, and these alone', async () => {
      assign('p1', [bob.userId]);
      projects.set('p1', { facts: {}, archived: false, customerId: 'c1' });
      projects.set('p2', { facts: {}, archived: false, customerId: 'c2' });
      expect(await may('customers:read', { customerId: 'c1' })).toBe(true);
      expect(await may('customers:read', { customerId: 'c2' })).toBe(false);
      expect(await ask('address-book:read')).toMatchObject({
        reach: { tokens: [`to:${bob.userId}`, 'in:p1', 'is:c1'] },
      });
    });

    it('is nothing that others are asked about', async () => {
      history.do('primary', changeRoles({ userId: bob.userId, grants: [grant('sales')] }));
      loads = [];
      expect(await may('projects:read', facts('p1'))).toBe(true);
      expect(loads).toEqual([`organisation-${ORGANISATION}`, `account-${bob.userId}`]);
    });
  });

  describe('an API key', () => {
    const key = { session: undefined, apiKey: 'key' };
    const made = (more: object = {}): void => {
      const permissions = [{ permission: 'invoices:issue', scope: 'all' } as const];
      const body = { keyId: 'key', name: 'Shop sync', hash: 'hash', hint: 'csk_…abcd', permissions, ...more };
      history.do('bob', createApiKey(body));
      account = { ...account, holderSince: -1 };
    };

    it('is allowed what it and its maker may, for the reason for which the maker may', async () => {
      made();
      const [, invited] = history.events;
      expect(await ask('invoices:issue', key)).toMatchObject({
        allowed: true,
        authority: { role: 'sales', grantEventId: invited!.id, grantedBy: person('primary') },
      });
      expect(await ask('invoices:read', key)).toEqual({ allowed: false, because: 'area' });
      expect(await ask('invoices:read')).toMatchObject({ allowed: true });
    });

    it('is nobody in person', async () => {
      made();
      expect(await ask('member', key)).toMatchObject({ allowed: true });
      for (const mark of ['own', 'signed-in', 'primary'])
        expect(await ask(mark, key)).toEqual({ allowed: false, because: 'area' });
    });

    it.each<[string, () => void]>([
      ['is not there', () => history.do('bob', deleteApiKey('key'))],
      ['has come to its end', () => void (history.now = '2026-06-01T00:00:00.000Z')],
      ['has a maker who is disabled', () => history.do('primary', disableUser({ userId: bob.userId }))],
      ['has a maker whose account is gone', () => void (account = { ...account, status: 'erased' })],
      ['has a maker whose account is another’s now', () => void (account = { ...account, holderSince: 9 })],
    ])('is a stranger where it %s', async (_, end) => {
      made({ expiresAt: '2026-06-01T00:00:00.000Z' });
      expect(await ask('invoices:issue', key)).toMatchObject({ allowed: true });
      end();
      expect(await ask('invoices:issue', key)).toEqual({ allowed: false, because: 'stranger' });
      expect(await ask('own', key)).toEqual({ allowed: false, because: 'stranger' });
    });

    it('is nobody else’s than its maker’s', async () => {
      made();
      expect(await ask('invoices:issue', { ...key, userId: person('primary') })).toEqual({
        allowed: false,
        because: 'stranger',
      });
    });
  });
});
