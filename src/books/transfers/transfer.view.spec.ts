import { recorded } from '../../../test/support/specification.js';
import { bankKey } from '../ledger/entry.js';
import type { TransferEvent } from './transfer.js';
import { transferPostings } from './transfer.postings.js';
import { type TransferDoc, transfersView } from './transfer.view.js';

const moved = { from: 'a1', to: 'a2', date: '2026-03-01', amount: 500 };
const claim = { side: 'to', transactionId: 't1', matchId: 'm1' } as const;
const doc: TransferDoc = {
  ...moved,
  organisation: '',
  revision: 0,
  status: 'recorded',
  currency: 'GBP',
  createdBy: 'ann',
  brands: { to: 'b2' },
  claims: {},
  order: '2026-03-01 00000000',
  reachFrom: ['*||a1', 'by:ann', 'by:ann||a1'],
  reachTo: ['*||a2', '*|b2|', '*|b2|a2', 'by:ann', 'by:ann||a2', 'by:ann|b2|', 'by:ann|b2|a2'],
};
const made: TransferEvent = {
  type: 'TransferRecorded',
  data: { ...moved, currency: 'GBP', createdBy: 'ann', brands: { to: 'b2' } },
};
const voided: TransferEvent = { type: 'TransferVoided', data: { ...moved, reason: 'x' } };

const rows: readonly [TransferEvent, TransferDoc | null, TransferDoc][] = [
  [made, null, doc],
  [{ type: 'TransferClaimed', data: claim }, doc, { ...doc, revision: 1, claims: { to: claim } }],
  [voided, doc, { ...doc, revision: 1, status: 'void', reason: 'x' }],
];

describe('the transfers view', () => {
  it.each(rows.map((row) => [row[0].type, ...row] as const))('%s', (_, event, before, after) => {
    const at = recorded('transfer-o1/x1', before === null ? 0 : before.revision + 1, event);
    expect(transfersView.keys(at)).toEqual(['x1']);
    expect(transfersView.fold(before, at, 'x1')).toEqual(after);
    if (before !== null) expect(transfersView.fold(null, at, 'x1')).toBeNull();
  });
});

describe('what transfers post', () => {
  it('is money from one bank account to the other, and back where it is void', () => {
    const postings = [
      { account: bankKey('a2'), amount: 500 },
      { account: bankKey('a1'), amount: -500 },
    ];
    const { TransferRecorded, TransferClaimed, TransferVoided } = transferPostings;
    expect(TransferRecorded!(recorded('transfer-o1/x1', 0, made) as never)).toEqual({ date: '2026-03-01', postings });
    expect(TransferVoided!(recorded('transfer-o1/x1', 1, voided) as never)).toEqual({
      date: '2026-03-01',
      postings: [
        { account: bankKey('a1'), amount: 500 },
        { account: bankKey('a2'), amount: -500 },
      ],
    });
    expect(TransferClaimed).toBeNull();
  });
});
