import type { PlainDate } from '../../kernel/event.js';
import { exponentOf, type Minor } from '../../kernel/money.js';

const SYMBOLS: Readonly<Record<string, string>> = { GBP: '£', EUR: '€', USD: '$', JPY: '¥' };
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `1,234.50`, with as many places as the currency has; a negative amount has a true minus sign. */
export function figure(amount: Minor, currency: string): string {
  const places = exponentOf(currency);
  const digits = String(Math.abs(amount)).padStart(places + 1, '0');
  const whole = digits.slice(0, digits.length - places).replace(/\B(?=(\d{3})+$)/g, ',');
  const fraction = places === 0 ? '' : `.${digits.slice(-places)}`;
  return `${amount < 0 ? '−' : ''}${whole}${fraction}`;
}

/** `£1,234.50`, `−€2.00`, `CHF 5.00`. */
export function money(amount: Minor, currency: string): string {
  const bare = figure(Math.abs(amount), currency);
  const symbol = SYMBOLS[currency] ?? `${currency} `;
  return `${amount < 0 ? '−' : ''}${symbol}${bare}`;
}

/** Basis points: `2000` is `20%`, `1750` is `17.5%`. */
export const percent = (basisPoints: number): string => `${String(basisPoints / 100)}%`;

/** `1 Mar 2026` */
export const longDate = (date: PlainDate): string =>
  `${Number(date.slice(8))} ${MONTHS[Number(date.slice(5, 7)) - 1]} ${date.slice(0, 4)}`;
