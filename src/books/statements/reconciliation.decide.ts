import { plainDate } from '../../kernel/dates.js';
import type { Decide } from '../../kernel/decider.js';
import type { PlainDate } from '../../kernel/event.js';
import { type Minor, sumOf } from '../../kernel/money.js';
import { conflict, invalid } from '../../kernel/refusal.js';
import { agreedOf, type OpenReconciliation, type ReconciliationEvent, type Reconciliations } from './reconciliation.js';

export interface ReconciliationInput {
  readonly bankAccountId: string;
  /** Last day of the statement. */
  readonly through: PlainDate;
  /** What the statement ends with. Without it, what comes out is taken for agreed. */
  readonly closing?: Minor | undefined;
  /** What the account held before its first reconciled line; 0 by default. */
  readonly opening?: Minor | undefined;
}

/** The transactions that are to be reconciled, all accounted for in the books. */
export interface Reconciling {
  readonly brandId?: string | undefined;
  readonly lines: readonly {
    readonly id: string;
    readonly revision: number;
    readonly amount: Minor;
    /** Accounts of the chart that explain it. */
    readonly codes: readonly string[];
  }[];
  /** How many more of these days the books do not account for. */
  readonly unexplained: number;
}

export const MAX_LINES = 5000;

/** @throws Refusal conflict `balance-differs`, by how much, where the books and the statement do not agree */
export const beginReconciliation =
  (input: ReconciliationInput): Decide<Reconciliations, ReconciliationEvent, Reconciling> =>
  (state, { newId, userId }, { brandId, lines, unexplained }) => {
    const { bankAccountId } = input;
    const through = plainDate('through', input.through);
    const before = state.last.get(bankAccountId);
    if (state.open.has(bankAccountId))
      throw conflict('reconciliation-under-way', 'The bank account is being reconciled; try again in a moment');
    if (before !== undefined && input.opening !== undefined && input.opening !== before.closing)
      throw conflict('opening-differs', `The account is reconciled up to ${before.closing}, not ${input.opening}`);
    if (unexplained > 0)
      throw conflict(
        'transactions-unexplained',
        `${unexplained} transactions through ${through} are neither explained nor matched`,
      );
    if (lines.length === 0) throw conflict('nothing-to-reconcile', 'There are no transactions to reconcile');
    if (lines.length > MAX_LINES)
      throw invalid(
        'through',
        `${lines.length} transactions are more than ${MAX_LINES}; reconcile an earlier day first`,
      );
    const opening = before?.closing ?? input.opening ?? 0;
    const closing = sumOf('lines', [opening, ...lines.map(({ amount }) => amount)]);
    const asked = input.closing ?? closing;
    if (asked !== closing)
      throw conflict(
        'balance-differs',
        `The statement ends with ${asked}, the transactions with ${closing}: they differ by ${asked - closing}`,
      );
    const codes = [...new Set([...(before?.codes ?? []), ...lines.flatMap((line) => line.codes)])];
    return [
      {
        type: 'ReconciliationBegun',
        data: {
          reconciliationId: newId,
          ...{ bankAccountId, through, opening, closing, createdBy: userId },
          ...(brandId === undefined ? {} : { brandId }),
          ...(codes.length === 0 ? {} : { codes }),
          lines: lines.map(({ id, revision }) => ({ id, revision })),
        },
      },
    ];
  };

export const finishReconciliation =
  (reconciliationId: string): Decide<Reconciliations, ReconciliationEvent> =>
  (state) => {
    const open = openOne(state, reconciliationId);
    if (open === undefined) return [];
    return [{ type: 'ReconciliationFinished', data: { ...agreedOf(open.agreed), count: open.lines.length } }];
  };

export const abortReconciliation =
  (reconciliationId: string): Decide<Reconciliations, ReconciliationEvent> =>
  (state) => {
    const open = openOne(state, reconciliationId);
    if (open === undefined) return [];
    return [{ type: 'ReconciliationAborted', data: { reconciliationId, bankAccountId: open.agreed.bankAccountId } }];
  };

/** The one with this id, if it is under way. */
export const openOne = ({ open }: Reconciliations, reconciliationId: string): OpenReconciliation | undefined =>
  [...open.values()].find(({ agreed }) => agreed.reconciliationId === reconciliationId);
