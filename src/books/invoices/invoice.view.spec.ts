import { NOW as AT, recorded } from '../../../test/support/specification.js';
import type { CreditNoteEvent } from './credit-note.js';
import type { InvoiceEvent } from './invoice.js';
import { type InvoiceDoc, invoicesView, isOverdue } from './invoice.view.js';

const lantern = { description: 'Lantern', quantity: '2', unitPrice: '5', vatRate: 2000, net: 1000, vat: 200 };
const content = {
  customerId: 'c1',
  date: '2026-03-01',
  currency: 'GBP',
  lines: [lantern],
  ...{ net: 1000, vat: 200, total: 1200 },
} as const;
const issue = { number: 7, issuedOn: '2026-03-01', customerId: 'c1', billTo: { name: 'Hale Ltd' } };
const sending = { customerId: 'c1', to: 'rosa@klein.example' };
const payment = { amount: 200, date: '2026-03-02', paymentAccountId: 'a1' };

const draft: InvoiceDoc = {
  ...content,
  organisation: '',
  revision: 0,
  kind: 'invoice',
  number: null,
  status: 'draft',
  payments: [],
  paid: 0,
  credited: 0,
  outstanding: 1200,
  createdBy: 'ann',
  created: '00000000',
  reach: ['by:ann'],
  texts: [],
};
const issued: InvoiceDoc = { ...draft, revision: 1, number: 7, status: 'issued', texts: ['7'] };
const note: InvoiceDoc = {
  ...draft,
  kind: 'credit-note',
  invoiceId: 'i1',
  lines: [{ ...lantern, net: -1000, vat: -200 }],
  ...{ net: -1000, vat: -200, total: -1200, outstanding: 0 },
};
const { invoiceId: _, ...loose } = note;

type Row = readonly [string, InvoiceDoc | null, number, InvoiceEvent | CreditNoteEvent, InvoiceDoc | null];

const own: readonly Row[] = [
  ['InvoiceCreated', null, 0, { type: 'InvoiceCreated', data: { ...content, createdBy: 'ann' } }, draft],
  [
    'InvoiceEdited',
    draft,
    1,
    {
      type: 'InvoiceEdited',
      data: {
        changes: {
          brandId: { from: undefined, to: 'b1' },
          net: { from: 1000, to: 0 },
          vat: { from: 200, to: 0 },
          total: { from: 1200, to: 0 },
        },
        lines: [{ line: 1, from: lantern, to: null }],
      },
    },
    {
      ...draft,
      revision: 1,
      brandId: 'b1',
      lines: [],
      ...{ net: 0, vat: 0, total: 0, outstanding: 0 },
      reach: ['*|b1|', 'by:ann', 'by:ann|b1|'],
    },
  ],
  ['InvoiceIssued', draft, 1, { type: 'InvoiceIssued', data: issue }, issued],
  [
    'PaymentRecorded, a part',
    issued,
    2,
    { type: 'PaymentRecorded', data: payment },
    { ...issued, revision: 2, status: 'part-paid', payments: [payment], paid: 200, outstanding: 1000 },
  ],
  [
    'PaymentRecorded, the whole',
    issued,
    2,
    { type: 'PaymentRecorded', data: { ...payment, amount: 1200 } },
    { ...issued, revision: 2, status: 'paid', payments: [{ ...payment, amount: 1200 }], paid: 1200, outstanding: 0 },
  ],
  [
    'CreditReserved, for a credit note that is not issued yet',
    issued,
    2,
    { type: 'CreditReserved', data: { creditNoteId: 'n1', amount: 200 } },
    { ...issued, revision: 2 },
  ],
  [
    'CreditReleased, of a credit note that has been void before',
    issued,
    3,
    { type: 'CreditReleased', data: { creditNoteId: 'n1', amount: 200 } },
    { ...issued, revision: 3 },
  ],
  [
    'InvoiceVoided',
    issued,
    2,
    { type: 'InvoiceVoided', data: { reason: 'mistake' } },
    { ...issued, revision: 2, status: 'void', reason: 'mistake', outstanding: 0 },
  ],
  [
    'InvoiceDiscarded',
    draft,
    1,
    { type: 'InvoiceDiscarded', data: {} },
    { ...draft, revision: 1, status: 'discarded', outstanding: 0 },
  ],
  [
    'InvoiceSent',
    issued,
    2,
    { type: 'InvoiceSent', data: sending },
    { ...issued, revision: 2, sentAt: AT, status: 'sent' },
  ],
  [
    'InvoiceSent, of what is paid in part',
    { ...issued, status: 'part-paid', paid: 200, outstanding: 1000 },
    2,
    { type: 'InvoiceSent', data: sending },
    { ...issued, revision: 2, sentAt: AT, status: 'part-paid', paid: 200, outstanding: 1000 },
  ],
  [
    'InvoiceReminderSent',
    issued,
    2,
    { type: 'InvoiceReminderSent', data: { ...sending, daysAfterDue: 7 } },
    { ...issued, revision: 2, remindedAt: AT, reminded: 7, status: 'sent' },
  ],
  [
    'CreditNoteSent',
    { ...note, revision: 1, number: 7, status: 'issued' },
    2,
    { type: 'CreditNoteSent', data: sending },
    { ...note, revision: 2, number: 7, sentAt: AT, status: 'sent' },
  ],
  [
    'CreditNoteCreated',
    null,
    0,
    {
      type: 'CreditNoteCreated',
      data: { ...content, invoiceId: 'i1', lines: note.lines, net: -1000, vat: -200, total: -1200, createdBy: 'ann' },
    },
    note,
  ],
  [
    'CreditNoteCreated for no invoice',
    null,
    0,
    {
      type: 'CreditNoteCreated',
      data: { ...content, lines: note.lines, net: -1000, vat: -200, total: -1200, createdBy: 'ann' },
    },
    { ...loose, outstanding: -1200 },
  ],
  [
    'CreditNoteIssued',
    note,
    1,
    { type: 'CreditNoteIssued', data: { ...issue, credit: { invoiceId: 'i1', amount: 1200 } } },
    { ...note, revision: 1, number: 7, status: 'issued', texts: ['7'] },
  ],
  [
    'CreditNoteVoided',
    note,
    1,
    { type: 'CreditNoteVoided', data: { reason: 'mistake' } },
    { ...note, revision: 1, status: 'void', reason: 'mistake' },
  ],
  ['InvoiceIssued of none', null, 1, { type: 'InvoiceIssued', data: issue }, null],
];

