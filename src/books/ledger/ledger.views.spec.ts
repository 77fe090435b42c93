import { recorded } from '../../../test/support/specification.js';
import type { DomainEvent, Recorded } from '../../kernel/event.js';
import type { ViewDefinition } from '../../kernel/view.js';
import { BEYOND } from './amount.js';
import { ledgerBalancesView, sumOfDays } from './ledger-balance.view.js';
import { ledgerEntriesView } from './ledger-entry.view.js';
import { ledgerVatView } from './ledger-vat.view.js';
import { openItemsView } from './open-item.view.js';

const ORGANISATION = 'o1';

function event(stream: string, revision: number, what: DomainEvent, recordedAt = '2026-03-02T09:00:00.000Z'): Recorded {
  const { metadata, ...made } = recorded(stream, revision, what, recordedAt);
  return { ...made, metadata: { ...metadata, organisation: ORGANISATION } };
}

const booked = {
  customerId: 'c1',
  date: '2026-03-01',
  dueDate: '2026-03-31',
  total: 1200,
  amounts: [{ accountCode: '4000', vatRate: 2000, net: 1000, vat: 200 }],
};
const issue = { number: 7, issuedOn: '2026-03-02', customerId: 'c1', billTo: { name: 'Hale Ltd' } };
const issued = event('invoice-o1/i1', 1, { type: 'InvoiceIssued', data: { ...issue, booked } });
const payment = { amount: 700, date: '2026-03-01', paymentAccountId: 'b1', customerId: 'c1' };
const paid = event('invoice-o1/i1', 2, { type: 'PaymentRecorded', data: payment }, '2026-04-01T00:00:00.000Z');
const rest = { ...payment, amount: 500, date: '2026-02-28' };
const settled = event('invoice-o1/i1', 3, { type: 'PaymentRecorded', data: rest }, '2026-04-01T00:00:00.000Z');
const old = event('invoice-o1/i2', 1, { type: 'InvoiceIssued', data: issue });
const nothing = event('invoice-o1/i1', 0, { type: 'InvoiceDiscarded', data: {} });

function folded<Doc extends object>(view: ViewDefinition<Doc>, ...events: readonly Recorded[]): Record<string, Doc> {
  const docs = new Map<string, Doc>();
  for (const each of events) {
    for (const key of view.keys(each)) {
      const doc = view.fold(docs.get(key) ?? null, each, key);
      if (doc !== null) docs.set(key, doc);
    }
  }
  return Object.fromEntries(docs);
}

describe('the entries of the ledger', () => {
  it('are what events have booked, each with where it comes from', () => {
    expect(folded(ledgerEntriesView, issued, paid)).toEqual({
      [issued.id]: {
        organisation: ORGANISATION,
        date: '2026-03-01',
        position: '00000001',
        recordedAt: '2026-03-02T09:00:00.000Z',
        order: '2026-03-01/00000001',
        moment: '2026-03-02T09:00:00.000Z/00000001',
        kind: 'invoice',
        source: 'i1',
        type: 'InvoiceIssued',
        postings: [
          { account: '1100', amount: 1200 },
          { account: '4000', amount: -1000 },
          { account: '2200', amount: -200 },
        ],
        accounts: ['1100', '4000', '2200'],
        vat: [{ side: 'output', rate: 2000, net: 1000, vat: 200 }],
        openItems: [{ ledger: 'debtors', partyId: 'c1', documentId: 'i1', dueDate: '2026-03-31', amount: 1200 }],
        parties: ['c1'],
        closing: false,
      },
      [paid.id]: expect.objectContaining({ type: 'PaymentRecorded', accounts: ['bank:b1', '1100'], vat: [] }),
    });
  });

  it('are none for what books nothing, or was written before there was a ledger', () => {
    for (const view of [ledgerEntriesView, ledgerBalancesView, ledgerVatView, openItemsView])
      expect(folded<object>(view, old, nothing)).toEqual({});
  });
});

