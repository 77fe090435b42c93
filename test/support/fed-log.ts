import { once } from 'node:events';
import { EventEmitter } from 'node:events';
import type { Recorded } from '../../src/kernel/event.js';
import type { Codec } from '../../src/platform/codec/codec.port.js';
import type {
  Batch,
  EventStore,
  ReadAllOptions,
  StoredEvent,
} from '../../src/platform/event-store/event-store.port.js';

/** The reading side of a log in memory, in batches of a given size; events are put in as they are. */
export class FedLog implements Pick<EventStore, 'readAll' | 'subscribeToAll' | 'head'> {
  readonly events: StoredEvent[] = [];
  /** What `subscribeToAll` and `readAll` were called with. */
  readonly calls: { readonly method: 'subscribeToAll' | 'readAll'; readonly after: string | undefined }[] = [];
  /** Awaited before each batch of `readAll`: tests hold it here. */
  beforeRead: () => Promise<void> = async () => undefined;
  private readonly arrivals = new EventEmitter();

  constructor(private readonly batchSize = 3) {
    this.arrivals.setMaxListeners(100);
  }

  add(...events: readonly Recorded[]): void {
    this.events.push(...events);
    this.arrivals.emit('event');
  }

  async head(): Promise<string | undefined> {
    return this.events.at(-1)?.position;
  }

  async *readAll({ after, types, signal }: ReadAllOptions = {}): AsyncGenerator<Batch> {
    this.calls.push({ method: 'readAll', after });
    const end = this.events.length;
    let next = this.indexAfter(after);
    while (next < end) {
      await this.beforeRead();
      signal?.throwIfAborted();
      const batch = this.batch(next, end, types);
      next = Math.min(next + this.batchSize, end);
      yield batch;
    }
  }

  async *subscribeToAll({ after, types, signal }: ReadAllOptions & { signal: AbortSignal }): AsyncGenerator<Batch> {
    this.calls.push({ method: 'subscribeToAll', after });
    let next = this.indexAfter(after);
    let told = false;
    while (!signal.aborted) {
      if (next < this.events.length || !told) {
        const batch = this.batch(next, this.events.length, types);
        next = Math.min(next + this.batchSize, this.events.length);
        told = batch.caughtUp;
        yield batch.position === '' ? { ...batch, position: after ?? '' } : batch;
      } else {
        await once(this.arrivals, 'event', { signal }).catch(() => undefined);
      }
    }
  }

  private indexAfter(after: string | undefined): number {
    const index = this.events.findIndex(({ position }) => after === undefined || position > after);
    return index === -1 ? this.events.length : index;
  }

  private batch(from: number, end: number, types: readonly string[] | undefined): Batch {
    const to = Math.min(from + this.batchSize, end);
    const events = this.events.slice(from, to).filter(({ type }) => types?.includes(type) ?? true);
    return { events, position: this.events[to - 1]?.position ?? '', caughtUp: to >= this.events.length };
  }
}

/** A codec for events that have nothing to open; it counts what it was given. */
export class PlainCodec implements Pick<Codec, 'open'> {
  opened: string[] = [];

  async open(events: readonly StoredEvent[]): Promise<readonly Recorded[]> {
    this.opened.push(...events.map(({ position }) => position));
    return events;
  }
}
