import fc from 'fast-check';
import { OrganisationHistory, person } from '../../../test/support/organisation-history.js';
import type { Decide } from '../../kernel/decider.js';
import { Refusal } from '../../kernel/refusal.js';
import { authorise } from '../authoriser/authorise.js';
import { BUILT_IN_ROLES, type Grant, permissionsOf, sameGrant } from '../contract.js';
import { acceptInvitation, cancelInvitation, inviteUser, resendInvitation } from './invitations.decide.js';
import { changeRoles, disableUser, enableUser, leaveOrganisation, removeUser } from './members.decide.js';
import type { OrganisationEvent, OrganisationState } from './organisation.js';

const HOUR = 60 * 60 * 1000;
const NAMES = ['primary', 'ada', 'bob', 'cid', 'dan'];
const BRANDS = ['brand-1', 'brand-2'];
const ENDS = ['2026-03-05T00:00:00.000Z', '2026-03-20T00:00:00.000Z'];

const anyGrant: fc.Arbitrary<Grant> = fc
  .record({
    role: fc.oneof(
      { weight: 3, arbitrary: fc.constant('admin') },
      { weight: 3, arbitrary: fc.constantFrom(...[...BUILT_IN_ROLES.keys()].filter((key) => key !== 'primary')) },
    ),
    readOnly: fc.boolean(),
    brands: fc.option(fc.subarray(BRANDS, { minLength: 1 }), { nil: undefined, freq: 3 }),
    until: fc.option(fc.constantFrom(...ENDS), { nil: undefined, freq: 3 }),
  })
  .map(({ role, readOnly, brands, until }) => ({
    role,
    readOnly: readOnly && BUILT_IN_ROLES.get(role)!.takesReadOnly,
    switches: [],
    ...(brands && { brands }),
    ...(until && { until }),
  }));
const grants = fc.array(anyGrant, { minLength: 1, maxLength: 2 });
const name = fc.constantFrom(...NAMES);
const actor = fc.oneof({ weight: 2, arbitrary: fc.constant('primary') }, { weight: 3, arbitrary: name });
/** Counted from the newest invitation. */
const nth = fc.constantFrom(0, 0, 0, 1, 2, 5);

type Step =
  | { does: 'invite' | 'change-roles'; by: string; to: string; grants: Grant[] }
  | { does: 'disable' | 'enable' | 'remove' | 'leave'; by: string; to: string }
  | { does: 'resend' | 'cancel' | 'accept'; by: string; nth: number; old: boolean }
  | { does: 'wait'; hours: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ does: fc.constantFrom('invite', 'change-roles'), by: actor, to: name, grants }) },
  { weight: 3, arbitrary: fc.record({ does: fc.constant('accept'), by: name, nth, old: fc.boolean() }) },
  {
    weight: 1,
    arbitrary: fc.record({ does: fc.constantFrom('disable', 'enable', 'remove', 'leave'), by: actor, to: name }),
  },
  { weight: 1, arbitrary: fc.record({ does: fc.constantFrom('resend', 'cancel'), by: actor, nth, old: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('wait'), hours: fc.integer({ min: 1, max: 100 }) }) },
);

/** The command of a step with the permission that its route asks for. */
function commandOf(history: OrganisationHistory, todo: Exclude<Step, { does: 'wait' }>) {
  const run = <P>(permission: string, decide: Decide<OrganisationState, OrganisationEvent, P>, prepared?: P) => ({
    permission,
    do: () => history.do(todo.by, decide, prepared),
  });
  switch (todo.does) {
    case 'invite': {
      const body = { email: 'e', firstName: 'f', lastName: 'l', grants: todo.grants };
      return run('members:invite', inviteUser(body), { userId: person(todo.to), address: todo.to });
    }
    case 'change-roles':
      return run('members:change-roles', changeRoles({ userId: person(todo.to), grants: todo.grants }));
    case 'disable':
      return run('members:disable', disableUser({ userId: person(todo.to) }));
    case 'enable':
      return run('members:disable', enableUser({ userId: person(todo.to) }));
    case 'remove':
      return run('members:remove', removeUser({ userId: person(todo.to) }));
    case 'leave':
      return run('own', leaveOrganisation({}));
    case 'resend':
    case 'cancel':
    case 'accept': {
      const known = [...history.state.invitations.values()];
      const id = known.at(-1 - todo.nth)?.id ?? 'none';
      const sent = history.events.filter((event) => 'invitationId' in event.data && event.data.invitationId === id);
      const mailEventId = (todo.old ? sent[0]?.id : known.find((one) => one.id === id)?.mailEventId) ?? 'none';
      if (todo.does === 'resend') return run('members:invite', resendInvitation(id));
      if (todo.does === 'cancel') return run('members:invite', cancelInvitation(id));
      return run('token', acceptInvitation({ link: { invitationId: id, mailEventId }, userId: person(todo.by) }));
    }
  }
}

