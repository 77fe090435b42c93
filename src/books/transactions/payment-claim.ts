import type { EventCatalogue } from '../../kernel/catalogue.js';
import type { Aggregate, Decide } from '../../kernel/decider.js';
import type { DomainEvent, Recorded } from '../../kernel/event.js';
import { conflict } from '../../kernel/refusal.js';

/** The transaction that a payment, or what a journal books on a bank account, is matched to. Of several the last one counts, if its match still holds. */
export interface PaymentHolder {
  readonly transactionId: string;
  readonly matchId: string;
}

/** In a stream of its own for each payment, whose name ends with the payment's id. */
export type PaymentClaimed = DomainEvent<'PaymentClaimed', PaymentHolder & { readonly paymentId: string }>;

export interface PaymentClaim {
  readonly holder?: PaymentHolder;
}

const events: EventCatalogue<PaymentClaimed> = {
  PaymentClaimed: {
    schemaVersion: 1,
    summary: () => 'tied an entry of the books to a bank transaction',
    changes: ({ paymentId }) => [{ field: 'payment', from: null, to: paymentId }],
    record: ({ data }: Recorded<PaymentClaimed>) => ({ kind: 'transaction', id: data.transactionId }),
  },
};

export const paymentClaims: Aggregate<PaymentClaim, PaymentClaimed> = {
  name: 'payment-claim',
  within: 'organisation',
  events,
  readsPersonalFields: false,
  initial: () => ({}),
  evolve: (_, { data: { transactionId, matchId } }) => ({ holder: { transactionId, matchId } }),
  exists: ({ holder }) => holder !== undefined,
  facts: () => ({}),
};

/** @throws Refusal conflict where the match of another transaction holds the payment */
export const claimPayment =
  (paymentId: string, claim: PaymentHolder): Decide<PaymentClaim, PaymentClaimed, { readonly held: boolean }> =>
  ({ holder }, _, { held }) => {
    if (holder?.matchId === claim.matchId) return [];
    if (held) throw conflict('already-matched', 'Another bank transaction is matched to that');
    return [{ type: 'PaymentClaimed', data: { paymentId, ...claim } }];
  };
