import type { Feature } from '../../platform/feature.js';
import { HledgerExport } from './hledger.export.service.js';
import { ExportLedgerHandler } from './ledger.handlers.js';
import { LedgerController } from './ledger.http.js';
import { LedgerReader } from './ledger-reader.service.js';

/** For the room's module: what events have posted. */
export const ledgerFeature: Feature = {
  controllers: [LedgerController],
  providers: [LedgerReader, HledgerExport, ExportLedgerHandler],
};
