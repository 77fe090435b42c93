import { amountText } from './amount.js';

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
