import { exponentOf, type Minor } from '../../kernel/money.js';
import { CODES } from '../chart/codes.js';
import { amountText } from './amount.js';
import type { AccountKey, OpenItemChange } from './entry.js';
import type { LedgerEntryDoc } from './ledger-entry.view.js';

/** An account as a journal of hledger declares it. */
export interface HledgerAccount {
  readonly code: string;
  readonly name: string;
  readonly type: HledgerType;
}

/** Asset, cash, liability, equity, revenue, expense: https://hledger.org/hledger.html#account-types */
export type HledgerType = 'A' | 'C' | 'L' | 'E' | 'R' | 'X';

/** What is needed to write an entry. */
export interface HledgerWords {
  readonly currency: string;
  accountOf(key: AccountKey): HledgerAccount;
  /** What a customer or supplier is called, where the reader may know. */
  nameOf(ledger: OpenItemChange['ledger'], partyId: string): string | undefined;
}

const CONTROL: Readonly<Record<OpenItemChange['ledger'], AccountKey>> = {
  debtors: CODES.debtors,
  creditors: CODES.creditors,
};
const TAGS: Readonly<Record<OpenItemChange['ledger'], string>> = { debtors: 'customer', creditors: 'supplier' };

/**
 * Letters, digits, single spaces and a few signs that mean nothing anywhere in a journal. Everything else could: line breaks
 * and other blanks, `;` and `:` and `,` (comments, parents and tags), brackets, quotes, `=` and `@`.
 */
const NOT_PLAIN = /[^\p{L}\p{M}\p{N} .&+_/-]/gu;

/** A user's text as a part of a line that stays that part. */
export const plainText = (text: string): string => text.replace(NOT_PLAIN, '_').replace(/ {2,}/g, ' ').trim();

/** `4000 Sales`; a code begins it, so it is never a directive, a date or a virtual posting. */
export const accountName = ({ code, name }: HledgerAccount): string =>
  `${code.replace(/[^0-9A-Za-z]/g, '_')} ${plainText(name)}`.trimEnd();

/** What the journal begins with: how amounts are written, and every account there is. */
export function hledgerHeader(currency: string, accounts: readonly HledgerAccount[]): string {
  const places = exponentOf(currency);
  return [
    'decimal-mark .',
    `commodity 1000.${'0'.repeat(places)} ${currency}`,
    ...accounts.map((account) => `account ${accountName(account)}  ; type: ${account.type}`),
    '',
  ].join('\n');
}

/** One transaction; nothing for an entry that has no postings. */
export function hledgerEntry(entry: LedgerEntryDoc, words: HledgerWords): string {
  const { date, type, kind, source, postings } = entry;
  if (postings.length === 0) return '';
  const lines = postings.flatMap(({ account, amount }) => splitByParty(account, amount, entry, words));
  return `\n${date} ${wordsOf(type)}\n    ; record:${kind}/${source}\n${lines.join('')}`;
}

/** `InvoiceIssued` is `Invoice issued`. */
const wordsOf = (type: string): string => type.replace(/(?!^)[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

/** A control account has a posting for each customer or supplier, under a tag with their id, and one for what is nobody's. */
function splitByParty(
  account: AccountKey,
  amount: Minor,
  { openItems }: LedgerEntryDoc,
  words: HledgerWords,
): string[] {
  const own = openItems.filter((item) => CONTROL[item.ledger] === account && item.amount !== 0);
  const parties = own.map(({ ledger, partyId, amount: owed }) => {
    const name = words.nameOf(ledger, partyId);
    const tags = [
      `${TAGS[ledger]}:${partyId}`,
      ...(name === undefined ? [] : [`${TAGS[ledger]}-name:${plainText(name)}`]),
    ];
    const value = ledger === 'debtors' ? owed : 0 - owed;
    return { value, line: lineOf(account, value, words, tags) };
  });
  const left = parties.reduce((rest, { value }) => rest - value, amount);
  return [...parties.map(({ line }) => line), ...(left === 0 ? [] : [lineOf(account, left, words, [])])];
}

function lineOf(account: AccountKey, amount: Minor, words: HledgerWords, tags: readonly string[]): string {
  const name = accountName(words.accountOf(account));
  const comment = tags.length === 0 ? '' : `  ; ${tags.join(', ')}`;
  return `    ${name}  ${amountText(amount, words.currency)} ${words.currency}${comment}\n`;
}
