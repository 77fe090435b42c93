import { recorded } from '../../../test/support/specification.js';
import type { CreditNoteEvent, InvoiceEvent } from '../contract.js';
import { type SaleDoc, salesView } from './sale.view.js';

const line = (productId: string | undefined, quantity: string, net: number) => ({
  description: 'x',
  quantity,
  unitPrice: '1',
  vatRate: 2000,
  ...(productId === undefined ? {} : { productId }),
  net,
  vat: net / 5,
});
const lines = [line('p1', '2', 100), line(undefined, '1', 50), line('p1', '0.5', 10)];
const content = { customerId: 'c1', date: '2026-03-01', currency: 'GBP', lines, net: 160, vat: 32, total: 192 };
const booked = { customerId: 'c1', date: '2026-03-01', total: 192, amounts: [] };
const issue = { number: 1, issuedOn: '2026-03-01', customerId: 'c1', billTo: { name: 'Hale' } };

const NOW = '2026-03-01T09:00:00.000Z';
const draft: SaleDoc = {
  organisation: '',
  status: 'draft',
  customerId: 'c1',
  date: '2026-03-01',
  createdBy: 'ann',
  reach: ['by:ann'],
  lines,
  sold: [],
};
const sold: SaleDoc = {
  ...draft,
  status: 'booked',
  lines: [],
  sold: [
    { productId: 'p1', quantity: '2.5', net: 110, vat: 22 },
    { quantity: '1', net: 50, vat: 10 },
  ],
  bookedAt: NOW,
};

const rows: readonly [string, SaleDoc | null, InvoiceEvent | CreditNoteEvent, SaleDoc | null][] = [
  ['InvoiceCreated', null, { type: 'InvoiceCreated', data: { ...content, createdBy: 'ann' } }, draft],
  [
    'InvoiceEdited',
    draft,
    {
      type: 'InvoiceEdited',
      data: {
        changes: {
          date: { from: '2026-03-01', to: '2026-04-01' },
          brandId: { from: undefined, to: 'b1' },
          reference: { from: undefined, to: 'x' },
        },
        lines: [{ line: 2, from: lines[1]!, to: null }],
      },
    },
    {
      ...draft,
      date: '2026-04-01',
      brandId: 'b1',
      reach: ['*|b1|', 'by:ann', 'by:ann|b1|'],
      lines: [lines[0]!, lines[2]!],
    },
  ],
  ['InvoiceIssued', draft, { type: 'InvoiceIssued', data: { ...issue, booked } }, sold],
  ['InvoiceIssued before there was a ledger', draft, { type: 'InvoiceIssued', data: issue }, draft],
  ['InvoiceVoided', sold, { type: 'InvoiceVoided', data: { reason: 'x', booked } }, { ...sold, voidedAt: NOW }],
  ['InvoiceVoided before there was a ledger', draft, { type: 'InvoiceVoided', data: { reason: 'x' } }, null],
  ['InvoiceDiscarded', draft, { type: 'InvoiceDiscarded', data: {} }, null],
  ['CreditNoteCreated', null, { type: 'CreditNoteCreated', data: { ...content, createdBy: 'ann' } }, draft],
  [
    'CreditNoteIssued, whose quantities are given positive',
    { ...draft, lines: [line('p1', '2', -100)] },
    { type: 'CreditNoteIssued', data: { ...issue, booked } },
    { ...sold, sold: [{ productId: 'p1', quantity: '-2', net: -100, vat: -20 }] },
  ],
  ['CreditNoteVoided, a draft', draft, { type: 'CreditNoteVoided', data: { reason: 'x' } }, null],
  ['of one that is not there', null, { type: 'InvoiceDiscarded', data: {} }, null],
];

describe('what documents have sold', () => {
  it.each(rows)('%s', (_, before, event, after) => {
    expect(salesView.fold(before, recorded('invoice-o/i1', 0, event) as never, 'i1')).toEqual(after);
  });

  it('has a row for each type of event', () => {
    const known = new Set(rows.map(([, , { type }]) => type));
    expect((salesView.events as readonly string[]).filter((type) => !known.has(type as never))).toEqual([]);
  });
});
