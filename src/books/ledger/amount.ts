import { exponentOf, type Minor } from '../../kernel/money.js';

/** Minor units as a decimal with all places of the currency: -1250 is `-12.50` in GBP, `-1250` in JPY. */
export function amountText(amount: Minor, currency: string): string {
  const places = exponentOf(currency);
  const digits = String(Math.abs(amount)).padStart(places + 1, '0');
  const sign = amount < 0 ? '-' : '';
  return places === 0 ? sign + digits : `${sign}${digits.slice(0, -places)}.${digits.slice(-places)}`;
}

/**
 * In place of a sum that no number holds exactly. Whatever is added leaves it as it is: views of all organisations go on
 * folding, and whoever reads such a sum refuses to tell it.
 */
export const BEYOND: Minor = Number.MAX_VALUE;

/** The exact sum, or `BEYOND`. */
export function plus(a: Minor, b: Minor): Minor {
  const sum = a + b;
  return Number.isSafeInteger(sum) ? sum : BEYOND;
}
