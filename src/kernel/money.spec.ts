import fc from 'fast-check';
import {
  canonicalDecimal,
  decimal,
  decimalOf,
  divideRounded,
  exponentOf,
  lineNet,
  microsOf,
  sumOf,
  vatOn,
} from './money.js';
import { Refusal } from './refusal.js';

const refusal = (run: () => unknown): Refusal => {
  try {
    run();
  } catch (error) {
    if (error instanceof Refusal) return error;
  }
  throw new Error('nothing was refused');
};

describe('decimals', () => {
  it.each([
    ['2', '2'],
    ['2.50', '2.5'],
    ['-0.500000', '-0.5'],
    ['007.1', '7.1'],
    ['-0', '0'],
    ['0.000001', '0.000001'],
    ['999999999999999.999999', '999999999999999.999999'],
    [2, '2'],
    [2.5, '2.5'],
    [-0, '0'],
    [0.1, '0.1'],
    [0.000001, '0.000001'],
    [8589934591.999999, '8589934591.999999'],
    [9007199254740991 / 1000, undefined],
    [100_000_000_000_000, '100000000000000'],
  ])('%p is %p', (value, canonical) => expect(canonicalDecimal(value)).toBe(canonical));

  it.each([
    ...['', ' 1', '1 ', '+1', '1.', '.5', '1e3', '0x10', '1,5', '--1', 'NaN', '١', '1.0000000', '1'.repeat(16)],
    ...[NaN, Infinity, 1e-7, 0.1234567, 1e15, 2 ** 53, 8589934592.5, null, undefined, true, {}, ['1'], 1n],
  ])('%p is none', (value) => expect(canonicalDecimal(value)).toBeUndefined());

  it('names the field that holds none', () => {
    expect(refusal(() => decimal('lines.0.quantity', 'two')).details.errors).toMatchObject([
      { field: 'lines.0.quantity' },
    ]);
  });

  const micros = fc.bigInt({ min: -(10n ** 21n) + 1n, max: 10n ** 21n - 1n });

  it('survive the way through millionths and back, in one spelling', () => {
    fc.assert(
      fc.property(micros, (value) => {
        const text = decimalOf(value);
        expect(microsOf(text)).toBe(value);
        expect(canonicalDecimal(text)).toBe(text);
      }),
    );
  });

  it('below 2^33, and whole ones beyond, mean as JSON numbers what was written', () => {
    const clear = fc.bigInt({ min: -(2n ** 33n) * 1_000_000n + 1n, max: 2n ** 33n * 1_000_000n - 1n });
    const whole = fc.bigInt({ min: -(10n ** 15n) + 1n, max: 10n ** 15n - 1n }).map((value) => value * 1_000_000n);
    fc.assert(
      fc.property(fc.oneof(clear, whole), (value) => {
        const written = decimalOf(value);
        expect(canonicalDecimal(JSON.parse(written))).toBe(written);
      }),
    );
  });
});

describe('rounding', () => {
  it.each([
    [5n, 10n, 1n],
    [-5n, 10n, -1n],
    [4n, 10n, 0n],
    [-4n, 10n, 0n],
    [15n, 10n, 2n],
    [25n, 10n, 3n],
    [1n, 3n, 0n],
    [2n, 3n, 1n],
  ])('%p / %p is %p', (dividend, divisor, quotient) => expect(divideRounded(dividend, divisor)).toBe(quotient));

  it('is off by half at most, away from zero at the half, and the same for both signs', () => {
    fc.assert(
      fc.property(fc.bigInt(), fc.bigInt({ min: 1n }), (dividend, divisor) => {
        const quotient = divideRounded(dividend, divisor);
        const off = 2n * (dividend - quotient * divisor);
        expect(off <= divisor && off >= -divisor).toBe(true);
        if (off === divisor || off === -divisor) expect(off > 0n).toBe(dividend < 0n);
        expect(divideRounded(-dividend, divisor)).toBe(-quotient);
      }),
    );
  });
});

describe('amounts', () => {
  it.each([
    ['6', '2.55', 'GBP', 1530],
    ['3', '0.335', 'GBP', 101],
    ['-3', '0.335', 'GBP', -101],
    ['1', '0.005', 'GBP', 1],
    ['0.000001', '0.000001', 'GBP', 0],
    ['3', '333.5', 'JPY', 1001],
    ['1', '0.0005', 'KWD', 1],
    ['2', '1.00005', 'CLF', 20001],
    ['0', '-5', 'EUR', 0],
  ])('%s x %s in %s is %d', (quantity, unitPrice, currency, net) =>
    expect(lineNet('net', quantity, unitPrice, currency)).toBe(net),
  );

  it('are never a negative zero', () => {
    expect(Object.is(lineNet('net', '-0.001', '0.001', 'GBP'), 0)).toBe(true);
    expect(Object.is(vatOn('vat', -1, 2000), 0)).toBe(true);
  });

  it.each([
    [1250, 2000, 250],
    [1, 5000, 1],
    [-1, 5000, -1],
    [333, 2000, 67],
    [1234, 0, 0],
    [1999, 550, 110],
  ])('VAT on %d at %d is %d', (net, rate, vat) => expect(vatOn('vat', net, rate)).toBe(vat));

  it('that JSON cannot carry are refused', () => {
    expect(refusal(() => lineNet('lines.3', '999999999999999', '999999999999999', 'GBP')).details.errors).toEqual([
      { field: 'lines.3', message: 'the amount is too large' },
    ]);
    expect(() => sumOf('total', [Number.MAX_SAFE_INTEGER, 1])).toThrow(Refusal);
    expect(sumOf('total', [Number.MAX_SAFE_INTEGER, 1, -1])).toBe(Number.MAX_SAFE_INTEGER);
    expect(vatOn('vat', Number.MAX_SAFE_INTEGER, 10_000)).toBe(Number.MAX_SAFE_INTEGER);
  });

  it('know the currencies whose minor unit is no hundredth', () => {
    expect(['GBP', 'EUR', 'JPY', 'KWD', 'CLF', 'XXX'].map(exponentOf)).toEqual([2, 2, 0, 3, 4, 2]);
  });
});
