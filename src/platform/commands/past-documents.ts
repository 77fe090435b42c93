import { Inject, Injectable } from '@nestjs/common';
import type { ReadState } from '../../kernel/decider.js';
import type { Instant, Recorded } from '../../kernel/event.js';
import type { ViewDefinition } from '../../kernel/view.js';
import type { Codec } from '../codec/codec.port.js';
import type { EventStore, StoredEvent } from '../event-store/event-store.port.js';
import { PastStates } from './past-states.js';
import { CODEC, EVENT_STORE } from './tokens.js';

/** Where the events of one document of a view stand. */
export interface DocumentPlace<Doc extends object> {
  readonly view: ViewDefinition<Doc>;
  readonly key: string;
  /** The streams that hold its events, but for those that `further` tells of. */
  readonly streams: readonly string[];
  /** Another stream with events of the document, as an event of one of these says. */
  readonly further?: ((event: Recorded) => string | undefined) | undefined;
}

/** The log up to an instant; what was recorded at the very instant counts. */
export interface Past {
  /** Of the present: now. What is told by the day is told as of this one. */
  readonly at: Instant;
  readonly read: ReadState;
  /** The document as the view held it, folded anew; null where it was not there. What was erased since reads `erased`. */
  document<Doc extends object>(place: DocumentPlace<Doc>): Promise<Doc | null>;
}

const END_OF_TIME: Instant = '9999-12-31T23:59:59.999Z';

/** Records as they stood once. Nothing is kept: each question is answered from the log. */
@Injectable()
export class PastDocuments {
  constructor(
    @Inject(EVENT_STORE) private readonly store: Pick<EventStore, 'readStream'>,
    @Inject(CODEC) private readonly codec: Pick<Codec, 'open' | 'openWithoutPersonal'>,
  ) {}

  at(at: Instant): Past {
    return this.upTo(at, at);
  }

  /** Everything that is in the log, whatever the clocks of those said who wrote it. */
  present(now: Instant): Past {
    return this.upTo(END_OF_TIME, now);
  }

  private upTo(last: Instant, at: Instant): Past {
    const states = new PastStates(this.store, this.codec);
    return {
      at,
      read: (aggregate, organisation, id) => states.load(aggregate, organisation, id, last),
      document: (place) => this.fold(place, last),
    };
  }

  private async fold<Doc extends object>(place: DocumentPlace<Doc>, at: Instant): Promise<Doc | null> {
    const { view, key, streams } = place;
    const own = await Promise.all(streams.map((stream) => this.eventsOf(place, stream, at)));
    const more = new Set(own.flatMap(({ further }) => further));
    const others = await Promise.all([...more].map((stream) => this.eventsOf(place, stream, at)));
    // Positions of one store compare as texts.
    const events = [...own, ...others]
      .flatMap(({ stored }) => stored)
      .sort((a, b) => (a.position < b.position ? -1 : 1));
    const opened = await this.codec.open(events);
    return opened.reduce<Doc | null>((doc, event) => view.fold(doc, event, key), null);
  }

  /** The events of a stream that are the document's, and the streams where more of them are. */
  private async eventsOf<Doc extends object>(
    { view, key, further }: DocumentPlace<Doc>,
    stream: string,
    at: Instant,
  ): Promise<{ readonly stored: readonly StoredEvent[]; readonly further: readonly string[] }> {
    const found: StoredEvent[] = [];
    const more: string[] = [];
    for await (const stored of this.store.readStream(stream)) {
      // Both are texts of one form, which sort as the instants do.
      if (stored.recordedAt > at) break;
      const event = this.codec.openWithoutPersonal(stored);
      const other = further?.(event);
      if (other !== undefined) more.push(other);
      const isOfView = view.events === 'all' || view.events.includes(stored.type);
      if (isOfView && view.keys(event).includes(key)) found.push(stored);
    }
    return { stored: found, further: more };
  }
}
