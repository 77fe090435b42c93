import { recorded } from '../../../test/support/specification.js';
import type { CreditNoteIssued, InvoiceIssued } from '../contract.js';
import type { NumbersEvent } from './numbers.js';
import { type OpenReservation, openReservationsView } from './numbers.view.js';

const issue = { number: 6, issuedOn: '2026-03-01', customerId: 'c1', billTo: { name: 'Hale Ltd' } };
const open: OpenReservation = {
  organisation: 'o1',
  series: 'invoice',
  number: 6,
  revision: 2,
  reservedAt: '2026-03-01T09:00:00.000Z',
  reservedBy: 4,
};
const reserved: NumbersEvent = {
  type: 'NumbersReserved',
  data: { series: 'invoice', first: 5, documents: [{ id: 'a', revision: 0 }, { id: 'b', revision: 2 }], settled: ['z'] }, // prettier-ignore
};

const rows: readonly [
  string,
  OpenReservation | null,
  string,
  NumbersEvent | InvoiceIssued | CreditNoteIssued,
  OpenReservation | null,
][] = [
  ['NumbersReserved', null, 'numbers-o1', reserved, open],
  [
    'NumbersReserved again, as the document stands now',
    { ...open, revision: 1, reservedBy: 1 },
    'numbers-o1',
    reserved,
    open,
  ],
  [
    'NumbersReleased',
    open,
    'numbers-o1',
    { type: 'NumbersReleased', data: { series: 'invoice', documents: [{ id: 'b', number: 6 }] } },
    null,
  ],
  ['InvoiceIssued', open, 'invoice-o1/b', { type: 'InvoiceIssued', data: issue }, null],
  [
    'InvoiceIssued with another number',
    open,
    'invoice-o1/b',
    { type: 'InvoiceIssued', data: { ...issue, number: 5 } },
    open,
  ],
  ['CreditNoteIssued', open, 'credit-note-o1/b', { type: 'CreditNoteIssued', data: issue }, null],
];

describe('the open reservations', () => {
  it.each(rows)('%s', (_, before, stream, event, after) => {
    const happened = recorded(stream, 4, event);
    expect(openReservationsView.keys(happened)).toContain('b');
    expect(openReservationsView.fold(before, happened, 'b')).toEqual(after);
  });
});
