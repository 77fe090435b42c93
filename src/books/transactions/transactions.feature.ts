import type { Feature } from '../../platform/feature.js';
import { ExplainingAccounts } from './explaining-accounts.service.js';
import { HeldJournals } from './held-journals.service.js';
import { MatchedPayments } from './matched-payments.service.js';
import { MatchTargets } from './match-targets.service.js';
import { CompleteMatches } from './matches.recovery.js';
import { Matching } from './matching.service.js';
import { Suggestions } from './suggestions.service.js';
import {
  EditTransactionHandler,
  ExplainTransactionHandler,
  MatchTransactionHandler,
  RecordTransactionHandler,
  UnexplainTransactionHandler,
  UnmatchTransactionHandler,
  VoidTransactionHandler,
} from './transaction.handlers.js';
import { TransactionsController } from './transaction.http.js';
import { TransactionKind } from './transaction.kind.js';
import {
  GetTransactionHandler,
  ListTransactionsHandler,
  SuggestMatchesHandler,
  TransactionInSight,
} from './transaction.queries.js';
import { TransactionSight } from './transaction-sight.service.js';

/** For the room's module. */
export const transactionsFeature: Feature = {
  controllers: [TransactionsController],
  providers: [
    TransactionKind,
    TransactionSight,
    TransactionInSight,
    ExplainingAccounts,
    HeldJournals,
    MatchedPayments,
    MatchTargets,
    Matching,
    CompleteMatches,
    Suggestions,
    RecordTransactionHandler,
    EditTransactionHandler,
    ExplainTransactionHandler,
    UnexplainTransactionHandler,
    MatchTransactionHandler,
    UnmatchTransactionHandler,
    VoidTransactionHandler,
    ListTransactionsHandler,
    GetTransactionHandler,
    SuggestMatchesHandler,
  ],
};
