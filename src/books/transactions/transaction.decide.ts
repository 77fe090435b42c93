import { changesTo, isEmpty, type Patch, withoutNothing } from '../../kernel/changes.js';
import { plainDate } from '../../kernel/dates.js';
import type { Decide, Existing } from '../../kernel/decider.js';
import type { PlainDate } from '../../kernel/event.js';
import { divideRounded, type Minor } from '../../kernel/money.js';
import { conflict, invalid, notFound } from '../../kernel/refusal.js';
import {
  type Explanation,
  explanationOf,
  type Match,
  matchOf,
  type Money,
  type Texts,
  type Transaction,
  type TransactionEvent,
  type TransactionMatchBegun,
  type TransactionRecorded,
} from './transaction.js';

type TransactionDecide<Prepared = undefined> = Decide<Transaction, TransactionEvent, Prepared>;

/** Which VAT an account takes part in: an income account in that on sales, a cost account in that on purchases. */
export type Side = Explanation['side'];

export interface ExplanationInput {
  readonly accountCode: string;
  /** Basis points; absent or null: outside the scope of VAT. */
  readonly vatRate?: number | null | undefined;
}

export interface TransactionInput extends Money, Patch<Texts> {
  readonly description: string;
  readonly accountCode?: string | null | undefined;
  readonly vatRate?: number | null | undefined;
}

export type TransactionPatch = Patch<Pick<Money, 'date' | 'amount'> & Texts>;

/** What a new transaction takes from its bank account. */
export interface OfAccount {
  readonly currency: string;
  readonly brandId?: string | undefined;
  /** Of the account of the chart that explains it; undefined where none is named. */
  readonly side?: Side | undefined;
}

/** What a transaction is made with, whichever way it comes in. @throws Refusal validation-failed */
export function recorded(
  input: Omit<TransactionInput, 'accountCode' | 'vatRate'>,
  more: Omit<TransactionRecorded['data'], keyof Money | keyof Texts | 'year'>,
): TransactionRecorded {
  const { bankAccountId, amount, description, payee } = input;
  const date = plainDate('date', input.date);
  checkAmount(amount);
  const texts = withoutNothing<Texts>({ description, payee });
  return {
    type: 'TransactionRecorded',
    data: { bankAccountId, date, year: date.slice(0, 4), amount, ...texts, ...more },
  };
}

/** By hand. With an account of the chart it is explained at once. */
export const recordTransaction =
  ({ accountCode, vatRate, ...input }: TransactionInput): TransactionDecide<OfAccount> =>
  (_, { userId }, { currency, brandId, side }) => {
    const event = recorded(input, {
      currency,
      createdBy: userId,
      origin: 'manual',
      ...(brandId === undefined ? {} : { brandId }),
    });
    if (!accountCode || side === undefined) {
      if (vatRate !== undefined && vatRate !== null) throw invalid('vatRate', 'needs an accountCode');
      return [event];
    }
    const explanation = explanationFor(input.amount, { accountCode, vatRate }, side);
    return [event, { type: 'TransactionExplained', data: { ...moneyOf(input), ...explanation } }];
  };

/** What a bank's statement says stays as it says it: of its lines only the payee is ours to write. */
export const editTransaction =
  (patch: TransactionPatch): TransactionDecide =>
  (state) => {
    const transaction = open(state);
    const { texts, origin, bankAccountId, year } = transaction;
    const { description, payee, date, amount } = patch;
    if (date !== undefined) plainDate('date', date);
    if (amount !== undefined) checkAmount(amount);
    const changes = changesTo<Pick<Money, 'date' | 'amount'>>(
      { date: transaction.date, amount: transaction.amount },
      { date, amount },
    );
    const changedTexts = changesTo<Texts>(texts, { description, payee });
    if (isEmpty(changes) && isEmpty(changedTexts)) return [];
    if (origin === 'statement' && (!isEmpty(changes) || changedTexts.description !== undefined))
      throw conflict('statement-line', 'What a bank statement says is not edited');
    const kept = isEmpty(changedTexts) ? {} : { texts: changedTexts };
    return [{ type: 'TransactionEdited', data: { bankAccountId, year, changes, ...kept } }];
  };

export const explainTransaction =
  (input: ExplanationInput): TransactionDecide<{ readonly side: Side }> =>
  (state, _, { side }) => {
    const transaction = open(state);
    const explanation = explanationFor(transaction.amount, input, side);
    return [{ type: 'TransactionExplained', data: { ...moneyOf(transaction), ...explanation } }];
  };

export const unexplainTransaction = (): TransactionDecide => (state) => {
  const transaction = changeable(state);
  if (transaction.status !== 'explained')
    throw conflict('transaction-not-explained', `The transaction is ${transaction.status}, not explained`);
  return [
    { type: 'TransactionUnexplained', data: { ...moneyOf(transaction), ...explanationOf(transaction.explanation) } },
  ];
};

