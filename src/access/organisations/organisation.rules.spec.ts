import fc from 'fast-check';
import { OrganisationHistory, person } from '../../../test/support/organisation-history.js';
import type { Decide, RecordFacts } from '../../kernel/decider.js';
import type { Recorded, Scope } from '../../kernel/event.js';
import { Refusal } from '../../kernel/refusal.js';
import { authorise, reasons } from '../authoriser/authorise.js';
import { accessOf, BUILT_IN_ROLES, type Grant, isReading, type Permission, sameGrant } from '../contract.js';
import { copyRole, defineRole, deleteRole, editRole } from './custom-roles.decide.js';
import type { ScopedPermission } from './custom-roles.js';
import { acceptInvitation, cancelInvitation, inviteUser, resendInvitation } from './invitations.decide.js';
import { changeRoles, disableUser, enableUser, leaveOrganisation, removeUser } from './members.decide.js';
import type { OrganisationEvent, OrganisationState } from './organisation.js';

const HOUR = 60 * 60 * 1000;
const NAMES = ['primary', 'ada', 'bob', 'cid', 'dan'];
const BRANDS = ['brand-1', 'brand-2'];
const ENDS = ['2026-03-05T00:00:00.000Z', '2026-03-20T00:00:00.000Z'];
/** What own roles are made of, and what is looked at in all roles: powers over people, and some of each scope. */
const WATCHED: readonly Permission[] = [
  ...(['account-billing:read', 'members:invite', 'members:change-roles', 'members:disable', 'roles:edit'] as const),
  ...(['customers:read', 'customers:edit', 'invoices:read', 'invoices:issue', 'tasks:edit', 'contracts:send'] as const),
];

// --- what people do

/** An own role is counted from the newest; one that is not there (any more) is named all the same. */
interface GivenGrant extends Omit<Grant, 'role'> {
  readonly role: string | number;
}

const anyRole: fc.Arbitrary<string | number> = fc.oneof(
  { weight: 3, arbitrary: fc.constant('admin') },
  { weight: 3, arbitrary: fc.constantFrom(...[...BUILT_IN_ROLES.keys()].filter((key) => key !== 'primary')) },
  { weight: 6, arbitrary: fc.nat({ max: 3 }) },
);
const anyGrant: fc.Arbitrary<GivenGrant> = fc
  .record({
    role: anyRole,
    readOnly: fc.oneof({ weight: 4, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
    switches: fc.subarray(['contracts', 'invoices'], { minLength: 0 }),
    brands: fc.option(fc.subarray(BRANDS, { minLength: 1 }), { nil: undefined, freq: 4 }),
    until: fc.option(fc.constantFrom(...ENDS), { nil: undefined, freq: 4 }),
  })
  .map(({ brands, until, ...rest }) => ({ ...rest, ...(brands && { brands }), ...(until && { until }) }));
const grants = fc.array(anyGrant, { minLength: 1, maxLength: 2 });
const permissions: fc.Arbitrary<ScopedPermission[]> = fc
  .tuple(
    fc.subarray([...WATCHED], { minLength: 1 }),
    fc.infiniteStream(fc.constantFrom<Scope>('all', 'all', 'assigned', 'own')),
  )
  .map(([some, scopes]) => some.map((permission) => ({ permission, scope: scopes.next().value as Scope })));
const name = fc.constantFrom(...NAMES);
/** Somebody by name, member or not; mostly one of those who are members by then. */
type Who = string | number;
const actor: fc.Arbitrary<Who> = fc.oneof(
  { weight: 1, arbitrary: fc.constant('primary') },
  { weight: 1, arbitrary: name },
  { weight: 4, arbitrary: fc.nat({ max: 4 }) },
);
/** Counted from the newest invitation. */
const nth = fc.constantFrom(0, 0, 0, 1, 2, 5);
const role = fc.nat({ max: 3 });
const mostlyNot = fc.constantFrom(true, false, false, false);
/** Whoever was invited, mostly. */
const invited: fc.Arbitrary<Who> = fc.oneof({ weight: 1, arbitrary: name }, { weight: 4, arbitrary: fc.constant(-1) });

type Step =
  | { does: 'invite' | 'change-roles'; by: Who; to: string; grants: GivenGrant[] }
  | { does: 'disable' | 'enable' | 'remove' | 'leave'; by: Who; to: string }
  | { does: 'resend' | 'cancel' | 'accept'; by: Who; nth: number; old: boolean }
  | { does: 'define'; by: Who; permissions: ScopedPermission[] }
  | { does: 'edit'; by: Who; role: number; permissions: ScopedPermission[] }
  | { does: 'copy'; by: Who; role: string | number }
  | { does: 'delete'; by: Who; role: number }
  | { does: 'wait'; hours: number };

type Deed = Exclude<Step, { does: 'wait' }>;

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ does: fc.constantFrom('invite', 'change-roles'), by: actor, to: name, grants }) },
  { weight: 4, arbitrary: fc.record({ does: fc.constant('accept'), by: invited, nth, old: mostlyNot }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('define'), by: actor, permissions }) },
  { weight: 3, arbitrary: fc.record({ does: fc.constant('edit'), by: actor, role, permissions }) },
  {
    weight: 1,
    arbitrary: fc.record({ does: fc.constant('copy'), by: actor, role: fc.oneof(anyRole, fc.constant('basic')) }),
  },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('delete'), by: actor, role }) },
  {
    weight: 1,
    arbitrary: fc.record({ does: fc.constantFrom('disable', 'enable', 'remove', 'leave'), by: actor, to: name }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ does: fc.constantFrom('resend', 'cancel'), by: actor, nth, old: fc.constant(false) }),
  },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('wait'), hours: fc.integer({ min: 1, max: 100 }) }) },
);

