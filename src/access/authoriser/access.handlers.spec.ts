import fc from 'fast-check';
import { Refusal } from '../../kernel/refusal.js';
import { AccessWorld, THING_READ } from '../../../test/support/access-world.js';
import { grant, ORGANISATION, person } from '../../../test/support/organisation-history.js';
import type { Json } from '../../../test/support/client.js';
import { PERMISSIONS, type Permission } from '../contract.js';
import { defineRole, deleteRole, editRole } from '../organisations/custom-roles.decide.js';
import { acceptInvitation, inviteUser } from '../organisations/invitations.decide.js';
import {
  changeRoles,
  disableUser,
  enableUser,
  leaveOrganisation,
  removeUser,
} from '../organisations/members.decide.js';

const [THING, PROJECT, CLIENT, NOTHING] = ['a', 'b', 'c', 'd'].map(
  (digit) => `01990000-0000-7000-8000-0000000000${digit}0`,
);
const NAMES = ['ann', 'bob', 'cid'] as const;
/** Of every kind: people, records with limits, customers, what few hold. */
const ASKED = ['invoices:read', 'invoices:issue', 'customers:read', 'members:read', 'account-billing:read'];

/** Invites somebody, who accepts. */
function join(world: AccessWorld, name: string, ...roles: Parameters<typeof grant>[]): void {
  const { history } = world;
  const grants = roles.map((one) => grant(...one));
  const body = { email: name, firstName: name, lastName: name, grants };
  const [invited] = history.do('primary', inviteUser(body), { userId: person(name), address: name });
  if (invited?.type !== 'UserInvited') throw new Error('not invited');
  const { invitationId } = invited.data;
  history.do(name, acceptInvitation({ link: { invitationId, mailEventId: invited.id }, userId: person(name) }));
}

const refusal = async (asking: Promise<unknown>): Promise<string> => {
  try {
    await asking;
  } catch (error) {
    if (error instanceof Refusal) return `${error.code} ${error.message}`;
    throw error;
  }
  return 'none';
};

