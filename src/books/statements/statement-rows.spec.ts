import {
  type ColumnMapping,
  type DateFormat,
  namesOf,
  placesIn,
  readAmount,
  readDate,
  readRows,
} from './statement-rows.js';

describe('an amount as banks write it', () => {
  it.each<[string, '.' | ',', number | undefined]>([
    ['12.50', '.', 1_250],
    ['12.5', '.', 1_250],
    ['12', '.', 1_200],
    ['0.07', '.', 7],
    ['1,234.56', '.', 123_456],
    ['1,234,567.89', '.', 123_456_789],
    ['1.234,56', ',', 123_456],
    ['1 234,56', ',', 123_456],
    ["1'234.56", '.', 123_456],
    ['-12.50', '.', -1_250],
    ['+12.50', '.', 1_250],
    ['12.50-', '.', -1_250],
    ['(12.50)', '.', -1_250],
    ['£12.50', '.', 1_250],
    ['-£12.50', '.', -1_250],
    ['£-12.50', '.', -1_250],
    ['-0.00', '.', 0],
    ['12.505', '.', undefined],
    ['12.500', '.', 1_250],
    ['1,23', '.', undefined],
    ['12,34.56', '.', undefined],
    ['1.234,56', '.', undefined],
    ['--1', '.', undefined],
    ['-(1)', '.', undefined],
    ['(1', '.', undefined],
    ['1e3', '.', undefined],
    ['', '.', undefined],
    ['.', '.', undefined],
    ['12 GBP', '.', undefined],
    ['90071992547409.91', '.', Number.MAX_SAFE_INTEGER],
    ['90071992547409.92', '.', undefined],
    ['999999999999999.99', '.', undefined],
  ])('%s with %s is %s', (text, decimal, amount) => {
    expect(readAmount(text, decimal, 'GBP')).toBe(amount);
  });
  it('has as many places as its currency', () => {
    expect(readAmount('1250', '.', 'JPY')).toBe(1_250);
    expect(readAmount('12.5', '.', 'JPY')).toBeUndefined();
    expect(readAmount('1.250', '.', 'KWD')).toBe(1_250);
  });
});

describe('a day as banks write it', () => {
  it.each<[string, DateFormat, string | undefined]>([
    ['2026-03-01', 'YYYY-MM-DD', '2026-03-01'],
    ['2026/3/1', 'YYYY-MM-DD', '2026-03-01'],
    ['2026-03-01T09:30:00Z', 'YYYY-MM-DD', '2026-03-01'],
    ['01/03/2026', 'DD/MM/YYYY', '2026-03-01'],
    ['01/03/2026 14:05', 'DD/MM/YYYY', '2026-03-01'],
    ['01.03.2026', 'DD/MM/YYYY', '2026-03-01'],
    ['03/01/2026', 'MM/DD/YYYY', '2026-03-01'],
    ['01/03/26', 'DD/MM/YY', '2026-03-01'],
    ['1 Mar 2026', 'DD MMM YYYY', '2026-03-01'],
    ['01-MARCH-2026', 'DD MMM YYYY', '2026-03-01'],
    ['20260301', 'YYYYMMDD', '2026-03-01'],
    ['29/02/2028', 'DD/MM/YYYY', '2028-02-29'],
    ['29/02/2026', 'DD/MM/YYYY', undefined],
    ['13/13/2026', 'DD/MM/YYYY', undefined],
    ['01/03/2026', 'DD/MM/YY', undefined],
    ['01/03/26', 'DD/MM/YYYY', undefined],
    ['1 Foo 2026', 'DD MMM YYYY', undefined],
    ['', 'DD/MM/YYYY', undefined],
    ['01/03/2026 and more', 'DD/MM/YYYY', undefined],
  ])('%s as %s is %s', (text, format, date) => expect(readDate(text, format)).toBe(date));
});

describe('the rows of a statement', () => {
  const mapping: ColumnMapping = {
    date: 'Date',
    description: 'Narrative',
    in: 'In',
    out: 'Out',
    payee: 'Who',
    id: 'Id',
    dateFormat: 'DD/MM/YYYY',
    decimal: '.',
  };
  const header = ['Id', 'Date', ' Narrative ', 'In', 'Out', 'Who', 'Balance'];
  const read = (...rows: readonly (readonly string[])[]) => {
    const places = placesIn(header, mapping);
    if ('wrong' in places) throw new Error('the header is right');
    return readRows(rows, header.length, places, mapping, 'GBP');
  };
  const right = ['r1', '01/03/2026', ' FRAMES \n AND MORE ', '', '12.00', 'Wood', '5'];
  const but = (changes: Readonly<Record<number, string>>): string[] =>
    right.map((cell, index) => changes[index] ?? cell);

  it('are read by their columns', () =>
    expect(read(right)).toEqual({
      lines: [
        {
          row: 1,
          date: '2026-03-01',
          amount: -1_200,
          description: 'FRAMES AND MORE',
          payee: 'Wood',
          bankReference: 'r1',
        },
      ],
      errors: [],
    }));

  it.each<[string, readonly string[], string]>([
    ['too few cells', right.slice(1), 'malformed-row'],
    ['no day', but({ 1: '32/03/2026' }), 'invalid-date'],
    ['no text', but({ 2: ' ' }), 'missing-description'],
    ['too much text', but({ 2: 'x'.repeat(501) }), 'invalid-text'],
    ['a control character', but({ 2: 'a\u0007' }), 'invalid-text'],
    ['bytes of another encoding', but({ 6: 'a\ufffd' }), 'invalid-text'],
    ['two amounts', but({ 3: '1' }), 'invalid-amount'],
    ['no amount', but({ 4: '' }), 'invalid-amount'],
    ['no figure', but({ 4: 'twelve' }), 'invalid-amount'],
    ['nothing', but({ 3: '0.00', 4: '0' }), 'zero-amount'],
    ['no amount that a number can carry', but({ 4: '999999999999999.99' }), 'invalid-amount'],
  ])('with %s are told by number, the others taken', (_, wrong, code) => {
    const { lines, errors } = read(but({ 0: 'r0' }), wrong, right);
    expect(lines.map(({ row }) => row)).toEqual([1, 3]);
    expect(errors).toMatchObject([{ row: 2, code }]);
    expect(JSON.stringify(errors)).not.toContain('FRAMES');
  });

  it('have ids of the bank that are their own', () =>
    expect(read(right, right).errors).toMatchObject([{ row: 2, code: 'repeated-id' }]));

  it.each<[string, readonly string[], readonly string[]]>([
    ['lack', ['Id', 'Date', 'In', 'Out', 'Who'], ['Narrative']],
    ['have twice', [...header, 'In'], ['In']],
  ])('need columns that the first line does not %s', (_, names, wrong) =>
    expect(placesIn(names, mapping)).toEqual({ wrong }),
  );

  it('are told apart by the id of the bank, or else by day, amount, text and how many came before', () => {
    const line = { row: 1, date: '2026-03-01', amount: 5, description: 'Coffee' };
    expect(
      namesOf([
        line,
        { ...line, description: ' COFFEE ' },
        { ...line, amount: 6 },
        { ...line, bankReference: 'r' },
        line,
      ]),
    ).toEqual([
      ['line', '2026-03-01', '5', 'coffee', '1'],
      ['line', '2026-03-01', '5', 'coffee', '2'],
      ['line', '2026-03-01', '6', 'coffee', '1'],
      ['id', 'r'],
      ['line', '2026-03-01', '5', 'coffee', '3'],
    ]);
  });
});
