import { Injectable } from '@nestjs/common';
import type { Metadata } from '../../kernel/event.js';
import { Refusal } from '../../kernel/refusal.js';
import { Consequences, orBusy } from '../../platform/commands/consequences.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import { heldSides } from '../transfers/held-sides.service.js';
import { transfers, type TransferSide } from '../transfers/transfer.js';
import { claimTransfer } from '../transfers/transfer.decide.js';
import { MatchedPayments } from './matched-payments.service.js';
import { claimPayment, paymentClaims } from './payment-claim.js';
import { type Match, transactions } from './transaction.js';
import { failMatch, holds, settleMatch } from './transaction.decide.js';

/** How a match that a transaction began came to its end. */
export interface Settled {
  readonly revision: number;
  readonly position: string;
}

/**
 * Brings matches to their end. A transaction is taken first, in its own stream, then what it is matched to, so no two
 * transactions show one payment, and none shows two; whatever a fault interrupts goes on from there (`CompleteMatches`).
 */
@Injectable()
export class Matching {
  constructor(
    private readonly states: StateCache,
    private readonly consequences: Consequences,
    private readonly payments: MatchedPayments,
  ) {}

  /**
   * Ends a match that was begun; nothing happens where it is not under way any more. `metadata` is the beginning's.
   *
   * @throws Refusal the reason why it cannot be; the transaction is free again then
   */
  async settle(
    organisation: string,
    transactionId: string,
    matchId: string,
    metadata: Metadata,
  ): Promise<Settled | undefined> {
    const { state } = await this.states.load(transactions, organisation, transactionId);
    if (state.status !== 'matching' || state.match.matchId !== matchId) return undefined;
    const { idempotency: _, ...further } = metadata;
    try {
      const { to, slot, makes, overpayment } = state.match;
      await orBusy('this', this.take(organisation, transactionId, state.match, further));
      if (makes && (to.kind === 'invoice' || to.kind === 'purchase'))
        await this.payments.record(organisation, { ...to, kind: to.kind }, { ...state, overpayment }, slot, further);
    } catch (error) {
      if (error instanceof Refusal && error.code !== 'unavailable')
        await this.end(organisation, transactionId, failMatch(matchId, error.message), metadata);
      throw error;
    }
    return this.end(organisation, transactionId, settleMatch(matchId), metadata);
  }

  private async end(
    organisation: string,
    transactionId: string,
    decide: ReturnType<typeof settleMatch>,
    metadata: Metadata,
  ): Promise<Settled | undefined> {
    return (await this.consequences.write(transactions, organisation, transactionId, decide, metadata)).at(-1);
  }

  private async take(organisation: string, transactionId: string, match: Match, metadata: Metadata): Promise<void> {
    const { to, slot, matchId } = match;
    if (to.kind === 'transfer') {
      const claim = claimTransfer({ side: slot as TransferSide, transactionId, matchId });
      await this.consequences.write(transfers, organisation, to.id, claim, metadata, async (state) => ({
        held: await heldSides(this.states, organisation, state),
      }));
      return;
    }
    const claim = claimPayment(slot, { transactionId, matchId });
    await this.consequences.write(paymentClaims, organisation, slot, claim, metadata, async ({ holder }) => ({
      held: holder !== undefined && (await this.isHeld(organisation, holder)),
    }));
  }

  private async isHeld(organisation: string, holder: { transactionId: string; matchId: string }): Promise<boolean> {
    const { state } = await this.states.load(transactions, organisation, holder.transactionId);
    return holds(state, holder.matchId);
  }
}
