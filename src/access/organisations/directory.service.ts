import { Inject, Injectable } from '@nestjs/common';
import { notFound, Refusal } from '../../kernel/refusal.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import { EVENT_STORE, READ_MODEL } from '../../platform/commands/tokens.js';
import type { EventStore } from '../../platform/event-store/event-store.port.js';
import { VIEW_GAUGE, type ViewGauge } from '../../platform/http/view-gauge.port.js';
import { allPages } from '../../platform/read-model/all-pages.js';
import type { ReadModel } from '../../platform/read-model/read-model.port.js';
import type { PrimaryCheck } from '../accounts/primary-check.port.js';
import type { OrganisationDirectory } from './directory.js';
import { membersView } from './member.view.js';
import { organisations, type OrganisationState } from './organisation.js';

const PATIENCE_MS = 2000;

/** What others ask about organisations: answered from their folded states, which have every acknowledged change. */
@Injectable()
export class DirectoryService implements OrganisationDirectory, PrimaryCheck {
  constructor(
    private readonly states: StateCache,
    @Inject(EVENT_STORE) private readonly store: EventStore,
    @Inject(READ_MODEL) private readonly views: ReadModel,
    @Inject(VIEW_GAUGE) private readonly gauge: ViewGauge,
  ) {}

  async currencyOf(organisation: string): Promise<string> {
    const state = await this.stateOf(organisation);
    if (!organisations.exists(state)) throw notFound();
    return state.currency;
  }

  async nameOf(organisation: string): Promise<string> {
    const state = await this.stateOf(organisation);
    if (!organisations.exists(state)) throw notFound();
    return state.name;
  }

  async primaryIn(organisation: string): Promise<string> {
    const state = await this.stateOf(organisation);
    if (!organisations.exists(state)) throw notFound();
    return state.primary;
  }

  async hasTwoPairsOfEyes(organisation: string): Promise<boolean> {
    return (await this.stateOf(organisation)).twoPairsOfEyes;
  }

  async everybodyAmong(organisation: string, userIds: readonly string[]): Promise<ReadonlySet<string>> {
    const { members } = await this.stateOf(organisation);
    return new Set(userIds.filter((id) => members.has(id)));
  }

  async membersAmong(organisation: string, userIds: readonly string[]): Promise<ReadonlySet<string>> {
    const { members } = await this.stateOf(organisation);
    return new Set(
      userIds.filter((id) => {
        const status = members.get(id)?.status;
        return status === 'active' || status === 'invited';
      }),
    );
  }

  async primaryOf(userId: string): Promise<readonly string[]> {
    const primary: string[] = [];
    for (const organisation of await this.organisationsOf(userId)) {
      if ((await this.stateOf(organisation)).primary === userId) primary.push(organisation);
    }
    return primary;
  }

  /**
   * Ids of the organisations where somebody is a member, disabled or invited. The view finds them, once it has all that was
   * acknowledged before the call; the states say whether it is still so.
   *
   * @throws Refusal unavailable while the view is behind
   */
  async organisationsOf(userId: string): Promise<readonly string[]> {
    const head = await this.store.head();
    if (head !== undefined && !(await this.gauge.waitFor(membersView.name, head, PATIENCE_MS))) {
      throw new Refusal('unavailable', 'Your memberships cannot be looked up now; try again', { retryAfter: 1 });
    }
    const ids: string[] = [];
    const where = [{ field: 'userId', eq: userId }];
    for await (const page of allPages(this.views, membersView, { where, sort: 'newest' })) {
      ids.push(...page.map(({ doc }) => doc.organisation));
    }
    return ids;
  }

  private async stateOf(organisation: string): Promise<OrganisationState> {
    return (await this.states.load(organisations, '', organisation)).state;
  }
}
