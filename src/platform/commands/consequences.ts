import { Inject, Injectable } from '@nestjs/common';
import { type Aggregate, type Decide, streamOf } from '../../kernel/decider.js';
import { type DomainEvent, type Metadata, personOf, type Recorded } from '../../kernel/event.js';
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
   * cause, by `systemMetadata`.
   *
   * @throws WrongExpectedRevision where others were faster time and again, and what `decide` throws
   */
  async write<S, E extends DomainEvent>(
    aggregate: Aggregate<S, E>,
    organisation: string,
    id: string,
    decide: Decide<S, E>,
    metadata: Metadata,
  ): Promise<readonly Recorded<E>[]> {
    const draft: Draft = { eventIds: [], keyed: undefined };
    const made = newId(this.clock());
    const stream = streamOf(aggregate, organisation, id);
    for (let attempt = 1; ; attempt++) {
      const { state, revision } = await this.states.load(aggregate, organisation, id);
      const now = new Date(this.clock()).toISOString();
      const userId = personOf(metadata.actor) ?? '';
      const events = decide(state, { now, userId, organisation, newId: made }, undefined);
      if (events.length === 0) return [];
      try {
        const expected = revision === -1 ? 'no-stream' : revision;
        return await this.appender.append(draft, { stream, expected, events, metadata });
      } catch (error) {
        if (!(error instanceof WrongExpectedRevision) || attempt === MAX_ATTEMPTS) throw error;
      }
    }
  }
}
