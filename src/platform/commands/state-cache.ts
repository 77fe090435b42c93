import { LRUCache } from 'lru-cache';
import { type Aggregate, type ReadState, streamOf } from '../../kernel/decider.js';
import type { DomainEvent, Recorded } from '../../kernel/event.js';
import type { Codec } from '../codec/codec.port.js';
import type { Awaitable, EventStore, StoredEvent } from '../event-store/event-store.port.js';

/** Where an earlier command with an idempotency key stands in a stream. */
export interface AnsweredBefore {
  readonly body: string;
  readonly first: number;
  readonly last: number;
  readonly recordedAt: number;
}

/** A record's state as folded from its stream. The object is live: it moves on when newer events are folded into it. */
export interface Loaded<State> {
  readonly state: State;
  /** -1 for a stream without events. */
  readonly revision: number;
  readonly position: string | undefined;
  readonly answered: ReadonlyMap<string, AnsweredBefore>;
}

interface Entry<State> {
  state: State;
  revision: number;
  position: string | undefined;
  answered: Map<string, AnsweredBefore>;
}

/** Longer than the 24 hours that the contract promises. */
const KEEP_KEYS_MS = 48 * 60 * 60 * 1000;

/**
 * Folded states of recently used streams. Each load first folds in whatever is newer in the log, so a loaded state has
 * every event that was acknowledged before the call, by any node; nothing here expires by time.
 */
export class StateCache {
  private readonly entries: LRUCache<string, Entry<unknown>>;

  constructor(
    private readonly store: Pick<EventStore, 'newerThan'>,
    private readonly codec: Pick<Codec, 'open' | 'openWithoutPersonal'>,
    maxStreams = 5000,
  ) {
    this.entries = new LRUCache({ max: maxStreams });
  }

  /** There at once where nothing newer can be in the log; otherwise once that is folded in. */
  load<State, E extends DomainEvent>(
    aggregate: Aggregate<State, E>,
    organisation: string,
    id: string,
  ): Awaitable<Loaded<State>> {
    const stream = streamOf(aggregate, organisation, id);
    const entry = (this.entries.get(stream) as Entry<State> | undefined) ?? emptyEntry(aggregate);
    const newer = this.store.newerThan(stream, entry.revision);
    if (!(newer instanceof Promise) && newer.length === 0) return entry;
    return this.bringUp(aggregate, stream, entry, newer);
  }

  /** Reads what is now. */
  readonly read: ReadState = (aggregate, organisation, id) => this.load(aggregate, organisation, id);

  private async bringUp<State, E extends DomainEvent>(
    aggregate: Aggregate<State, E>,
    stream: string,
    entry: Entry<State>,
    reading: Awaitable<readonly StoredEvent[]>,
  ): Promise<Loaded<State>> {
    const newer = await reading;
    if (newer.length > 0) {
      const opened = aggregate.readsPersonalFields
        ? await this.codec.open(newer)
        : newer.map((event) => this.codec.openWithoutPersonal(event));
      fold(aggregate, entry, newer, opened as readonly Recorded<E>[]);
      this.entries.set(stream, entry);
    }
    return entry;
  }
}

/** A record that does not exist yet. */
export function emptyEntry<State>(aggregate: Pick<Aggregate<State, never>, 'initial'>): Entry<State> {
  return { state: aggregate.initial(), revision: -1, position: undefined, answered: new Map() };
}

/**
 * Two loads of one stream may arrive here with the same events: each event is folded once, by its revision. There is no
 * await in here, so a state is never seen half folded.
 */
function fold<State, E extends DomainEvent>(
  aggregate: Aggregate<State, E>,
  entry: Entry<State>,
  stored: readonly StoredEvent[],
  opened: readonly Recorded<E>[],
): void {
  for (const [index, event] of opened.entries()) {
    if (event.revision !== entry.revision + 1) continue;
    entry.state = aggregate.evolve(entry.state, event);
    entry.revision = event.revision;
    entry.position = event.position;
    remember(entry.answered, stored[index]!);
  }
}

function remember(
  answered: Map<string, AnsweredBefore>,
  { metadata: { idempotency }, revision, recordedAt }: StoredEvent,
): void {
  if (idempotency === undefined) return;
  const now = Date.parse(recordedAt);
  const before = answered.get(idempotency.key);
  answered.set(idempotency.key, {
    body: idempotency.body,
    first: before?.first ?? revision,
    last: revision,
    recordedAt: now,
  });
  for (const [key, answer] of answered) {
    if (answer.recordedAt >= now - KEEP_KEYS_MS) break;
    answered.delete(key);
  }
}
