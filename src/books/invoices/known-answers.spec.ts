import { given, recorded } from '../../../test/support/specification.js';
import { daysBetween } from '../../kernel/dates.js';
import type { Decide } from '../../kernel/decider.js';
import { entryOf } from '../ledger/rules.js';
import { type CreditNoteEvent, creditNotes } from './credit-note.js';
import { createCreditNote, issueCreditNote } from './credit-note.decide.js';
import { type LineInput, priceLines, totalsOf } from './document.js';
import { type Invoice, type InvoiceEvent, invoices } from './invoice.js';
import {
  copyInvoice,
  createInvoice,
  editInvoice,
  issueInvoice,
  recordPayment,
  recordRefund,
  reserveCredit,
  type VoidNotes,
} from './invoice.decide.js';
import { type InvoiceDoc, invoicesView } from './invoice.view.js';

/** Cases whose answers are worked out by hand, from the lines of an invoice to what is owed and what stands in the ledger. */
const line = (quantity: string | number, unitPrice: string, vatRate = 2000): LineInput => ({
  description: 'Lantern',
  quantity,
  unitPrice,
  vatRate,
});
const NO_NOTES: VoidNotes = { voidNotes: new Set() };
const money = { date: '2026-03-12', paymentAccountId: 'b1' };
const billTo = { name: 'Hale Ltd' };

/** An invoice taken through commands, with its document and its entries. */
class Books {
  readonly events: (InvoiceEvent | CreditNoteEvent)[] = [];
  doc: InvoiceDoc | null = null;
  /** Sums on accounts; debits are positive. */
  readonly accounts = new Map<string, number>();
  readonly dates: string[] = [];
  owed = 0;

  constructor(
    readonly stream: string,
    readonly key: string,
  ) {}

  happened(event: InvoiceEvent | CreditNoteEvent, stream = this.stream): void {
    const one = recorded(stream, this.events.length, event);
    this.events.push(event);
    this.doc = invoicesView.fold(this.doc, one, this.key);
    const entry = entryOf(one);
    if (entry === null) return;
    this.dates.push(entry.date);
    for (const { account, amount } of entry.postings)
      this.accounts.set(account, (this.accounts.get(account) ?? 0) + amount);
    for (const { amount } of entry.openItems ?? []) this.owed += amount;
  }

  get sums(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.accounts].filter(([, sum]) => sum !== 0));
  }
}

class Invoiced extends Books {
  constructor(lines: readonly LineInput[], { currency = 'GBP', date = '2026-03-01' } = {}) {
    super('invoice-o/i1', 'i1');
    this.do(createInvoice({ customerId: 'c1', date, lines }), { currency });
    this.do(issueInvoice(), { number: 1, billTo });
  }

  do<P>(decide: Decide<Invoice, InvoiceEvent, P>, prepared: P): this {
    const own = this.events.filter((event): event is InvoiceEvent => event.type in invoices.events);
    const { state } = given(invoices, 'i1', ...own);
    const context = { now: '2026-03-12T09:00:00.000Z', userId: 'ann', organisation: 'o', newId: 'n' };
    for (const event of decide(state, context, prepared)) this.happened(event);
    return this;
  }

  pay(amount: number, overpayment = false): this {
    return this.do(recordPayment({ amount, ...money, overpayment }), NO_NOTES);
  }

  refund(amount: number): this {
    return this.do(recordRefund({ amount, ...money }), NO_NOTES);
  }

  /** A credit note of these lines for this invoice, issued. */
  credit(...lines: readonly LineInput[]): this {
    const note = { customerId: 'c1', date: '2026-03-10', invoiceId: 'i1', lines };
    const made = given(creditNotes, 'n1');
    const context = { now: '2026-03-10T09:00:00.000Z', userId: 'ann', organisation: 'o', newId: 'n' };
    const created = createCreditNote(note)(made.state, context, { currency: 'GBP' });
    const issued = issueCreditNote()(given(creditNotes, 'n1', ...created).state, context, { number: 1, billTo });
    const credit = (issued[0] as Extract<CreditNoteEvent, { type: 'CreditNoteIssued' }>).data.credit!;
    this.do((state) => reserveCredit(state, { creditNoteId: 'n1', amount: credit.amount }, NO_NOTES), undefined);
    for (const event of issued) this.happened(event, 'credit-note-o/n1');
    return this;
  }
}