/** What is to be matched to: for a payment that is recorded because of it, the slot is the match's own id. */
export type Target = Omit<Match, 'matchId' | 'slot'> &
  Pick<TransactionMatchBegun['data'], 'codes'> & { readonly slot?: string };

/** Takes the transaction, so that it is matched to one thing only; `settleMatch` or `failMatch` ends it. */
export const beginMatch =
  (target: Target): TransactionDecide =>
  (state, { newId }) => {
    open(state);
    return [{ type: 'TransactionMatchBegun', data: { ...target, matchId: newId, slot: target.slot ?? newId } }];
  };

/** Nothing happens where that match is not the one that was begun. */
export const settleMatch =
  (matchId: string): TransactionDecide =>
  (state) =>
    state.status === 'matching' && state.match.matchId === matchId
      ? [{ type: 'TransactionMatched', data: matchOf(state.match) }]
      : [];

export const failMatch =
  (matchId: string, because: string): TransactionDecide =>
  (state) =>
    state.status === 'matching' && state.match.matchId === matchId
      ? [{ type: 'TransactionMatchFailed', data: { ...matchOf(state.match), because } }]
      : [];

export const unmatchTransaction = (): TransactionDecide => (state) => {
  const transaction = changeable(state);
  if (transaction.status !== 'matched')
    throw conflict('transaction-not-matched', `The transaction is ${transaction.status}, not matched`);
  return [{ type: 'TransactionUnmatched', data: matchOf(transaction.match) }];
};

/** @throws Refusal conflict where the books do not say what it was for */
export const reconcileTransaction =
  (reconciliationId: string): TransactionDecide =>
  (state) => {
    if (state.status !== 'absent' && state.reconciliationId === reconciliationId) return [];
    requireAccounted(state);
    return [{ type: 'TransactionReconciled', data: { reconciliationId } }];
  };

export const releaseTransaction =
  (reconciliationId: string): TransactionDecide =>
  (state) =>
    state.status !== 'absent' && state.reconciliationId === reconciliationId
      ? [{ type: 'TransactionReleased', data: { reconciliationId } }]
      : [];

export const voidTransaction =
  (reason: string): TransactionDecide =>
  (state) => {
    open(state);
    return [{ type: 'TransactionVoided', data: { reason } }];
  };

/** A transaction that the books account for and that is not reconciled yet. @throws Refusal conflict */
export function requireAccounted(state: Transaction): Existing<Transaction> {
  const transaction = changeable(state);
  if (transaction.status !== 'explained' && transaction.status !== 'matched')
    throw conflict('transaction-unexplained', 'A transaction is explained or matched before it is reconciled');
  return transaction;
}

/** Whether a match holds its slot: it is under way, or stands. Once it does not, it never does again. */
export const holds = (state: Transaction, matchId: string): boolean =>
  (state.status === 'matching' || state.status === 'matched') && state.match.matchId === matchId;

function changeable(state: Transaction): Existing<Transaction> {
  if (state.status === 'absent') throw notFound();
  if (state.reconciliationId !== undefined)
    throw conflict('transaction-reconciled', 'A reconciled transaction is not changed any more');
  if (state.status === 'void') throw conflict('transaction-void', 'The transaction is void');
  return state;
}

/** @throws Refusal conflict where something came of the transaction already */
function open(state: Transaction): Existing<Transaction> {
  const transaction = changeable(state);
  switch (transaction.status) {
    case 'explained':
      throw conflict('transaction-explained', 'The transaction is explained; take that back first');
    case 'matching':
      throw conflict('transaction-matching', 'The transaction is being matched; try again in a moment');
    case 'matched':
      throw conflict('transaction-matched', 'The transaction is matched; take that back first');
    case 'unexplained':
    case 'void':
      return transaction;
  }
}

const moneyOf = ({ bankAccountId, date, amount }: Money): Money => ({ bankAccountId, date, amount });

function checkAmount(amount: Minor | null): void {
  if (amount === 0 || amount === null || !Number.isSafeInteger(amount))
    throw invalid('amount', 'must be a whole number of minor units and not zero');
}

/** The amount that moved includes VAT, which is the rate's share of it, rounded half away from zero. */
function explanationFor(amount: Minor, { accountCode, vatRate }: ExplanationInput, side: Side): Explanation {
  if (vatRate === undefined || vatRate === null) return { accountCode, side, net: amount, vat: 0 };
  const vat = Number(divideRounded(BigInt(amount) * BigInt(vatRate), BigInt(10_000 + vatRate)));
  return { accountCode, side, vatRate, net: amount - vat, vat };
}

/** For whoever asks about the days that a change would post on. */
export const postingDates = (state: Transaction): readonly PlainDate[] =>
  state.status === 'absent' ? [] : [state.date];
