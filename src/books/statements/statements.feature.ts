import type { Feature } from '../../platform/feature.js';
import {
  GetReconciliationHandler,
  ListReconciliationsHandler,
  ReconcileBankAccountHandler,
  ReconcileTransactionHandler,
} from './reconciliation.handlers.js';
import { ReconciliationKind } from './reconciliation.kind.js';
import { CompleteReconciliations } from './reconciliations.recovery.js';
import { ReconcilingService } from './reconciling.service.js';
import {
  GetStatementHandler,
  ImportStatementHandler,
  ListStatementsHandler,
  TryStatementHandler,
} from './statement.handlers.js';
import { ReconcileController, ReconciliationsController, StatementsController } from './statement.http.js';
import { bankStatementKind } from './statement.kind.js';
import { StatementWriter } from './statement.writer.js';

/** For the room's module: statements of banks, and what the books agree on with them. */
export const bankStatementsFeature: Feature = {
  controllers: [StatementsController, ReconciliationsController, ReconcileController],
  providers: [
    bankStatementKind,
    ReconciliationKind,
    StatementWriter,
    ReconcilingService,
    CompleteReconciliations,
    ImportStatementHandler,
    TryStatementHandler,
    ListStatementsHandler,
    GetStatementHandler,
    ReconcileBankAccountHandler,
    ReconcileTransactionHandler,
    ListReconciliationsHandler,
    GetReconciliationHandler,
  ],
};
