import type { DomainEvent, PlainDate, Recorded } from '../../kernel/event.js';
import type { Minor } from '../../kernel/money.js';

/**
 * Where an amount is posted: an account of the chart by its code (`4000`), or a bank account by its id (`bank:<id>`), whose
 * code the chart tells.
 */
export type AccountKey = string;

const BANK = 'bank:';

export const bankKey = (bankAccountId: string): AccountKey => `${BANK}${bankAccountId}`;

/** The id of the bank account that a key names, if it names one. */
export const bankIn = (key: AccountKey): string | undefined =>
  key.startsWith(BANK) ? key.slice(BANK.length) : undefined;

/** One amount on one account: a debit is positive, a credit negative. */
export interface Posting {
  readonly account: AccountKey;
  readonly amount: Minor;
}

/** What a line of a VAT return is made of: what was sold or bought at a rate, and the VAT on it. Corrections are negative. */
export interface VatAmount {
  readonly side: 'output' | 'input';
  /** Basis points. */
  readonly rate: number;
  readonly net: Minor;
  readonly vat: Minor;
}

/** Whose debt or credit changes by an entry, and with which document: what aged debtors and creditors are made of. */
export interface OpenItemChange {
  readonly ledger: 'debtors' | 'creditors';
  readonly partyId: string;
  /** The invoice, bill or credit note that owes or is owed. */
  readonly documentId: string;
  readonly dueDate?: PlainDate;
  /** What is owed to us (debtors) or by us (creditors) grows by this. */
  readonly amount: Minor;
}

/** What an event books: its postings come to nothing together. */
export interface Entry {
  /** The day in the books, which is not the day on which it was recorded. */
  readonly date: PlainDate;
  readonly postings: readonly Posting[];
  readonly vat?: readonly VatAmount[];
  readonly openItems?: readonly OpenItemChange[];
  /** It carries the result of a year to equity: no part of any profit and loss account. */
  readonly closing?: boolean;
}

/** What takes an entry out of the books again, on the same day. */
export const opposite = ({ postings, vat, openItems, ...entry }: Entry): Entry => ({
  ...entry,
  postings: postings.map((posting) => ({ ...posting, amount: 0 - posting.amount })),
  ...(vat && { vat: vat.map((sum) => ({ ...sum, net: 0 - sum.net, vat: 0 - sum.vat })) }),
  ...(openItems && { openItems: openItems.map((item) => ({ ...item, amount: 0 - item.amount })) }),
});

/**
 * What each type of event of a kind of record books, `null` for nothing. A rule sees the one event and nothing else: events
 * that post carry all that their entry is made of, so that the ledger is a fold of the log like every other view.
 */
export type PostingRules<E extends DomainEvent> = {
  readonly [Type in E['type']]: ((event: Recorded<Extract<E, { type: Type }>>) => Entry | null) | null;
};

/** What is posted to no account comes to nothing, and an account that nothing comes to is not named. */
export function postingsOf(amounts: Iterable<readonly [AccountKey, Minor]>): readonly Posting[] {
  const byAccount = new Map<AccountKey, Minor>();
  for (const [account, amount] of amounts) byAccount.set(account, (byAccount.get(account) ?? 0) + amount);
  return [...byAccount].filter(([, amount]) => amount !== 0).map(([account, amount]) => ({ account, amount }));
}
