import { given, recorded } from '../../../test/support/specification.js';
import { type CreditNoteEvent, creditNotes } from './credit-note.js';
import { refundCreditNote, voidCreditNote } from './credit-note.decide.js';
import { type InvoiceEvent, invoices } from './invoice.js';
import { recordPayment, recordRefund, type VoidNotes, voidInvoice } from './invoice.decide.js';
import { type InvoiceDoc, invoicesView } from './invoice.view.js';

const line = { description: 'Lantern', quantity: '2', unitPrice: '5', vatRate: 2000, net: 1000, vat: 200 };
const content = { customerId: 'c1', date: '2026-03-01', currency: 'GBP', lines: [line] };
const issue = { number: 7, issuedOn: '2026-03-01', customerId: 'c1', billTo: { name: 'Hale Ltd' } };
const money = { date: '2026-03-12', paymentAccountId: 'b1' };

const created: InvoiceEvent = {
  type: 'InvoiceCreated',
  data: { ...content, net: 1000, vat: 200, total: 1200, createdBy: 'ann' },
};
const issued: InvoiceEvent = { type: 'InvoiceIssued', data: issue };
const paid = (amount: number): InvoiceEvent => ({
  type: 'PaymentRecorded',
  data: { amount, ...money, customerId: 'c1' },
});
const refunded = (amount: number): InvoiceEvent => ({
  type: 'RefundRecorded',
  data: { amount, ...money, customerId: 'c1' },
});
const reserved = (amount: number): InvoiceEvent => ({ type: 'CreditReserved', data: { creditNoteId: 'n1', amount } });
const voidNotes = (...ids: readonly string[]): VoidNotes => ({ voidNotes: new Set(ids) });
const invoice = (...events: readonly InvoiceEvent[]) => given(invoices, 'i1', created, issued, ...events);

describe('paying more than is outstanding', () => {
  it('is taken where it is meant', () => {
    invoice()
      .when(recordPayment({ amount: 1500, ...money, overpayment: true }), voidNotes())
      .then(paid(1500));
    invoice(paid(1200))
      .when(recordPayment({ amount: 1, ...money, overpayment: true }), voidNotes())
      .then(paid(1));
  });
  it('is refused where nothing says so', () => {
    for (const overpayment of [undefined, false])
      invoice()
        .when(recordPayment({ amount: 1201, ...money, overpayment }), voidNotes())
        .thenRefused('conflict', 'payment-exceeds-outstanding');
  });
});

describe('refunding a payment', () => {
  it.each([
    ['all that was too much', [paid(1500)], 300, 301],
    ['a part of it', [paid(1500)], 1, 301],
    ['what an earlier refund has left', [paid(1500), refunded(200)], 100, 101],
    ['what a credit note took off after it was paid', [paid(1200), reserved(500)], 500, 501],
    ['what was too much beside a credit note', [reserved(500), paid(700), paid(1)], 1, 2],
  ] as const)('gives back %s', (_name, before, amount, tooMuch) => {
    invoice(...before)
      .when(recordRefund({ amount, ...money }), voidNotes())
      .then(refunded(amount));
    invoice(...before)
      .when(recordRefund({ amount: tooMuch, ...money }), voidNotes())
      .thenRefused('conflict', 'refund-exceeds-credit');
  });
  it('counts no credit note that is void', () => {
    invoice(paid(1200), reserved(500))
      .when(recordRefund({ amount: 500, ...money }), voidNotes('n1'))
      .thenRefused('conflict', 'refund-exceeds-credit');
  });
  it('leaves what is outstanding alone', () => {
    invoice(paid(1500), refunded(300))
      .when(recordPayment({ amount: 1, ...money }), voidNotes())
      .thenRefused('conflict', 'payment-exceeds-outstanding');
    invoice(paid(1500), refunded(300))
      .when(voidInvoice('mistake'), voidNotes())
      .thenRefused('conflict', 'has-payments');
  });
  it.each([{ amount: 0 }, { amount: -1 }, { date: '2026-02-30' }])('is refused with %j', (wrong) =>
    invoice(paid(1500))
      .when(recordRefund({ amount: 100, ...money, ...wrong }), voidNotes())
      .thenRefused('validation-failed'),
  );
  it('is refused for a draft', () =>
    given(invoices, 'i1', created)
      .when(recordRefund({ amount: 1, ...money }), voidNotes())
      .thenRefused('conflict', 'not-issued'));
});

describe('refunding a credit note', () => {
  const negative = { lines: [{ ...line, net: -1000, vat: -200 }], net: -1000, vat: -200, total: -1200 };
  const noted = (more: object = {}): CreditNoteEvent => ({
    type: 'CreditNoteCreated',
    data: { ...content, ...negative, createdBy: 'ann', ...more },
  });
  const noteIssued: CreditNoteEvent = { type: 'CreditNoteIssued', data: issue };
  const out = (amount: number): CreditNoteEvent => ({
    type: 'CreditNoteRefunded',
    data: { amount, ...money, customerId: 'c1' },
  });
  const note = (...events: readonly CreditNoteEvent[]) => given(creditNotes, 'n1', ...events);

  it('pays out what it is for, in parts too', () => {
    note(noted(), noteIssued)
      .when(refundCreditNote({ amount: 1200, ...money }))
      .then(out(1200));
    note(noted(), noteIssued, out(700))
      .when(refundCreditNote({ amount: 500, ...money }))
      .then(out(500));
    note(noted(), noteIssued, out(700))
      .when(refundCreditNote({ amount: 501, ...money }))
      .thenRefused('conflict', 'refund-exceeds-credit');
  });
  it('is refused for a draft, for nothing, and where it corrects an invoice', () => {
    note(noted())
      .when(refundCreditNote({ amount: 1, ...money }))
      .thenRefused('conflict', 'not-issued');
    note(noted(), noteIssued)
      .when(refundCreditNote({ amount: 0, ...money }))
      .thenRefused('validation-failed');
    note(noted({ invoiceId: 'i1' }), noteIssued)
      .when(refundCreditNote({ amount: 1, ...money }))
      .thenRefused('conflict', 'credit-of-an-invoice');
  });
  it('keeps it from being voided', () =>
    note(noted(), noteIssued, out(1)).when(voidCreditNote('mistake')).thenRefused('conflict', 'has-refunds'));

  describe('in the view', () => {
    const after = (stream: string, ...events: readonly (InvoiceEvent | CreditNoteEvent)[]) =>
      events.reduce<InvoiceDoc | null>((doc, event, revision) => {
        const happened = recorded(stream, revision, event);
        return invoicesView.fold(doc, happened, invoicesView.keys(happened)[0]!);
      }, null);

    it.each<[string, readonly CreditNoteEvent[], object]>([
      ['a credit to come', [], { status: 'issued', paid: 0, outstanding: -1200 }],
      ['a part paid out', [out(700)], { status: 'part-paid', paid: -700, outstanding: -500 }],
      ['all paid out', [out(700), out(500)], { status: 'paid', paid: -1200, outstanding: 0 }],
    ])('is %s', (_name, events, expected) => {
      expect(after('credit-note-o/n1', noted(), noteIssued, ...events)).toMatchObject(expected);
    });
    it('is a negative payment', () => {
      expect(after('invoice-o/i1', created, issued, paid(1500))).toMatchObject({ status: 'paid', outstanding: -300 });
      expect(after('invoice-o/i1', created, issued, paid(1500), refunded(300))).toMatchObject({
        status: 'paid',
        paid: 1200,
        outstanding: 0,
        payments: [
          { amount: 1500, ...money },
          { amount: -300, ...money },
        ],
      });
    });
  });
});