describe('the answers of the authoriser', () => {
  let world: AccessWorld;
  const later = () => world.history.later(1000).now;

  beforeEach(() => {
    world = new AccessWorld();
    for (const name of NAMES) world.openAccount(name);
  });

  it('name the event, the giver and the time of each grant, the strongest first', async () => {
    join(world, 'ann', ['basic', { switches: ['invoices'] }], ['sales']);
    const [, invited] = world.history.events;
    const given = { grantedBy: person('primary'), grantedAt: invited!.recordedAt, eventId: invited!.id };
    expect(await world.checked('ann', { permission: 'invoices:issue' })).toEqual({
      allowed: true,
      scope: 'all',
      because: [
        { role: 'sales', scope: 'all', ...given },
        { role: 'basic', scope: 'assigned', ...given },
      ],
    });
    expect(await world.checked('ann', { permission: 'invoices:void' })).toEqual({
      allowed: false,
      because: [],
      missing: 'invoices:void',
    });
  });

  it('name the edit that put a permission into a role after it was given', async () => {
    const permission = (name: Permission) => ({ permission: name, scope: 'all' as const });
    const texts = { name: 'Front desk', description: '' };
    const [defined] = world.history.do(
      'primary',
      defineRole({ ...texts, permissions: [permission('customers:read')] }),
    );
    if (defined?.type !== 'RoleDefined') throw new Error('no role');
    const { roleId } = defined.data;
    join(world, 'ann', [roleId]);
    const granted = world.history.events.find(({ type }) => type === 'UserInvited')!;
    later();
    const both = [permission('customers:read'), permission('invoices:read')];
    const [edited] = world.history.do('primary', editRole({ roleId, ...texts, permissions: both }));
    later();
    const eventOf = async (asked: string) => (await world.checked('ann', { permission: asked })).because[0].eventId;
    expect(await eventOf('customers:read')).toBe(granted.id);
    expect(await eventOf('invoices:read')).toBe(edited!.id);
    expect(await world.checked('ann', { permission: 'invoices:read', at: granted.recordedAt })).toMatchObject({
      allowed: false,
    });
  });

  it('say no for whoever is invited, disabled, unknown or without an account', async () => {
    const body = { email: 'bob', firstName: '', lastName: '', grants: [grant('admin')] };
    world.history.do('primary', inviteUser(body), { userId: person('bob'), address: 'bob' });
    join(world, 'ann', ['admin']);
    join(world, 'cid', ['admin']);
    world.history.do('primary', disableUser({ userId: person('ann') }));
    world.eraseAccount('cid');
    for (const user of ['ann', 'bob', 'cid', 'nobody'].map(person)) {
      const no = { allowed: false, because: [], missing: 'members:read' };
      expect(await world.checked('primary', { permission: 'members:read', user })).toEqual(no);
    }
    expect((await world.whoCould('primary', { permission: 'members:read' })).items).toEqual([
      { userId: person('primary'), scope: 'all' },
    ]);
    expect((await world.matrixOf('primary')).items).toMatchObject([{ userId: person('primary') }]);
  });

  it('stop with a grant, at its very millisecond', async () => {
    const until = '2026-03-01T09:00:05.000Z';
    join(world, 'ann', ['sales', { until }]);
    world.history.later(60_000);
    const allowed = async (at: string) => (await world.checked('ann', { permission: 'invoices:read', at })).allowed;
    expect(await allowed('2026-03-01T09:00:04.999Z')).toBe(true);
    expect(await allowed(until)).toBe(false);
  });

  it('about others are for those who may see them', async () => {
    join(world, 'ann', ['sales']);
    const asking = world.checked('ann', { permission: 'invoices:read', user: person('primary') });
    expect(await refusal(asking)).toBe('permission-denied This needs the permission members:read');
    expect(world.refused).toEqual([{ permission: 'members:read', record: undefined }]);
    expect(await world.checked('ann', { permission: 'invoices:read', user: person('ann') })).toMatchObject({
      allowed: true,
    });
  });

  it('know neither the future nor what was before the organisation', async () => {
    const after = new Date(Date.parse(world.history.now) + 1).toISOString();
    expect(await refusal(world.checked('primary', { permission: 'invoices:read', at: after }))).toContain(
      'validation-failed',
    );
    const before = '2026-02-28T00:00:00.000Z';
    expect(await world.checked('primary', { permission: 'invoices:read', at: before })).toMatchObject({
      allowed: false,
    });
    expect(await world.whoCould('primary', { permission: 'invoices:read', at: before })).toEqual({ items: [] });
    expect(await world.matrixOf('primary', { at: before })).toEqual({ items: [] });
  });

  it('count what was recorded at the very instant', async () => {
    join(world, 'ann', ['sales']);
    const joined = world.history.now;
    const gone = later();
    world.history.do('primary', disableUser({ userId: person('ann') }));
    later();
    const allowed = async (at: string) =>
      (await world.checked('primary', { permission: 'invoices:read', user: person('ann'), at })).allowed;
    expect(await allowed(joined)).toBe(true);
    expect(await allowed(gone)).toBe(false);
  });

  it('know an erased account from the instant of its erasure, though the organisation hears of it later', async () => {
    join(world, 'ann', ['sales']);
    const open = world.history.now;
    const erased = later();
    world.eraseAccount('ann');
    const left = later();
    world.history.do('ann', leaveOrganisation({}));
    later();
    const could = async (at: string) =>
      (await world.whoCould('primary', { permission: 'invoices:read', at })).items.map(({ userId }: Json) => userId);
    expect(await could(open)).toEqual([person('primary'), person('ann')]);
    expect(await could(erased)).toEqual([person('primary')]);
    expect(await could(left)).toEqual([person('primary')]);
  });

  it('do not read the sign-ins of people whose accounts are open', async () => {
    join(world, 'ann', ['sales']);
    later();
    await world.whoCould('primary', { permission: 'invoices:read', at: world.history.now });
    expect(world.reads).toEqual([`organisation-${ORGANISATION}`, `account-${person('primary')}`]);
  });

  describe('on a record', () => {
    const brand = CLIENT!;

    it('go by the grants that open it', async () => {
      join(world, 'ann', ['sales', { brands: [brand] }], ['staff']);
      world.thing(THING!, { brandId: brand });
      const check = (permission: string) => world.checked('ann', { permission, record: THING! });
      expect(await check('invoices:edit')).toMatchObject({ because: [{ role: 'staff' }, { role: 'sales' }] });
      expect(await check('invoices:issue')).toMatchObject({ because: [{ role: 'sales' }] });
      world.thing(THING!, {});
      expect(await check('invoices:edit')).toMatchObject({ because: [{ role: 'staff' }] });
      expect(await check('invoices:issue')).toEqual({ allowed: false, because: [], missing: 'invoices:issue' });
      expect((await world.whoCould('primary', { permission: 'invoices:issue', record: THING! })).items).toEqual([
        { userId: person('primary'), scope: 'all' },
      ]);
    });

    it('are the same for one that is not there and one that the asker may not read', async () => {
      join(world, 'ann', ['admin', { brands: [brand] }]);
      world.thing(THING!, {});
      const asked = { permission: THING_READ, user: person('primary') };
      const answers = await Promise.all(
        [THING!, NOTHING!].flatMap((record) => [
          refusal(world.checked('ann', { ...asked, record })),
          refusal(world.checked('ann', { permission: 'account-billing:read', record })),
          refusal(world.whoCould('ann', { ...asked, record })),
          refusal(world.whoCould('ann', { ...asked, record, at: world.history.now })),
        ]),
      );
      expect(new Set(answers).size).toBe(1);
      expect(answers[0]).toContain('not-found');
      expect(world.refused[0]).toEqual({ permission: THING_READ, record: { kind: 'thing', id: THING } });
    });

    it('need the right to read it now and then', async () => {
      join(world, 'ann', ['sales', { brands: [brand] }]);
      const hidden = later();
      world.thing(THING!, {});
      const readable = later();
      world.thing(THING!, { brandId: brand });
      later();
      const check = (at: string) => world.checked('ann', { permission: THING_READ, record: THING!, at });
      expect(await check(readable)).toMatchObject({ allowed: true });
      expect(await refusal(check(hidden))).toContain('not-found');
      const absent = new Date(Date.parse(hidden) - 1).toISOString();
      expect(await refusal(check(absent))).toContain('not-found');
      world.thing(THING!, {});
      expect(await refusal(check(readable))).toContain('not-found');
    });

    it('are none before the asker was a member', async () => {
      world.thing(THING!, {});
      const before = world.history.now;
      later();
      join(world, 'ann', ['admin']);
      later();
      const at = (instant: string) => world.whoCould('ann', { permission: THING_READ, record: THING!, at: instant });
      expect(await refusal(at(before))).toContain('not-found');
      expect((await at(world.history.now)).items).toHaveLength(2);
      expect((await world.whoCould('ann', { permission: THING_READ, at: before })).items).toHaveLength(1);
    });

    it('know who was assigned to its project, and to the client of one', async () => {
      join(world, 'ann', ['basic', { switches: ['invoices'] }]);
      join(world, 'bob', ['basic', { switches: ['invoices'] }]);
      world.thing(PROJECT!, { projectId: PROJECT }, CLIENT);
      world.thing(THING!, { projectId: PROJECT });
      world.thing(CLIENT!, { customerId: CLIENT });
      world.assign(PROJECT!, ['ann']);
      const then = world.history.now;
      later();
      world.assign(PROJECT!, ['bob']);
      world.thing(PROJECT!, { projectId: PROJECT });
      later();
      const who = async (permission: string, record: string, at?: string) =>
        (await world.whoCould('primary', { permission, record, ...(at && { at }) })).items.map(
          ({ userId }: Json) => userId,
        );
      expect(await who('invoices:read', THING!, then)).toEqual([person('primary'), person('ann')]);
      expect(await who('invoices:read', THING!)).toEqual([person('primary'), person('bob')]);
      expect(await who('customers:read', CLIENT!, then)).toEqual([person('primary'), person('ann')]);
      expect(await who('customers:read', CLIENT!)).toEqual([person('primary')]);
    });
  });
});

