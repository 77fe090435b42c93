import { CODES } from '../chart/codes.js';
import { bankKey, type Entry, opposite, postingsOf, type PostingRules } from '../ledger/entry.js';
import type { Explanation, Money, TransactionEvent } from './transaction.js';

/** A matched transaction posts nothing: the payment or transfer that it is matched to has posted. */
export const transactionPostings: PostingRules<TransactionEvent> = {
  TransactionRecorded: null,
  TransactionEdited: null,
  TransactionExplained: ({ data }) => explained(data),
  TransactionUnexplained: ({ data }) => opposite(explained(data)),
  TransactionMatchBegun: null,
  TransactionMatched: null,
  TransactionMatchFailed: null,
  TransactionUnmatched: null,
  TransactionReconciled: null,
  TransactionReleased: null,
  TransactionVoided: null,
};

/** Amounts of a transaction are debits of the bank where they are positive; VAT on purchases grows by money that goes out. */
function explained({ bankAccountId, date, amount, accountCode, side, vatRate, net, vat }: Money & Explanation): Entry {
  const sign = side === 'output' ? 1 : -1;
  return {
    date,
    postings: postingsOf([
      [bankKey(bankAccountId), amount],
      [accountCode, -net],
      [side === 'output' ? CODES.vatOnSales : CODES.vatOnPurchases, -vat],
    ]),
    ...(vatRate === undefined ? {} : { vat: [{ side, rate: vatRate, net: sign * net + 0, vat: sign * vat + 0 }] }),
  };
}
