import { recordIdOf } from '../../kernel/decider.js';
import type { Instant, PlainDate, Recorded } from '../../kernel/event.js';
import type { ViewDefinition } from '../../kernel/view.js';
import type { AccountKey, OpenItemChange, Posting, VatAmount } from './entry.js';
import { entryOf, POSTING_TYPES } from './rules.js';

/** What one event has booked; it never changes. Keyed by the event's id. */
export interface LedgerEntryDoc {
  readonly organisation: string;
  /** The day in the books. */
  readonly date: PlainDate;
  readonly position: string;
  readonly recordedAt: Instant;
  /** In the order of the books, by their days, and as they were recorded within one. */
  readonly order: string;
  /** In the order in which they were recorded. */
  readonly moment: string;
  /** The record whose event it was: `invoice` and its id. */
  readonly kind: string;
  readonly source: string;
  readonly type: string;
  readonly postings: readonly Posting[];
  readonly accounts: readonly AccountKey[];
  readonly vat: readonly VatAmount[];
  readonly openItems: readonly OpenItemChange[];
  /** Customers and suppliers whose debts or credits it changes. */
  readonly parties: readonly string[];
  readonly closing: boolean;
}

/** Sorts as the days of the books do, and never ties. */
export const orderOf = (date: PlainDate, position: string): string => `${date}/${position}`;

/** Sorts as entries were recorded, and never ties. */
export const momentOf = (recordedAt: Instant, position: string): string => `${recordedAt}/${position}`;

/** Sorts behind every order of a day, and behind every moment of an instant. */
export const END = '\u{10ffff}';

/** The kind of record that a stream is of: what stands before its organisation's id. */
export const kindOf = (stream: string, organisation: string): string =>
  stream.slice(0, stream.indexOf(`-${organisation}/`));

export const ledgerEntriesView: ViewDefinition<LedgerEntryDoc> = {
  name: 'ledger-entries',
  version: 1,
  events: POSTING_TYPES,
  fields: { organisation: 'symbol', date: 'text', order: 'text', moment: 'text', accounts: 'texts' },
  sorts: {
    byDate: { field: 'order', direction: 'asc', unique: true },
    recorded: { field: 'moment', direction: 'asc', unique: true },
  },
  indexes: [['organisation', 'accounts'], ['organisation']],
  madeOnce: true,
  keys: (event) => (entryOf(event) === null ? [] : [event.id]),
  fold: (_, event) => entryDoc(event),
};

function entryDoc(event: Recorded): LedgerEntryDoc | null {
  const entry = entryOf(event);
  if (entry === null) return null;
  const { stream, position, recordedAt, type, metadata } = event;
  const { date, postings, vat = [], openItems = [], closing = false } = entry;
  const organisation = metadata.organisation ?? '';
  return {
    organisation,
    date,
    position,
    recordedAt,
    order: orderOf(date, position),
    moment: momentOf(recordedAt, position),
    kind: kindOf(stream, organisation),
    source: recordIdOf(stream),
    type,
    postings,
    accounts: [...new Set(postings.map(({ account }) => account))],
    vat,
    openItems,
    parties: [...new Set(openItems.map(({ partyId }) => partyId))],
    closing,
  };
}
