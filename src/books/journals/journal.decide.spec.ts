import fc from 'fast-check';
import { given, NOW, recorded } from '../../../test/support/specification.js';
import { Refusal } from '../../kernel/refusal.js';
import { differenceOf } from '../ledger/rules.js';
import { type JournalEvent, type JournalPosted, journals } from './journal.js';
import {
  type Accounts,
  closeYear,
  type LineInput,
  MAX_TOTAL,
  postJournal,
  postOpeningBalances,
  postReversal,
  reverseJournal,
} from './journal.decide.js';
import { journalPostings } from './journal.postings.js';

const accounts: Accounts = {
  currency: 'GBP',
  keys: new Map([
    ['7000', '7000'],
    ['7100', '7100'],
    ['3000', '3000'],
    ['3200', '3200'],
    ['1200', 'bank:b1'],
  ]),
};
const date = '2026-03-31';
const journal = (...events: readonly JournalEvent[]) => given(journals, 'ann', ...events);
const pair = (debit: number, credit = debit): readonly LineInput[] => [
  { accountCode: '7100', debit, description: 'March' },
  { accountCode: '1200', credit },
];
const posted: JournalPosted = {
  type: 'JournalPosted',
  data: {
    createdBy: 'ann',
    date,
    purpose: 'journal',
    currency: 'GBP',
    lines: [
      { account: '7100', accountCode: '7100', amount: 500, description: 'March' },
      { account: 'bank:b1', accountCode: '1200', amount: -500 },
    ],
    description: 'Rent',
  },
};
const reversed: JournalEvent = {
  type: 'JournalReversed',
  data: { reversalId: 'r1', date: '2026-04-01', reason: 'Twice', description: 'Reversal of Rent' },
};

describe('posting a journal', () => {
  it('keeps its lines, debits positive, and the keys of the accounts', () =>
    journal()
      .when(postJournal({ date, description: 'Rent', lines: pair(500) }), accounts)
      .then(posted));
  it.each<[string, readonly LineInput[]]>([
    ['debits are more than credits', pair(500, 499)],
    ['credits are more than debits', pair(499, 500)],
    ['there is one line', [{ accountCode: '7100', debit: 1 }]],
    ['a line has neither', [...pair(5), { accountCode: '7100' }]],
    ['a line has both', [...pair(5), { accountCode: '7100', debit: 1, credit: 1 }]],
    ['an account is not there', [...pair(5), { accountCode: '7999', debit: 1 }, { accountCode: '7100', credit: 1 }]],
    ['debits come to more than sums stay exact with', [...pair(MAX_TOTAL), ...pair(1)]],
    ['a number holds them no more', [...pair(Number.MAX_SAFE_INTEGER), ...pair(Number.MAX_SAFE_INTEGER)]],
  ])('is refused where %s', (_, lines) =>
    journal().when(postJournal({ date, lines }), accounts).thenRefused('validation-failed'),
  );
  it('is refused on a day that is none', () =>
    journal()
      .when(postJournal({ date: '2026-02-29', lines: pair(5) }), accounts)
      .thenRefused('validation-failed'));
});

describe('opening balances', () => {
  it('have their other side on the account of the opening balances', () =>
    journal()
      .when(
        postOpeningBalances({ date, lines: [{ accountCode: '1200', debit: 900 }] }, { accountCode: '3000' }),
        accounts,
      )
      .then({
        type: 'JournalPosted',
        data: {
          createdBy: 'ann',
          date,
          purpose: 'opening-balances',
          currency: 'GBP',
          lines: [
            { account: 'bank:b1', accountCode: '1200', amount: 900 },
            { account: '3000', accountCode: '3000', amount: -900 },
          ],
        },
      }));
  it('need none where they balance', () => {
    const [event] = postOpeningBalances({ date, lines: pair(5) }, { accountCode: '3000' })(
      journals.initial(),
      { now: NOW, userId: 'ann', organisation: '', newId: 'x' },
      accounts,
    );
    expect((event as JournalPosted).data.lines).toHaveLength(2);
  });
  it('do not name that account themselves', () =>
    journal()
      .when(
        postOpeningBalances({ date, lines: [{ accountCode: '3000', debit: 1 }] }, { accountCode: '3000' }),
        accounts,
      )
      .thenRefused('validation-failed'));
});

describe('closing a year', () => {
  const close = closeYear({ date, description: 'Year to March' }, { accountCode: '3200' });
  const balance = (accountCode: string, amount: number) => ({ account: accountCode, accountCode, amount });
  it('takes income and costs off, and brings forward what is left', () =>
    journal()
      .when(close, { ...accounts, balances: [balance('4000', -1000), balance('7100', 300), balance('5000', 0)] })
      .then({
        type: 'JournalPosted',
        data: {
          createdBy: 'ann',
          date,
          purpose: 'year-end',
          currency: 'GBP',
          description: 'Year to March',
          lines: [
            { account: '4000', accountCode: '4000', amount: 1000 },
            { account: '7100', accountCode: '7100', amount: -300 },
            { account: '3200', accountCode: '3200', amount: -700 },
          ],
        },
      }));
  it('is refused where there is nothing', () =>
    journal()
      .when(close, { ...accounts, balances: [balance('4000', 0)] })
      .thenRefused('conflict', 'nothing-to-close'));
});

