import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { streamOf } from '../../kernel/decider.js';
import type { Recorded } from '../../kernel/event.js';
import type { EventOpener } from '../../platform/codec/codec.port.js';
import { CODEC, EVENT_STORE } from '../../platform/commands/tokens.js';
import type { EventStore, StoredEvent } from '../../platform/event-store/event-store.port.js';
import { evolveNumbers, numbers, type Numbers, type NumbersEvent, readBack } from './numbers.js';

/** A register with every event that was acknowledged before it was asked for. Whoever changes it copies it first. */
export interface LoadedNumbers {
  readonly state: Numbers;
  /** -1 for a stream without events. */
  readonly revision: number;
  /** Events since the register was written down in one. */
  readonly unwritten: number;
}

const MAX_REGISTERS = 1000;

/** Registers of numbers: read backwards from the end of the stream to where one is written down, and kept from then on. */
@Injectable()
export class NumbersLoader {
  private readonly known = new LRUCache<string, LoadedNumbers>({ max: MAX_REGISTERS });

  constructor(
    @Inject(EVENT_STORE) private readonly store: Pick<EventStore, 'newerThan' | 'readStream'>,
    @Inject(CODEC) private readonly codec: Pick<EventOpener, 'openWithoutPersonal'>,
  ) {}

  /** One call at a time for each organisation. */
  async load(organisation: string): Promise<LoadedNumbers> {
    const stream = streamOf(numbers, organisation, organisation);
    const before = this.known.get(organisation) ?? (await this.fromEnd(stream));
    const newer = await this.store.newerThan(stream, before.revision);
    const loaded = newer.map((event) => this.open(event)).reduce(folded, before);
    this.known.set(organisation, loaded);
    return loaded;
  }

  private async fromEnd(stream: string): Promise<LoadedNumbers> {
    const events: Recorded<NumbersEvent>[] = [];
    for await (const stored of this.store.readStream(stream, { direction: 'backwards' })) {
      events.push(this.open(stored));
      if (registerIn(events.at(-1)!) !== undefined) break;
    }
    return events.reverse().reduce(folded, { state: numbers.initial(), revision: -1, unwritten: 0 });
  }

  private open(event: StoredEvent): Recorded<NumbersEvent> {
    return this.codec.openWithoutPersonal(event) as Recorded<NumbersEvent>;
  }
}

const registerIn = ({ type, data }: NumbersEvent) => (type === 'NumbersReserved' ? data.before : undefined);

/** What an event has written down is what the events before it come to. */
function folded({ state, unwritten }: LoadedNumbers, event: Recorded<NumbersEvent>): LoadedNumbers {
  const register = registerIn(event);
  return {
    state: evolveNumbers(register === undefined ? state : readBack(register), event),
    revision: event.revision,
    unwritten: register === undefined ? unwritten + 1 : 1,
  };
}
