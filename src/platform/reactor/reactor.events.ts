import type { EventCatalogue } from '../../kernel/catalogue.js';
import type { DomainEvent, Recorded } from '../../kernel/event.js';

/**
 * How far a reactor is. Stream and revision find the event in whichever store the log was moved to; the position is this
 * store's, for people.
 */
export interface Handled {
  readonly stream: string;
  readonly revision: number;
  readonly position: string;
}

/** All effects up to this event have happened, or have failed for good. */
export type ReactorAdvanced = DomainEvent<'ReactorAdvanced', Handled>;

/** The effect of an event was given up; the reactor went on behind it. */
export type ReactionFailed = DomainEvent<
  'ReactionFailed',
  Handled & {
    readonly eventId: string;
    readonly eventType: string;
    readonly attempts: number;
    /** Name and code of the error. Never a driver's message, which may hold an address. */
    readonly error: string;
  }
>;

export type ReactorEvent = ReactorAdvanced | ReactionFailed;

const PREFIX = 'system-reactor-';
export const reactorStream = (name: string): string => `${PREFIX}${name}`;

const record = ({ stream }: Recorded<ReactorEvent>): { readonly kind: string; readonly id: string } => ({
  kind: 'reactor',
  id: stream.slice(PREFIX.length),
});

export const reactorEvents: EventCatalogue<ReactorEvent> = {
  ReactorAdvanced: { schemaVersion: 1, summary: () => 'advanced', changes: () => [], record },
  ReactionFailed: {
    schemaVersion: 1,
    summary: ({ eventType, attempts }) => `gave up reacting to ${eventType} after ${attempts} attempts`,
    changes: () => [],
    record,
  },
};
