import { type Aggregate, streamOf } from '../../kernel/decider.js';
import type { DomainEvent, Metadata } from '../../kernel/event.js';
import type { Appender } from '../../platform/commands/appender.js';
import { derivedId } from '../../platform/commands/idempotency.js';
import {
  type EventStore,
  type StoredEvent,
  WrongExpectedRevision,
} from '../../platform/event-store/event-store.port.js';
import { SubjectErased } from '../../platform/vault/vault.port.js';
import type { NumberSeries } from '../numbering/numbers.js';
import type { NumbersLoader } from '../numbering/numbers.loader.js';
import type { NumberRegister } from '../numbering/numbers.register.js';
import type { ImportOrder } from './import.order.js';

export type Streams = Pick<Aggregate<never, never>, 'name' | 'within'>;

/** What an import does to records: writes them, or, where it is only tried out, finds out what it would write. */
export interface Records {
  /** Whether this import made the record: now, or before it was interrupted. Otherwise it was there. */
  make(aggregate: Streams, id: string, events: readonly DomainEvent[], metadata: Metadata): Promise<boolean>;
  /** The same for a record of one event that more than one row may name: whether it was made for this row. */
  makeFor(row: number, aggregate: Streams, id: string, event: DomainEvent, metadata: Metadata): Promise<boolean>;
  isOurs(aggregate: Streams, id: string): Promise<boolean>;
  isThere(aggregate: Streams, id: string): Promise<boolean>;
  /** Whether this import made the record for this row. */
  isOf(row: number, aggregate: Streams, id: string): Promise<boolean>;
}

/** Numbers for documents that are not there yet. */
export interface Numbering extends Pick<NumberRegister, 'reserve' | 'settle'> {
  /** Whether a document that is not there yet has one already: then it has to be made. */
  isReserved(organisation: string, series: NumberSeries, id: string): Promise<boolean>;
}

/** The organisation's register. */
export class ImportNumbers implements Numbering {
  constructor(
    private readonly register: NumberRegister,
    private readonly loader: NumbersLoader,
  ) {}

  reserve(...request: Parameters<NumberRegister['reserve']>): ReturnType<NumberRegister['reserve']> {
    return this.register.reserve(...request);
  }

  settle(...issued: Parameters<NumberRegister['settle']>): void {
    this.register.settle(...issued);
  }

  async isReserved(organisation: string, series: NumberSeries, id: string): Promise<boolean> {
    const { state } = await this.loader.load(organisation);
    return state[series].open.has(id);
  }
}

const eventId = (order: ImportOrder, stream: string, part: string): string =>
  derivedId('imported-event', order.id, stream, part);
const eventIdOf = (order: ImportOrder, stream: string, row: number): string => eventId(order, stream, `row ${row}`);

async function firstEvent(store: EventStore, stream: string): Promise<StoredEvent | undefined> {
  for await (const event of store.readStream(stream, { limit: 1 })) return event;
  return undefined;
}

/** Ids of events follow from the file, so what an earlier run made is met again, and known as this import's. */
export class WrittenRecords implements Records {
  constructor(
    private readonly store: EventStore,
    private readonly appender: Appender,
    private readonly order: ImportOrder,
  ) {}

  async make(aggregate: Streams, id: string, events: readonly DomainEvent[], metadata: Metadata): Promise<boolean> {
    const stream = this.streamOf(aggregate, id);
    const ids = events.map((_, index) => eventId(this.order, stream, String(index)));
    return (await this.append(stream, ids, events, metadata)) || this.isOurs(aggregate, id);
  }

  async makeFor(row: number, aggregate: Streams, id: string, event: DomainEvent, metadata: Metadata): Promise<boolean> {
    const stream = this.streamOf(aggregate, id);
    const ids = [eventIdOf(this.order, stream, row)];
    return (await this.append(stream, ids, [event], metadata)) || this.isOf(row, aggregate, id);
  }

  async isOurs(aggregate: Streams, id: string): Promise<boolean> {
    const first = await firstEvent(this.store, this.streamOf(aggregate, id));
    return first?.metadata.causationId === this.order.accepted.id;
  }

  async isThere(aggregate: Streams, id: string): Promise<boolean> {
    return (await firstEvent(this.store, this.streamOf(aggregate, id))) !== undefined;
  }

  async isOf(row: number, aggregate: Streams, id: string): Promise<boolean> {
    const stream = this.streamOf(aggregate, id);
    return (await firstEvent(this.store, stream))?.id === eventIdOf(this.order, stream, row);
  }

  private streamOf(aggregate: Streams, id: string): string {
    return streamOf(aggregate, this.order.organisation, id);
  }

  private async append(
    stream: string,
    eventIds: string[],
    events: readonly DomainEvent[],
    metadata: Metadata,
  ): Promise<boolean> {
    try {
      const draft = { eventIds, keyed: undefined };
      await this.appender.append(draft, { stream, expected: 'no-stream', events, metadata });
      return true;
    } catch (error) {
      // Whoever was erased has been here: nothing more can be written about them.
      if (!(error instanceof WrongExpectedRevision || error instanceof SubjectErased)) throw error;
      return false;
    }
  }
}

/** Writes nothing. Remembers what it would have made, so a file that names a record twice makes it once. */
export class RehearsedRecords implements Records, Numbering {
  private readonly made = new Map<string, number>();

  constructor(
    private readonly store: EventStore,
    private readonly organisation: string,
  ) {}

  make(aggregate: Streams, id: string): Promise<boolean> {
    return this.makeFor(0, aggregate, id);
  }

  async makeFor(row: number, aggregate: Streams, id: string): Promise<boolean> {
    // Another row may have come here first while this one looked.
    if ((await this.isThere(aggregate, id)) || this.made.has(id)) return false;
    this.made.set(id, row);
    return true;
  }

  isOurs(): Promise<boolean> {
    return Promise.resolve(false);
  }

  async isThere(aggregate: Streams, id: string): Promise<boolean> {
    if (this.made.has(id)) return true;
    return (await firstEvent(this.store, streamOf(aggregate, this.organisation, id))) !== undefined;
  }

  isOf(row: number, _: Streams, id: string): Promise<boolean> {
    return Promise.resolve(this.made.get(id) === row);
  }

  /** Numbers are neither given out nor told: a document that is not there would get one. */
  async reserve(
    organisation: string,
    series: NumberSeries,
    documents: readonly { readonly id: string }[],
  ): Promise<ReadonlyMap<string, number>> {
    const numbers = new Map<string, number>();
    for (const { id } of documents) {
      const stream = streamOf({ name: series, within: 'organisation' }, organisation, id);
      if ((await firstEvent(this.store, stream)) === undefined) numbers.set(id, 0);
    }
    return numbers;
  }

  settle(): void {
    // Nothing was issued.
  }

  isReserved(): Promise<boolean> {
    return Promise.resolve(false);
  }
}
