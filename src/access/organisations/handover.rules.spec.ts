import fc from 'fast-check';
import { grant, ORGANISATION, OrganisationHistory, person } from '../../../test/support/organisation-history.js';
import type { Decide } from '../../kernel/decider.js';
import type { Recorded } from '../../kernel/event.js';
import { Refusal } from '../../kernel/refusal.js';
import { holdsAnything } from '../contract.js';
import {
  acceptHandover,
  type BothAccounts,
  cancelHandover,
  declineHandover,
  proposeHandover,
} from './handover.decide.js';
import { HANDOVER_HOURS } from './handover.js';
import { acceptInvitation, inviteUser } from './invitations.decide.js';
import {
  changeRoles,
  disableUser,
  enableUser,
  endMembership,
  leaveOrganisation,
  removeUser,
} from './members.decide.js';
import { memberKey, type MemberDoc, membersView } from './member.view.js';
import type { OrganisationEvent, OrganisationState } from './organisation.js';

const HOUR = 60 * 60 * 1000;
const NAMES = ['primary', 'ada', 'bob', 'cid'];

type Step =
  | { does: 'propose' | 'join' | 'disable' | 'enable' | 'remove' | 'change-roles'; by: string; to: string }
  | { does: 'accept' | 'decline'; by: string; nth: number; both: BothAccounts }
  | { does: 'cancel' | 'leave' | 'erase'; by: string }
  | { does: 'wait'; hours: number };

const name = fc.constantFrom(...NAMES);
/** Mostly whoever is the Primary at that moment. */
const actor = fc.oneof({ weight: 3, arbitrary: fc.constant('the Primary') }, { weight: 1, arbitrary: name });
/** Mostly whoever it was proposed to last. */
const answerer = fc.oneof({ weight: 3, arbitrary: fc.constant('the other') }, { weight: 1, arbitrary: name });
const fine = { primaryOpen: true, otherVerified: true };
const both = fc.oneof(
  { weight: 8, arbitrary: fc.constant(fine) },
  { weight: 1, arbitrary: fc.record({ primaryOpen: fc.boolean(), otherVerified: fc.boolean() }) },
);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ does: fc.constant('propose'), by: actor, to: name }) },
  {
    weight: 6,
    arbitrary: fc.record({ does: fc.constant('accept'), by: answerer, nth: fc.constantFrom(0, 0, 0, 1, 2), both }),
  },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('decline'), by: answerer, nth: fc.constantFrom(0, 1), both }) },
  { weight: 3, arbitrary: fc.record({ does: fc.constant('join'), by: actor, to: name }) },
  {
    weight: 2,
    arbitrary: fc.record({
      does: fc.constantFrom('disable', 'enable', 'remove', 'change-roles'),
      by: actor,
      to: name,
    }),
  },
  { weight: 2, arbitrary: fc.record({ does: fc.constantFrom('cancel', 'leave'), by: actor }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('erase'), by: name }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('wait'), hours: fc.integer({ min: 1, max: 80 }) }) },
);

/** Who did what to whom, in the words of deciders. Every step is tried, by whoever: there is no gate before them here. */
function run(
  history: OrganisationHistory,
  todo: Exclude<Step, { does: 'wait' }>,
): readonly Recorded<OrganisationEvent>[] {
  const called = (userId: string | undefined): string => NAMES.find((one) => person(one) === userId) ?? 'nobody';
  const primary = called(history.state.primary);
  const other = called(history.state.handover?.to);
  const by = todo.by === 'the Primary' ? primary : todo.by === 'the other' ? other : todo.by;
  const done = <P>(decide: Decide<OrganisationState, OrganisationEvent, P>, prepared?: P) =>
    history.do(by, decide, prepared);
  const proposals = history.events.flatMap((event) =>
    event.type === 'HandoverProposed' ? [event.data.proposalId] : [],
  );
  switch (todo.does) {
    case 'propose':
      return done(proposeHandover(person(todo.to)), fine);
    case 'accept':
      return done(acceptHandover(proposals.at(-1 - todo.nth) ?? 'none'), todo.both);
    case 'decline':
      return done(declineHandover(proposals.at(-1 - todo.nth) ?? 'none'));
    case 'cancel':
      return done(cancelHandover);
    case 'leave':
      return done(leaveOrganisation({}));
    case 'erase':
      // A Primary is asked to hand over first, so only the race of `endMembership` could get here.
      return by === primary ? [] : done(endMembership(person(by)));
    case 'disable':
      return done(disableUser({ userId: person(todo.to) }));
    case 'enable':
      return done(enableUser({ userId: person(todo.to) }));
    case 'remove':
      return done(removeUser({ userId: person(todo.to) }));
    case 'change-roles':
      return done(changeRoles({ userId: person(todo.to), grants: [grant('sales')] }));
    case 'join':
      return join(history, by, todo.to);
  }
}