// --- random histories

type Happening = (world: AccessWorld) => void;

const ROLES = ['admin', 'authorised', 'sales', 'basic', 'compliance', 'accountant'];
const anyGrant = fc
  .record({
    role: fc.constantFrom(...ROLES, 'own 0', 'own 1'),
    readOnly: fc.boolean(),
    invoices: fc.boolean(),
    brand: fc.boolean(),
    seconds: fc.option(fc.integer({ min: 1, max: 20 })),
  })
  .map(({ role, readOnly, invoices, brand, seconds }) => (world: AccessWorld) => {
    const own = [...world.history.state.roles.keys()][Number(role.slice(4))];
    return grant(role.startsWith('own') ? (own ?? 'sales') : role, {
      readOnly: readOnly && role !== 'admin',
      switches: role === 'basic' && invoices ? ['invoices'] : [],
      ...(brand && { brands: [CLIENT!] }),
      ...(seconds !== null && { until: new Date(Date.parse(world.history.now) + seconds * 1000).toISOString() }),
    });
  });
const anyGrants = fc.array(anyGrant, { minLength: 1, maxLength: 3 });
const anyName = fc.constantFrom(...NAMES);
const anyActor = fc.constantFrom('primary', ...NAMES);
const anyPermissions = fc.uniqueArray(fc.constantFrom(...(ASKED as Permission[])), { maxLength: 4 }).chain((list) =>
  fc.tuple(
    ...list.map((permission) =>
      fc.record({
        permission: fc.constant(permission),
        scope: fc.constantFrom('all' as const, 'assigned' as const, 'own' as const),
      }),
    ),
  ),
);
const anyFacts = fc.record(
  {
    createdBy: anyName.map(person),
    projectId: fc.constant(PROJECT!),
    brandId: fc.constant(CLIENT!),
    customerId: fc.constant(CLIENT!),
    assigned: anyName.map((name) => [person(name)]),
  },
  { requiredKeys: [] },
);

