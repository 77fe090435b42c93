import type { Feature } from '../../platform/feature.js';
import { NumbersKind } from './numbers.kind.js';
import { NumbersLoader } from './numbers.loader.js';
import { CompleteReservations } from './numbers.recovery.js';
import { NumberRegister } from './numbers.register.js';
import { Sweeps } from './sweep.service.js';

/** For the room's module; the feature whose documents are numbered provides `NUMBERED_DOCUMENTS`. */
export const numberingFeature: Feature = {
  controllers: [],
  providers: [NumbersKind, NumbersLoader, NumberRegister, Sweeps, CompleteReservations],
};