/** Every point that grants open at or after an instant: permission, kind of record, brand, moment. */
function points(of: readonly Grant[], now: string): Set<string> {
  const found = new Set<string>();
  for (const grant of of) {
    for (const [permission, scope] of permissionsOf(grant)) {
      for (const record of scope === 'all' ? ['assigned', 'any'] : [scope]) {
        for (const brand of grant.brands ?? ['', ...BRANDS]) {
          for (const moment of [now, ...ENDS, '2030-01-01T00:00:00.000Z']) {
            const holds = moment >= now && (grant.until === undefined || moment < grant.until);
            if (holds) found.add([permission, record, brand, moment].join());
          }
        }
      }
    }
  }
  return found;
}

const activeGrants = ({ members }: OrganisationState, userId: string): readonly Grant[] => {
  const member = members.get(userId);
  return member?.status === 'active' ? member.grants : [];
};

/** What an event gives to somebody that they, or their invitation, had not before. */
function given(event: OrganisationEvent): readonly Grant[] {
  switch (event.type) {
    case 'UserInvited':
      return event.data.grants;
    case 'RoleChanged':
    case 'InvitationChanged':
      return event.data.to.filter((grant) => !event.data.from.some((old) => sameGrant(old, grant)));
    case 'OrganisationFounded':
    case 'OrganisationEdited':
    case 'AccountBillingChanged':
    case 'InvitationResent':
    case 'InvitationCancelled':
    case 'InvitationAccepted':
    case 'UserDisabled':
    case 'UserEnabled':
    case 'UserRemoved':
    case 'UserLeft':
    case 'OrganisationClosed':
      return [];
  }
}

function expectOnePrimary({ members, primary }: OrganisationState): void {
  const holders = [...members.values()].filter((member) => member.grants.some(({ role }) => role === 'primary'));
  expect(holders.map(({ userId, status }) => ({ userId, status }))).toEqual([{ userId: primary, status: 'active' }]);
}

/** Each grant that anybody holds was given by the event, and by the person, that it names. */
function expectProvenance(history: OrganisationHistory): void {
  const events = new Map(history.events.map((event) => [event.id, event]));
  for (const member of history.state.members.values()) {
    for (const { grantEventId, grantedBy, grantedAt, ...grant } of member.grants) {
      const event = events.get(grantEventId)!;
      expect(event.metadata.actor).toEqual({ kind: 'user', id: grantedBy });
      expect(event.recordedAt).toBe(grantedAt);
      if (event.type === 'OrganisationFounded')
        expect([grant.role, member.userId]).toEqual(['primary', event.data.primary]);
      else expect(given(event).some((one) => sameGrant(one, grant))).toBe(true);
    }
  }
}

describe('whatever people try', () => {
  it('there is one Primary, and nobody holds what nobody with authority granted', () => {
    let accepted = 0;
    fc.assert(
      fc.property(fc.array(step, { minLength: 10, maxLength: 60 }), (steps) => {
        const history = OrganisationHistory.founded();
        for (const todo of steps) {
          if (todo.does === 'wait') {
            history.later(todo.hours * HOUR);
            continue;
          }
          const command = commandOf(history, todo);
          const by = person(todo.by);
          const member = history.state.members.get(by);
          const open = authorise(member, by, command.permission, {}, Date.parse(history.now)).allowed;
          if (!open && command.permission !== 'token' && command.permission !== 'own') continue;
          const mine = activeGrants(history.state, by);
          try {
            for (const event of command.do()) {
              const has = points(mine, history.now);
              expect([...points(given(event), history.now)].filter((point) => !has.has(point))).toEqual([]);
              if (event.type === 'InvitationAccepted') accepted += 1;
            }
          } catch (error) {
            if (!(error instanceof Refusal)) throw error;
          }
          expectOnePrimary(history.state);
        }
        expectProvenance(history);
      }),
      { numRuns: 250 },
    );
    expect(accepted).toBeGreaterThan(50);
  });
});
