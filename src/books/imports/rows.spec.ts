import { COLUMNS, documentKind, readHeader, readRow } from './rows.js';

const header = readHeader(COLUMNS);
const good = ['536365', '85123A', ' HOLDER ', '6', '2010-12-01 08:26:00', '2.550', '17850.0', 'United Kingdom'];
const with_ = (column: (typeof COLUMNS)[number], value: string): string[] => good.with(COLUMNS.indexOf(column), value);
const read = (cells: readonly string[]) => {
  if ('missing' in header) throw new Error('the header is whole');
  return readRow(1, cells, header);
};

describe('the first line', () => {
  it('may have the columns in any order, and more of them', () => {
    const cells = ['Country', 'Extra', ...COLUMNS.filter((column) => column !== 'Country')];
    expect(readHeader(cells)).toMatchObject({ index: { Country: 0, InvoiceNo: 2 }, width: 9 });
  });
  it('must have them all', () => {
    expect(readHeader(['InvoiceNo', 'StockCode'])).toMatchObject({
      missing: expect.arrayContaining(['Quantity', 'Country']),
    });
  });
});

describe('a row', () => {
  it('is read into canonical values', () => {
    expect(read(good)).toEqual({
      row: 1,
      invoiceNo: '536365',
      stockCode: '85123A',
      description: 'HOLDER',
      quantity: '6',
      date: '2010-12-01',
      unitPrice: '2.55',
      customerId: '17850',
      country: 'United Kingdom',
    });
  });

  it.each([
    ['no customer', with_('CustomerID', ''), { customerId: '' }],
    ['a customer that is no number', with_('CustomerID', 'K-7.0'), { customerId: 'K-7.0' }],
    ['an empty description', with_('Description', ''), { description: '' }],
    ['a negative quantity', with_('Quantity', '-12'), { quantity: '-12' }],
    ['a price of zero', with_('UnitPrice', '0.0'), { unitPrice: '0' }],
    ['a date without a time', with_('InvoiceDate', '2012-02-29'), { date: '2012-02-29' }],
    ['a credit note', with_('InvoiceNo', 'C536379'), { invoiceNo: 'C536379' }],
    ['a stock code as it is written', with_('StockCode', ' a1 '), { stockCode: ' a1 ' }],
  ])('may have %s', (_, cells, expected) => expect(read(cells)).toMatchObject(expected));

  it.each([
    ['another kind of document', with_('InvoiceNo', 'A563185'), 'unknown-document-kind'],
    ['no document number', with_('InvoiceNo', ''), 'unknown-document-kind'],
    ['a small c', with_('InvoiceNo', 'c1'), 'unknown-document-kind'],
    ['too few cells', good.slice(0, 5), 'malformed-row'],
    ['too many cells', [...good, 'x'], 'malformed-row'],
    ['no stock code', with_('StockCode', ' '), 'missing-stock-code'],
    ['a quantity in words', with_('Quantity', 'six'), 'invalid-quantity'],
    ['no quantity', with_('Quantity', ''), 'invalid-quantity'],
    ['a quantity in exponents', with_('Quantity', '1e3'), 'invalid-quantity'],
    ['a price with seven places', with_('UnitPrice', '0.1234567'), 'invalid-price'],
    ['a price with a currency', with_('UnitPrice', '£2.55'), 'invalid-price'],
    ['a day that is not in the calendar', with_('InvoiceDate', '2011-02-29'), 'invalid-date'],
    ['an American date', with_('InvoiceDate', '12/1/2010 8:26'), 'invalid-date'],
    ['a NUL', with_('Description', 'a\0b'), 'invalid-text'],
    ['bytes that are not UTF-8', with_('Country', 'Espa\ufffda'), 'invalid-text'],
    ['a lone surrogate', with_('Country', '\ud800'), 'invalid-text'],
    ['a novel for a description', with_('Description', 'x'.repeat(501)), 'invalid-text'],
  ])('is bad with %s', (_, cells, code) => {
    const result = read(cells);
    expect(result).toMatchObject({ row: 1, code });
  });

  it('never repeats what the file says', () => {
    expect(JSON.stringify(read(with_('Quantity', '<script>')))).not.toContain('script');
  });
});

it.each([
  ['1', 'invoice'],
  ['C1', 'credit-note'],
  ['C', undefined],
  ['1C', undefined],
  ['１', undefined],
])('number %s is of kind %s', (number, kind) => expect(documentKind(number)).toBe(kind));
