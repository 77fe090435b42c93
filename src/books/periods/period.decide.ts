import { plainDate } from '../../kernel/dates.js';
import type { Decide } from '../../kernel/decider.js';
import type { PlainDate } from '../../kernel/event.js';
import { conflict } from '../../kernel/refusal.js';
import { lockedThrough, type PeriodEvent, type Periods, type Through } from './period.js';

type PeriodDecide = Decide<Periods, PeriodEvent>;

/** What is locked stays so: a lock that reaches no further changes nothing. */
export const lockPeriod =
  ({ through, reason }: { readonly through: PlainDate; readonly reason?: string | undefined }): PeriodDecide =>
  (state) => {
    plainDate('through', through);
    const before = lockedThrough(state);
    if (before !== null && through <= before) return [];
    return [{ type: 'PeriodLocked', data: { through, before, ...(reason === undefined ? {} : { reason }) } }];
  };

/** Everything after `through` is open again, `null` for all of it. */
export const unlockPeriod =
  ({ through, reason }: { readonly through: Through; readonly reason: string }): PeriodDecide =>
  (state) => {
    if (through !== null) plainDate('through', through);
    const before = lockedThrough(state);
    if (before === null || (through !== null && through >= before))
      throw conflict('period-not-locked', 'The books are not locked any further than that');
    return [{ type: 'PeriodUnlocked', data: { through, before, reason } }];
  };
