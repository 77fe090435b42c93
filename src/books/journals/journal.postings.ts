import { postingsOf, type PostingRules } from '../ledger/entry.js';
import type { JournalEvent } from './journal.js';

/**
 * A journal books what its lines say, no VAT, and nothing of any customer or supplier. One that closes a year, or
 * takes that back, is no part of that year's profit and loss.
 */
export const journalPostings: PostingRules<JournalEvent> = {
  JournalPosted: ({ data: { date, purpose, lines } }) => ({
    date,
    postings: postingsOf(lines.map(({ account, amount }) => [account, amount] as const)),
    ...(purpose === 'year-end' ? { closing: true } : {}),
  }),
  // The reversal is a journal of its own.
  JournalReversed: null,
};
