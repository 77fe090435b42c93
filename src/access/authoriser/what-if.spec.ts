import { Refusal } from '../../kernel/refusal.js';
import { AccessWorld, THING_FINISH, THING_READ } from '../../../test/support/access-world.js';
import { grant, person } from '../../../test/support/organisation-history.js';
import type { Json } from '../../../test/support/client.js';
import { type Grant, NO_ROLES } from '../contract.js';
import { acceptInvitation, inviteUser } from '../organisations/invitations.decide.js';
import { disableUser } from '../organisations/members.decide.js';
import { accessBy, rightsBeyond } from './what-if.js';

const [BRAND, OTHER, DRAFT, ANOTHER, PROJECT] = ['1', '2', '3', '4', '5'].map(
  (digit) => `01990000-0000-7000-8000-00000000000${digit}`,
) as [string, string, string, string, string];
const NOW = Date.parse('2026-03-01T09:00:00.000Z');
const END = '2026-03-31T00:00:00.000Z';

describe('rights beyond others', () => {
  const beyond = (one: readonly Grant[], other: readonly Grant[]) =>
    rightsBeyond(accessBy(one, NO_ROLES), accessBy(other, NO_ROLES), NOW);
  const of = (permission: string, one: readonly Grant[], other: readonly Grant[]) =>
    beyond(one, other).filter((right) => right.permission === permission);

  it('are none between the same grants', () => {
    expect(beyond([grant('sales')], [grant('sales')])).toEqual([]);
    expect(beyond([grant('sales')], [grant('admin')])).toEqual([]);
  });

  it('are whole permissions and wider scopes', () => {
    const basic = grant('basic', { switches: ['invoices'] });
    expect(of('invoices:read', [grant('sales')], [basic])).toEqual([{ permission: 'invoices:read', scope: 'all' }]);
    expect(of('invoices:read', [basic], [grant('sales')])).toEqual([]);
    expect(of('tasks:read', [basic], [grant('sales')])).toEqual([{ permission: 'tasks:read', scope: 'assigned' }]);
  });

  it('name limits and an end', () => {
    const limited = grant('sales', { brands: [BRAND], until: END });
    expect(of('invoices:read', [limited], [])).toEqual([
      { permission: 'invoices:read', scope: 'all', brands: [BRAND], until: END },
    ]);
    expect(of('invoices:read', [grant('sales')], [limited])).toEqual([{ permission: 'invoices:read', scope: 'all' }]);
    expect(beyond([limited], [grant('sales')])).toEqual([]);
    expect(
      of('invoices:read', [grant('sales', { brands: [BRAND, OTHER] })], [grant('sales', { brands: [BRAND] })]),
    ).toEqual([{ permission: 'invoices:read', scope: 'all', brands: [BRAND, OTHER] }]);
  });

  it('are what grants hold together, each said once', () => {
    const apart = [grant('sales', { brands: [BRAND] }), grant('sales', { brands: [OTHER] })];
    expect(beyond([grant('sales', { brands: [BRAND, OTHER] })], apart)).toEqual([]);
    const twice = [grant('sales'), grant('staff'), grant('sales', { brands: [BRAND] })];
    expect(of('invoices:read', twice, [])).toEqual([{ permission: 'invoices:read', scope: 'all' }]);
  });

  it('know no grant that has ended', () => {
    expect(beyond([grant('sales', { until: '2026-03-01T09:00:00.000Z' })], [])).toEqual([]);
  });
});

