import type { DomainEvent, Recorded } from '../../kernel/event.js';
import type { Entry } from '../ledger/entry.js';
import type { CreditNoteEvent } from './credit-note.js';
import type { Booked } from './document.js';
import type { InvoiceEvent } from './invoice.js';
import { creditNotePostings, invoicePostings } from './invoice.postings.js';

const recorded = <E extends DomainEvent>(stream: string, event: E) => ({ ...event, stream }) as Recorded<E>;
const invoiced = <E extends InvoiceEvent>(event: E) => recorded('invoice-o/i1', event);
const credited = <E extends CreditNoteEvent>(event: E) => recorded('credit-note-o/n1', event);

const billTo = { name: 'Hale Ltd' };
const issue = { number: 7, issuedOn: '2026-03-02', customerId: 'c1', billTo };
/** Two rates on one account, and one line on another. */
const booked: Booked = {
  customerId: 'c1',
  date: '2026-03-01',
  dueDate: '2026-03-31',
  total: 1710,
  amounts: [
    { accountCode: '4000', vatRate: 2000, net: 1000, vat: 200 },
    { accountCode: '4000', vatRate: 0, net: 300, vat: 0 },
    { accountCode: '4900', vatRate: 500, net: 200, vat: 10 },
  ],
};
const noted: Booked = {
  customerId: 'c1',
  date: '2026-03-05',
  total: -120,
  amounts: [{ accountCode: '4000', vatRate: 2000, net: -100, vat: -20 }],
};

const refund = { amount: 300, date: '2026-03-12', paymentAccountId: 'b1', customerId: 'c1' };

