import type { EventCatalogue } from '../../kernel/catalogue.js';
import { type Aggregate, type Decide, recordIdOf } from '../../kernel/decider.js';
import type { DomainEvent, PlainDate } from '../../kernel/event.js';

/**
 * The Primary was mailed the newest checkpoint. Like that one it stands outside of the organisation's events: telling of a tree
 * that stands still must not make it grow.
 */
export type CheckpointMailed = DomainEvent<
  'CheckpointMailed',
  {
    /** The Monday (UTC) of the week in which it was sent. */
    readonly week: PlainDate;
    /** Number of events that the checkpoint was over. */
    readonly size: number;
  }
>;

export interface CheckpointMailState {
  /** The last one in which something was mailed. */
  readonly week: PlainDate | undefined;
}

const events: EventCatalogue<CheckpointMailed> = {
  CheckpointMailed: {
    schemaVersion: 1,
    summary: ({ size }) => `mailed a checkpoint over ${size} events to the Primary`,
    changes: () => [],
    record: ({ stream }) => ({ kind: 'checkpoint', id: recordIdOf(stream) }),
  },
};

/** Of an organisation. Stream `checkpoint-mail-<organisation>`. */
export const checkpointMails: Aggregate<CheckpointMailState, CheckpointMailed> = {
  name: 'checkpoint-mail',
  within: 'nothing',
  events,
  readsPersonalFields: false,
  initial: () => ({ week: undefined }),
  evolve: (_, { data: { week } }) => ({ week }),
  exists: ({ week }) => week !== undefined,
  facts: () => ({}),
};

/** A clock that was set back begins no week again. */
export const isDue = ({ week: last }: CheckpointMailState, week: PlainDate): boolean =>
  last === undefined || last < week;

export const recordMail =
  (data: CheckpointMailed['data']): Decide<CheckpointMailState, CheckpointMailed> =>
  (state) =>
    isDue(state, data.week) ? [{ type: 'CheckpointMailed', data }] : [];
