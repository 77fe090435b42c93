import type { StateCache } from '../../platform/commands/state-cache.js';
import { transactions } from '../transactions/transaction.js';
import { holds } from '../transactions/transaction.decide.js';
import type { Transfer, TransferSide } from './transfer.js';

/** The ends of a transfer that transactions are matched to. */
export async function heldSides(
  states: StateCache,
  organisation: string,
  transfer: Transfer,
): Promise<ReadonlySet<TransferSide>> {
  const held = new Set<TransferSide>();
  if (transfer.status === 'absent') return held;
  for (const { side, transactionId, matchId } of Object.values(transfer.claims)) {
    const { state } = await states.load(transactions, organisation, transactionId);
    if (holds(state, matchId)) held.add(side);
  }
  return held;
}
