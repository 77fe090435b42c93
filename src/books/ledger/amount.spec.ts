import { amountText, BEYOND, plus } from './amount.js';

describe('an amount as a decimal', () => {
  it.each([
    [0, 'GBP', '0.00'],
    [5, 'GBP', '0.05'],
    [-5, 'GBP', '-0.05'],
    [123_456, 'GBP', '1234.56'],
    [-100, 'GBP', '-1.00'],
    [-1250, 'JPY', '-1250'],
    [1250, 'KWD', '1.250'],
    [Number.MAX_SAFE_INTEGER, 'GBP', '90071992547409.91'],
  ])('%d of %s is %s', (amount, currency, text) => {
    expect(amountText(amount, currency)).toBe(text);
  });
});

describe('a sum', () => {
  it('is exact, or beyond what can be told and stays so', () => {
    expect(plus(Number.MAX_SAFE_INTEGER - 1, 1)).toBe(Number.MAX_SAFE_INTEGER);
    expect(plus(Number.MAX_SAFE_INTEGER, 1)).toBe(BEYOND);
    expect(plus(-Number.MAX_SAFE_INTEGER, -1)).toBe(BEYOND);
    expect(plus(BEYOND, -Number.MAX_SAFE_INTEGER)).toBe(BEYOND);
    expect(plus(BEYOND, BEYOND)).toBe(BEYOND);
  });
});
