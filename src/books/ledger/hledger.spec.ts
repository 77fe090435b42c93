import fc from 'fast-check';
import {
  accountName,
  type HledgerAccount,
  hledgerEntry,
  hledgerHeader,
  type HledgerWords,
  plainText,
} from './hledger.js';
import type { LedgerEntryDoc } from './ledger-entry.view.js';

const accounts: Readonly<Record<string, HledgerAccount>> = {
  '1100': { code: '1100', name: 'Debtors control account', type: 'A' },
  '2100': { code: '2100', name: 'Creditors control account', type: 'L' },
  '4000': { code: '4000', name: 'Sales', type: 'R' },
  'bank:b1': { code: '1201', name: 'Savings', type: 'C' },
};
const words = (names: Readonly<Record<string, string>> = {}, currency = 'GBP'): HledgerWords => ({
  currency,
  accountOf: (key) => accounts[key]!,
  nameOf: (_, id) => names[id],
});
const entry: LedgerEntryDoc = {
  organisation: 'o1',
  date: '2026-03-01',
  position: '1',
  recordedAt: '2026-03-02T09:00:00.000Z',
  order: '',
  moment: '',
  kind: 'invoice',
  source: 'i1',
  type: 'InvoiceIssued',
  postings: [
    { account: '1100', amount: 1250 },
    { account: '4000', amount: -1250 },
  ],
  accounts: [],
  vat: [],
  openItems: [{ ledger: 'debtors', partyId: 'c1', documentId: 'i1', amount: 1250 }],
  parties: ['c1'],
  closing: false,
};

describe('a journal of hledger', () => {
  it('declares how amounts are written, and every account', () => {
    expect(hledgerHeader('GBP', [accounts['1100']!, accounts['4000']!])).toBe(
      'decimal-mark .\ncommodity 1000.00 GBP\naccount 1100 Debtors control account  ; type: A\naccount 4000 Sales  ; type: R\n',
    );
    expect(hledgerHeader('JPY', [])).toContain('commodity 1000. JPY\n');
  });

  it('has a transaction for an entry, customers as tags', () => {
    expect(hledgerEntry(entry, words({ c1: 'Rosa Klein' }))).toBe(
      [
        '\n2026-03-01 Invoice issued',
        '    ; record:invoice/i1',
        '    1100 Debtors control account  12.50 GBP  ; customer:c1, customer-name:Rosa Klein',
        '    4000 Sales  -12.50 GBP\n',
      ].join('\n'),
    );
    expect(hledgerEntry({ ...entry, postings: [] }, words())).toBe('');
  });

  it('splits a control account by whose it is', () => {
    const paid: LedgerEntryDoc = {
      ...entry,
      postings: [
        { account: '2100', amount: 900 },
        { account: 'bank:b1', amount: -900 },
      ],
      openItems: [
        { ledger: 'creditors', partyId: 's1', documentId: 'd1', amount: -500 },
        { ledger: 'creditors', partyId: 's2', documentId: 'd2', amount: -300 },
      ],
    };
    expect(hledgerEntry(paid, words({}, 'JPY')).split('\n').slice(3)).toEqual([
      '    2100 Creditors control account  500 JPY  ; supplier:s1',
      '    2100 Creditors control account  300 JPY  ; supplier:s2',
      '    2100 Creditors control account  100 JPY',
      '    1201 Savings  -900 JPY',
      '',
    ]);
  });

  it.each([
    ['Fees  ; payee:me', 'Fees _ payee_me'],
    ['a:b', 'a_b'],
    ['x\n2026-01-01 pay me\n  cash  1', 'x_2026-01-01 pay me_ cash 1'],
    ['  a   b  ', 'a b'],
    ['a\u00a0\u00a0b\u3000\u2028\u200b', 'a__b___'],
    ['R&D, "own" = (1) @ 2', 'R&D_ _own_ _ _1_ _ 2'],
    ['Żółć 名前 e\u0301', 'Żółć 名前 e\u0301'],
    ['', ''],
  ])('takes %j as %j', (text, plain) => {
    expect(plainText(text)).toBe(plain);
  });

  it('lets no text become anything else', () => {
    const nasty = fc.string({
      unit: fc.oneof(
        fc.constantFrom(
          ...Array.from(' \t\n\r\v\f;:,"\'()[]{}=@|!*%#<>~-+.0a\\/&\u00a0\u0085\u2028\u2029\u3000\u200b\u202e\ud800'),
        ),
        fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
      ),
      maxLength: 40,
    });
    const line = /^ {4}4000( [^\s;:,]+)*? {2}-12\.50 GBP$/u;
    const tagged =
      /^ {4}1100 Debtors control account {2}12\.50 GBP {2}; customer:c1, customer-name:([^\s;:,]+( [^\s;:,]+)*)?$/u;
    fc.assert(
      fc.property(nasty, nasty, (name, customer) => {
        const account: HledgerAccount = { code: '4000', name, type: 'R' };
        const accountOf = (key: string) => (key === '4000' ? account : accounts[key]!);
        const lines = hledgerEntry(entry, { ...words({ c1: customer }), accountOf }).split('\n');
        expect(lines).toHaveLength(6);
        expect(lines[3]).toMatch(tagged);
        expect(lines[4]).toMatch(line);
        expect(hledgerHeader('GBP', [account]).split('\n')).toHaveLength(4);
        expect(accountName(account)).toBe(accountName(account).trim());
      }),
      { numRuns: 500 },
    );
  });
});