const entries: readonly [string, Entry | null, Entry | null][] = [
  ['InvoiceCreated', invoicePostings.InvoiceCreated as null, null],
  ['InvoiceEdited', invoicePostings.InvoiceEdited as null, null],
  [
    'InvoiceIssued: the total on debtors, what was earned on the accounts of the lines, the VAT on its own',
    invoicePostings.InvoiceIssued!(invoiced({ type: 'InvoiceIssued', data: { ...issue, booked } })),
    {
      date: '2026-03-01',
      postings: [
        { account: '1100', amount: 1710 },
        { account: '4000', amount: -1300 },
        { account: '2200', amount: -210 },
        { account: '4900', amount: -200 },
      ],
      vat: [
        { side: 'output', rate: 2000, net: 1000, vat: 200 },
        { side: 'output', rate: 0, net: 300, vat: 0 },
        { side: 'output', rate: 500, net: 200, vat: 10 },
      ],
      openItems: [{ ledger: 'debtors', partyId: 'c1', documentId: 'i1', dueDate: '2026-03-31', amount: 1710 }],
    },
  ],
  [
    'InvoiceIssued of version 1',
    invoicePostings.InvoiceIssued!(invoiced({ type: 'InvoiceIssued', data: issue })),
    null,
  ],
  [
    'PaymentRecorded: into the bank account, off what is owed',
    invoicePostings.PaymentRecorded!(
      invoiced({
        type: 'PaymentRecorded',
        data: { amount: 500, date: '2026-03-09', paymentAccountId: 'b1', customerId: 'c1' },
      }),
    ),
    {
      date: '2026-03-09',
      postings: [
        { account: 'bank:b1', amount: 500 },
        { account: '1100', amount: -500 },
      ],
      openItems: [{ ledger: 'debtors', partyId: 'c1', documentId: 'i1', amount: -500 }],
    },
  ],
  [
    'PaymentRecorded of version 1',
    invoicePostings.PaymentRecorded!(
      invoiced({ type: 'PaymentRecorded', data: { amount: 500, date: '2026-03-09', paymentAccountId: 'b1' } }),
    ),
    null,
  ],
  ['CreditReserved', invoicePostings.CreditReserved as null, null],
  ['CreditReleased', invoicePostings.CreditReleased as null, null],
  [
    'InvoiceVoided: the opposite of its issue, on the same day',
    invoicePostings.InvoiceVoided!(invoiced({ type: 'InvoiceVoided', data: { reason: 'x', booked } })),
    {
      date: '2026-03-01',
      postings: [
        { account: '1100', amount: -1710 },
        { account: '4000', amount: 1300 },
        { account: '2200', amount: 210 },
        { account: '4900', amount: 200 },
      ],
      vat: [
        { side: 'output', rate: 2000, net: -1000, vat: -200 },
        { side: 'output', rate: 0, net: -300, vat: 0 },
        { side: 'output', rate: 500, net: -200, vat: -10 },
      ],
      openItems: [{ ledger: 'debtors', partyId: 'c1', documentId: 'i1', dueDate: '2026-03-31', amount: -1710 }],
    },
  ],
  [
    'InvoiceVoided of one that posted nothing',
    invoicePostings.InvoiceVoided!(invoiced({ type: 'InvoiceVoided', data: { reason: 'x' } })),
    null,
  ],
  ['InvoiceDiscarded', invoicePostings.InvoiceDiscarded as null, null],
  ['InvoiceSent', invoicePostings.InvoiceSent as null, null],
  ['InvoiceReminderSent', invoicePostings.InvoiceReminderSent as null, null],
  ['CreditNoteSent', creditNotePostings.CreditNoteSent as null, null],
  ['CreditNoteCreated', creditNotePostings.CreditNoteCreated as null, null],
  [
    'CreditNoteIssued: what its invoice owes no more',
    creditNotePostings.CreditNoteIssued!(
      credited({
        type: 'CreditNoteIssued',
        data: { ...issue, booked: noted, credit: { invoiceId: 'i1', amount: 120 } },
      }),
    ),
    {
      date: '2026-03-05',
      postings: [
        { account: '1100', amount: -120 },
        { account: '4000', amount: 100 },
        { account: '2200', amount: 20 },
      ],
      vat: [{ side: 'output', rate: 2000, net: -100, vat: -20 }],
      openItems: [{ ledger: 'debtors', partyId: 'c1', documentId: 'i1', amount: -120 }],
    },
  ],
  [
    'CreditNoteVoided: a note of no invoice is owed by itself',
    creditNotePostings.CreditNoteVoided!(credited({ type: 'CreditNoteVoided', data: { reason: 'x', booked: noted } })),
    {
      date: '2026-03-05',
      postings: [
        { account: '1100', amount: 120 },
        { account: '4000', amount: -100 },
        { account: '2200', amount: -20 },
      ],
      vat: [{ side: 'output', rate: 2000, net: 100, vat: 20 }],
      openItems: [{ ledger: 'debtors', partyId: 'c1', documentId: 'n1', amount: 120 }],
    },
  ],
  [
    'CreditNoteVoided of a draft',
    creditNotePostings.CreditNoteVoided!(credited({ type: 'CreditNoteVoided', data: { reason: 'x' } })),
    null,
  ],
  [
    'RefundRecorded: out of the bank account, owed to the customer no more',
    invoicePostings.RefundRecorded!(invoiced({ type: 'RefundRecorded', data: refund })),
    {
      date: '2026-03-12',
      postings: [
        { account: 'bank:b1', amount: -300 },
        { account: '1100', amount: 300 },
      ],
      openItems: [{ ledger: 'debtors', partyId: 'c1', documentId: 'i1', amount: 300 }],
    },
  ],
  [
    'CreditNoteRefunded: the same, of the note itself',
    creditNotePostings.CreditNoteRefunded!(credited({ type: 'CreditNoteRefunded', data: refund })),
    {
      date: '2026-03-12',
      postings: [
        { account: 'bank:b1', amount: -300 },
        { account: '1100', amount: 300 },
      ],
      openItems: [{ ledger: 'debtors', partyId: 'c1', documentId: 'n1', amount: 300 }],
    },
  ],
];

describe('what invoices and credit notes book', () => {
  it.each(entries)('%s', (_, entry, expected) => {
    expect(entry).toEqual(expected);
  });

  it('has a row for each type of event', () => {
    const types = [...Object.keys(invoicePostings), ...Object.keys(creditNotePostings)];
    expect(types.filter((type) => !entries.some(([name]) => name.split(/[ :]/)[0] === type))).toEqual([]);
  });
});
