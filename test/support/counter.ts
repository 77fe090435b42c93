import type { EventCatalogue } from '../../src/kernel/catalogue.js';
import { type Aggregate, type Decide, recordIdOf } from '../../src/kernel/decider.js';
import type { DomainEvent } from '../../src/kernel/event.js';
import { conflict } from '../../src/kernel/refusal.js';

/** A small aggregate for tests of what knows no room: a counter that somebody owns and that stops at ten. */
export type CounterEvent =
  | DomainEvent<'CounterOpened', { readonly owner: string; readonly label: string }>
  | DomainEvent<'CounterRaised', { readonly by: number }>;

export interface CounterState {
  readonly owner: string;
  readonly label: string;
  readonly value: number;
}

const record = ({ stream }: { readonly stream: string }): { kind: string; id: string } => ({
  kind: 'counter',
  id: recordIdOf(stream),
});

export const counterEvents: EventCatalogue<CounterEvent> = {
  CounterOpened: {
    schemaVersion: 1,
    personal: { fields: ['label'], subject: ({ owner }) => owner, key: 'contact' },
    summary: ({ label }) => `opened the counter ${label}`,
    record,
  },
  CounterRaised: { schemaVersion: 1, summary: ({ by }) => `raised the counter by ${by}`, record },
};

export const counterAggregate: Aggregate<CounterState, CounterEvent> = {
  name: 'counter',
  within: 'organisation',
  events: counterEvents,
  readsPersonalFields: true,
  initial: () => ({ owner: '', label: '', value: 0 }),
  evolve(state, event) {
    switch (event.type) {
      case 'CounterOpened':
        return { ...state, owner: event.data.owner, label: event.data.label };
      case 'CounterRaised':
        return { ...state, value: state.value + event.data.by };
    }
  },
  exists: ({ owner }) => owner !== '',
  facts: ({ owner }) => ({ createdBy: owner }),
};

export const openCounter =
  (label: string): Decide<CounterState, CounterEvent> =>
  (_, { userId }) => [{ type: 'CounterOpened', data: { owner: userId, label } }];

export const raise =
  (by: number): Decide<CounterState, CounterEvent> =>
  ({ value }) => {
    if (by === 0) return [];
    if (value + by > 10) throw conflict('over-ten', 'A counter stops at ten');
    return [{ type: 'CounterRaised', data: { by } }];
  };
