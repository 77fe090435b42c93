import { type EventCatalogue, given } from '../../kernel/catalogue.js';
import { type Aggregate, recordIdOf } from '../../kernel/decider.js';
import { type DomainEvent, type Instant, personOf, type PlainDate, type Recorded } from '../../kernel/event.js';

/** `null`: no day at all. */
export type Through = PlainDate | null;

export type PeriodLocked = DomainEvent<
  'PeriodLocked',
  { readonly through: PlainDate; readonly before: Through; readonly reason?: string }
>;
/** The days after `through` are open again. */
export type PeriodUnlocked = DomainEvent<
  'PeriodUnlocked',
  { readonly through: Through; readonly before: PlainDate; readonly reason: string }
>;
export type PeriodEvent = PeriodLocked | PeriodUnlocked;

/** Every day of the books up to one, that one included, takes no more postings. */
export interface PeriodLock {
  readonly through: PlainDate;
  /** Who locked the last of these days, and when. */
  readonly by: string;
  readonly at: Instant;
}

/**
 * How far an organisation's books are locked. The locks that were set and are not lifted, oldest first, each further than
 * the one before it: a part that is unlocked leaves what was locked before, by whom it was.
 */
export interface Periods {
  readonly locks: readonly PeriodLock[];
}

/** The lock that a day is under: the first that reaches it. */
export const lockOn = ({ locks }: Periods, date: PlainDate): PeriodLock | undefined =>
  locks.find(({ through }) => date <= through);

export const lockedThrough = ({ locks }: Periods): Through => locks.at(-1)?.through ?? null;

const record = (event: Recorded<PeriodEvent>) => ({ kind: 'periods', id: recordIdOf(event.stream) });

const events: EventCatalogue<PeriodEvent> = {
  PeriodLocked: {
    schemaVersion: 1,
    summary: ({ through }) => `locked the books through ${through}`,
    changes: ({ through, before, reason }) => [
      { field: 'lockedThrough', from: before, to: through },
      ...given('reason', reason),
    ],
    record,
  },
  PeriodUnlocked: {
    schemaVersion: 1,
    summary: ({ through }) => (through === null ? 'unlocked the books' : `unlocked the books after ${through}`),
    changes: ({ through, before, reason }) => [
      { field: 'lockedThrough', from: before, to: through },
      { field: 'reason', from: null, to: reason },
    ],
    record,
  },
};

export const periods: Aggregate<Periods, PeriodEvent> = {
  name: 'periods',
  within: 'itself',
  events,
  readsPersonalFields: false,
  initial: () => ({ locks: [] }),
  evolve,
  // The books are there, locked or not.
  exists: () => true,
  facts: () => ({}),
};

function evolve({ locks }: Periods, event: Recorded<PeriodEvent>): Periods {
  const { type, data, metadata, recordedAt } = event;
  if (type === 'PeriodLocked') {
    return { locks: [...locks, { through: data.through, by: personOf(metadata.actor) ?? '', at: recordedAt }] };
  }
  const { through } = data;
  if (through === null) return { locks: [] };
  const whole = locks.filter((lock) => lock.through <= through);
  const cut = whole.at(-1)?.through === through ? undefined : locks[whole.length];
  return { locks: cut === undefined ? whole : [...whole, { ...cut, through }] };
}
