import { Inject, Injectable } from '@nestjs/common';
import type { RecordFacts } from '../../kernel/decider.js';
import { isUuid } from '../../kernel/ids.js';
import { type Authoriser, isMark, type Principal, type Verdict } from '../../platform/commands/principal.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import type { Awaitable } from '../../platform/event-store/event-store.port.js';
import { type Clock, CLOCK } from '../../platform/commands/tokens.js';
import { accounts, type AccountState, isSessionAlive } from '../accounts/account.js';
import { organisations, type OrganisationState } from '../organisations/organisation.js';
import { authorise, type Decision, membershipOf } from './authorise.js';

/**
 * Decides on the organisation's and the person's own stream, both brought up to their heads first, so a change that was
 * acknowledged before the question counts, on every node. Nothing here expires by time, and no view is asked.
 */
@Injectable()
export class AuthoriserService implements Authoriser {
  constructor(
    private readonly states: StateCache,
    @Inject(CLOCK) private readonly clock: Clock,
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
    const decision = this.decide(principal, members.state, account.state, permission, facts);
    if (!decision.allowed) return decision;
    const { grant, scope } = decision.holding;
    const authority = {
      permission,
      role: grant.role,
      scope,
      grantEventId: grant.grantEventId,
      grantedBy: grant.grantedBy,
      access: { organisation: members.revision, account: account.revision },
    };
    return { allowed: true, authority, reach: decision.reach };
  }

  /** Under an organisation a mark asks for no more than to be an active member. */
  private decide(
    principal: Principal,
    organisation: OrganisationState,
    account: AccountState,
    permission: string,
    facts: RecordFacts | undefined,
  ): Decision {
    const { userId } = principal;
    if (!opensTheDoor(account, principal)) return { allowed: false, because: 'stranger' };
    const member = organisation.members.get(userId);
    return isMark(permission)
      ? membershipOf(member, this.clock())
      : authorise(member, userId, permission, facts, this.clock());
  }
}

/**
 * A principal without a session is a job that goes on for its person after the request that began it. API keys come with a
 * later release; until then none is good.
 */
const opensTheDoor = (account: AccountState, { session, apiKey }: Principal): boolean =>
  apiKey === undefined && account.status === 'open' && (session === undefined || isSessionAlive(account, session));

/** Most questions are answered by what is in memory, so without a promise for each half. */
const both = <A, B>(a: Awaitable<A>, b: Awaitable<B>): Awaitable<[A, B]> =>
  a instanceof Promise || b instanceof Promise ? Promise.all([a, b]) : [a, b];