describe('reversing a journal', () => {
  const reverse = reverseJournal({ reversalId: 'r1', date: '2026-04-01', reason: 'Twice' });
  it('says by which journal, and why', () => journal(posted).when(reverse).then(reversed));
  it('is refused the second time, and where there is none', () => {
    journal(posted, reversed).when(reverse).thenRefused('conflict', 'journal-reversed');
    journal().when(reverse).thenRefused('not-found');
  });
  it('posts the opposite, linked to it, once', () => {
    const { createdBy: _, ...fields } = posted.data;
    const original = { id: 'j1', fields };
    const data = recorded('journal-o/j1', 1, reversed).data;
    const reversal: JournalPosted = {
      type: 'JournalPosted',
      data: {
        createdBy: 'ann',
        date: '2026-04-01',
        purpose: 'journal',
        currency: 'GBP',
        lines: [
          { account: '7100', accountCode: '7100', amount: -500, description: 'March' },
          { account: 'bank:b1', accountCode: '1200', amount: 500 },
        ],
        description: 'Reversal of Rent',
        reverses: 'j1',
        reason: 'Twice',
      },
    };
    journal().when(postReversal(original, data)).then(reversal);
    journal(reversal).when(postReversal(original, data)).then();
  });
});

describe('what journals book', () => {
  it.each<[string, unknown, unknown]>([
    [
      'JournalPosted: what its lines say, each account once',
      journalPostings.JournalPosted!(
        recorded('journal-o/j1', 0, {
          ...posted,
          data: {
            ...posted.data,
            lines: [
              ...posted.data.lines,
              { account: '7100', accountCode: '7100', amount: 20 },
              { account: '3000', accountCode: '3000', amount: -20 },
            ],
          },
        }),
      ),
      {
        date,
        postings: [
          { account: '7100', amount: 520 },
          { account: 'bank:b1', amount: -500 },
          { account: '3000', amount: -20 },
        ],
      },
    ],
    [
      'JournalPosted of a year end: what is no part of profit and loss',
      journalPostings.JournalPosted!(
        recorded('journal-o/j1', 0, { ...posted, data: { ...posted.data, purpose: 'year-end' } }),
      ),
      {
        date,
        postings: [
          { account: '7100', amount: 500 },
          { account: 'bank:b1', amount: -500 },
        ],
        closing: true,
      },
    ],
    ['JournalReversed: nothing, for the reversal is a journal of its own', journalPostings.JournalReversed, null],
  ])('%s', (_, entry, expected) => expect(entry).toEqual(expected));
});

/** Balanced about half of the time: the last line takes up what the others lack. */
const linesOf = fc
  .tuple(
    fc.array(
      fc.record({
        accountCode: fc.constantFrom(...accounts.keys.keys()),
        amount: fc.integer({ min: -1_000_000, max: 1_000_000 }).filter((amount) => amount !== 0),
      }),
      { maxLength: 20 },
    ),
    fc.boolean(),
  )
  .map(([lines, balances]) => {
    const rest = -lines.reduce((sum, { amount }) => sum + amount, 0);
    return balances && rest !== 0 ? [...lines, { accountCode: '1200', amount: rest }] : lines;
  })
  .map((lines) =>
    lines.map(({ accountCode, amount }): LineInput => ({
      accountCode,
      ...(amount > 0 ? { debit: amount } : { credit: -amount }),
    })),
  );

describe('any sequence of journals', () => {
  it('leaves debits equal to credits', () => {
    const kinds = ['journal', 'opening', 'reversed'] as const;
    const seen = { accepted: 0, refused: 0 };
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom(...kinds), linesOf), { maxLength: 10 }), (commands) => {
        const balances = new Map<string, number>();
        const book = (event: JournalEvent): void => {
          const entry =
            event.type === 'JournalPosted' ? journalPostings.JournalPosted!(recorded('journal-o/j', 0, event)) : null;
          expect(differenceOf(entry!)).toBe(0n);
          for (const { account, amount } of entry!.postings)
            balances.set(account, (balances.get(account) ?? 0) + amount);
        };
        for (const [kind, lines] of commands) {
          const context = { now: NOW, userId: 'ann', organisation: 'o', newId: 'x' };
          try {
            const input = { date, lines };
            const decide =
              kind === 'opening' ? postOpeningBalances(input, { accountCode: '3000' }) : postJournal(input);
            const [event] = decide(journals.initial(), context, accounts);
            book(event!);
            seen.accepted += 1;
            if (kind !== 'reversed' || event?.type !== 'JournalPosted') continue;
            const { createdBy: _, ...fields } = event.data;
            const before = new Map(balances);
            const [reversal] = postReversal(
              { id: 'j', fields },
              { reversalId: 'r', date, reason: 'x', description: 'x' },
            )(journals.initial(), context, undefined);
            book(reversal!);
            // What a journal and its reversal leave is what there was.
            for (const { account, amount } of fields.lines) before.set(account, (before.get(account) ?? 0) - amount);
            expect([...balances].filter(([, sum]) => sum !== 0)).toEqual([...before].filter(([, sum]) => sum !== 0));
          } catch (error) {
            if (!(error instanceof Refusal)) throw error;
            seen.refused += 1;
          }
        }
        expect([...balances.values()].reduce((sum, amount) => sum + amount, 0)).toBe(0);
      }),
      { numRuns: 300 },
    );
    expect(Math.min(seen.accepted, seen.refused)).toBeGreaterThan(50);
  });
});
