import { given } from '../../../test/support/specification.js';
import {
  type Explanation,
  type Match,
  type Origin,
  type Transaction,
  type TransactionEvent,
  transactions,
} from './transaction.js';
import {
  beginMatch,
  editTransaction,
  explainTransaction,
  failMatch,
  holds,
  recordTransaction,
  reconcileTransaction,
  releaseTransaction,
  settleMatch,
  unexplainTransaction,
  unmatchTransaction,
  voidTransaction,
} from './transaction.decide.js';

const money = { bankAccountId: 'a1', date: '2026-03-01', amount: -1_200 };
const recordedAs = (origin: Origin): TransactionEvent => ({
  type: 'TransactionRecorded',
  data: { ...money, year: '2026', description: 'FRAMES', currency: 'GBP', createdBy: 'ann', origin },
});
const typed = recordedAs('manual');
const explanation: Explanation = { accountCode: '5000', side: 'input', vatRate: 2000, net: -1_000, vat: -200 };
const explained: TransactionEvent = { type: 'TransactionExplained', data: { ...money, ...explanation } };
const match: Match = { matchId: 'm1', to: { kind: 'purchase', id: 'p1' }, slot: 'e1', makes: false };
const begun: TransactionEvent = { type: 'TransactionMatchBegun', data: match };
const matched: TransactionEvent = { type: 'TransactionMatched', data: match };
const reconciled: TransactionEvent = { type: 'TransactionReconciled', data: { reconciliationId: 'n1' } };
const voided: TransactionEvent = { type: 'TransactionVoided', data: { reason: 'twice' } };
const transaction = (...events: readonly TransactionEvent[]) => given(transactions, 't1', ...events);

describe('recording a transaction', () => {
  const input = { ...money, description: 'FRAMES', payee: null };
  it('keeps what was given, and the year under whose key its texts stand', () =>
    transaction()
      .when(recordTransaction(input), { currency: 'GBP', brandId: 'b1' })
      .then({
        type: 'TransactionRecorded',
        data: {
          ...money,
          year: '2026',
          description: 'FRAMES',
          currency: 'GBP',
          createdBy: 't1',
          origin: 'manual',
          brandId: 'b1',
        },
      }));
  it('explains it where an account is named', () =>
    transaction()
      .when(recordTransaction({ ...input, accountCode: '5000', vatRate: 2000 }), { currency: 'GBP', side: 'input' })
      .then({ ...typed, data: { ...typed.data, createdBy: 't1' } } as TransactionEvent, explained));
  it.each([
    ['nothing', { amount: 0 }],
    ['half a penny', { amount: 0.5 }],
    ['no day of the calendar', { date: '2026-02-29' }],
    ['VAT without an account', { vatRate: 2000 }],
  ])('of %s is refused', (_, wrong) =>
    transaction()
      .when(recordTransaction({ ...input, ...wrong }), { currency: 'GBP' })
      .thenRefused('validation-failed'),
  );
});

describe('editing a transaction', () => {
  it('says what changed, texts apart', () =>
    transaction(typed)
      .when(editTransaction({ amount: -5, payee: 'Wood & Co', description: 'FRAMES' }))
      .then({
        type: 'TransactionEdited',
        data: {
          bankAccountId: 'a1',
          year: '2026',
          changes: { amount: { from: -1_200, to: -5 } },
          texts: { payee: { to: 'Wood & Co' } },
        },
      } as never));
  it('does nothing where nothing changes', () =>
    transaction(typed)
      .when(editTransaction({ amount: -1_200 }))
      .then());
  it.each([
    ['the day', { date: '2026-03-02' }],
    ['the amount', { amount: 1 }],
    ['the description', { description: 'x' }],
  ])('leaves %s of a line of a statement', (_, patch) =>
    transaction(recordedAs('statement')).when(editTransaction(patch)).thenRefused('conflict', 'statement-line'),
  );
  it('writes the payee of one', () => {
    const { state } = transaction(recordedAs('statement'));
    expect(editTransaction({ payee: 'Rosa' })(state, undefined as never, undefined)).toHaveLength(1);
  });
});

describe('explaining a transaction', () => {
  it.each<[string, number, number | undefined, 'input' | 'output', Partial<Explanation>]>([
    ['takes VAT out of what moved', -1_200, 2000, 'input', { vatRate: 2000, net: -1_000, vat: -200 }],
    ['rounds VAT half away from zero', 105, 500, 'output', { vatRate: 500, net: 100, vat: 5 }],
    ['rounds VAT half away from zero, money out', -33, 10_000, 'input', { net: -16, vat: -17 }],
    ['knows a rate of nothing', 999, 0, 'output', { vatRate: 0, net: 999, vat: 0 }],
    ['leaves out what is outside the scope of VAT', 999, undefined, 'output', { net: 999, vat: 0 }],
  ])('%s', (_, amount, vatRate, side, expected) => {
    const { state } = transaction({ ...typed, data: { ...typed.data, amount } } as TransactionEvent);
    const [event] = explainTransaction({ accountCode: '5000', vatRate })(state, undefined as never, { side });
    expect(event!.data).toMatchObject({ bankAccountId: 'a1', date: '2026-03-01', amount, side, ...expected });
    const { net, vat } = event!.data as Explanation;
    expect(net + vat).toBe(amount);
    if (vatRate === undefined) expect(event!.data).not.toHaveProperty('vatRate');
  });
  it('is taken back by what it posted', () =>
    transaction(typed, explained)
      .when(unexplainTransaction())
      .then({ type: 'TransactionUnexplained', data: { ...money, ...explanation } }));
  it('is not taken back where there is none', () =>
    transaction(typed).when(unexplainTransaction()).thenRefused('conflict', 'transaction-not-explained'));
});

