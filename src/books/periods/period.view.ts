import { recordIdOf } from '../../kernel/decider.js';
import { type Instant, personOf } from '../../kernel/event.js';
import type { ViewDefinition } from '../../kernel/view.js';
import type { PeriodEvent, Through } from './period.js';

/** The latest ones; what came before is in the trail. */
const MAX_CHANGES = 100;

export interface PeriodChange {
  readonly action: 'locked' | 'unlocked';
  readonly before: Through;
  readonly through: Through;
  readonly reason: string | null;
  /** Id of the person. */
  readonly by: string;
  readonly at: Instant;
}

export interface PeriodsDoc {
  readonly organisation: string;
  readonly revision: number;
  readonly lockedThrough: Through;
  /** Newest first. */
  readonly changes: readonly PeriodChange[];
}

/** One document for each organisation, which bears its id. */
export const periodsView: ViewDefinition<PeriodsDoc, PeriodEvent> = {
  name: 'periods',
  version: 1,
  events: ['PeriodLocked', 'PeriodUnlocked'],
  fields: { organisation: 'text' },
  sorts: { organisation: { field: 'organisation', direction: 'asc' } },
  indexes: [['organisation']],
  keys: (event) => [recordIdOf(event.stream)],
  fold(doc, event, organisation) {
    const { type, data, metadata, recordedAt, revision } = event;
    const change: PeriodChange = {
      action: type === 'PeriodLocked' ? 'locked' : 'unlocked',
      before: data.before,
      through: data.through,
      reason: data.reason ?? null,
      by: personOf(metadata.actor) ?? '',
      at: recordedAt,
    };
    const changes = [change, ...(doc?.changes ?? [])].slice(0, MAX_CHANGES);
    return { organisation, revision, lockedThrough: data.through, changes };
  },
};