describe('the balances of the ledger', () => {
  it('are the turnover of each day and month, and of each year, by the days of the books and the time of recording', () => {
    const month = (day: string, debit: number, credit: number) => ({ debit, credit, days: { [day]: [debit, credit] } });
    const year = (debit: number, credit: number) => ({
      period: '2026',
      recorded: '2026',
      shelves: ['years'],
      debit,
      credit,
      days: {},
    });
    const docs = folded(ledgerBalancesView, issued, paid, settled);
    expect(docs).toMatchObject({
      'o1|1100|2026-03|2026-03': {
        ...{ account: '1100', period: '2026-03', recorded: '2026-03', shelves: ['of:2026', 'in:2026'], closing: false },
        ...month('01', 1200, 0),
      },
      'o1|4000|2026-03|2026-03': month('01', 0, 1000),
      'o1|2200|2026-03|2026-03': month('01', 0, 200),
      'o1|1100|2026-03|2026-04': { period: '2026-03', recorded: '2026-04', ...month('01', 0, 700) },
      'o1|bank:b1|2026-03|2026-04': month('01', 700, 0),
      'o1|1100|2026-02|2026-04': month('28', 0, 500),
      'o1|bank:b1|2026-02|2026-04': month('28', 500, 0),
      'o1|1100|2026|2026': year(1200, 1200),
      'o1|4000|2026|2026': year(0, 1000),
      'o1|2200|2026|2026': year(0, 200),
      'o1|bank:b1|2026|2026': year(1200, 0),
    });
    expect(Object.keys(docs)).toHaveLength(11);
  });

  it('add up within a day, and beside other days', () => {
    const again = event('invoice-o1/i3', 1, { type: 'InvoiceIssued', data: { ...issue, booked } });
    const later = event('invoice-o1/i4', 1, {
      type: 'InvoiceIssued',
      data: { ...issue, booked: { ...booked, date: '2026-03-31' } },
    });
    const voided = event('invoice-o1/i1', 2, { type: 'InvoiceVoided', data: { reason: 'x', booked } });
    const docs = folded(ledgerBalancesView, issued, again, later);
    expect(docs['o1|1100|2026-03|2026-03']!.days).toEqual({ '01': [2400, 0], '31': [1200, 0] });
    expect(docs['o1|1100|2026|2026']).toMatchObject({ debit: 3600, credit: 0 });
    const after = folded(ledgerBalancesView, issued, voided);
    // The void was recorded in the same month: both sides of the turnover stand.
    expect(after['o1|1100|2026-03|2026-03']!.days).toEqual({ '01': [1200, 1200] });
  });

  it('are apart for what closes a year', () => {
    const lines = [
      { account: '4000', accountCode: '4000', amount: 5 },
      { account: '3200', accountCode: '3200', amount: -5 },
    ];
    const data = { date: '2026-03-31', purpose: 'year-end', currency: 'GBP', lines, createdBy: 'ann' };
    const closed = event('journal-o1/j1', 0, { type: 'JournalPosted', data });
    expect(Object.entries(folded(ledgerBalancesView, closed)).map(([key, { closing }]) => [key, closing])).toEqual(
      ['4000|2026-03|2026-03', '4000|2026|2026', '3200|2026-03|2026-03', '3200|2026|2026'].map((key) => [
        `o1|${key}|closing`,
        true,
      ]),
    );
  });

  it('go on beyond what a number holds: the view is that of all organisations', () => {
    const large = event('invoice-o1/i5', 1, {
      type: 'InvoiceIssued',
      data: {
        ...issue,
        booked: { ...booked, total: 9e15, amounts: [{ accountCode: '4000', vatRate: 0, net: 9e15, vat: 0 }] },
      },
    });
    const other = { ...issued, metadata: { ...issued.metadata, organisation: 'o2' } };
    const docs = folded(ledgerBalancesView, large, large, issued, other);
    expect(docs['o1|1100|2026|2026']).toMatchObject({ debit: BEYOND, credit: 0 });
    expect(docs['o1|1100|2026-03|2026-03']!.days).toEqual({ '01': [BEYOND, 0] });
    expect(docs['o2|1100|2026|2026']).toMatchObject({ debit: 1200, credit: 0 });
    expect(folded(ledgerVatView, large, large)['o1|output|0|2026-03|2026-03']!.days).toEqual({ '01': [BEYOND, 0] });
    expect(folded(openItemsView, large, large)['i5']).toMatchObject({ balance: BEYOND, openTo: '9999-12-31' });
  });

  it('are what the days of a part of a month come to', () => {
    const days = { '01': [5, 0], '15': [7, 2], '31': [0, 4] } as const;
    expect(sumOfDays('2026-03', days, undefined, '2026-03-14')).toEqual([5, 0]);
    expect(sumOfDays('2026-03', days, '2026-03-15', '2026-03-31')).toEqual([7, 6]);
    expect(sumOfDays('2026-03', days, undefined, '2026-02-28')).toEqual([0, 0]);
  });
});

