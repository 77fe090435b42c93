import fc from 'fast-check';
import { DOCUMENT_FIELDS, MappedRows } from './mapped-rows.js';

const COLUMNS = ['Number', 'InvoiceDate', 'UnitPrice', 'Description', 'StockCode', 'Quantity', 'CustomerID'];
const MORE = ['CustomerName', 'CustomerEmail', 'Country', 'VatRate', 'AccountCode', 'DueDate'];
const HEADER = [...COLUMNS, ...MORE];
const good: Readonly<Record<string, string>> = {
  Number: 'INV-7',
  InvoiceDate: '2026-03-01',
  UnitPrice: '2.50',
  Description: 'Lamp',
};

function reader(header: readonly string[] = HEADER): MappedRows {
  const rows = new MappedRows({ InvoiceNo: 'Number' });
  expect(rows.begin(header)).toBeUndefined();
  return rows;
}
const read = (values: Readonly<Record<string, string>>) =>
  reader().row(
    3,
    HEADER.map((name) => ({ ...good, ...values })[name] ?? ''),
  );

describe('the first line of invoices with columns of their own', () => {
  it('needs number, date and price, the others as there are', () => {
    expect(new MappedRows({ InvoiceNo: 'Number' }).begin(['Number', 'invoice date', 'Unit-Price'])).toBeUndefined();
    for (const missing of ['Number', 'InvoiceDate', 'UnitPrice'])
      expect(new MappedRows({ InvoiceNo: 'Number' }).begin(HEADER.filter((name) => name !== missing))).toContain(
        'lacks',
      );
  });
});

describe('a row of invoices with columns of their own', () => {
  it('is one of something where it does not say how many, for nobody in particular, without VAT', () => {
    expect(read({})).toEqual({
      row: 3,
      invoiceNo: 'INV-7',
      stockCode: '',
      description: 'Lamp',
      quantity: '1',
      date: '2026-03-01',
      unitPrice: '2.5',
      customerId: '',
      country: '',
    });
  });

  it('says of the customer what it says', () => {
    expect(read({ CustomerID: '17850.0', CustomerName: 'Rosa', CustomerEmail: 'Rosa@x.example' })).toMatchObject({
      customer: { reference: '17850', name: 'Rosa', email: 'Rosa@x.example' },
    });
    // What differs in case only is no other customer.
    const key = (values: Readonly<Record<string, string>>): unknown =>
      (read(values) as { customerId: string }).customerId;
    expect(key({ CustomerEmail: 'A@x.example' })).toBe(key({ CustomerEmail: 'a@X.example' }));
    expect(key({ CustomerName: 'Jo' })).not.toBe(key({ CustomerEmail: 'jo@x.example', CustomerName: 'Jo' }));
    expect(key({ CustomerID: 'a' })).not.toBe(key({ CustomerName: 'a' }));
  });

  it.each([
    ['20%', 2000],
    ['17.5 %', 1750],
    ['0%', 0],
    ['2000', 2000],
    ['0', 0],
    ['100%', 10_000],
  ])('reads a VAT rate of %s as %d basis points', (VatRate, vatRate) =>
    expect(read({ VatRate })).toMatchObject({ vatRate }),
  );

  it.each([
    ['no number', { Number: '' }, 'unknown-document-kind'],
    ['a number of two lines', { Number: 'a\nb' }, 'unknown-document-kind'],
    ['a novel for a number', { Number: 'x'.repeat(61) }, 'unknown-document-kind'],
    ['nothing that is sold', { Description: '' }, 'invalid-text'],
    ['a British date', { InvoiceDate: '01/03/2026' }, 'invalid-date'],
    ['a due date that is none', { DueDate: 'soon' }, 'invalid-date'],
    ['no price', { UnitPrice: '' }, 'invalid-price'],
    ['a quantity in words', { Quantity: 'two' }, 'invalid-quantity'],
    ['no address', { CustomerEmail: 'rosa' }, 'invalid-customer'],
    ['a name of two lines', { CustomerName: 'a\nb' }, 'invalid-customer'],
    ['more VAT than there is', { VatRate: '101%' }, 'invalid-field'],
    ['VAT in words', { VatRate: 'standard' }, 'invalid-field'],
    ['a NUL', { Country: 'a\0b' }, 'invalid-text'],
    ['a long account', { AccountCode: '1'.repeat(21) }, 'invalid-text'],
  ])('is bad with %s', (_, values, code) => expect(read(values)).toMatchObject({ row: 3, code }));

  it('is bad with too few cells', () =>
    expect(reader().row(1, ['INV-1', '2026-03-01'])).toMatchObject({ code: 'malformed-row' }));

  it('never throws, and never repeats what the file says', () => {
    const cell = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 80 }),
      fc.constantFrom('2026-03-01', '1', 'a@b.example', '20%'),
    );
    fc.assert(
      fc.property(fc.array(cell, { maxLength: HEADER.length + 1 }), (cells) => {
        const row = reader().row(1, cells);
        if ('code' in row)
          expect(row.detail).toMatch(
            /^(InvoiceNo|Description|Customer|Quantity|UnitPrice|InvoiceDate|DueDate|VatRate|StockCode|Country|AccountCode|The row) [\w ,.%()'-]+$/,
          );
        else expect(row.invoiceNo).not.toMatch(/[\n\t]/);
      }),
    );
  });
});

it('names the fields of the contract, and more', () =>
  expect(DOCUMENT_FIELDS.filter(({ required }) => required).map(({ name }) => name)).toEqual([
    'InvoiceNo',
    'InvoiceDate',
    'UnitPrice',
  ]));
