import { Injectable } from '@nestjs/common';
import { type Aggregate, type DecisionContext, streamOf } from '../../kernel/decider.js';
import { type DomainEvent, type Metadata, personOf } from '../../kernel/event.js';
import { Refusal } from '../../kernel/refusal.js';
import { Appender } from '../../platform/commands/appender.js';
import { Consequences } from '../../platform/commands/consequences.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import { WrongExpectedRevision } from '../../platform/event-store/event-store.port.js';
import { heldSides } from '../transfers/held-sides.service.js';
import { transfers, type TransferSide } from '../transfers/transfer.js';
import { claimTransfer } from '../transfers/transfer.decide.js';
import { MatchedPayments } from './matched-payments.service.js';
import { claimPayment, paymentClaims } from './payment-claim.js';
import { type Match, transactions } from './transaction.js';
import { failMatch, holds, settleMatch } from './transaction.decide.js';

const MAX_ATTEMPTS = 20;

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
    private readonly appender: Appender,
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
      await this.take(organisation, transactionId, state.match, further);
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
      const claim = { side: slot as TransferSide, transactionId, matchId };
      await this.write(transfers, organisation, to.id, metadata, async (state, context) =>
        claimTransfer(claim)(state, context, { held: await heldSides(this.states, organisation, state) }),
      );
      return;
    }
    await this.write(paymentClaims, organisation, slot, metadata, async (state, context) => {
      const held = state.holder !== undefined && (await this.isHeld(organisation, state.holder));
      return claimPayment(slot, { transactionId, matchId })(state, context, { held });
    });
  }

  private async isHeld(organisation: string, holder: { transactionId: string; matchId: string }): Promise<boolean> {
    const { state } = await this.states.load(transactions, organisation, holder.transactionId);
    return holds(state, holder.matchId);
  }

  /** As `Consequences.write`, for decisions that need to look at other streams: whoever holds a claim. */
  private async write<S, E extends DomainEvent>(
    aggregate: Aggregate<S, E>,
    organisation: string,
    id: string,
    metadata: Metadata,
    decide: (state: S, context: DecisionContext) => Promise<readonly E[]>,
  ): Promise<void> {
    const context = { now: '', userId: personOf(metadata.actor) ?? '', organisation, newId: '' };
    const stream = streamOf(aggregate, organisation, id);
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const { state, revision } = await this.states.load(aggregate, organisation, id);
      const events = await decide(state, context);
      if (events.length === 0) return;
      try {
        const expected = revision === -1 ? 'no-stream' : revision;
        await this.appender.append({ eventIds: [], keyed: undefined }, { stream, expected, events, metadata });
        return;
      } catch (error) {
        if (!(error instanceof WrongExpectedRevision)) throw error;
      }
    }
    throw new Refusal('unavailable', 'Too many people are changing this at once; try again', { retryAfter: 1 });
  }
}