/** Two members to begin with: an admin, and one by an own role that holds much but not all. */
const BEGINNING: readonly Step[] = [
  {
    does: 'define',
    by: 'primary',
    permissions: WATCHED.slice(1).map((permission) => ({
      permission,
      scope: permission === 'customers:read' ? 'own' : permission === 'tasks:edit' ? 'assigned' : 'all',
    })),
  },
  ...(['admin', 0] as const).flatMap((one, index): readonly Step[] => [
    {
      does: 'invite',
      by: 'primary',
      to: NAMES[index + 1]!,
      grants: [{ role: one, readOnly: false, switches: [] }],
    },
    { does: 'accept', by: -1, nth: 0, old: false },
  ]),
];

/** Ids of all own roles that there ever were, the newest first. */
const everDefined = ({ events }: OrganisationHistory): readonly string[] =>
  events.flatMap((event) => (event.type === 'RoleDefined' ? [event.data.roleId] : [])).reverse();

const roleNamed = (history: OrganisationHistory, which: string | number): string =>
  typeof which === 'string' ? which : (everDefined(history)[which] ?? 'none');

/** As `grantsFrom` would let them through: the deciders are given nothing that it refuses. */
function resolved(history: OrganisationHistory, given: readonly GivenGrant[]): Grant[] {
  return given.map(({ role: which, readOnly, switches, ...limits }) => {
    const key = roleNamed(history, which);
    const known = BUILT_IN_ROLES.get(key) ?? history.state.roles.get(key);
    return {
      role: key,
      readOnly: readOnly && known?.takesReadOnly === true,
      switches: switches.filter((word) => known?.switches.has(word) === true),
      ...limits,
    };
  });
}

function nameOf(history: OrganisationHistory, todo: Deed): string {
  if (typeof todo.by === 'string') return todo.by;
  const { members, invitations } = history.state;
  const asked = todo.does === 'accept' ? [...invitations.values()].at(-1 - todo.nth)?.userId : undefined;
  const active = NAMES.filter((one) => members.get(person(one))?.status === 'active');
  return NAMES.find((one) => person(one) === asked) ?? active[Math.abs(todo.by) % active.length]!;
}

