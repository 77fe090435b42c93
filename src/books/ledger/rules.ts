import type { DomainEvent, Recorded } from '../../kernel/event.js';
import { creditNotePostings, invoicePostings } from '../invoices/invoice.postings.js';
import { purchasePostings } from '../purchases/purchase.postings.js';
import { journalPostings } from '../journals/journal.postings.js';
import { transactionPostings } from '../transactions/transaction.postings.js';
import { transferPostings } from '../transfers/transfer.postings.js';
import type { Entry } from './entry.js';

type Rule = ((event: never) => Entry | null) | null;

/** What each type of event books: one line for each feature whose events do. */
const RULES: Readonly<Record<string, Rule>> = {
  ...invoicePostings,
  ...creditNotePostings,
  ...journalPostings,
  ...purchasePostings,
  ...transactionPostings,
  ...transferPostings,
};

/** Types of the events that may post. */
export const POSTING_TYPES: readonly string[] = Object.keys(RULES).filter((type) => RULES[type] !== null);

/** Every key of a view asks for the entry of the same event again; large ones have a thousand keys. */
const remembered = new WeakMap<Recorded, Entry | null>();

/**
 * What an event books, `null` where it is nothing.
 *
 * @throws Error where debits and credits differ: a rule that is wrong stops the ledger and never falsifies it
 */
export function entryOf(event: Recorded): Entry | null {
  const known = remembered.get(event);
  if (known !== undefined) return known;
  const rule = RULES[event.type] as ((event: Recorded<DomainEvent>) => Entry | null) | null | undefined;
  const entry = rule?.(event) ?? null;
  if (entry !== null && differenceOf(entry) !== 0n)
    throw new Error(`The postings of ${event.type} ${event.id} do not balance`);
  remembered.set(event, entry);
  return entry;
}

/** Exact, however large the amounts are. */
export const differenceOf = ({ postings }: Pick<Entry, 'postings'>): bigint =>
  postings.reduce((sum, { amount }) => sum + BigInt(amount), 0n);
