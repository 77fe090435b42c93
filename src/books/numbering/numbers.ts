import { counted } from '../../kernel/counted.js';
import type { EventCatalogue } from '../../kernel/catalogue.js';
import { type Aggregate, recordIdOf } from '../../kernel/decider.js';
import type { DomainEvent, Recorded } from '../../kernel/event.js';

/** Invoices and credit notes are counted apart, each from 1. */
export type NumberSeries = 'invoice' | 'credit-note';

/**
 * A document as it stands: its id, and the revision that whoever issues it will expect of its stream (-1: it is not there
 * yet). A number is reserved for that and nothing else: once the document has moved on, nobody can use the number any
 * more, and it can be given back.
 */
export interface DocumentAt {
  readonly id: string;
  readonly revision: number;
}

export type NumbersReserved = DomainEvent<
  'NumbersReserved',
  {
    readonly series: NumberSeries;
    /** Number of the first document; the others follow. */
    readonly first: number;
    readonly documents: readonly DocumentAt[];
    /** Documents of this series that are known to bear the number reserved for them. */
    readonly settled: readonly string[];
    /** The register before this event. Some events hold it, so that nobody reads the stream from its beginning. */
    readonly before?: WrittenNumbers;
  }
>;
export type NumbersReleased = DomainEvent<
  'NumbersReleased',
  { readonly series: NumberSeries; readonly documents: readonly { readonly id: string; readonly number: number }[] }
>;
export type NumbersEvent = NumbersReserved | NumbersReleased;

export interface Reservation {
  readonly number: number;
  readonly revision: number;
}

export interface Series {
  /** The lowest number that was never reserved. */
  readonly next: number;
  /** Numbers that were given back. */
  readonly free: ReadonlySet<number>;
  /** By document; those of documents that are settled are left out, so this stays small. Oldest first. */
  readonly open: ReadonlyMap<string, Reservation>;
}

/** An organisation's register of numbers. Its stream bears the organisation's id. */
export type Numbers = Readonly<Record<NumberSeries, Series>>;

/** A register as an event holds it; what is open as document, number and revision, oldest first. */
export type WrittenNumbers = Readonly<
  Record<
    NumberSeries,
    {
      readonly next: number;
      readonly free: readonly number[];
      readonly open: readonly (readonly [string, number, number])[];
    }
  >
>;

const record = (event: Recorded<NumbersEvent>) => ({ kind: 'numbers', id: recordIdOf(event.stream) });

const events: EventCatalogue<NumbersEvent> = {
  NumbersReserved: {
    schemaVersion: 1,
    summary: ({ series, documents }) => `reserved ${counted(documents.length, `${series} number`)}`,
    changes: ({ first, documents }) => [
      { field: 'first', from: null, to: first },
      { field: 'last', from: null, to: first + documents.length - 1 },
    ],
    record,
  },
  NumbersReleased: {
    schemaVersion: 1,
    summary: ({ series, documents }) => `gave back ${counted(documents.length, `${series} number`)}`,
    changes: ({ documents }) => documents.map(({ number }) => ({ field: 'number', from: number, to: null })),
    record,
  },
};

const emptySeries = (): Series => ({ next: 1, free: new Set(), open: new Map() });

export const numbers: Aggregate<Numbers, NumbersEvent> = {
  name: 'numbers',
  within: 'itself',
  events,
  readsPersonalFields: false,
  initial: () => ({ invoice: emptySeries(), 'credit-note': emptySeries() }),
  evolve: evolveNumbers,
  exists: () => true,
  facts: () => ({}),
};

const both = <T>(of: (series: NumberSeries) => T): Readonly<Record<NumberSeries, T>> => ({
  invoice: of('invoice'),
  'credit-note': of('credit-note'),
});

/** A register of one's own, to try out what a few events would make of it. */
export const copyOf = (state: Numbers): Numbers => both((series) => copyOfSeries(state[series]));

const copyOfSeries = ({ next, free, open }: Series): Series => ({ next, free: new Set(free), open: new Map(open) });

export const written = (state: Numbers): WrittenNumbers =>
  both((series) => {
    const { next, free, open } = state[series];
    return {
      next,
      free: [...free],
      open: [...open].map(([id, { number, revision }]) => [id, number, revision] as const),
    };
  });

export const readBack = (register: WrittenNumbers): Numbers =>
  both((series) => {
    const { next, free, open } = register[series];
    return {
      next,
      free: new Set(free),
      open: new Map(open.map(([id, number, revision]) => [id, { number, revision }] as const)),
    };
  });

/** How many entries a written register would have. */
export const sizeOf = (state: Numbers): number =>
  Object.values(state).reduce((sum, { free, open }) => sum + free.size + open.size, 0);

/** Changes the maps and sets of the state in place: a register's stream grows by an event per document. */
export function evolveNumbers(state: Numbers, { type, data }: NumbersEvent): Numbers {
  const series = state[data.series];
  const open = series.open as Map<string, Reservation>;
  const free = series.free as Set<number>;
  switch (type) {
    case 'NumbersReserved': {
      for (const id of data.settled) open.delete(id);
      for (const [index, { id, revision }] of data.documents.entries()) {
        open.set(id, { number: data.first + index, revision });
        free.delete(data.first + index);
      }
      const next = Math.max(series.next, data.first + data.documents.length);
      return { ...state, [data.series]: { ...series, next } };
    }
    case 'NumbersReleased':
      for (const { id, number } of data.documents) {
        open.delete(id);
        free.add(number);
      }
      return state;
  }
}
