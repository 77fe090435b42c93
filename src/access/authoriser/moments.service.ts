import { Inject, Injectable } from '@nestjs/common';
import { type Aggregate, type ReadState, streamOf } from '../../kernel/decider.js';
import type { DomainEvent, Instant } from '../../kernel/event.js';
import { invalid } from '../../kernel/refusal.js';
import type { Codec } from '../../platform/codec/codec.port.js';
import { PastStates } from '../../platform/commands/past-states.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import { type Clock, CLOCK, CODEC, EVENT_STORE } from '../../platform/commands/tokens.js';
import type { EventStore } from '../../platform/event-store/event-store.port.js';
import { accounts } from '../accounts/account.js';
import { organisations, type OrganisationState } from '../organisations/organisation.js';

/** A point in time at which access is looked at: the present, or an instant that has passed. */
export interface Moment {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly isPast: boolean;
  readonly read: ReadState;
  /** The organisation, and the position that an answer about it reflects. */
  organisation(id: string): Promise<{ readonly state: OrganisationState; readonly position: string | undefined }>;
  /** Those of some members whose accounts can be signed in to. */
  withOpenAccounts(organisation: OrganisationState, userIds: readonly string[]): Promise<ReadonlySet<string>>;
}

/** The present is what the authoriser decides on; the past is folded from the log, and is the same whenever it is asked. */
@Injectable()
export class Moments {
  private readonly past: PastStates;

  constructor(
    private readonly states: StateCache,
    @Inject(EVENT_STORE) store: Pick<EventStore, 'readStream'>,
    @Inject(CODEC) codec: Pick<Codec, 'open' | 'openWithoutPersonal'>,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.past = new PastStates(store, codec);
  }

  /** @throws Refusal validation-failed for an instant that has not come yet */
  of(at: Instant | undefined): Moment {
    return at === undefined ? this.now() : this.asOf(at);
  }

  now(): Moment {
    const read: ReadState = (aggregate, organisation, id) => this.states.load(aggregate, organisation, id);
    return {
      at: this.clock(),
      isPast: false,
      read,
      organisation: async (id) => this.states.load(organisations, '', id),
      withOpenAccounts: (_, userIds) => among(userIds, (userId) => this.isOpen(read, userId)),
    };
  }

  private asOf(at: Instant): Moment {
    const instant = Date.parse(at);
    if (instant > this.clock()) throw invalid('at', 'must not be in the future');
    const read = this.reading(new Date(instant).toISOString());
    return {
      at: instant,
      isPast: true,
      read,
      organisation: async (id) => {
        const { state } = await read(organisations, '', id);
        const { position } = await this.states.load(organisations, '', id);
        return { state, position };
      },
      withOpenAccounts: ({ primary }, userIds) =>
        among(userIds, async (userId) => (await this.hasStayedOpen(userId, primary)) || this.isOpen(read, userId)),
    };
  }

  /** Each state is folded once for all that one question needs. */
  private reading(at: Instant): ReadState {
    const known = new Map<string, Promise<unknown>>();
    return <State, E extends DomainEvent>(aggregate: Aggregate<State, E>, organisation: string, id: string) => {
      const stream = streamOf(aggregate, organisation, id);
      const reading =
        (known.get(stream) as Promise<{ state: State }> | undefined) ?? this.past.load(aggregate, organisation, id, at);
      known.set(stream, reading);
      return reading;
    };
  }

  private async isOpen(read: ReadState, userId: string): Promise<boolean> {
    const { state } = await read(accounts, '', userId);
    return state.status === 'open';
  }

  /**
   * Whether nobody has to look how an account was while its person was a member: only an unverified account is closed, and
   * only the Primary is a member before verifying; an erased one stays erased. So sign-ins of years are not read again.
   */
  private async hasStayedOpen(userId: string, primary: string): Promise<boolean> {
    if (userId === primary) return false;
    const { state } = await this.states.load(accounts, '', userId);
    return state.status === 'open' && state.verified;
  }
}

async function among(
  userIds: readonly string[],
  isOpen: (userId: string) => Promise<boolean>,
): Promise<ReadonlySet<string>> {
  const open = await Promise.all(userIds.map(isOpen));
  return new Set(userIds.filter((_, index) => open[index]));
}