/** The command of a step with the permission that its route asks for. */
function commandOf(history: OrganisationHistory, todo: Deed, by: string) {
  const run = <P>(permission: string, decide: Decide<OrganisationState, OrganisationEvent, P>, prepared?: P) => ({
    permission,
    do: () => history.do(by, decide, prepared),
  });
  switch (todo.does) {
    case 'invite': {
      const body = { email: 'e', firstName: 'f', lastName: 'l', grants: resolved(history, todo.grants) };
      return run('members:invite', inviteUser(body), { userId: person(todo.to), address: todo.to });
    }
    case 'change-roles': {
      const changed = { userId: person(todo.to), grants: resolved(history, todo.grants) };
      return run('members:change-roles', changeRoles(changed));
    }
    case 'disable':
      return run('members:disable', disableUser({ userId: person(todo.to) }));
    case 'enable':
      return run('members:disable', enableUser({ userId: person(todo.to) }));
    case 'remove':
      return run('members:remove', removeUser({ userId: person(todo.to) }));
    case 'leave':
      return run('own', leaveOrganisation({}));
    case 'define': {
      const body = { name: `Role ${history.events.length}`, description: '', permissions: todo.permissions };
      return run('roles:edit', defineRole(body));
    }
    case 'edit': {
      const roleId = roleNamed(history, todo.role);
      const called = history.state.roles.get(roleId)?.name ?? 'None';
      return run('roles:edit', editRole({ roleId, name: called, description: '', permissions: todo.permissions }));
    }
    case 'copy':
      return run('roles:edit', copyRole({ role: roleNamed(history, todo.role) }));
    case 'delete':
      return run('roles:edit', deleteRole(roleNamed(history, todo.role)));
    case 'resend':
    case 'cancel':
    case 'accept': {
      const known = [...history.state.invitations.values()];
      const id = known.at(-1 - todo.nth)?.id ?? 'none';
      const sent = history.events.filter((event) => 'invitationId' in event.data && event.data.invitationId === id);
      const mailEventId = (todo.old ? sent[0]?.id : known.find((one) => one.id === id)?.mailEventId) ?? 'none';
      if (todo.does === 'resend') return run('members:invite', resendInvitation(id));
      if (todo.does === 'cancel') return run('members:invite', cancelInvitation(id));
      return run('token', acceptInvitation({ link: { invitationId: id, mailEventId }, userId: person(by) }));
    }
  }
}

// --- what they hold, told from what they asked for

type Held = readonly (readonly [Permission, Scope])[];
interface ModelRole {
  readonly always: Held;
  readonly switches: ReadonlyMap<string, Held>;
}

const BUILT_IN: ReadonlyMap<string, ModelRole> = new Map(
  [...BUILT_IN_ROLES.values()].map(({ key, permissions: always, switches }) => [
    key,
    { always: [...always], switches: new Map([...switches].map(([word, opens]) => [word, [...opens]])) },
  ]),
);

/** Own roles as their commands say, so nothing of how the organisation folds them. */
type Model = Map<string, ModelRole>;

function remember(model: Model, todo: Step, history: OrganisationHistory, events: readonly OrganisationEvent[]): void {
  const written = (listed: readonly ScopedPermission[]): Held => listed.map((one) => [one.permission, one.scope]);
  for (const event of events) {
    if (event.type === 'RoleDeleted') model.delete(event.data.roleId);
    if (event.type === 'RoleDefined' && todo.does === 'define')
      model.set(event.data.roleId, { always: written(todo.permissions), switches: new Map() });
    if (event.type === 'RoleDefined' && todo.does === 'copy') {
      const original = typeof todo.role === 'string' ? todo.role : everDefined(history)[todo.role + 1]!;
      model.set(event.data.roleId, (BUILT_IN.get(original) ?? model.get(original))!);
    }
    if (event.type === 'RoleEdited' && todo.does === 'edit')
      model.set(event.data.roleId, { ...model.get(event.data.roleId)!, always: written(todo.permissions) });
  }
}

const RECORDS: Readonly<Record<Scope, readonly string[]>> = {
  all: ['assigned', 'own', 'other'],
  assigned: ['assigned'],
  own: ['own'],
};

/** Every point that grants open at or after an instant: permission, kind of record, brand, moment. */
function points(of: readonly Grant[], model: Model, now: string): Set<string> {
  const found = new Set<string>();
  for (const grant of of) {
    const { always = [], switches = new Map<string, Held>() } = BUILT_IN.get(grant.role) ?? model.get(grant.role) ?? {};
    const all = [...always, ...grant.switches.flatMap((word) => switches.get(word) ?? [])];
    for (const [permission, scope] of all) {
      if (!WATCHED.includes(permission) || (grant.readOnly && !isReading(permission))) continue;
      for (const moment of [now, ...ENDS, '2030-01-01T00:00:00.000Z']) {
        if (moment < now || (grant.until !== undefined && moment >= grant.until)) continue;
        for (const record of RECORDS[scope])
          for (const brand of grant.brands ?? ['', ...BRANDS]) found.add([permission, record, brand, moment].join());
      }
    }
  }
  return found;
}