const credit = (amount: number): CreditNoteEvent => ({
  type: 'CreditNoteIssued',
  data: { ...issue, credit: { invoiceId: 'i1', amount } },
});

const credited: readonly Row[] = [
  ['a part of it', issued, 1, credit(200), { ...issued, credited: 200, outstanding: 1000 }],
  ['all of it', issued, 1, credit(1200), { ...issued, credited: 1200, outstanding: 0, status: 'paid' }],
  ['more than all of it', issued, 1, credit(1300), { ...issued, credited: 1300, outstanding: -100, status: 'paid' }],
  [
    'nothing any more',
    { ...issued, credited: 1200, outstanding: 0, status: 'paid' },
    1,
    { type: 'CreditNoteVoided', data: { reason: 'mistake', credit: { invoiceId: 'i1', amount: 1200 } } },
    issued,
  ],
  ['of none', null, 1, credit(200), null],
];

describe('the invoices view', () => {
  it.each(own)('%s', (_, before, revision, event, after) => {
    expect(invoicesView.fold(before, recorded('invoice-o1/i1', revision, event), 'i1')).toEqual(after);
  });

  it.each(credited)('a credit note takes off an invoice: %s', (_, before, revision, event, after) => {
    const happened = recorded('credit-note-o1/n1', revision, event);
    expect(invoicesView.keys(happened)).toEqual(['n1', 'i1']);
    expect(invoicesView.fold(before, happened, 'i1')).toEqual(after);
  });

  it('touches one document otherwise', () => {
    for (const [, , revision, event] of own) {
      if (event.type === 'CreditNoteIssued') continue;
      expect(invoicesView.keys(recorded('credit-note-o1/n1', revision, event))).toEqual(['n1']);
    }
  });

  it('is searched by number and reference, and by an edited one', () => {
    const withReference = { ...content, reference: 'PO-12', createdBy: 'ann' };
    const made = invoicesView.fold(
      null,
      recorded('invoice-o1/i1', 0, { type: 'InvoiceCreated', data: withReference }),
      'i1',
    );
    expect(made?.texts).toEqual(['po', '12']);
    const reference = { from: 'PO-12', to: 'PO-13' };
    const edit: InvoiceEvent = { type: 'InvoiceEdited', data: { changes: { reference }, lines: [] } };
    const edited = invoicesView.fold(made, recorded('invoice-o1/i1', 1, edit), 'i1');
    expect(edited?.texts).toEqual(['po', '13']);
    const numbered = invoicesView.fold(
      edited,
      recorded('invoice-o1/i1', 2, { type: 'InvoiceIssued', data: issue }),
      'i1',
    );
    expect(numbered?.texts).toEqual(['7', 'po', '13']);
  });

  it.each<[string, Partial<InvoiceDoc>, string, boolean]>([
    ['on its last day', { dueDate: '2026-02-28' }, '2026-02-28', false],
    ['the day after', { dueDate: '2026-02-28' }, '2026-03-01', true],
    ['without a day', {}, '2999-12-31', false],
    ['that is paid', { dueDate: '2026-02-28', outstanding: 0 }, '2026-03-01', false],
    ['that was paid too much', { dueDate: '2026-02-28', outstanding: -1 }, '2026-03-01', false],
    ['that is a credit note', { dueDate: '2026-02-28', kind: 'credit-note' }, '2026-03-01', false],
  ])('tells whether one %s is overdue', (_, over, today, overdue) =>
    expect(isOverdue({ ...issued, ...over }, today)).toBe(overdue),
  );

  it('holds no name of a customer', () => {
    expect(JSON.stringify(own.map(([, , , , after]) => after))).not.toContain('Hale');
  });
});
