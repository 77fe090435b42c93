import { recordIdOf } from '../../kernel/decider.js';
import type { PlainDate } from '../../kernel/event.js';
import type { Minor } from '../../kernel/money.js';
import { CODES } from '../chart/codes.js';
import { bankKey, type Entry, postingsOf, type PostingRules } from '../ledger/entry.js';
import type { CreditNoteEvent } from './credit-note.js';
import type { Booked } from './document.js';
import type { InvoiceEvent, Refund } from './invoice.js';

/** What was written before there was a ledger posts nothing: its documents come in with the opening balances. */
export const invoicePostings: PostingRules<InvoiceEvent> = {
  InvoiceCreated: null,
  InvoiceEdited: null,
  InvoiceIssued: ({ stream, data: { booked } }) => posted(booked, recordIdOf(stream)),
  PaymentRecorded: ({ stream, data: { customerId, amount, date, paymentAccountId } }) =>
    customerId === undefined
      ? null
      : received({ customerId, documentId: recordIdOf(stream), amount, date, bankAccountId: paymentAccountId }),
  RefundRecorded: ({ stream, data }) => refunded(recordIdOf(stream), data),
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
  CreditNoteRefunded: ({ stream, data }) => refunded(recordIdOf(stream), data),
  CreditNoteSent: null,
};

const posted = (booked: Booked | undefined, owedBy: string): Entry | null => (booked ? sale(booked, owedBy) : null);
const takenBack = (booked: Booked | undefined, owedBy: string): Entry | null =>
  booked ? sale(opposite(booked), owedBy) : null;

const opposite = ({ total, amounts, ...booked }: Booked): Booked => ({
  ...booked,
  total: 0 - total,
  amounts: amounts.map(({ net, vat, ...amount }) => ({ ...amount, net: 0 - net, vat: 0 - vat })),
});

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

/** A customer has paid: what came in is owed no more, and where it was too much, it is owed to them. */
function received({
  customerId,
  documentId,
  amount,
  date,
  bankAccountId,
}: {
  readonly customerId: string;
  readonly documentId: string;
  readonly amount: Minor;
  readonly date: PlainDate;
  readonly bankAccountId: string;
}): Entry {
  return {
    date,
    postings: postingsOf([
      [bankKey(bankAccountId), amount],
      [CODES.debtors, -amount],
    ]),
    openItems: [{ ledger: 'debtors', partyId: customerId, documentId, amount: -amount }],
  };
}

/** The opposite of a payment: what was owed to the customer went out to them. */
const refunded = (documentId: string, { customerId, amount, date, paymentAccountId }: Refund): Entry =>
  received({ customerId, documentId, amount: -amount, date, bankAccountId: paymentAccountId });