function join(history: OrganisationHistory, by: string, to: string): readonly Recorded<OrganisationEvent>[] {
  const body = { email: 'e', firstName: 'f', lastName: 'l', grants: [grant('admin')] };
  const [invited] = history.do(by, inviteUser(body), { userId: person(to), address: to });
  if (invited?.type !== 'UserInvited') return [];
  const link = { invitationId: invited.data.invitationId, mailEventId: invited.id };
  return history.do(to, acceptInvitation({ link, userId: person(to) }));
}

/** What a moved Primary must have behind it: a proposal to them, by the one before, open, and nothing that ended it since. */
function expectLawful(history: OrganisationHistory, before: string, event: Recorded<OrganisationEvent>): void {
  if (event.type !== 'PrimaryHandedOver') throw new Error(`${event.type} moved the Primary`);
  const { proposalId, userId, from } = event.data;
  const mine = history.events.filter((one) => 'proposalId' in one.data && one.data.proposalId === proposalId);
  expect(mine.map(({ type }) => type)).toEqual(['HandoverProposed', 'PrimaryHandedOver']);
  const [proposal] = mine;
  expect(proposal?.data).toMatchObject({ userId, from: before });
  expect(from).toBe(before);
  expect(event.metadata.actor).toEqual({ kind: 'user', id: userId });
  expect(proposal?.metadata.actor).toEqual({ kind: 'user', id: before });
  expect(Date.parse(event.recordedAt) - Date.parse(proposal!.recordedAt)).toBeLessThan(HANDOVER_HOURS * HOUR);
  const since = history.events.slice(proposal!.revision, event.revision);
  const gone = since.filter(
    (one) =>
      ['UserDisabled', 'UserRemoved', 'UserLeft'].includes(one.type) &&
      (one.data as { userId: string }).userId === userId,
  );
  expect(gone).toEqual([]);
}

function expectOnePrimary({ members, primary }: OrganisationState, now: string): void {
  const holders = [...members.values()].filter(({ grants }) => grants.some(({ role }) => role === 'primary'));
  expect(holders.map(({ userId, status }) => ({ userId, status }))).toEqual([{ userId: primary, status: 'active' }]);
  expect(holdsAnything(members.get(primary)!.grants, Date.parse(now))).toBe(true);
}

/** The list of members as its view folds it. */
function listed(events: readonly Recorded<OrganisationEvent>[]): ReadonlyMap<string, MemberDoc> {
  const docs = new Map<string, MemberDoc>();
  for (const event of events) {
    if (!(membersView.events as readonly string[]).includes(event.type)) continue;
    const mine = event as Parameters<typeof membersView.fold>[1];
    for (const key of membersView.keys(mine)) {
      const doc = membersView.fold(docs.get(key) ?? null, mine, key);
      if (doc === null) docs.delete(key);
      else docs.set(key, doc);
    }
  }
  return docs;
}

describe('whatever people try with handovers', () => {
  it('there is exactly one Primary, who got it from the one before by a proposal that was open', () => {
    let moved = 0;
    fc.assert(
      fc.property(fc.array(step, { minLength: 10, maxLength: 60 }), (steps) => {
        const history = OrganisationHistory.founded();
        for (const one of ['ada', 'bob']) join(history, 'primary', one);
        for (const todo of steps) {
          if (todo.does === 'wait') {
            history.later(todo.hours * HOUR);
            continue;
          }
          const { primary: before } = history.state;
          try {
            const events = run(history, todo);
            if (history.state.primary !== before) {
              moved += 1;
              expect(events).toHaveLength(1);
              expectLawful(history, before, events[0]!);
            }
          } catch (error) {
            if (!(error instanceof Refusal)) throw error;
            expect(history.state.primary).toBe(before);
          }
          expectOnePrimary(history.state, history.now);
        }
        const docs = listed(history.events);
        for (const { userId, status, grants } of history.state.members.values()) {
          const doc = docs.get(memberKey(ORGANISATION, userId));
          expect(doc).toMatchObject({ status, isPrimary: userId === history.state.primary });
          expect(doc?.roles.map(({ role }) => role)).toEqual(grants.map(({ role }) => role));
        }
      }),
      { numRuns: 250 },
    );
    expect(moved).toBeGreaterThan(50);
  });
});
