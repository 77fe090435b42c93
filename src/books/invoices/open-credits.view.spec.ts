import { recorded } from '../../../test/support/specification.js';
import type { NumbersEvent } from '../contract.js';
import { type OpenCredit, openCreditsView } from './open-credits.view.js';

type Event = Parameters<typeof openCreditsView.fold>[1];

const issue = { number: 6, issuedOn: '2026-03-01', customerId: 'c1', billTo: { name: 'Hale Ltd' } };
const open: OpenCredit = {
  organisation: '',
  invoiceId: 'i1',
  reservedAt: '2026-03-01T09:00:00.000Z',
  reservedBy: 4,
};
const reserved = (series: 'invoice' | 'credit-note') =>
  recorded<NumbersEvent>('numbers-o1', 4, {
    type: 'NumbersReserved',
    data: { series, first: 5, documents: [{ id: 'n1', revision: 0 }], settled: ['z'] },
  });

const rows: readonly [string, OpenCredit | null, Event, OpenCredit | null][] = [
  [
    'begin with the credit',
    null,
    recorded('invoice-o1/i1', 4, { type: 'CreditReserved', data: { creditNoteId: 'n1', amount: 1200 } }),
    open,
  ],
  ['end with the number of the credit note', open, reserved('credit-note'), null],
  ['or when it is issued', open, recorded('credit-note-o1/n1', 1, { type: 'CreditNoteIssued', data: issue }), null],
  ['or void', open, recorded('credit-note-o1/n1', 1, { type: 'CreditNoteVoided', data: { reason: 'mistake' } }), null],
];

describe('the open credits', () => {
  it.each(rows)('%s', (_, before, event, after) => {
    expect(openCreditsView.keys(event)).toEqual(['n1']);
    expect(openCreditsView.fold(before, event, 'n1')).toEqual(after);
  });

  it('are not concerned by numbers of invoices', () => {
    expect(openCreditsView.keys(reserved('invoice'))).toEqual([]);
  });
});