describe('what if roles were changed', () => {
  let world: AccessWorld;
  const roles = (user: string, ...given: readonly unknown[]) => ({ user: person(user), roles: given });
  const refusal = async (asking: Promise<unknown>): Promise<string> => {
    try {
      await asking;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return `${error.code} ${error.details.rule ?? error.details.errors?.[0]?.field ?? ''}`;
    }
    return 'none';
  };
  const invite = (name: string, ...grants: readonly Grant[]) => {
    const body = { email: name, firstName: name, lastName: name, grants };
    const [invited] = world.history.do('primary', inviteUser(body), { userId: person(name), address: name });
    if (invited?.type !== 'UserInvited') throw new Error('not invited');
    return { invitationId: invited.data.invitationId, mailEventId: invited.id };
  };
  const join = (name: string, ...grants: readonly Grant[]) => {
    world.openAccount(name);
    world.history.do(name, acceptInvitation({ link: invite(name, ...grants), userId: person(name) }));
  };
  const stranded = async (asker: string, ...changes: ReturnType<typeof roles>[]) =>
    (await world.supposed(asker, changes)).stranded.map(({ record }: Json) => record);

  beforeEach(() => {
    world = new AccessWorld();
    join('ann', grant('sales'));
  });

  it('tells gains and losses of members and invited people, and writes nothing', async () => {
    invite('bob', grant('sales'));
    const count = world.eventCount();
    const answer = await world.supposed('primary', [roles('ann', 'compliance'), roles('bob', 'sales')]);
    expect(answer.people.map(({ userId }: Json) => userId)).toEqual([person('ann'), person('bob')]);
    expect(answer.people[0].gained).toContainEqual({ permission: 'audit:read', scope: 'all' });
    expect(answer.people[0].lost).toContainEqual({ permission: 'invoices:read', scope: 'all' });
    expect(answer.people[1]).toEqual({ userId: person('bob'), gained: [], lost: [] });
    expect(world.eventCount()).toBe(count);
    expect(await world.checked('primary', { permission: 'audit:read', user: person('ann') })).toMatchObject({
      allowed: false,
    });
  });

  it('refuses what could not be done', async () => {
    join('cid', grant('admin'));
    const asked = (...changes: ReturnType<typeof roles>[]) => refusal(world.supposed('cid', changes));
    expect(await asked(roles('nobody', 'sales'))).toBe('validation-failed changes.0.user');
    expect(await asked(roles('ann', 'sales'), roles('ann', 'staff'))).toBe('validation-failed changes.1.user');
    expect(await asked(roles('primary', 'sales'))).toBe('conflict primary-stays');
    expect(await asked(roles('ann', 'primary'))).toBe('validation-failed changes.0.roles.0.role');
    expect(await asked(roles('ann', { role: 'sales', until: world.history.now }))).toBe(
      'validation-failed changes.0.roles',
    );
    expect(await asked(roles('ann'))).toBe('validation-failed changes.0.roles');
  });

  it('answers about rights that the asker does not hold: to ask is not to give', async () => {
    join('cid', grant('admin', { brands: [BRAND] }));
    const { people } = await world.supposed('cid', [roles('ann', 'admin')]);
    expect(people[0].gained).toContainEqual({ permission: 'members:read', scope: 'all' });
  });

  it('names the drafts that only the Primary could finish afterwards', async () => {
    world.thing(DRAFT, {});
    world.unfinished = [DRAFT];
    const { stranded: found } = await world.supposed('primary', [roles('ann', 'accountant')]);
    expect(found).toEqual([{ record: DRAFT, permission: THING_FINISH }]);
    expect(await stranded('primary', roles('ann', 'sales-and-purchases'))).toEqual([]);
    join('bob', grant('bookkeeper'));
    expect(await stranded('primary', roles('ann', 'accountant'))).toEqual([]);
    expect(await stranded('primary', roles('ann', 'accountant'), roles('bob', 'staff'))).toEqual([DRAFT]);
    expect(await stranded('primary', roles('ann', 'accountant'), roles('bob', 'sales'))).toEqual([]);
  });

  it('counts on nobody who is disabled, invited or erased', async () => {
    world.thing(DRAFT, {});
    world.unfinished = [DRAFT];
    for (const name of ['bob', 'cid']) join(name, grant('sales'));
    invite('dan', grant('sales'));
    world.history.do('primary', disableUser({ userId: person('bob') }));
    world.eraseAccount('cid');
    expect(await stranded('primary', roles('ann', 'accountant'))).toEqual([DRAFT]);
    // Nobody could before either, so the change strands nothing.
    world.history.do('primary', disableUser({ userId: person('ann') }));
    expect(await stranded('primary', roles('ann', 'accountant'))).toEqual([]);
  });

  it('goes by the reach of each: brands, projects, who made it', async () => {
    join('bob', grant('sales', { brands: [BRAND] }));
    join('cid', grant('basic', { switches: ['invoices'] }));
    world.thing(PROJECT, { projectId: PROJECT });
    world.assign(PROJECT, ['cid']);
    world.thing(DRAFT, { brandId: BRAND });
    world.thing(ANOTHER, { projectId: PROJECT });
    const third = OTHER;
    world.thing(third, { brandId: OTHER });
    world.unfinished = [DRAFT, ANOTHER, third];
    expect(await stranded('primary', roles('ann', 'accountant'))).toEqual([third]);
    expect(await stranded('primary', roles('ann', 'accountant'), roles('bob', 'accountant'))).toEqual([DRAFT, third]);
    world.assign(PROJECT, []);
    expect(await stranded('primary', roles('ann', 'accountant'))).toEqual([ANOTHER, third]);
    expect(await stranded('primary', roles('cid', 'accountant'))).toEqual([]);
  });

  it('names no record that the asker may not read', async () => {
    world.thing(DRAFT, { brandId: BRAND });
    world.thing(ANOTHER, {});
    world.unfinished = [DRAFT, ANOTHER];
    join('cid', grant('admin', { brands: [BRAND] }));
    // The asker could finish the first themselves.
    expect(await stranded('cid', roles('ann', 'accountant'))).toEqual([]);
    expect(
      await stranded('cid', roles('ann', 'accountant'), roles('cid', { role: 'accountant', brands: [BRAND] })),
    ).toEqual([DRAFT]);
    join('dan', grant('compliance'));
    expect(await world.checked('dan', { permission: THING_READ })).toMatchObject({ allowed: false });
    expect(await stranded('dan', roles('ann', 'accountant'))).toEqual([]);
  });
});