describe('matching a transaction', () => {
  it('takes it first; a payment that is recorded because of it has its id', () => {
    transaction(typed)
      .when(beginMatch({ to: match.to, slot: 'e1', makes: false }))
      .then({ type: 'TransactionMatchBegun', data: { ...match, matchId: 'new-id' } });
    transaction(typed)
      .when(beginMatch({ to: match.to, makes: true }))
      .then({
        type: 'TransactionMatchBegun',
        data: { matchId: 'new-id', to: match.to, slot: 'new-id', makes: true },
      });
  });
  it('ends well, or not, once', () => {
    transaction(typed, begun).when(settleMatch('m1')).then(matched);
    transaction(typed, begun, matched).when(settleMatch('m1')).then();
    transaction(typed, begun, matched).when(failMatch('m1', 'x')).then();
    transaction(typed, begun)
      .when(failMatch('m1', 'paid already'))
      .then({ type: 'TransactionMatchFailed', data: { ...match, because: 'paid already' } });
    for (const end of [settleMatch('m0'), failMatch('m0', 'x')]) transaction(typed, begun).when(end).then();
  });
  it('holds its slot while it is under way or stands', () => {
    const failed: TransactionEvent = { type: 'TransactionMatchFailed', data: { ...match, because: 'x' } };
    const unmatched: TransactionEvent = { type: 'TransactionUnmatched', data: match };
    expect(holds(transaction(typed, begun).state, 'm1')).toBe(true);
    expect(holds(transaction(typed, begun, matched).state, 'm1')).toBe(true);
    expect(holds(transaction(typed, begun).state, 'm2')).toBe(false);
    expect(holds(transaction(typed, begun, failed).state, 'm1')).toBe(false);
    expect(holds(transaction(typed, begun, matched, unmatched).state, 'm1')).toBe(false);
    expect(holds(transaction().state, 'm1')).toBe(false);
  });
  it('is taken back, once it stands', () => {
    transaction(typed, begun, matched).when(unmatchTransaction()).then({ type: 'TransactionUnmatched', data: match });
    transaction(typed, begun).when(unmatchTransaction()).thenRefused('conflict', 'transaction-not-matched');
  });
});

describe('reconciling a transaction', () => {
  it.each([
    ['explained', [explained]],
    ['matched', [begun, matched]],
  ])('closes one that is %s', (_, events) =>
    transaction(typed, ...events)
      .when(reconcileTransaction('n1'))
      .then(reconciled),
  );
  it.each([
    ['is not explained', []],
    ['is being matched', [begun]],
  ])('is refused where it %s', (_, events) =>
    transaction(typed, ...events)
      .when(reconcileTransaction('n1'))
      .thenRefused('conflict', 'transaction-unexplained'),
  );
  it('is repeated without effect, and taken back by its own reconciliation only', () => {
    transaction(typed, explained, reconciled).when(reconcileTransaction('n1')).then();
    transaction(typed, explained, reconciled)
      .when(reconcileTransaction('n2'))
      .thenRefused('conflict', 'transaction-reconciled');
    transaction(typed, explained, reconciled).when(releaseTransaction('n2')).then();
    transaction(typed, explained, reconciled)
      .when(releaseTransaction('n1'))
      .then({ type: 'TransactionReleased', data: { reconciliationId: 'n1' } });
  });
});

const changes = {
  edit: editTransaction({ amount: 1 }),
  unexplain: unexplainTransaction(),
  match: beginMatch({ to: match.to, makes: true }),
  unmatch: unmatchTransaction(),
  void: voidTransaction('x'),
};

it.each(Object.entries(changes))('a reconciled transaction does not %s', (_, change) =>
  transaction(typed, explained, reconciled).when(change).thenRefused('conflict', 'transaction-reconciled'),
);
it.each(Object.entries(changes))('a void transaction does not %s', (_, change) =>
  transaction(typed, voided).when(change).thenRefused('conflict', 'transaction-void'),
);
it.each(Object.entries(changes))('there is nothing to %s where there is no transaction', (_, change) =>
  transaction().when(change).thenRefused('not-found'),
);
it.each([
  ['edit', changes.edit],
  ['match', changes.match],
  ['void', changes.void],
])('does not %s what came of something', (_, change) => {
  transaction(typed, explained).when(change).thenRefused('conflict', 'transaction-explained');
  transaction(typed, begun).when(change).thenRefused('conflict', 'transaction-matching');
  transaction(typed, begun, matched).when(change).thenRefused('conflict', 'transaction-matched');
});

it('a transaction is a record of its bank account and brand, and knows every account that explained it', () => {
  const { state } = transaction(typed, explained, {
    type: 'TransactionUnexplained',
    data: { ...money, ...explanation },
  });
  expect(transactions.facts(state)).toEqual({ createdBy: 'ann', bankAccountId: 'a1', brandId: undefined });
  expect((state as Exclude<Transaction, { status: 'absent' }>).codes).toEqual(['5000']);
});
