import type { Aggregate } from '../../kernel/decider.js';
import type { DomainEvent } from '../../kernel/event.js';
import type { StateCache } from '../../platform/commands/state-cache.js';
import { grant, ORGANISATION, OrganisationHistory, person } from '../../../test/support/organisation-history.js';
import { accounts, type AccountState } from '../accounts/account.js';
import { acceptInvitation, inviteUser } from '../organisations/invitations.decide.js';
import { disableUser, enableUser } from '../organisations/members.decide.js';
import { organisations } from '../organisations/organisation.js';
import { AuthoriserService } from './authoriser.service.js';

const SESSION = 'session';

describe('the authoriser service', () => {
  let history: OrganisationHistory;
  let account: AccountState;
  let loads: string[];
  let authoriser: AuthoriserService;

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
      sessions: new Map([[SESSION, { since: history.now, until: '2026-04-01T00:00:00.000Z' }]]),
    };
    loads = [];
    const load = (aggregate: Aggregate<unknown, DomainEvent>, _: string, id: string) => {
      loads.push(`${aggregate.name}-${id}`);
      if (aggregate.name === 'account') {
        return Promise.resolve({ state: id === account.id ? account : accounts.initial(), revision: 7 });
      }
      const known = id === ORGANISATION;
      return Promise.resolve({ state: known ? history.state : organisations.initial(), revision: 3 });
    };
    authoriser = new AuthoriserService({ load } as unknown as StateCache, () => Date.parse(history.now));
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

  it('opens to no API key yet', async () => {
    expect(await ask('invoices:issue', { apiKey: 'key' })).toEqual({ allowed: false, because: 'stranger' });
  });
});
