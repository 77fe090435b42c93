import { recorded } from '../../../test/support/specification.js';
import type { Entry } from '../ledger/entry.js';
import type { TransactionEvent } from './transaction.js';
import { transactionPostings } from './transaction.postings.js';

const date = '2026-03-01';
const out = { bankAccountId: 'a1', date, amount: -1_200, accountCode: '5000', side: 'input', vatRate: 2000 } as const;
const cost = { ...out, net: -1_000, vat: -200 };
const income = {
  bankAccountId: 'a1',
  date,
  amount: 999,
  accountCode: '4000',
  side: 'output',
  net: 999,
  vat: 0,
} as const;

type Row = readonly [string, TransactionEvent, Entry];
const rows: readonly Row[] = [
  [
    'a cost with VAT',
    { type: 'TransactionExplained', data: cost },
    {
      date,
      postings: [
        { account: 'bank:a1', amount: -1_200 },
        { account: '5000', amount: 1_000 },
        { account: '2201', amount: 200 },
      ],
      vat: [{ side: 'input', rate: 2000, net: 1_000, vat: 200 }],
    },
  ],
  [
    'a cost that a supplier gave back',
    { type: 'TransactionExplained', data: { ...cost, amount: 1_200, net: 1_000, vat: 200 } },
    {
      date,
      postings: [
        { account: 'bank:a1', amount: 1_200 },
        { account: '5000', amount: -1_000 },
        { account: '2201', amount: -200 },
      ],
      vat: [{ side: 'input', rate: 2000, net: -1_000, vat: -200 }],
    },
  ],
  [
    'income outside the scope of VAT',
    { type: 'TransactionExplained', data: income },
    {
      date,
      postings: [
        { account: 'bank:a1', amount: 999 },
        { account: '4000', amount: -999 },
      ],
    },
  ],
  [
    'zero-rated income',
    { type: 'TransactionExplained', data: { ...income, vatRate: 0 } },
    {
      date,
      postings: [
        { account: 'bank:a1', amount: 999 },
        { account: '4000', amount: -999 },
      ],
      vat: [{ side: 'output', rate: 0, net: 999, vat: 0 }],
    },
  ],
  [
    'a cost taken back',
    { type: 'TransactionUnexplained', data: cost },
    {
      date,
      postings: [
        { account: 'bank:a1', amount: 1_200 },
        { account: '5000', amount: -1_000 },
        { account: '2201', amount: -200 },
      ],
      vat: [{ side: 'input', rate: 2000, net: -1_000, vat: -200 }],
    },
  ],
];

describe('what transactions post', () => {
  it.each(rows)('%s', (_, event, entry) => {
    const rule = transactionPostings[event.type] as (event: unknown) => Entry | null;
    expect(rule(recorded('transaction-o1/t1', 1, event))).toEqual(entry);
    expect(entry.postings.reduce((sum, { amount }) => sum + amount, 0)).toBe(0);
  });

  it('is nothing for everything else: what they are matched to has posted', () => {
    const silent = Object.entries(transactionPostings).flatMap(([type, rule]) => (rule === null ? [type] : []));
    expect(silent).toEqual([
      'TransactionRecorded',
      'TransactionEdited',
      'TransactionMatchBegun',
      'TransactionMatched',
      'TransactionMatchFailed',
      'TransactionUnmatched',
      'TransactionReconciled',
      'TransactionReleased',
      'TransactionVoided',
    ]);
  });
});
