import fc from 'fast-check';
import { bookedOf, changedLines, type Line, lineChanges, type LineInput, priceLines, totalsOf } from './document.js';

const line = (quantity: string, unitPrice: string, vatRate = 0): LineInput => ({
  description: 'Lantern',
  quantity,
  unitPrice,
  vatRate,
});

describe('what a document puts into the ledger', () => {
  const header = { customerId: 'c1', date: '2026-03-01', currency: 'GBP', reference: 'PO 1', brandId: 'b1' };
  const bookedFor = (...inputs: LineInput[]) => {
    const lines = priceLines('invoice', inputs, 'GBP');
    return bookedOf({ ...header, lines, ...totalsOf(lines) });
  };

  it('is what its lines come to on each account at each rate; lines without an account are sales', () => {
    const booked = bookedFor(
      line('6', '2.55', 2000),
      line('1', '10'),
      { ...line('3', '0.335', 2000), accountCode: '4000' },
      { ...line('-1', '10', 2000), accountCode: '4900' },
    );
    expect(booked).toEqual({
      customerId: 'c1',
      date: '2026-03-01',
      total: 1530 + 306 + 1000 + 101 + 20 - 1000 - 200,
      amounts: [
        { accountCode: '4000', vatRate: 2000, net: 1631, vat: 326 },
        { accountCode: '4000', vatRate: 0, net: 1000, vat: 0 },
        { accountCode: '4900', vatRate: 2000, net: -1000, vat: -200 },
      ],
    });
  });

  it('is exactly its total, whatever the lines are', () => {
    const decimals = fc.integer({ min: -10_000_000, max: 10_000_000 }).map((micros) => String(micros / 1000));
    const anyLine = fc
      .record({
        quantity: decimals,
        unitPrice: decimals,
        vatRate: fc.constantFrom(0, 500, 2000),
        accountCode: fc.constantFrom(undefined, '4000', '4900', '5000'),
      })
      .map((fields) => ({ description: 'x', ...fields }));
    fc.assert(
      fc.property(fc.array(anyLine, { maxLength: 20 }), (inputs) => {
        const { total, amounts } = bookedFor(...inputs);
        expect(amounts.reduce((sum, { net, vat }) => sum + net + vat, 0)).toBe(total);
      }),
    );
  });
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
    const upAndDown = priceLines('invoice', [line('90000000', '1000000'), line('-90000000', '1000000')], 'GBP');
    // Together nothing, but an account of the ledger might get one without the other.
    expect(() => totalsOf(upAndDown)).toThrow(/lines: the amount is too large/);
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
