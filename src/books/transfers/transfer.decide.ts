import { withoutNothing } from '../../kernel/changes.js';
import { plainDate } from '../../kernel/dates.js';
import { type Decide, existing } from '../../kernel/decider.js';
import { conflict, invalid } from '../../kernel/refusal.js';
import type { Moved, Transfer, TransferClaim, TransferEvent, TransferSide } from './transfer.js';

type TransferDecide<Prepared = undefined> = Decide<Transfer, TransferEvent, Prepared>;

export interface TransferInput extends Moved {
  readonly reference?: string | null | undefined;
}

/** What the two accounts say. */
export interface OfAccounts {
  readonly currency: string;
  readonly brands: { readonly [S in TransferSide]?: string | undefined };
}

export const recordTransfer =
  ({ from, to, date, amount, reference }: TransferInput): TransferDecide<OfAccounts> =>
  (_, { userId }, { currency, brands }) => {
    if (from === to) throw invalid('to', 'must be another bank account');
    if (!Number.isSafeInteger(amount) || amount < 1) throw invalid('amount', 'must be positive');
    const moved = { from, to, date: plainDate('date', date), amount, currency };
    const fields = withoutNothing<typeof moved & { reference?: string }>({ ...moved, reference });
    return [
      {
        type: 'TransferRecorded',
        data: { ...fields, createdBy: userId, brands: withoutNothing<{ from?: string; to?: string }>(brands) },
      },
    ];
  };

/** Which of the transactions that claim an end still hold it. One that does not never does again. */
export interface Held {
  readonly held: ReadonlySet<TransferSide>;
}

export const voidTransfer =
  (reason: string): TransferDecide<Held> =>
  (state, _, { held }) => {
    const { status, from, to, date, amount } = existing(state);
    if (status === 'void') return [];
    if (held.size > 0) throw conflict('transfer-matched', 'A bank transaction is matched to the transfer');
    return [{ type: 'TransferVoided', data: { from, to, date, amount, reason } }];
  };

/** @throws Refusal conflict where the transfer is void, or its end another transaction's */
export const claimTransfer =
  (claim: TransferClaim): TransferDecide<Held> =>
  (state, _, { held }) => {
    if (state.status !== 'recorded') throw conflict('transfer-void', 'The transfer is void');
    if (state.claims[claim.side]?.matchId === claim.matchId) return [];
    if (held.has(claim.side))
      throw conflict('already-matched', 'Another bank transaction is matched to that end of the transfer');
    return [{ type: 'TransferClaimed', data: claim }];
  };