const roleAt = (world: AccessWorld, index: number): string => [...world.history.state.roles.keys()][index] ?? 'none';

const happenings: fc.Arbitrary<Happening> = fc.oneof(
  fc.tuple(anyName, anyGrants).map(([name, grants]) => (world: AccessWorld) => {
    join(
      world,
      name,
      ...grants
        .map((one) => {
          const { role, ...more } = one(world);
          return [role, more] as const;
        })
        .map(([role, more]): Parameters<typeof grant> => [role, more]),
    );
  }),
  fc.tuple(anyActor, anyName, anyGrants).map(([actor, name, grants]) => (world: AccessWorld) => {
    world.history.do(actor, changeRoles({ userId: person(name), grants: grants.map((one) => one(world)) }));
  }),
  fc.tuple(anyActor, anyName).map(([actor, name]) => (world: AccessWorld) => {
    world.history.do(actor, disableUser({ userId: person(name) }));
  }),
  anyName.map((name) => (world: AccessWorld) => {
    world.history.do('primary', enableUser({ userId: person(name) }));
  }),
  anyName.map((name) => (world: AccessWorld) => {
    world.history.do('primary', removeUser({ userId: person(name) }));
  }),
  anyName.map((name) => (world: AccessWorld) => world.eraseAccount(name)),
  fc.tuple(fc.nat(1000), anyPermissions).map(([number, permissions]) => (world: AccessWorld) => {
    world.history.do('primary', defineRole({ name: `Role ${number}`, description: '', permissions }));
  }),
  fc.tuple(fc.nat(1), anyPermissions).map(([index, permissions]) => (world: AccessWorld) => {
    const roleId = roleAt(world, index);
    world.history.do('primary', editRole({ roleId, name: `Edited ${index}`, description: '', permissions }));
  }),
  fc.nat(1).map((index) => (world: AccessWorld) => {
    world.history.do('primary', deleteRole(roleAt(world, index)));
  }),
  fc.option(anyFacts).map((facts) => (world: AccessWorld) => world.thing(THING!, facts)),
  fc
    .boolean()
    .map(
      (client) => (world: AccessWorld) => world.thing(PROJECT!, { projectId: PROJECT }, client ? CLIENT : undefined),
    ),
  fc.subarray([...NAMES]).map((names) => (world: AccessWorld) => world.assign(PROJECT!, names)),
);

