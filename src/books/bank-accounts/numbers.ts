import { invalid } from '../../kernel/refusal.js';

const SORT_CODE = /^\d{2}[- ]?\d{2}[- ]?\d{2}$/;
const ACCOUNT_NUMBER = /^[0-9A-Z](?:[ -]?[0-9A-Z]){0,33}$/;
const IBAN = /^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$/;
const BIC = /^[A-Z]{4}[A-Z]{2}[A-Z0-9]{2}(?:[A-Z0-9]{3})?$/;

/** `20-00-00`, however it was written. @throws Refusal validation-failed */
export function sortCode(text: string): string {
  if (!SORT_CODE.test(text)) throw invalid('sortCode', 'must be six digits');
  return text.replace(/[- ]/g, '').replace(/^(..)(..)(..)$/, '$1-$2-$3');
}

/** Without spaces and dashes. @throws Refusal validation-failed */
export function accountNumber(text: string): string {
  if (!ACCOUNT_NUMBER.test(text.toUpperCase())) throw invalid('accountNumber', 'must be digits and letters');
  return text.replace(/[- ]/g, '').toUpperCase();
}

/** Without spaces, its check digits right (ISO 13616, ISO 7064 mod 97-10). @throws Refusal validation-failed */
export function iban(text: string): string {
  const compact = text.replace(/ /g, '').toUpperCase();
  if (!IBAN.test(compact) || remainder(compact.slice(4) + compact.slice(0, 4)) !== 1)
    throw invalid('iban', 'is no IBAN: a letter or digit must be wrong');
  return compact;
}

/** ISO 9362. @throws Refusal validation-failed */
export function bic(text: string): string {
  const compact = text.replace(/ /g, '').toUpperCase();
  if (!BIC.test(compact)) throw invalid('bic', 'must be a BIC of 8 or 11 letters and digits');
  return compact;
}

/** Modulo 97 of the number that letters make as 10 to 35, digit by digit: it is too long for a number. */
function remainder(text: string): number {
  let rest = 0;
  for (const character of text) {
    const value = parseInt(character, 36);
    rest = (rest * (value < 10 ? 10 : 100) + value) % 97;
  }
  return rest;
}
