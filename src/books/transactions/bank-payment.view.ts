import { recordIdOf } from '../../kernel/decider.js';
import type { DomainEvent, PlainDate, Recorded } from '../../kernel/event.js';
import type { Minor } from '../../kernel/money.js';
import type { ViewDefinition } from '../../kernel/view.js';
import type { CreditNoteEvent, InvoiceEvent, JournalEvent } from '../contract.js';
import { bankIn } from '../ledger/entry.js';
import type { PaymentClaimed } from './payment-claim.js';
import {
  journalSlot,
  type MatchedKind,
  type TransactionMatchFailed,
  type TransactionUnmatched,
} from './transaction.js';

type PaymentRecorded = Extract<InvoiceEvent, { type: 'PaymentRecorded' }>;
type Refund = Extract<InvoiceEvent | CreditNoteEvent, { type: 'RefundRecorded' | 'CreditNoteRefunded' }>;
/** As far as it matters here; the contract cannot name what itself imports it. */
type PurchasePaid = DomainEvent<'PurchasePaid', Pick<PaymentRecorded['data'], 'amount' | 'date' | 'paymentAccountId'>>;
type Paid = PaymentRecorded | Refund | PurchasePaid;
type JournalPosted = Extract<JournalEvent, { type: 'JournalPosted' }>;

/** Of which document a payment is, and which way its money goes. */
const PAID: Readonly<Record<Paid['type'], { readonly kind: BankPayment['record']['kind']; readonly sign: 1 | -1 }>> = {
  PaymentRecorded: { kind: 'invoice', sign: 1 },
  RefundRecorded: { kind: 'invoice', sign: -1 },
  CreditNoteRefunded: { kind: 'credit-note', sign: -1 },
  PurchasePaid: { kind: 'purchase', sign: -1 },
};

/**
 * A payment into or out of a bank account, keyed by its id, which is its event's; or what a journal books on one, keyed by
 * both.
 */
export interface BankPayment {
  readonly organisation: string;
  readonly bankAccountId: string;
  readonly record: { readonly kind: Exclude<MatchedKind, 'transfer'>; readonly id: string };
  /** As a transaction has it: money in is positive. */
  readonly amount: Minor;
  readonly date: PlainDate;
  readonly recorded: string;
  /** The match that holds it; `''` for none. */
  readonly matchId: string;
}

/** What transactions can be matched to among the payments. */
export const bankPaymentsView: ViewDefinition<
  BankPayment,
  Paid | JournalPosted | PaymentClaimed | TransactionUnmatched | TransactionMatchFailed
> = {
  name: 'bank-payments',
  version: 1,
  events: [
    'PaymentRecorded',
    'RefundRecorded',
    'CreditNoteRefunded',
    'PurchasePaid',
    'JournalPosted',
    'PaymentClaimed',
    'TransactionUnmatched',
    'TransactionMatchFailed',
  ],
  fields: { organisation: 'symbol', bankAccountId: 'text', amount: 'number', matchId: 'text', recorded: 'text' },
  sorts: { newest: { field: 'recorded', direction: 'desc' } },
  indexes: [['organisation', 'bankAccountId', 'amount', 'matchId']],
  keys: (event) => {
    switch (event.type) {
      case 'PaymentRecorded':
      case 'RefundRecorded':
      case 'CreditNoteRefunded':
      case 'PurchasePaid':
        return [event.id];
      case 'JournalPosted':
        return banksIn(event.data.lines).map((bank) => journalSlot(recordIdOf(event.stream), bank));
      case 'PaymentClaimed':
        return [event.data.paymentId];
      case 'TransactionUnmatched':
      case 'TransactionMatchFailed':
        return event.data.to.kind === 'transfer' ? [] : [event.data.slot];
    }
  },
  fold(doc, event, key) {
    switch (event.type) {
      case 'PaymentRecorded':
      case 'RefundRecorded':
      case 'CreditNoteRefunded':
      case 'PurchasePaid':
        return { ...paid(event), matchId: doc?.matchId ?? '' };
      case 'JournalPosted':
        return { ...booked(event, key), matchId: doc?.matchId ?? '' };
      case 'PaymentClaimed':
        return { ...(doc ?? { ...NOT_YET, recorded: event.position }), matchId: event.data.matchId };
      case 'TransactionUnmatched':
      case 'TransactionMatchFailed':
        if (doc?.matchId !== event.data.matchId) return doc;
        return doc.organisation === '' ? null : { ...doc, matchId: '' };
    }
  },
};

type Lines = JournalPosted['data']['lines'];

const banksIn = (lines: Lines): readonly string[] => [
  ...new Set(lines.flatMap(({ account }) => bankIn(account) ?? [])),
];

/** What a journal books on a bank account. */
export const bookedOn = (lines: Lines, bankAccountId: string): Minor =>
  lines.reduce((sum, { account, amount }) => (bankIn(account) === bankAccountId ? sum + amount : sum), 0);

function booked(event: Recorded<JournalPosted>, key: string): Omit<BankPayment, 'matchId'> {
  const { stream, position, metadata, data } = event;
  const id = recordIdOf(stream);
  const bankAccountId = banksIn(data.lines).find((bank) => journalSlot(id, bank) === key) ?? '';
  return {
    organisation: metadata.organisation ?? '',
    bankAccountId,
    record: { kind: 'journal', id },
    amount: bookedOn(data.lines, bankAccountId),
    date: data.date,
    recorded: position,
  };
}

/** A match holds its payment before it records it: nobody else finds it free for a moment. */
const NOT_YET = {
  organisation: '',
  bankAccountId: '',
  record: { kind: 'invoice', id: '' },
  amount: 0,
  date: '',
} as const;

function paid({ type, stream, position, metadata, data }: Recorded<Paid>): Omit<BankPayment, 'matchId'> {
  const { kind, sign } = PAID[type];
  return {
    organisation: metadata.organisation ?? '',
    bankAccountId: data.paymentAccountId,
    record: { kind, id: recordIdOf(stream) },
    amount: sign * data.amount,
    date: data.date,
    recorded: position,
  };
}