/** As much of a role as a grant can give. */
const wholeOf = (id: string, model: Model): Grant => ({
  role: id,
  readOnly: false,
  switches: [...model.get(id)!.switches.keys()],
});

/** What each person could do, were they active: a disabled or invited person has it as soon as they are. */
const everybodysPoints = (
  { members }: OrganisationState,
  model: Model,
  now: string,
): ReadonlyMap<string, Set<string>> =>
  new Map([...members].map(([userId, { grants: held }]) => [userId, points(held, model, now)]));

const activeGrants = ({ members }: OrganisationState, userId: string): readonly Grant[] => {
  const member = members.get(userId);
  return member?.status === 'active' ? member.grants : [];
};

const beyond = (some: Iterable<string>, others: ReadonlySet<string> | undefined): readonly string[] =>
  [...some].filter((point) => others?.has(point) !== true);

// --- what must hold

function expectOnePrimary({ members, primary }: OrganisationState): void {
  const holders = [...members.values()].filter((member) => member.grants.some((grant) => grant.role === 'primary'));
  expect(holders.map(({ userId, status }) => ({ userId, status }))).toEqual([{ userId: primary, status: 'active' }]);
}

/** An invitation gives what somebody active still holds: those who gave its roles, or put something into them. */
function expectAuthority(history: OrganisationHistory, model: Model, userId: string): void {
  const { state, now, events } = history;
  const held = state.members.get(userId)!.grants;
  const authors = events.flatMap(({ type, data, metadata: { actor: by } }) =>
    (type === 'RoleEdited' || type === 'RoleDefined') &&
    held.some((grant) => grant.role === data.roleId) &&
    by.kind === 'user'
      ? [by.id]
      : [],
  );
  const givers = [...held.map(({ grantedBy }) => grantedBy), ...authors].filter((giver) => giver !== userId);
  const theirs = new Set(givers.flatMap((giver) => [...points(activeGrants(state, giver), model, now)]));
  expect(beyond(points(held, model, now), theirs)).toEqual([]);
}

/** The decisions on the folded state are the ones that follow from what was asked for. */
function expectDecisions(history: OrganisationHistory, model: Model): void {
  const { state, now } = history;
  const wrong: string[] = [];
  for (const { grants: held } of state.members.values()) {
    const expected = points(held, model, now);
    const access = accessOf({ status: 'active', grants: held }, state.roles);
    for (const permission of WATCHED) {
      for (const [record, facts] of KINDS) {
        for (const brandId of ['', ...BRANDS]) {
          const about = brandId === '' ? facts : { ...facts, brandId };
          const point = [permission, record, brandId, now].join();
          if (authorise(access, 'me', permission, about, Date.parse(now)).allowed !== expected.has(point))
            wrong.push(point);
        }
      }
    }
  }
  expect(wrong).toEqual([]);
}

const KINDS: readonly (readonly [string, RecordFacts])[] = [
  ['assigned', { assigned: ['me'] }],
  ['own', { createdBy: 'me' }],
  ['other', {}],
];

/** Own roles as they were right after an event, by its id. */
type Past = Map<string, Model>;

/** Each reason names an event that gave just that, and whose it was. */
function expectProvenance(history: OrganisationHistory, past: Past): void {
  const events = new Map(history.events.map((event) => [event.id, event]));
  for (const { grants: held, userId } of history.state.members.values()) {
    const access = accessOf({ status: 'active', grants: held }, history.state.roles);
    for (const permission of WATCHED) {
      for (const { grant, source, scope } of reasons(access, permission, Date.parse(history.now))) {
        const event = events.get(source.eventId)!;
        expect([event.metadata.actor, event.recordedAt]).toEqual([{ kind: 'user', id: source.by }, source.at]);
        expect(gave(event, userId, grant, permission)).toBe(true);
        const { always, switches } = BUILT_IN.get(grant.role) ?? past.get(event.id)!.get(grant.role)!;
        const then = [...always, ...grant.switches.flatMap((word) => switches.get(word)!)];
        expect(then.some(([one, reach]) => one === permission && (reach === 'all' || reach === scope))).toBe(true);
      }
    }
  }
}

