import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Appended,
  type Batch,
  type EventStore,
  type ExpectedRevision,
  type NewEvent,
  type ReadAllOptions,
  type ReadStreamOptions,
  type StoredEvent,
  WrongExpectedRevision,
} from '../../src/platform/event-store/event-store.port.js';

/** A log in memory for specs of what stands on the port. Not durable, and not checked by the contract suite. */
export class MemoryEventStore implements EventStore {
  readonly events: StoredEvent[] = [];
  /** Called before each append; what it throws is what the append rejects with. */
  beforeAppend: (stream: string, events: readonly NewEvent[]) => void = () => undefined;

  async append(stream: string, expected: ExpectedRevision, events: readonly NewEvent[]): Promise<Appended> {
    this.beforeAppend(stream, events);
    const there = this.of(stream);
    const again = there.findIndex(({ id }) => id === events[0]!.id);
    if (again < 0) {
      const actual = there.length === 0 ? 'no-stream' : there.length - 1;
      if (expected !== 'any' && expected !== actual) throw new WrongExpectedRevision(stream, expected, actual);
      for (const [i, event] of events.entries()) {
        const position = String(this.events.length).padStart(12, '0');
        this.events.push({
          ...event,
          stream,
          revision: there.length + i,
          position,
          recordedAt: '2026-03-01T09:30:00.000Z',
        });
      }
    }
    const last = this.of(stream).find(({ id }) => id === events.at(-1)!.id)!;
    return { revision: last.revision, position: last.position, recordedAt: last.recordedAt };
  }

  of(stream: string): readonly StoredEvent[] {
    return this.events.filter((event) => event.stream === stream);
  }

  async *readStream(stream: string, options: ReadStreamOptions = {}): AsyncIterable<StoredEvent> {
    const backwards = options.direction === 'backwards';
    const events = backwards ? this.of(stream).toReversed() : this.of(stream);
    const from = options.from ?? (backwards ? Infinity : 0);
    yield* events.filter(({ revision }) => (backwards ? revision <= from : revision >= from)).slice(0, options.limit);
  }

  async newerThan(stream: string, revision: number): Promise<readonly StoredEvent[]> {
    return this.of(stream).filter((event) => event.revision > revision);
  }

  async *readAll(options: ReadAllOptions = {}): AsyncIterable<Batch> {
    yield this.#after(options.after, options.types);
  }

  async *subscribeToAll(options: ReadAllOptions & { readonly signal: AbortSignal }): AsyncIterable<Batch> {
    let after = options.after;
    let told = -1;
    while (!options.signal.aborted) {
      if (told !== this.events.length) {
        told = this.events.length;
        const batch = this.#after(after, options.types);
        after = batch.position;
        yield batch;
      }
      await sleep(1);
    }
  }

  async head(): Promise<string | undefined> {
    return this.events.at(-1)?.position;
  }

  async close(): Promise<void> {
    // Nothing is held.
  }

  #after(after: string | undefined, types: readonly string[] | undefined): Batch {
    const events = this.events.filter(
      ({ position, type }) => (after === undefined || position > after) && (types?.includes(type) ?? true),
    );
    return { events, position: this.events.at(-1)?.position ?? after ?? '', caughtUp: true };
  }
}
