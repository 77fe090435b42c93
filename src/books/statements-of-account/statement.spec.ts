import { type OwedDocument, statementOf } from './statement.js';

const movement = (date: string, type: string, amount: number, position = date) => ({ date, type, amount, position });
const invoice: OwedDocument = {
  id: 'i1',
  kind: 'invoice',
  number: 7,
  dueDate: '2026-02-28',
  movements: [
    movement('2026-01-31', 'InvoiceIssued', 12_000),
    movement('2026-03-01', 'PaymentRecorded', -5_000, '5'),
    movement('2026-03-01', 'CreditNoteIssued', -1_000, '4'),
  ],
};
const note: OwedDocument = {
  id: 'n1',
  kind: 'credit-note',
  number: 3,
  movements: [movement('2026-03-15', 'CreditNoteIssued', -2_000), movement('2026-03-20', 'CreditNoteRefunded', 500)],
};
const opening: OwedDocument = { id: 'x', movements: [movement('2025-12-31', 'OpeningBalanceSet', 900)] };

describe('a statement of account', () => {
  it('begins with what was owed, tells what changed in order, and ends with what is owed', () => {
    const statement = statementOf([note, invoice, opening], { from: '2026-03-01', to: '2026-03-31' });
    expect(statement).toMatchObject({ opening: 12_900, closing: 5_400, overdue: 6_000 });
    expect(
      statement.lines.map(({ date, type, number, amount, balance }) => [date, type, number, amount, balance]),
    ).toEqual([
      ['2026-03-01', 'credit-note', 7, -1_000, 11_900],
      ['2026-03-01', 'payment', 7, -5_000, 6_900],
      ['2026-03-15', 'credit-note', 3, -2_000, 4_900],
      ['2026-03-20', 'refund', 3, 500, 5_400],
    ]);
  });

  it('counts both of its days, and nothing after the last', () => {
    const statement = statementOf([invoice], { from: '2026-01-31', to: '2026-02-28' });
    expect(statement).toMatchObject({ opening: 0, closing: 12_000, overdue: 0 });
    expect(statement.lines).toMatchObject([{ type: 'invoice', dueDate: '2026-02-28', balance: 12_000 }]);
    expect(statementOf([invoice], { from: '2026-02-01', to: '2026-03-01' })).toMatchObject({
      opening: 12_000,
      closing: 6_000,
      overdue: 6_000,
    });
  });

  it('goes back to the beginning without a first day', () =>
    expect(statementOf([opening, invoice], { from: null, to: '2026-01-31' })).toMatchObject({
      opening: 0,
      lines: [{ type: 'other', number: null, documentKind: null }, { type: 'invoice' }],
      closing: 12_900,
    }));

  it('is empty where nothing was', () =>
    expect(statementOf([], { from: null, to: '2026-01-31' })).toEqual({
      from: null,
      to: '2026-01-31',
      ...{ opening: 0, lines: [], closing: 0, overdue: 0 },
    }));
});
