import type { Feature } from '../../platform/feature.js';
import { Conversions } from './conversions.service.js';
import {
  AcceptEstimateHandler,
  ConvertEstimateHandler,
  CopyEstimateHandler,
  CreateEstimateHandler,
  DeclineEstimateHandler,
  DiscardEstimateHandler,
  EditEstimateHandler,
  SendEstimateHandler,
} from './estimate.handlers.js';
import { EstimateSight } from './estimate-sight.service.js';
import { EstimateFacts } from './estimate-facts.service.js';
import { EstimatesController } from './estimate.http.js';
import { EstimateKind } from './estimate.kind.js';
import { EstimateLetters } from './estimate.letters.js';
import { DrawEstimateHandler, GetEstimateHandler, ListEstimatesHandler } from './estimate.queries.js';

/** For the room's module. */
export const estimatesFeature: Feature = {
  controllers: [EstimatesController],
  providers: [
    EstimateKind,
    EstimateFacts,
    EstimateSight,
    Conversions,
    EstimateLetters,
    CreateEstimateHandler,
    EditEstimateHandler,
    SendEstimateHandler,
    AcceptEstimateHandler,
    DeclineEstimateHandler,
    ConvertEstimateHandler,
    CopyEstimateHandler,
    DiscardEstimateHandler,
    GetEstimateHandler,
    DrawEstimateHandler,
    ListEstimatesHandler,
  ],
};
