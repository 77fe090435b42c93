import type { Feature } from '../../platform/feature.js';
import {
  GetTransferHandler,
  ListTransfersHandler,
  RecordTransferHandler,
  VoidTransferHandler,
} from './transfer.handlers.js';
import { TransfersController } from './transfer.http.js';
import { transferKind } from './transfer.kind.js';

/** For the room's module. */
export const transfersFeature: Feature = {
  controllers: [TransfersController],
  providers: [transferKind, RecordTransferHandler, VoidTransferHandler, GetTransferHandler, ListTransfersHandler],
};
