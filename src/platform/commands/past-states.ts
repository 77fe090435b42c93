import { type Aggregate, streamOf } from '../../kernel/decider.js';
import type { DomainEvent, Instant, Recorded } from '../../kernel/event.js';
import type { Codec } from '../codec/codec.port.js';
import type { EventStore, StoredEvent } from '../event-store/event-store.port.js';

/** A record's state as it stood once. */
export interface PastState<State> {
  readonly state: State;
  /** -1 where the stream had no event yet. */
  readonly revision: number;
  readonly position: string | undefined;
}

/**
 * States as they stood at a past instant, folded from the log each time they are asked for: a stream's events up to the
 * first one that was recorded after the instant. What was recorded at the very instant counts.
 */
export class PastStates {
  constructor(
    private readonly store: Pick<EventStore, 'readStream'>,
    private readonly codec: Pick<Codec, 'open' | 'openWithoutPersonal'>,
  ) {}

  async load<State, E extends DomainEvent>(
    aggregate: Aggregate<State, E>,
    organisation: string,
    id: string,
    at: Instant,
  ): Promise<PastState<State>> {
    let state = aggregate.initial();
    let last: StoredEvent | undefined;
    for await (const stored of this.store.readStream(streamOf(aggregate, organisation, id))) {
      // Both are texts of one form, which sort as the instants do.
      if (stored.recordedAt > at) break;
      const [event] = aggregate.readsPersonalFields
        ? await this.codec.open([stored])
        : [this.codec.openWithoutPersonal(stored)];
      state = aggregate.evolve(state, event as Recorded<E>);
      last = stored;
    }
    return { state, revision: last?.revision ?? -1, position: last?.position };
  }
}