describe('VAT is rounded on each line, half away from zero', () => {
  it.each<[string, string, readonly LineInput[], { net: number; vat: number; total: number }]>([
    // 3 x 0.335 = 1.005 -> 1.01; 20 % of that is 0.202 -> 0.20.
    ['the net first, then the VAT on it', 'GBP', [line(3, '0.335')], { net: 101, vat: 20, total: 121 }],
    // 20 % of 0.33 is 0.066 -> 0.07, ten times; of the sum it would be 0.66.
    ['ten small lines', 'GBP', Array.from({ length: 10 }, () => line(1, '0.33')), { net: 330, vat: 70, total: 400 }],
    // 5 % of 0.10 is 0.005 -> 0.01, and of -0.10 it is -0.01.
    ['half a penny up', 'GBP', [line(1, '0.10', 500)], { net: 10, vat: 1, total: 11 }],
    ['half a penny down', 'GBP', [line(-1, '0.10', 500)], { net: -10, vat: -1, total: -11 }],
    // 17.5 % of 19.99 is 3.49825 -> 3.50.
    ['a rate with a fraction', 'GBP', [line(1, '19.99', 1750)], { net: 1999, vat: 350, total: 2349 }],
    // No minor unit: 10 % of 105 is 10.5 -> 11.
    ['a currency without pence', 'JPY', [line(1, '105', 1000)], { net: 105, vat: 11, total: 116 }],
    // A thousandth: 1.2345 -> 1.235 (half away from zero); 5 % is 0.06175 -> 0.062.
    ['a currency with thousandths', 'KWD', [line(1, '1.2345', 500)], { net: 1235, vat: 62, total: 1297 }],
    // 1/3 hour at 100 an hour, to six places: 33.3333 -> 33.33; 6.666 -> 6.67.
    ['a third', 'GBP', [line('0.333333', '100')], { net: 3333, vat: 667, total: 4000 }],
  ])('%s', (_name, currency, lines, expected) => {
    expect(totalsOf(priceLines('invoice', lines, currency))).toEqual(expected);
    const books = new Invoiced(lines, { currency });
    expect(books.sums).toEqual({ 1100: expected.total, 4000: -expected.net, 2200: -expected.vat });
  });

  it('and a credit note of the same lines takes back the same, whatever was rounded', () => {
    const lines = [line(3, '0.335'), line(1, '0.33'), line(1, '0.33'), line(-1, '0.10', 500)];
    const books = new Invoiced(lines).credit(...lines);
    expect(books.sums).toEqual({});
    expect(books.owed).toBe(0);
    expect(books.doc).toMatchObject({ outstanding: 0, status: 'paid' });
  });
});

describe('payments in parts', () => {
  it('leave the penny that thirds leave, until it is paid', () => {
    const books = new Invoiced([line(1, '83.333333')]);
    // 83.33 + 16.67 VAT.
    expect(books.doc).toMatchObject({ net: 8333, vat: 1667, total: 10_000, outstanding: 10_000 });
    books.pay(3333).pay(3333).pay(3333);
    expect(books.doc).toMatchObject({ paid: 9999, outstanding: 1, status: 'part-paid' });
    expect(books.owed).toBe(1);
    expect(() => books.pay(2)).toThrow(/more than what is outstanding/);
    books.pay(1);
    expect(books.doc).toMatchObject({ outstanding: 0, status: 'paid' });
    expect(books.sums).toEqual({ 'bank:b1': 10_000, 4000: -8333, 2200: -1667 });
  });

  it('that come to more are owed to the customer, until they are refunded', () => {
    const books = new Invoiced([line(1, '100')]).pay(10_000).pay(2500, true);
    expect(books.doc).toMatchObject({ outstanding: -500, status: 'paid' });
    expect(books.sums).toEqual({ 'bank:b1': 12_500, 1100: -500, 4000: -10_000, 2200: -2000 });
    expect(books.owed).toBe(-500);
    expect(() => books.refund(501)).toThrow(/more than what the customer is owed/);
    books.refund(500);
    expect(books.doc).toMatchObject({ outstanding: 0, paid: 12_000 });
    expect(books.sums).toEqual({ 'bank:b1': 12_000, 4000: -10_000, 2200: -2000 });
  });
});

describe('a credit note that is larger than the rest of its invoice', () => {
  it('leaves the customer with a credit, which is refunded', () => {
    const books = new Invoiced([line(2, '50')]).pay(10_000).credit(line(1, '50'));
    // 120.00 less 100.00 paid less 60.00 credited.
    expect(books.doc).toMatchObject({ total: 12_000, paid: 10_000, credited: 6000, outstanding: -4000 });
    expect(books.sums).toEqual({ 'bank:b1': 10_000, 1100: -4000, 4000: -5000, 2200: -1000 });
    expect(books.owed).toBe(-4000);
    books.refund(4000);
    expect(books.doc).toMatchObject({ outstanding: 0, status: 'paid' });
    expect(books.sums).toEqual({ 'bank:b1': 6000, 4000: -5000, 2200: -1000 });
    expect(books.owed).toBe(0);
  });
  it('is not larger than the whole of it', () => {
    expect(() => new Invoiced([line(2, '50')]).credit(line('2.01', '50'))).toThrow(/more off the invoice than/);
  });
});

