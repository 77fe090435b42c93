import { setTimeout as sleep } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import {
  type Actor,
  type Authority,
  type DomainEvent,
  type Metadata,
  personOf,
  type Recorded,
  type Source,
} from '../../kernel/event.js';
import type { Codec } from '../codec/codec.port.js';
import {
  type Appended,
  type EventStore,
  type ExpectedRevision,
  type NewEvent,
  OutcomeUnknown,
  StoreUnavailable,
} from '../event-store/event-store.port.js';
import { newId } from '../random.js';
import { storeMetrics } from '../telemetry/store-metrics.js';
import { tracing } from '../telemetry/tracing.js';
import { derivedId, type IdempotencyRecord } from './idempotency.js';
import { commandMetadata } from './metadata.js';
import type { RequestContext } from './principal.js';
import type { Clock } from './tokens.js';

/** What stays the same through all attempts of a command: the ids of its events, in order, and its idempotency key. */
export interface Draft {
  readonly eventIds: string[];
  readonly keyed: IdempotencyRecord | undefined;
}

export interface Append<E extends DomainEvent> {
  readonly stream: string;
  readonly expected: ExpectedRevision;
  readonly events: readonly E[];
  /** From `metadataOf` for a request, from `systemMetadata` for what the system does because of an event. */
  readonly metadata: Metadata;
}

/** Who does what in a request, for the metadata of its events. */
export interface Deed {
  readonly context: RequestContext;
  /** Whose event it is, `''` for none's. Personal fields stand under the subject's key there. */
  readonly organisation: string;
  readonly command: string;
  readonly actor: Actor;
  readonly authority?: Authority | undefined;
  readonly keyed?: IdempotencyRecord | undefined;
}

/** Pauses before a retry after an unknown outcome, in milliseconds. */
const UNKNOWN_PAUSES = [50, 200, 500, 1000];

/** Turns decided events into stored ones: personal fields sealed, complete metadata, ids that a retry repeats. */
export class Appender {
  /** Ciphertexts of sources: one person's requests come from one place for a long time. */
  private readonly sources = new LRUCache<string, string>({ max: 2000 });

  constructor(
    private readonly store: EventStore,
    private readonly codec: Codec,
    private readonly clock: Clock,
  ) {}

  /**
   * Appends and answers the events as recorded. Where the outcome is unknown it asks again with the same ids at the same
   * expected revision, which the store answers once.
   *
   * @throws WrongExpectedRevision, StoreUnavailable, EventTooLarge, OutcomeUnknown when asking again did not help.
   */
  async append<E extends DomainEvent>(draft: Draft, append: Append<E>): Promise<readonly Recorded<E>[]> {
    const { stream, expected, metadata } = append;
    const sealed: NewEvent[] = [];
    for (const [index, event] of append.events.entries()) {
      const id = (draft.eventIds[index] ??= this.eventId(draft, stream, index));
      const { schemaVersion, data } = await this.codec.seal(id, event, metadata.organisation ?? '');
      sealed.push({ id, type: event.type, schemaVersion, data, metadata });
    }
    const store = (): Promise<Appended> => this.appendMeasured(stream, expected, sealed);
    const appended = await (tracing === undefined
      ? store()
      : tracing.append({ stream, command: metadata.command, events: sealed.length }, store));
    return append.events.map((event, index) => asRecorded(event, sealed, index, stream, appended));
  }

  /** Complete metadata of a request's events, the source encrypted under the key of the person who acts. */
  async metadataOf({ context, organisation, command, actor, authority, keyed }: Deed): Promise<Metadata> {
    const person = personOf(actor);
    const source = person === undefined ? undefined : await this.source(context.source, organisation, person);
    return commandMetadata(context, { organisation, actor, command, authority, idempotency: keyed, source });
  }

  /** The events of a stream from one revision to another, opened. */
  async recorded<E extends DomainEvent>(stream: string, first: number, last: number): Promise<readonly Recorded<E>[]> {
    const stored = [];
    for await (const event of this.store.readStream(stream, { from: first, limit: last - first + 1 }))
      stored.push(event);
    return (await this.codec.open(stored)) as readonly Recorded<E>[];
  }

  private async appendMeasured(
    stream: string,
    expected: ExpectedRevision,
    events: readonly NewEvent[],
  ): Promise<Appended> {
    const begun = performance.now();
    try {
      const appended = await this.appendKnowing(stream, expected, events);
      storeMetrics.appended((performance.now() - begun) / 1000);
      return appended;
    } catch (error) {
      storeMetrics.appendFailed(error);
      throw error;
    }
  }

  private async appendKnowing(
    stream: string,
    expected: ExpectedRevision,
    events: readonly NewEvent[],
  ): Promise<Appended> {
    let unknown: OutcomeUnknown | undefined;
    for (const pause of [...UNKNOWN_PAUSES, undefined]) {
      try {
        return await this.store.append(stream, expected, events);
      } catch (error) {
        if (error instanceof OutcomeUnknown) unknown = error;
        // A store that is away by now does not tell what became of the first attempt.
        else if (unknown === undefined || !(error instanceof StoreUnavailable)) throw error;
      }
      if (pause !== undefined) await sleep(pause);
    }
    throw unknown!;
  }

  /** A command is for one stream and one body; where a key comes back for another, even at once, that is another event. */
  private eventId({ keyed }: Draft, stream: string, index: number): string {
    return keyed === undefined ? newId(this.clock()) : derivedId('event', keyed.key, keyed.body, stream, String(index));
  }

  private async source(source: Source, organisation: string, person: string): Promise<string> {
    // No header holds a NUL.
    const known = `${organisation}\0${person}\0${source.ip}\0${source.userAgent}`;
    const before = this.sources.get(known);
    if (before !== undefined) return before;
    const sealed = await this.codec.sealSource(source, organisation, person);
    this.sources.set(known, sealed);
    return sealed;
  }
}

function asRecorded<E extends DomainEvent>(
  event: E,
  sealed: readonly NewEvent[],
  index: number,
  stream: string,
  { revision, position, recordedAt }: Appended,
): Recorded<E> {
  const { id, schemaVersion, metadata } = sealed[index]!;
  const recorded = {
    type: event.type,
    data: event.data,
    id,
    stream,
    revision: revision - sealed.length + 1 + index,
    position,
    recordedAt,
    schemaVersion,
    metadata,
  };
  return recorded as unknown as Recorded<E>;
}
