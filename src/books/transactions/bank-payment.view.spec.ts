import { recorded } from '../../../test/support/specification.js';
import { type BankPayment, bankPaymentsView } from './bank-payment.view.js';
import { openMatchesView } from './open-match.view.js';
import type { Match } from './transaction.js';

type Event = Parameters<typeof bankPaymentsView.fold>[1];
const ID = '00000000-0000-7000-8000-000000000000';
const received = (position: number, type = 'PaymentRecorded', stream = 'invoice-o1/i1'): Event => {
  const data = { amount: 500, date: '2026-03-01', paymentAccountId: 'a1' };
  return { ...(recorded(stream, position, { type, data } as never) as Event), id: ID };
};
const claimed = (matchId: string): Event =>
  recorded(`payment-claim-o1/${ID}`, 3, {
    type: 'PaymentClaimed',
    data: { paymentId: ID, transactionId: 't1', matchId },
  });
const match: Match = { matchId: 'm1', to: { kind: 'invoice', id: 'i1' }, slot: ID, makes: false };
const fold = (...events: readonly Event[]): BankPayment | null =>
  events.reduce<BankPayment | null>((doc, event) => {
    expect(bankPaymentsView.keys(event)).toEqual([ID]);
    return bankPaymentsView.fold(doc, event, ID);
  }, null);

const payment: BankPayment = {
  organisation: '',
  bankAccountId: 'a1',
  record: { kind: 'invoice', id: 'i1' },
  amount: 500,
  date: '2026-03-01',
  recorded: '00000001',
  matchId: '',
};

describe('the view of payments', () => {
  it('PaymentRecorded', () => expect(fold(received(1))).toEqual(payment));
  it('RefundRecorded', () => expect(fold(received(1, 'RefundRecorded'))).toEqual({ ...payment, amount: -500 }));
  it.each([
    ['PurchasePaid', 'purchase'],
    ['CreditNoteRefunded', 'credit-note'],
    ['RefundRecorded', 'invoice'],
  ] as const)('%s', (type, kind) =>
    expect(fold(received(1, type, `${kind}-o1/d1`))).toEqual({ ...payment, record: { kind, id: 'd1' }, amount: -500 }),
  );
  it('JournalPosted, once for each bank account', () => {
    const line = (account: string, amount: number) => ({ account, accountCode: '', amount });
    const lines = [line('bank:a1', -700), line('bank:a1', -1), line('bank:a2', 201), line('7000', 500)];
    const posted = recorded('journal-o1/j1', 2, {
      type: 'JournalPosted',
      data: { date: '2026-03-01', purpose: 'journal', currency: 'GBP', lines, createdBy: 'ann' },
    }) as Event;
    expect(bankPaymentsView.keys(posted)).toEqual(['j1:a1', 'j1:a2']);
    const folded = { ...payment, record: { kind: 'journal', id: 'j1' }, recorded: '00000002' };
    expect(bankPaymentsView.fold(null, posted, 'j1:a1')).toEqual({ ...folded, amount: -701 });
    expect(bankPaymentsView.fold(null, posted, 'j1:a2')).toEqual({ ...folded, bankAccountId: 'a2', amount: 201 });
  });
  it('PaymentClaimed', () => expect(fold(received(1), claimed('m1'))).toEqual({ ...payment, matchId: 'm1' }));
  it('PaymentClaimed, before the payment is there', () => {
    // In a real log the organisation of the placeholder is none, so no query finds it.
    expect(fold(claimed('m1'))).toMatchObject({ organisation: '', bankAccountId: '', matchId: 'm1' });
    expect(fold(claimed('m1'), received(4))).toEqual({ ...payment, recorded: '00000004', matchId: 'm1' });
  });
  it.each(['TransactionUnmatched', 'TransactionMatchFailed'] as const)('%s', (type) => {
    const ended = (matchId: string, to = match.to): Event =>
      recorded('transaction-o1/t1', 4, { type, data: { ...match, matchId, to, because: 'x' } });
    expect(fold(claimed('m1'), ended('m1'))).toBeNull();
    expect(fold(received(1), claimed('m2'), ended('m1'))).toMatchObject({ matchId: 'm2' });
    expect(bankPaymentsView.keys(ended('m1', { kind: 'transfer', id: 'x1' }))).toEqual([]);
    const there = { ...payment, organisation: 'o1', matchId: 'm1' };
    expect(bankPaymentsView.fold(there, ended('m1'), ID)).toEqual({ ...there, matchId: '' });
  });
});

describe('the view of open matches', () => {
  const begun = recorded('transaction-o1/t1', 2, { type: 'TransactionMatchBegun', data: match } as const);
  it('TransactionMatchBegun', () => {
    expect(openMatchesView.keys(begun)).toEqual(['m1']);
    expect(openMatchesView.fold(null, begun, 'm1')).toEqual({
      organisation: '',
      transactionId: 't1',
      reservedAt: begun.recordedAt,
      reservedBy: 2,
    });
  });
  it.each(['TransactionMatched', 'TransactionMatchFailed'] as const)('%s', (type) => {
    const ended = recorded('transaction-o1/t1', 3, { type, data: { ...match, because: 'x' } });
    expect(openMatchesView.fold(openMatchesView.fold(null, begun, 'm1'), ended, 'm1')).toBeNull();
  });
});