describe('leap days and year ends', () => {
  const copied = (date: string, dueDate: string, on: string) =>
    copyInvoice({ customerId: 'c1', date, dueDate, currency: 'GBP', lines: [], net: 0, vat: 0, total: 0 }, on)(
      given(invoices, 'i2').state,
      { now: '', userId: '', organisation: '', newId: '' },
      undefined,
    )[0]!.data;

  it.each([
    // 2028 has a 29 February, 2026 and 2100 have none, 2000 had one.
    ['30 days over a leap day', '2026-01-31', '2026-03-02', '2028-01-31', '2028-03-01'],
    ['from a leap day', '2028-02-29', '2028-03-30', '2027-02-28', '2027-03-30'],
    ['over a year end', '2026-03-01', '2026-03-31', '2025-12-15', '2026-01-14'],
    ['over the end of a century without a leap day', '2026-02-01', '2026-03-03', '2100-02-01', '2100-03-03'],
    ['due at once', '2026-02-28', '2026-02-28', '2028-02-29', '2028-02-29'],
  ])('leave as many days to pay: %s', (_name, date, due, on, expected) => {
    expect(copied(date, due, on)).toMatchObject({ date: on, dueDate: expected });
    expect(daysBetween(on, expected)).toBe(daysBetween(date, due));
  });

  it('are days of the calendar, or are refused', () => {
    const on = (date: string) => () => new Invoiced([line(1, '1')], { date });
    for (const right of ['2000-02-29', '2028-02-29', '2026-12-31']) expect(on(right)).not.toThrow();
    for (const wrong of ['1900-02-29', '2026-02-29', '2100-02-29', '2026-11-31']) expect(on(wrong)).toThrow(/date/);
  });

  it('book on the day of the document, whenever it is issued', () => {
    // Issued on 12 March 2026.
    const books = new Invoiced([line(1, '100')], { date: '2025-12-31' });
    expect(books.events[1]).toMatchObject({ type: 'InvoiceIssued', data: { issuedOn: '2026-03-12' } });
    expect(books.dates).toEqual(['2025-12-31']);
    expect(books.pay(12_000).dates).toEqual(['2025-12-31', '2026-03-12']);
  });
});

describe('zero and negative lines', () => {
  it('are lines like any other', () => {
    const books = new Invoiced([
      line(1, '100'), // 100.00 + 20.00
      line(1, '0'), // free of charge
      line(0, '100'), // none of them
      line(-1, '10'), // a discount: -10.00 - 2.00
      line(2, '-0.005'), // -0.01, no VAT that rounds to anything
    ]);
    expect(books.doc!.lines.map(({ net, vat }) => [net, vat])).toEqual([
      [10_000, 2000],
      [0, 0],
      [0, 0],
      [-1000, -200],
      [-1, 0],
    ]);
    expect(books.doc).toMatchObject({ net: 8999, vat: 1800, total: 10_799 });
    expect(books.sums).toEqual({ 1100: 10_799, 4000: -8999, 2200: -1800 });
  });

  it('may come to nothing, which nobody owes', () => {
    const books = new Invoiced([line(1, '10'), line(-1, '10')]);
    expect(books.doc).toMatchObject({ total: 0, outstanding: 0 });
    expect(books.sums).toEqual({});
    expect(() => books.pay(1)).toThrow(/outstanding/);
    expect(() => books.refund(1)).toThrow(/owed/);
  });

  it('may come to less than nothing, which is owed to the customer', () => {
    const books = new Invoiced([line(-1, '10')]);
    expect(books.doc).toMatchObject({ total: -1200, outstanding: -1200, status: 'issued' });
    expect(books.owed).toBe(-1200);
    expect(books.refund(700).doc).toMatchObject({ outstanding: -500, status: 'part-paid' });
    expect(books.refund(500).doc).toMatchObject({ outstanding: 0, status: 'paid' });
    expect(books.sums).toEqual({ 'bank:b1': -1200, 4000: 1000, 2200: 200 });
  });
});

describe('2,000 lines', () => {
  // Line n is n pence, 1 + 2 + ... + 2000 = 2,001,000 in all. A fifth of n is rounded down by .2 and .4 where n ends in 1 or 2
  // (6, 7), up by .4 and .2 in 3 or 4 (8, 9), and not at all in 5 or 0: all of it comes to an exact fifth.
  const lines = Array.from({ length: 2000 }, (_, index) => line(index + 1, '0.01'));

  it('come to exactly what they come to', () => {
    const books = new Invoiced(lines);
    expect(books.doc).toMatchObject({ net: 2_001_000, vat: 400_200, total: 2_401_200 });
    expect(books.sums).toEqual({ 1100: 2_401_200, 4000: -2_001_000, 2200: -400_200 });
  });
  it('are edited by what changed, not written anew', () => {
    const { state } = given(invoices, 'i1', {
      type: 'InvoiceCreated',
      data: {
        customerId: 'c1',
        date: '2026-03-01',
        currency: 'GBP',
        lines: priceLines('invoice', lines, 'GBP'),
        ...totalsOf(priceLines('invoice', lines, 'GBP')),
        createdBy: 'ann',
      },
    });
    const context = { now: '', userId: '', organisation: '', newId: '' };
    const [edited] = editInvoice({ lines: lines.with(999, line(1001, '0.01')) })(state, context, undefined);
    expect(edited).toMatchObject({
      data: {
        changes: { net: { from: 2_001_000, to: 2_001_001 } },
        lines: [{ line: 1000, from: { net: 1000 }, to: { net: 1001 } }],
      },
    });
  });
});
