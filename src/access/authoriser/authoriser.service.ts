import { Inject, Injectable } from '@nestjs/common';
import type { RecordFacts } from '../../kernel/decider.js';
import { isUuid } from '../../kernel/ids.js';
import { type Authoriser, isMark, type Principal, type Verdict } from '../../platform/commands/principal.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import type { Awaitable } from '../../platform/event-store/event-store.port.js';
import { type Clock, CLOCK } from '../../platform/commands/tokens.js';
import { type Access, accessOf } from '../contract.js';
import { accounts, type AccountState, isSessionAlive } from '../accounts/account.js';
import { AssignmentsService } from '../assignments/assignments.service.js';
import { accessOfKey, isGoodKey } from '../organisations/api-keys.js';
import { organisations, type OrganisationState } from '../organisations/organisation.js';
import { authorise, type Decision, membershipOf } from './authorise.js';
import { withAssigned, withPerson } from './reach.js';

const NOT_IN_PERSON: Decision = { allowed: false, because: 'area' };

/**
 * Decides on the organisation's and the person's own stream, and on the assignments where a grant asks for them, all brought
 * up to their heads first, so a change that was acknowledged before the question counts, on every node. Nothing here expires by time, and no view is asked.
 */
@Injectable()
export class AuthoriserService implements Authoriser {
  constructor(
    private readonly states: StateCache,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly assignments: AssignmentsService,
  ) {}

  async authorise(
    principal: Principal,
    organisation: string,
    permission: string,
    facts?: RecordFacts,
  ): Promise<Verdict> {
    if (!isUuid(organisation)) return { allowed: false, because: 'stranger' };
    const [members, account] = await both(
      this.states.load(organisations, '', organisation),
      this.states.load(accounts, '', principal.userId),
    );
    const access = accessFor(principal, members.state, account.state, this.clock());
    const assigned = asksForAssigned(access, permission, this.clock())
      ? await this.assignments.of(organisation, principal.userId, permission)
      : undefined;
    const known = assigned && facts ? withPerson(facts, principal.userId, assigned) : facts;
    const decision = this.decide(access, principal, members.state, permission, known);
    if (!decision.allowed) return decision;
    const { grant, scope, source } = decision.holding;
    const authority = {
      permission,
      role: grant.role,
      scope,
      grantEventId: source.eventId,
      grantedBy: source.by,
      access: { organisation: members.revision, account: account.revision },
    };
    const { reach } = decision;
    return { allowed: true, authority, reach: assigned ? withAssigned(reach, principal.userId, assigned) : reach };
  }

  /**
   * Under an organisation a mark asks for no more than to be an active member in person, `primary` to be that one: an API
   * key is nobody, except where any `member` may ask.
   */
  private decide(
    access: Access | undefined,
    { userId, apiKey }: Principal,
    { primary }: OrganisationState,
    permission: string,
    facts: RecordFacts | undefined,
  ): Decision {
    if (!isMark(permission)) return authorise(access, userId, permission, facts, this.clock());
    const membership = membershipOf(access, this.clock());
    const isMeant =
      permission === 'member' || (apiKey === undefined && (permission !== 'primary' || userId === primary));
    return membership.allowed && !isMeant ? NOT_IN_PERSON : membership;
  }
}

/**
 * What decisions are made on; undefined where the door is shut. A principal without a session is a job that goes on for
 * its person after the request that began it.
 */
function accessFor(
  { userId, session, apiKey }: Principal,
  { members, roles, apiKeys }: OrganisationState,
  account: AccountState,
  now: number,
): Access | undefined {
  if (account.status !== 'open') return undefined;
  if (apiKey !== undefined) {
    const key = apiKeys.get(apiKey);
    if (key?.userId !== userId || !isGoodKey(key, account, now)) return undefined;
    return accessOfKey(key, members.get(userId), roles);
  }
  if (session !== undefined && !isSessionAlive(account, session)) return undefined;
  return accessOf(members.get(userId), roles);
}

/** Whether it matters what somebody is assigned to: most people need no such look-up. */
const asksForAssigned = (access: Access | undefined, permission: string, now: number): boolean =>
  access?.holdings.get(permission)?.some(({ scope, until }) => scope === 'assigned' && now < until) === true;

/** Most questions are answered by what is in memory, so without a promise for each half. */
const both = <A, B>(a: Awaitable<A>, b: Awaitable<B>): Awaitable<[A, B]> =>
  a instanceof Promise || b instanceof Promise ? Promise.all([a, b]) : [a, b];
