import type { Feature } from '../../platform/feature.js';
import { JournalFacts } from './journal-facts.service.js';
import {
  CloseYearHandler,
  NamedAccounts,
  PostJournalHandler,
  PostOpeningBalancesHandler,
  ReverseJournalHandler,
} from './journal.handlers.js';
import { JournalsController } from './journal.http.js';
import { JournalKind } from './journal.kind.js';
import { GetJournalHandler, ListJournalsHandler } from './journal.queries.js';
import { JournalReversals } from './journal-reversals.reactor.js';

/** For the room's module. */
export const journalsFeature: Feature = {
  controllers: [JournalsController],
  providers: [
    JournalFacts,
    JournalKind,
    JournalReversals,
    NamedAccounts,
    PostJournalHandler,
    PostOpeningBalancesHandler,
    CloseYearHandler,
    ReverseJournalHandler,
    GetJournalHandler,
    ListJournalsHandler,
  ],
};