describe('what a VAT return is made of', () => {
  it('is what was sold at each rate, less what was taken back', () => {
    const voided = event('invoice-o1/i1', 2, { type: 'InvoiceVoided', data: { reason: 'x', booked } });
    expect(folded(ledgerVatView, issued)).toEqual({
      'o1|output|2000|2026-03|2026-03': {
        organisation: ORGANISATION,
        side: 'output',
        rate: 2000,
        month: '2026-03',
        recorded: '2026-03',
        days: { '01': [1000, 200] },
      },
    });
    expect(folded(ledgerVatView, issued, voided)['o1|output|2000|2026-03|2026-03']!.days).toEqual({ '01': [0, 0] });
  });
});

describe('open items', () => {
  const movement = ({ position, recordedAt, type }: Recorded, date: string, amount: number) => ({
    date,
    position,
    recordedAt,
    type,
    amount,
  });

  it('are what is owed with a document, open until all of it is gone', () => {
    const open = folded(openItemsView, issued, paid);
    expect(open).toEqual({
      i1: {
        organisation: ORGANISATION,
        ledger: 'debtors',
        party: 'c1',
        kind: 'invoice',
        dueDate: '2026-03-31',
        movements: [movement(issued, '2026-03-01', 1200), movement(paid, '2026-03-01', -700)],
        balance: 500,
        openTo: '9999-12-31',
      },
    });
    // A payment on an earlier day than the invoice's ends it on the invoice's.
    expect(folded(openItemsView, issued, paid, settled).i1).toMatchObject({ balance: 0, openTo: '2026-03-01' });
  });

  it('know what a credit note takes off its invoice, and a credit note of no invoice by itself', () => {
    const noted = { ...booked, date: '2026-03-09', total: -1200, amounts: [] };
    const { dueDate: _, ...data } = { ...noted };
    const of = (id: string, credit: object) =>
      event(`credit-note-o1/${id}`, 1, { type: 'CreditNoteIssued', data: { ...issue, booked: data, ...credit } });
    const whole = { ...data, amounts: [{ accountCode: '4000', vatRate: 0, net: -1200, vat: 0 }] };
    const note = event('credit-note-o1/n1', 1, {
      type: 'CreditNoteIssued',
      data: { ...issue, booked: whole, credit: { invoiceId: 'i1', amount: 1200 } },
    });
    const alone = event('credit-note-o1/n2', 1, { type: 'CreditNoteIssued', data: { ...issue, booked: whole } });
    expect(() => folded(openItemsView, of('n3', {}))).toThrow('do not balance');
    expect(folded(openItemsView, issued, note, alone)).toMatchObject({
      i1: { kind: 'invoice', dueDate: '2026-03-31', balance: 0, openTo: '2026-03-09' },
      n2: { kind: 'credit-note', balance: -1200, openTo: '9999-12-31' },
    });
  });
});
