import fc from 'fast-check';
import { changedLines, type Line, lineChanges, type LineInput, priceLines, totalsOf } from './document.js';

const line = (quantity: string, unitPrice: string, vatRate = 0): LineInput => ({
  description: 'Lantern',
  quantity,
  unitPrice,
  vatRate,
});

describe('what lines come to', () => {
  it.each<[string, string, number, number, number]>([
    ['6', '2.55', 2000, 1530, 306],
    ['3', '0.335', 2000, 101, 20],
    ['-1', '10', 2000, -1000, -200],
    ['5', '0', 2000, 0, 0],
    ['0.333333', '3', 0, 100, 0],
  ])('%s x %s at %d is %d and %d VAT; a credit note the same, negative', (quantity, price, vatRate, net, vat) => {
    const [invoiced] = priceLines('invoice', [line(quantity, price, vatRate)], 'GBP');
    const [credited] = priceLines('credit-note', [line(quantity, price, vatRate)], 'GBP');
    expect(invoiced).toEqual({ ...line(quantity, price, vatRate), net, vat });
    expect(credited).toEqual({ ...line(quantity, price, vatRate), net: 0 - net, vat: 0 - vat });
  });

  it('is rounded per line and then added up', () => {
    const lines = priceLines(
      'invoice',
      Array.from({ length: 3 }, () => line('1', '0.335', 2000)),
      'GBP',
    );
    expect(totalsOf(lines)).toEqual({ net: 102, vat: 21, total: 123 });
    expect(totalsOf([])).toEqual({ net: 0, vat: 0, total: 0 });
  });

  it('knows 2,000 lines', () => {
    const lines = priceLines(
      'invoice',
      Array.from({ length: 2000 }, () => line('1', '0.01', 2000)),
      'GBP',
    );
    expect(totalsOf(lines)).toEqual({ net: 2000, vat: 0, total: 2000 });
  });

  it('keeps decimals in their one spelling, and nothing that is absent', () => {
    const input = {
      description: 'x',
      quantity: 2,
      unitPrice: '3.50',
      vatRate: null,
      productId: 'p',
      accountCode: null,
    };
    expect(priceLines('invoice', [input], 'JPY')).toEqual([
      { description: 'x', quantity: '2', unitPrice: '3.5', vatRate: 0, productId: 'p', net: 7, vat: 0 },
    ]);
  });

  it('is refused, with the line, where it is too large or no number', () => {
    const huge = line('999999999999', '999999999999');
    expect(() => priceLines('invoice', [line('1', '1'), huge], 'GBP')).toThrow(/lines\.1: the amount is too large/);
    expect(() => priceLines('invoice', [line('x', '1')], 'GBP')).toThrow(/lines\.0\.quantity/);
    const large = priceLines('invoice', [line('90000000', '1000000'), line('90000000', '1000000')], 'GBP');
    expect(() => totalsOf(large)).toThrow(/lines: the amount is too large/);
  });
});

describe('changes of lines', () => {
  const lines = fc.array(fc.nat({ max: 5 }), { maxLength: 8 }).map(
    (values) =>
    priceLines('invoice', values.map((value) => line(String(value), '1')), 'GBP'), // prettier-ignore
  );

  it('lead from one list to the other, and say no more than they must', () => {
    fc.assert(
      fc.property(lines, lines, (from, to) => {
        const changes = lineChanges(from, to);
        expect(changedLines(from, changes)).toEqual(to);
        expect(lineChanges(to, to)).toEqual([]);
        for (const change of changes) expect(change.from).not.toEqual(change.to);
      }),
    );
  });

  it('name the lines from 1', () => {
    const [a, b] = priceLines('invoice', [line('1', '1'), line('2', '1')], 'GBP') as [Line, Line];
    expect(lineChanges([a, b], [b])).toEqual([
      { line: 1, from: a, to: b },
      { line: 2, from: b, to: null },
    ]);
    expect(lineChanges([], [a])).toEqual([{ line: 1, from: null, to: a }]);
  });
});
