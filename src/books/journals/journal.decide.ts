import { plainDate } from '../../kernel/dates.js';
import { withoutNothing } from '../../kernel/changes.js';
import { type Decide, existing } from '../../kernel/decider.js';
import type { PlainDate, Recorded } from '../../kernel/event.js';
import { type Minor, sumOf } from '../../kernel/money.js';
import { conflict, invalid, Refusal } from '../../kernel/refusal.js';
import type { AccountKey } from '../ledger/entry.js';
import type { Journal, JournalEvent, JournalFields, JournalLine, JournalPurpose, JournalReversed } from './journal.js';

/** What the debits of a journal come to at most, in minor units: so much that sums of journals stay exact. */
export const MAX_TOTAL = 10_000_000_000_000;

export interface LineInput {
  readonly accountCode: string;
  /** Minor units; one of the two. */
  readonly debit?: Minor | undefined;
  readonly credit?: Minor | undefined;
  readonly description?: string | undefined;
}

export interface JournalInput {
  readonly date: PlainDate;
  readonly description?: string | undefined;
  readonly lines: readonly LineInput[];
}

/** What was looked up for the lines. */
export interface Accounts {
  readonly currency: string;
  /** The accounts that whoever posts may name, by code. */
  readonly keys: ReadonlyMap<string, AccountKey>;
}

/** Where opening balances have their other side. */
export interface Balancing {
  readonly accountCode: string;
}

type JournalDecide = Decide<Journal, JournalEvent, Accounts>;

export const postJournal =
  (input: JournalInput): JournalDecide =>
  (_, { userId }, accounts) => {
    const lines = linesOf(input.lines, accounts);
    const difference = sumOf('lines', lines.map(amountOf));
    if (difference !== 0) {
      throw invalid(
        'lines',
        difference > 0 ? `debits are ${difference} more than credits` : `credits are ${-difference} more than debits`,
      );
    }
    if (lines.length < 2) throw invalid('lines', 'a journal has two lines at least');
    return posted('journal', input, lines, accounts, userId);
  };

/** The other side of what the lines come to is a line of its own. */
export const postOpeningBalances =
  (input: JournalInput, { accountCode }: Balancing): JournalDecide =>
  (_, { userId }, accounts) => {
    const lines = linesOf(input.lines, accounts);
    const own = lines.findIndex((line) => line.accountCode === accountCode);
    if (own !== -1) throw invalid(`lines.${own}.accountCode`, 'gets the other side of the opening balances by itself');
    const rest = -sumOf('lines', lines.map(amountOf));
    const account = keyOf(accounts, accountCode, 'lines');
    const balancing: readonly JournalLine[] = rest === 0 ? [] : [{ account, accountCode, amount: rest }];
    if (lines.length + balancing.length < 2) throw invalid('lines', 'there is nothing to open the books with');
    return posted('opening-balances', input, [...lines, ...balancing], accounts, userId);
  };

export interface Balance {
  readonly account: AccountKey;
  readonly accountCode: string;
  readonly amount: Minor;
}

/** Takes what income and costs come to off these accounts, and puts it on the account of profits that are brought forward. */
export const closeYear =
  (
    input: Omit<JournalInput, 'lines'>,
    { accountCode }: Balancing,
  ): Decide<Journal, JournalEvent, Accounts & { readonly balances: readonly Balance[] }> =>
  (_, { userId }, { balances, ...accounts }) => {
    const lines = balances
      .filter(({ amount }) => amount !== 0)
      .map(({ account, accountCode: code, amount }) => ({ account, accountCode: code, amount: -amount }));
    if (lines.length === 0) throw conflict('nothing-to-close', 'Income and costs come to nothing up to that day');
    const profit = -sumOf('lines', lines.map(amountOf));
    const account = keyOf(accounts, accountCode, 'date');
    const forward: readonly JournalLine[] = profit === 0 ? [] : [{ account, accountCode, amount: profit }];
    return posted('year-end', { ...input, lines: [] }, [...lines, ...forward], accounts, userId);
  };

export interface Reversal {
  readonly reversalId: string;
  readonly date: PlainDate;
  readonly reason: string;
}

/** Once: what the reversal of a journal got wrong is put right by reversing that. */
export const reverseJournal =
  ({ reversalId, date, reason }: Reversal): Decide<Journal, JournalEvent> =>
  (state) => {
    const { status, fields } = existing(state);
    if (status === 'reversed') throw conflict('journal-reversed', 'This journal is reversed already');
    plainDate('date', date);
    const description = `Reversal of ${fields.description ?? `the journal of ${fields.date}`}`;
    return [{ type: 'JournalReversed', data: { reversalId, date, reason, description } }];
  };

/** The reversal itself, which follows from the event that asks for it; nothing where it is there. */
export const postReversal =
  (
    original: { readonly id: string; readonly fields: JournalFields },
    { date, reason, description }: Recorded<JournalReversed>['data'],
  ): Decide<Journal, JournalEvent> =>
  (state, { userId }) => {
    if (state.status !== 'absent') return [];
    const { currency, purpose } = original.fields;
    const lines = original.fields.lines.map((line) => ({ ...line, amount: -line.amount }));
    const fields: JournalFields = {
      date,
      purpose,
      currency,
      lines,
      description,
      reverses: original.id,
      reason,
    };
    return [{ type: 'JournalPosted', data: { createdBy: userId, ...fields } }];
  };

const amountOf = ({ amount }: JournalLine): Minor => amount;

function posted(
  purpose: JournalPurpose,
  { date, description }: JournalInput,
  lines: readonly JournalLine[],
  { currency }: Accounts,
  createdBy: string,
): readonly JournalEvent[] {
  plainDate('date', date);
  const debits = lines.reduce((sum, { amount }) => sum + BigInt(Math.max(amount, 0)), 0n);
  if (debits > MAX_TOTAL) throw invalid('lines', `come to more than ${MAX_TOTAL} minor units`);
  const fields = withoutNothing<JournalFields>({ date, purpose, currency, lines, description: description });
  return [{ type: 'JournalPosted', data: { createdBy, ...fields } }];
}

/** @throws Refusal validation-failed, naming each line that is wrong */
function linesOf(lines: readonly LineInput[], { keys }: Accounts): readonly JournalLine[] {
  const errors = lines.flatMap(({ accountCode, debit, credit }, index) => [
    ...(keys.has(accountCode) ? [] : [{ field: `lines.${index}.accountCode`, message: 'is no account of the chart' }]),
    ...((debit === undefined) === (credit === undefined)
      ? [{ field: `lines.${index}`, message: 'must have a debit or a credit, and not both' }]
      : []),
  ]);
  const [first] = errors;
  if (first !== undefined) throw new Refusal('validation-failed', `${first.field}: ${first.message}`, { errors });
  return lines.map(({ accountCode, debit, credit, description }) => ({
    account: keys.get(accountCode)!,
    accountCode,
    amount: debit ?? -credit!,
    ...(description === undefined ? {} : { description }),
  }));
}

function keyOf({ keys }: Accounts, accountCode: string, field: string): AccountKey {
  const key = keys.get(accountCode);
  if (key === undefined) throw invalid(field, `needs the account ${accountCode}`);
  return key;
}
