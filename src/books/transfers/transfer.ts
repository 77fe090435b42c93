import { asNew, type EventCatalogue } from '../../kernel/catalogue.js';
import { type Aggregate, recordIdOf, type RecordFacts } from '../../kernel/decider.js';
import type { DomainEvent, PlainDate, Recorded } from '../../kernel/event.js';
import type { Minor } from '../../kernel/money.js';

/** Money that goes from one bank account of the organisation to another. The amount is positive. */
export interface Moved {
  readonly from: string;
  readonly to: string;
  readonly date: PlainDate;
  readonly amount: Minor;
}

export type TransferSide = 'from' | 'to';

/** The transaction that shows one end of a transfer on a statement. Of several the last one counts, if it still holds. */
export interface TransferClaim {
  readonly side: TransferSide;
  readonly transactionId: string;
  readonly matchId: string;
}

export type TransferRecorded = DomainEvent<
  'TransferRecorded',
  Moved & {
    readonly currency: string;
    readonly reference?: string;
    readonly createdBy: string;
    /** Brands of the two accounts then. */
    readonly brands: { readonly from?: string; readonly to?: string };
  }
>;
export type TransferClaimed = DomainEvent<'TransferClaimed', TransferClaim>;
/** Takes back what the transfer has posted, on the same day. */
export type TransferVoided = DomainEvent<'TransferVoided', Moved & { readonly reason: string }>;
export type TransferEvent = TransferRecorded | TransferClaimed | TransferVoided;

export type Transfer =
  | { readonly status: 'absent' }
  | (Moved & {
      readonly status: 'recorded' | 'void';
      readonly createdBy: string;
      readonly brands: TransferRecorded['data']['brands'];
      readonly claims: { readonly [S in TransferSide]?: TransferClaim };
    });

/** Of one of its ends. */
export const factsOfSide = (
  transfer: Moved & Pick<TransferRecorded['data'], 'createdBy' | 'brands'>,
  side: TransferSide,
): RecordFacts => ({
  createdBy: transfer.createdBy,
  bankAccountId: transfer[side],
  brandId: transfer.brands[side],
});

/** A transfer is of two accounts: whoever does something with it, or is told of it, can do so with both. */
export const factsOf = (
  transfer: Parameters<typeof factsOfSide>[0],
  permission = 'transactions:read',
): RecordFacts => ({
  ...factsOfSide(transfer, 'from'),
  also: [{ permission, facts: factsOfSide(transfer, 'to') }],
});

const record = (event: Recorded<TransferEvent>) => ({ kind: 'transfer', id: recordIdOf(event.stream) });

const events: EventCatalogue<TransferEvent> = {
  TransferRecorded: {
    schemaVersion: 1,
    summary: () => 'recorded a transfer between bank accounts',
    changes: ({ createdBy: _, brands: __, ...fields }) => asNew(fields),
    record,
  },
  TransferClaimed: {
    schemaVersion: 1,
    summary: ({ side }) => `found the end of a transfer that money goes ${side} on a statement`,
    changes: ({ transactionId }) => [{ field: 'transaction', from: null, to: transactionId }],
    record,
  },
  TransferVoided: {
    schemaVersion: 1,
    summary: () => 'voided a transfer between bank accounts',
    changes: ({ reason }) => [{ field: 'reason', from: null, to: reason }],
    record,
  },
};

export const transfers: Aggregate<Transfer, TransferEvent> = {
  name: 'transfer',
  within: 'organisation',
  events,
  readsPersonalFields: false,
  initial: () => ({ status: 'absent' }),
  evolve,
  exists: ({ status }) => status !== 'absent',
  facts: (state) => (state.status === 'absent' ? {} : factsOf(state)),
};

function evolve(state: Transfer, event: Recorded<TransferEvent>): Transfer {
  if (event.type === 'TransferRecorded') {
    const { from, to, date, amount, createdBy, brands } = event.data;
    return { status: 'recorded', from, to, date, amount, createdBy, brands, claims: {} };
  }
  if (state.status === 'absent') return state;
  switch (event.type) {
    case 'TransferClaimed':
      return { ...state, claims: { ...state.claims, [event.data.side]: event.data } };
    case 'TransferVoided':
      return { ...state, status: 'void' };
  }
}
