import { recorded } from '../../../test/support/specification.js';
import { beginnings } from '../../kernel/words.js';
import { type Match, type TransactionEvent } from './transaction.js';
import { type TransactionDoc, transactionsView } from './transaction.view.js';

const money = { bankAccountId: 'a1', date: '2026-03-01', amount: -1_200 };
const explanation = { accountCode: '5000', side: 'input', net: -1_200, vat: 0 } as const;
const match: Match = { matchId: 'm1', to: { kind: 'transfer', id: 'x1' }, slot: 'from', makes: false };
const { TransactionRecorded: made, ...events } = {
  TransactionRecorded: {
    ...money,
    year: '2026',
    description: 'FRAMES',
    payee: 'Wood',
    currency: 'GBP',
    createdBy: 'ann',
    origin: 'manual',
  },
  TransactionEdited: {
    bankAccountId: 'a1',
    year: '2026',
    changes: { date: { from: '2026-03-01', to: '2026-02-01' } },
    texts: { payee: { from: 'Wood', to: undefined as never } },
  },
  TransactionExplained: { ...money, ...explanation },
  TransactionUnexplained: { ...money, ...explanation },
  TransactionMatchBegun: match,
  TransactionMatched: match,
  TransactionMatchFailed: { ...match, because: 'x' },
  TransactionUnmatched: match,
  TransactionReconciled: { reconciliationId: 'n1' },
  TransactionReleased: { reconciliationId: 'n1' },
  TransactionVoided: { reason: 'twice' },
} as const;

const doc: TransactionDoc = {
  ...money,
  description: 'FRAMES',
  payee: 'Wood',
  currency: 'GBP',
  createdBy: 'ann',
  origin: 'manual',
  organisation: '',
  revision: 0,
  status: 'unexplained',
  codes: [],
  created: '00000000',
  order: '2026-03-01 00000000',
  reach: ['*||a1', 'by:ann', 'by:ann||a1'],
  texts: beginnings('FRAMES', 'Wood'),
};
const explained: TransactionDoc = { ...doc, revision: 1, status: 'explained', explanation, codes: ['5000'] };
const matching: TransactionDoc = { ...doc, revision: 1, status: 'matching', match };
const matched: TransactionDoc = { ...matching, status: 'matched' };
const { payee: _, ...unpaid } = doc;

const rows: readonly [keyof typeof events, TransactionDoc, TransactionDoc][] = [
  [
    'TransactionEdited',
    doc,
    {
      ...unpaid,
      revision: 1,
      date: '2026-02-01',
      order: '2026-02-01 00000000',
      texts: beginnings('FRAMES'),
    },
  ],
  ['TransactionExplained', doc, explained],
  ['TransactionUnexplained', explained, { ...doc, revision: 2, codes: ['5000'] }],
  ['TransactionMatchBegun', doc, matching],
  ['TransactionMatched', matching, { ...matched, revision: 2 }],
  ['TransactionMatchFailed', matching, { ...doc, revision: 2 }],
  ['TransactionUnmatched', matched, { ...doc, revision: 2 }],
  ['TransactionReconciled', explained, { ...explained, revision: 2, status: 'reconciled', reconciliationId: 'n1' }],
  ['TransactionReleased', { ...matched, status: 'reconciled', reconciliationId: 'n1' }, { ...matched, revision: 2 }],
  [
    'TransactionReleased',
    { ...explained, status: 'reconciled', reconciliationId: 'n1' },
    { ...explained, revision: 2 },
  ],
  ['TransactionVoided', doc, { ...doc, revision: 1, status: 'void', reason: 'twice' }],
];

describe('the transactions view', () => {
  const stream = 'transaction-o1/t1';

  it('TransactionRecorded', () => {
    const event = recorded<TransactionEvent>(stream, 0, { type: 'TransactionRecorded', data: made });
    expect(transactionsView.keys(event)).toEqual(['t1']);
    expect(transactionsView.fold(null, event, 't1')).toEqual(doc);
  });

  it.each(rows)('%s', (type, before, after) => {
    const event = recorded(stream, before.revision + 1, { type, data: events[type] } as TransactionEvent);
    expect(transactionsView.fold(before, event, 't1')).toEqual(after);
    expect(transactionsView.fold(null, event, 't1')).toBeNull();
  });

  it('has a row for every event that it folds', () => {
    const types: ReadonlySet<string> = new Set(['TransactionRecorded', ...rows.map(([type]) => type)]);
    expect(Array.from(types).sort()).toEqual(Array.from(transactionsView.events).sort());
  });

  it('reads erased where an erased edit touched a text', () => {
    const data = { ...events.TransactionEdited, texts: 'erased' as const };
    const event = recorded<TransactionEvent>(stream, 1, { type: 'TransactionEdited', data });
    expect(transactionsView.fold(doc, event, 't1')).toMatchObject({ description: 'erased', payee: 'erased' });
  });
});