/** A happening that is refused does not happen. */
function attempt(world: AccessWorld, happening: Happening): void {
  try {
    happening(world);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
  }
}

const histories = fc.array(fc.record({ happening: happenings, seconds: fc.integer({ min: 1, max: 5 }) }), {
  minLength: 5,
  maxLength: 15,
});

function begun(): AccessWorld {
  const world = new AccessWorld();
  for (const name of NAMES) world.openAccount(name);
  return world;
}

/** Everything that can be asked now, or as of an instant; a refused question is answered by its refusal. */
async function allAnswers(world: AccessWorld, at?: string): Promise<Json> {
  const when = at === undefined ? {} : { at };
  const everybody = ['primary', ...NAMES];
  const answered = (asking: Promise<Json>) => asking.catch((error: unknown) => refusal(Promise.reject(error as Error)));
  const questions = [undefined, THING!].flatMap((record) =>
    ASKED.flatMap((permission) => {
      const asked = { permission, ...(record && { record }), ...when };
      return [
        answered(world.whoCould('primary', asked)),
        ...everybody.map((name) => answered(world.checked('primary', { ...asked, user: person(name) }))),
      ];
    }),
  );
  return Promise.all([...questions, answered(world.matrixOf('primary', when))]);
}

describe('over random histories', () => {
  it('the answer as of an instant is the one that was given then', async () => {
    await fc.assert(
      fc.asyncProperty(histories, async (steps) => {
        const world = begun();
        world.thing(THING!, {});
        const given: { readonly at: string; readonly answers: Json }[] = [];
        for (const { happening, seconds } of steps) {
          attempt(world, happening);
          given.push({ at: world.history.now, answers: await allAnswers(world) });
          world.history.later(seconds * 1000);
        }
        world.thing(THING!, {});
        for (const { at, answers } of given) expect(await allAnswers(world, at)).toEqual(answers);
      }),
      { numRuns: 15, interruptAfterTimeLimit: 60_000 },
    );
  });

  it('check, who-can and matrix say one thing, and what the authoriser decides', async () => {
    await fc.assert(
      fc.asyncProperty(histories, async (steps) => {
        const world = begun();
        world.thing(THING!, {});
        for (const { happening, seconds } of steps) {
          attempt(world, happening);
          world.history.later(seconds * 1000);
        }
        const facts = { createdBy: person('ann'), projectId: PROJECT!, brandId: CLIENT! };
        world.thing(THING!, facts);
        const { items: rows } = await world.matrixOf('primary');
        for (const permission of PERMISSIONS) {
          const anywhere = (await world.whoCould('primary', { permission })).items;
          const here = (await world.whoCould('primary', { permission, record: THING! })).items;
          for (const name of ['primary', ...NAMES]) {
            const user = person(name);
            const check = await world.checked('primary', { permission, user });
            const onThing = await world.checked('primary', { permission, user, record: THING! });
            const verdict = await world.authoriser.authorise({ userId: user }, ORGANISATION, permission);
            const onFacts = await world.authoriser.authorise({ userId: user }, ORGANISATION, permission, facts);
            const row = rows.find(({ userId }: Json) => userId === user)?.permissions ?? [];
            expect([check.allowed, onThing.allowed]).toEqual([verdict.allowed, onFacts.allowed]);
            expect(anywhere.find(({ userId }: Json) => userId === user)?.scope).toBe(check.scope);
            expect(here.find(({ userId }: Json) => userId === user)?.scope).toBe(onThing.scope);
            expect(row.find((one: Json) => one.permission === permission)?.scope).toBe(check.scope);
            if (verdict.allowed) expect(check.because[0].eventId).toBe(verdict.authority.grantEventId);
            if (onFacts.allowed) expect(onThing.because[0].eventId).toBe(onFacts.authority.grantEventId);
          }
        }
      }),
      { numRuns: 12, interruptAfterTimeLimit: 60_000 },
    );
  });
});
