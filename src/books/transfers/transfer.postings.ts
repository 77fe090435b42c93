import { bankKey, type Entry, postingsOf, type PostingRules } from '../ledger/entry.js';
import type { Moved, TransferEvent } from './transfer.js';

export const transferPostings: PostingRules<TransferEvent> = {
  TransferRecorded: ({ data }) => moved(data),
  TransferClaimed: null,
  TransferVoided: ({ data }) => moved({ ...data, from: data.to, to: data.from }),
};

const moved = ({ from, to, date, amount }: Moved): Entry => ({
  date,
  postings: postingsOf([
    [bankKey(to), amount],
    [bankKey(from), -amount],
  ]),
});
