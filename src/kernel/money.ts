import { invalid } from './refusal.js';

/** A decimal of up to 6 places in its one canonical spelling: `2`, `-0.5`, `1234.000001`; never `-0`, `2.0`, `02` or `1e3`. */
export type Decimal = string;

/** Minor units of a currency as an integer: 1250 is 12.50 GBP, 1250 JPY, 1.250 KWD. */
export type Minor = number;

const PLACES = 6;
const MICRO = 1_000_000n;
const DECIMAL = /^(-?)(\d{1,15})(?:\.(\d{1,6}))?$/;
/** From here up neighbouring doubles are more than a millionth apart: a fraction may not be what was sent. */
const FRACTIONS_BLUR = 2 ** 33;

/** ISO 4217 currencies whose minor unit is not a hundredth: how many decimal places they have. */
const EXPONENTS = new Map<string, number>([
  ...'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'.split(' ').map((code) => [code, 0] as const),
  ...'BHD IQD JOD KWD LYD OMR TND'.split(' ').map((code) => [code, 3] as const),
  ...'CLF UYW'.split(' ').map((code) => [code, 4] as const),
]);

/** Decimal places of a currency's minor unit (ISO 4217). */
export const exponentOf = (currency: string): number => EXPONENTS.get(currency) ?? 2;

/** The canonical decimal that a text or a JSON number stands for; undefined where it is none, or could have been another. */
export function canonicalDecimal(value: unknown): Decimal | undefined {
  if (typeof value === 'number') return isClear(value) ? canonicalDecimal(String(value)) : undefined;
  if (typeof value !== 'string') return undefined;
  const parts = DECIMAL.exec(value);
  if (parts === null) return undefined;
  const whole = parts[2]!.replace(/^0+(?=\d)/, '');
  const fraction = (parts[3] ?? '').replace(/0+$/, '');
  const digits = fraction === '' ? whole : `${whole}.${fraction}`;
  return digits === '0' ? '0' : parts[1]! + digits;
}

const isClear = (value: number): boolean => Math.abs(value) < FRACTIONS_BLUR || Number.isSafeInteger(value);

/** @throws Refusal validation-failed, naming the field. */
export function decimal(field: string, value: string | number): Decimal {
  const canonical = canonicalDecimal(value);
  if (canonical === undefined) {
    throw invalid(
      field,
      'must be a decimal with up to 15 digits before and 6 after the point; write long ones as text',
    );
  }
  return canonical;
}

/** Millionths: `1.5` is 1500000n. */
export function microsOf(value: Decimal): bigint {
  const [whole = '', fraction = ''] = value.split('.');
  const micros = BigInt(whole.replace('-', '') + fraction.padEnd(PLACES, '0'));
  return whole.startsWith('-') ? -micros : micros;
}

/** The canonical decimal of so many millionths. */
export function decimalOf(micros: bigint): Decimal {
  const digits = (micros < 0n ? -micros : micros).toString().padStart(PLACES + 1, '0');
  const fraction = digits.slice(-PLACES).replace(/0+$/, '');
  return (micros < 0n ? '-' : '') + digits.slice(0, -PLACES) + (fraction === '' ? '' : `.${fraction}`);
}

/** Halves go away from zero: 0.5 to 1, -0.5 to -1. `divisor` is positive. */
export function divideRounded(dividend: bigint, divisor: bigint): bigint {
  const magnitude = ((dividend < 0n ? -dividend : dividend) * 2n + divisor) / (2n * divisor);
  return dividend < 0n ? -magnitude : magnitude;
}

/** Quantity x unit price in minor units of the currency, rounded half away from zero. */
export function lineNet(field: string, quantity: Decimal, unitPrice: Decimal, currency: string): Minor {
  const product = microsOf(quantity) * microsOf(unitPrice) * 10n ** BigInt(exponentOf(currency));
  return minor(field, divideRounded(product, MICRO * MICRO));
}

/** VAT on a net amount, rounded half away from zero. `vatRate` in basis points: 2000 is 20 %. */
export const vatOn = (field: string, net: Minor, vatRate: number): Minor =>
  minor(field, divideRounded(BigInt(net) * BigInt(vatRate), 10_000n));

/** The exact sum. */
export const sumOf = (field: string, amounts: readonly Minor[]): Minor =>
  minor(
    field,
    amounts.reduce((sum, amount) => sum + BigInt(amount), 0n),
  );

/** What no JSON number can carry exactly is refused, never rounded. */
function minor(field: string, amount: bigint): Minor {
  const result = Number(amount);
  if (!Number.isSafeInteger(result)) throw invalid(field, 'the amount is too large');
  return result;
}
