import { recordIdOf } from '../../kernel/decider.js';
import { CODES } from '../chart/codes.js';
import { bankKey, type Entry, opposite, postingsOf, type PostingRules } from '../ledger/entry.js';
import type { PurchaseEvent, PurchasePaid, BookedPurchase } from './purchase.js';

/** A purchase is in the books from its approval until an edit or a void takes it out, on its own book date each time. */
export const purchasePostings: PostingRules<PurchaseEvent> = {
  PurchaseDrafted: null,
  PurchaseEdited: null,
  PurchaseSubmitted: null,
  PurchaseApproved: ({ stream, data }) => purchase(data.booked, recordIdOf(stream)),
  PurchaseApprovalUndone: ({ stream, data }) => opposite(purchase(data.booked, recordIdOf(stream))),
  PurchasePaid: ({ stream, data }) => payment(data, recordIdOf(stream)),
  PurchaseVoided: ({ stream, data: { booked } }) =>
    booked === undefined ? null : opposite(purchase(booked, recordIdOf(stream))),
  PurchaseDiscarded: null,
  PurchaseAttachmentAdded: null,
  PurchaseAttachmentRemoved: null,
};

/** The lines' accounts have cost the net, the VAT on it comes back, and the supplier is owed the total. */
function purchase({ supplierId, date, dueDate, total, amounts }: BookedPurchase, documentId: string): Entry {
  return {
    date,
    postings: postingsOf([
      ...amounts.flatMap(({ accountCode, net, vat }) => [
        [accountCode, net] as const,
        [CODES.vatOnPurchases, vat] as const,
      ]),
      [CODES.creditors, 0 - total],
    ]),
    vat: amounts.map(({ vatRate, net, vat }) => ({ side: 'input', rate: vatRate, net, vat })),
    openItems: [
      {
        ledger: 'creditors',
        partyId: supplierId,
        documentId,
        ...(dueDate === undefined ? {} : { dueDate }),
        amount: total,
      },
    ],
  };
}

function payment({ supplierId, amount, date, paymentAccountId }: PurchasePaid['data'], documentId: string): Entry {
  return {
    date,
    postings: postingsOf([
      [CODES.creditors, amount],
      [bankKey(paymentAccountId), -amount],
    ]),
    openItems: [{ ledger: 'creditors', partyId: supplierId, documentId, amount: -amount }],
  };
}
