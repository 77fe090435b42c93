import type { Feature } from '../../platform/feature.js';
import { PeriodLocks } from './period-locks.service.js';
import { GetPeriodsHandler, LockPeriodHandler, UnlockPeriodHandler } from './period.handlers.js';
import { PeriodsController } from './period.http.js';
import { PeriodsKind } from './period.kind.js';

/** For the room's module. */
export const periodsFeature: Feature = {
  controllers: [PeriodsController],
  providers: [PeriodLocks, PeriodsKind, LockPeriodHandler, UnlockPeriodHandler, GetPeriodsHandler],
};
