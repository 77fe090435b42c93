import { recordIdOf } from '../../kernel/decider.js';
import { CODES } from '../chart/codes.js';
import { bankKey, type Entry, opposite, postingsOf, type PostingRules } from '../ledger/entry.js';
import type { CreditNoteEvent } from './credit-note.js';
import type { Booked } from './document.js';
import type { InvoiceEvent, Refund } from './invoice.js';

/** What was written before there was a ledger posts nothing: its documents come in with the opening balances. */
export const invoicePostings: PostingRules<InvoiceEvent> = {
  InvoiceCreated: null,
  InvoiceEdited: null,
  InvoiceIssued: ({ stream, data: { booked } }) => posted(booked, recordIdOf(stream)),
  PaymentRecorded: ({ stream, data: { customerId, amount, date, paymentAccountId } }) =>
    customerId === undefined ? null : received({ customerId, amount, date, paymentAccountId }, recordIdOf(stream)),
  RefundRecorded: ({ stream, data }) => opposite(received(data, recordIdOf(stream))),
  CreditReserved: null,
  CreditReleased: null,
  InvoiceVoided: ({ stream, data: { booked } }) => takenBack(booked, recordIdOf(stream)),
  InvoiceDiscarded: null,
  InvoiceSent: null,
  InvoiceReminderSent: null,
};

/** What a credit note takes off an invoice is that invoice's: it owes less, and the note owes nothing by itself. */
export const creditNotePostings: PostingRules<CreditNoteEvent> = {
  CreditNoteCreated: null,
  CreditNoteIssued: ({ stream, data: { booked, credit } }) => posted(booked, credit?.invoiceId ?? recordIdOf(stream)),
  CreditNoteVoided: ({ stream, data: { booked, credit } }) =>
    takenBack(booked, credit?.invoiceId ?? recordIdOf(stream)),
  CreditNoteRefunded: ({ stream, data }) => opposite(received(data, recordIdOf(stream))),
  CreditNoteSent: null,
};

const posted = (booked: Booked | undefined, owedBy: string): Entry | null => (booked ? sale(booked, owedBy) : null);
const takenBack = (booked: Booked | undefined, owedBy: string): Entry | null =>
  booked ? opposite(sale(booked, owedBy)) : null;

/** The customer owes the total; the lines' accounts have earned the net, and the VAT on it is owed on. */
function sale({ customerId, date, dueDate, total, amounts }: Booked, documentId: string): Entry {
  return {
    date,
    postings: postingsOf([
      [CODES.debtors, total],
      ...amounts.flatMap(({ accountCode, net, vat }) => [
        [accountCode, 0 - net] as const,
        [CODES.vatOnSales, 0 - vat] as const,
      ]),
    ]),
    vat: amounts.map(({ vatRate, net, vat }) => ({ side: 'output', rate: vatRate, net, vat })),
    openItems: [
      {
        ledger: 'debtors',
        partyId: customerId,
        documentId,
        ...(dueDate === undefined ? {} : { dueDate }),
        amount: total,
      },
    ],
  };
}

/**
 * A customer has paid: what came in is owed no more, and where it was too much, it is owed to them. A refund is the
 * opposite: what was owed to the customer went out to them.
 */
const received = ({ customerId, amount, date, paymentAccountId }: Refund, documentId: string): Entry => ({
  date,
  postings: postingsOf([
    [bankKey(paymentAccountId), amount],
    [CODES.debtors, -amount],
  ]),
  openItems: [{ ledger: 'debtors', partyId: customerId, documentId, amount: -amount }],
});