function gave(
  { type, data }: Recorded<OrganisationEvent>,
  userId: string,
  grant: Grant,
  permission: Permission,
): boolean {
  const has = (grants: readonly Grant[]): boolean => grants.some((one) => sameGrant(one, grant));
  if (type === 'OrganisationFounded') return grant.role === 'primary' && userId === data.primary;
  if (type === 'UserInvited') return has(data.grants);
  if (type === 'RoleChanged' || type === 'InvitationChanged') return has(data.to) && !has(data.from);
  if (type !== 'RoleEdited' || data.roleId !== grant.role) return false;
  return [...data.added, ...data.rescoped].some((one) => one.permission === permission);
}

/** What one command may have changed, by what everybody held before it. */
function expectNobodyGained(
  history: OrganisationHistory,
  model: Model,
  accepting: string | undefined,
  { before, mine }: { before: ReadonlyMap<string, Set<string>>; mine: Set<string> },
): void {
  const after = everybodysPoints(history.state, model, history.now);
  for (const [userId, theirs] of after) {
    const gained = beyond(theirs, before.get(userId));
    if (userId === accepting) {
      // Whatever name the invitation was made out to, they get what it offered.
      expect([...before.values()].some((offered) => beyond(theirs, offered).length === 0)).toBe(true);
    } else {
      expect(beyond(gained, mine)).toEqual([]);
    }
  }
}

describe('whatever people try', () => {
  it('there is one Primary, and nobody holds what nobody with authority granted', () => {
    const happened = new Map<string, number>();
    fc.assert(
      fc.property(fc.array(step, { minLength: 10, maxLength: 60, size: 'max' }), (steps) => {
        const history = OrganisationHistory.founded();
        const model: Model = new Map();
        const past: Past = new Map();
        for (const todo of [...BEGINNING, ...steps]) {
          if (todo.does === 'wait') {
            history.later(todo.hours * HOUR);
            continue;
          }
          const called = nameOf(history, todo);
          const by = person(called);
          const command = commandOf(history, todo, called);
          const { state, now } = history;
          const access = accessOf(state.members.get(by), state.roles);
          const open = authorise(access, by, command.permission, {}, Date.parse(now)).allowed;
          if (!open && command.permission !== 'token' && command.permission !== 'own') continue;
          const before = everybodysPoints(state, model, now);
          const mine = points(activeGrants(state, by), model, now);
          const held = activeGrants(state, by).filter(({ until }) => until === undefined || now < until);
          let events: readonly Recorded<OrganisationEvent>[] = [];
          try {
            events = command.do();
          } catch (error) {
            if (!(error instanceof Refusal)) throw error;
          }
          remember(model, todo, history, events);
          for (const { id } of events) past.set(id, new Map(model));
          for (const { type, data } of events) {
            happened.set(type, (happened.get(type) ?? 0) + 1);
            if (type === 'InvitationAccepted') expectAuthority(history, model, data.userId);
            if (type === 'RoleDefined')
              expect(beyond(points([wholeOf(data.roleId, model)], model, now), mine)).toEqual([]);
            if (type !== 'RoleEdited') continue;
            expect(held.some((grant) => grant.role === data.roleId)).toBe(false);
            expect(mine).toContain(`members:change-roles,other,,${now}`);
          }
          if (events.length === 0) continue;
          expectOnePrimary(history.state);
          expectNobodyGained(history, model, todo.does === 'accept' ? by : undefined, { before, mine });
          if (events.some(({ type }) => type.startsWith('Role'))) expectDecisions(history, model);
        }
        expectDecisions(history, model);
        expectProvenance(history, past);
        const given = [...history.state.members.values()].flatMap((member) => member.grants.map((grant) => grant.role));
        expect(given.filter((key) => !BUILT_IN.has(key) && !model.has(key))).toEqual([]);
      }),
      { numRuns: 150 },
    );
    // Not a test of nothing: beside the beginning of each history, all of it was done.
    const often = { InvitationAccepted: 320, RoleChanged: 40, RoleDefined: 200, RoleEdited: 80, RoleDeleted: 25 };
    expect(Object.entries(often).filter(([type, times]) => (happened.get(type) ?? 0) < times)).toEqual([]);
  }, 60_000);
});
