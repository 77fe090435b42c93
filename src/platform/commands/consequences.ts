import { Inject, Injectable } from '@nestjs/common';
import { type Aggregate, type Decide, streamOf } from '../../kernel/decider.js';
import { type DomainEvent, type Metadata, personOf, type Recorded } from '../../kernel/event.js';
import { Refusal } from '../../kernel/refusal.js';
import { EventTooLarge, MAX_APPEND_BYTES, WrongExpectedRevision } from '../event-store/event-store.port.js';
import { newId } from '../random.js';
import { Appender, type Draft } from './appender.js';
import { StateCache } from './state-cache.js';
import { type Clock, CLOCK } from './tokens.js';

const MAX_ATTEMPTS = 20;
/** What an event has besides its data, and what a consequence has besides what it takes from its cause, is less than the rest. */
const ROOM = 0.9 * MAX_APPEND_BYTES;

/**
 * Whoever writes a cause asks before whether its consequence can be written: one that is too large would be tried for ever.
 *
 * @throws EventTooLarge
 */
export function requireRoom(data: unknown): void {
  const bytes = Buffer.byteLength(JSON.stringify(data));
  if (bytes > ROOM) throw new EventTooLarge(bytes);
}

/**
 * Each attempt loads, decides and appends; where others were faster, the next one does so afresh.
 *
 * @throws WrongExpectedRevision where they were time and again
 */
export async function retried<T>(attempt: () => Promise<T>): Promise<T> {
  for (let attempts = 1; ; attempts++) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof WrongExpectedRevision) || attempts === MAX_ATTEMPTS) throw error;
    }
  }
}

/** For a write that somebody waits for. @throws Refusal unavailable where others were faster time and again */
export async function orBusy<T>(what: string, write: Promise<T>): Promise<T> {
  try {
    return await write;
  } catch (error) {
    if (!(error instanceof WrongExpectedRevision)) throw error;
    throw new Refusal('unavailable', `Too many people are changing ${what} at once; try again`, { retryAfter: 1 });
  }
}

/** What follows from an event in another stream: decided on that stream's newest state, without asking for permissions. */
@Injectable()
export class Consequences {
  constructor(
    private readonly states: StateCache,
    private readonly appender: Appender,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * Answers the events as recorded, when they are durable; none where the state has them already. `metadata` is that of the
   * cause, by `systemMetadata`; `prepare` fetches what the decision needs from elsewhere.
   *
   * @throws WrongExpectedRevision where others were faster time and again, and what `prepare` and `decide` throw
   */
  write<S, E extends DomainEvent, P = undefined>(
    aggregate: Aggregate<S, E>,
    organisation: string,
    id: string,
    decide: Decide<S, E, P>,
    metadata: Metadata,
    prepare?: (state: S) => Promise<P>,
  ): Promise<readonly Recorded<E>[]> {
    const draft: Draft = { eventIds: [], keyed: undefined };
    const made = newId(this.clock());
    const stream = streamOf(aggregate, organisation, id);
    return retried(async () => {
      const { state, revision } = await this.states.load(aggregate, organisation, id);
      const prepared = (await prepare?.(state)) as P;
      const now = new Date(this.clock()).toISOString();
      const userId = personOf(metadata.actor) ?? '';
      const events = decide(state, { now, userId, organisation, newId: made }, prepared);
      const expected = revision === -1 ? 'no-stream' : revision;
      return events.length === 0 ? [] : this.appender.append(draft, { stream, expected, events, metadata });
    });
  }
}
