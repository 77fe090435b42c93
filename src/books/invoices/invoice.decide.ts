import { addDays, dateOf, daysBetween, plainDate } from '../../kernel/dates.js';
import { type Decide, existing } from '../../kernel/decider.js';
import type { PlainDate } from '../../kernel/event.js';
import { type Minor, sumOf } from '../../kernel/money.js';
import { conflict, invalid } from '../../kernel/refusal.js';
import {
  type Content,
  type DocumentPatch,
  editOf,
  type Header,
  type Issuing,
  newContent,
  type NewDocument,
  type Sending,
} from './document.js';
import { draft, issue, issued } from './document.decide.js';
import type { CreditReleased, CreditReserved, Invoice, InvoiceEvent, Payment, ReservedCredit } from './invoice.js';

type InvoiceDecide<Prepared = undefined> = Decide<Invoice, InvoiceEvent, Prepared>;

export type InvoiceInput = NewDocument<Header> & Pick<Header, 'customerId' | 'date'>;
export type InvoicePatch = DocumentPatch<Header>;

/** What is more than the outstanding amount is taken only where that is meant: it is then owed to the customer. */
export interface PaymentInput extends Payment {
  readonly overpayment?: boolean | undefined;
}

/**
 * Credit notes with a credit on the invoice that are void, so that it counts no more. A void one stays void: this holds
 * however long ago it was looked up, and a note that was voided since only makes the decision stricter than it could be.
 */
export interface VoidNotes {
  readonly voidNotes: ReadonlySet<string>;
}

export const createInvoice =
  (input: InvoiceInput): InvoiceDecide<{ readonly currency: string }> =>
  (_, { userId }, { currency }) => [
    { type: 'InvoiceCreated', data: { ...newContent<Header>('invoice', input, currency), createdBy: userId } },
  ];

export const editInvoice =
  (patch: InvoicePatch): InvoiceDecide =>
  (state) => {
    const edit = editOf<Header>(draft('invoice', state).content, patch);
    return edit === undefined ? [] : [{ type: 'InvoiceEdited', data: edit }];
  };

/** A draft like another invoice, for another date; what time there was to pay stays the same. Without a date, today's. */
export const copyInvoice =
  (source: Content, date?: PlainDate): InvoiceDecide =>
  (_, { now, userId }) => {
    const on = date === undefined ? dateOf(now) : plainDate('date', date);
    const { dueDate, ...rest } = source;
    const due =
      dueDate === undefined ? {} : { dueDate: plainDate('date', addDays(on, daysBetween(source.date, dueDate))) };
    return [{ type: 'InvoiceCreated', data: { ...rest, ...due, date: on, createdBy: userId } }];
  };

export const issueInvoice = (): InvoiceDecide<Issuing> => (state, context, issuing) => [
  { type: 'InvoiceIssued', data: issue('invoice', state, context, issuing) },
];

export const recordPayment =
  ({ amount, date, paymentAccountId, overpayment = false }: PaymentInput): InvoiceDecide<VoidNotes> =>
  (state, _, notes) => {
    const { content, paid, credits } = issued('invoice', state);
    const { released, standing } = settle(credits, notes);
    if (amount < 1) throw invalid('amount', 'must be positive');
    // What is paid, and what the customer is owed by it, stay exact.
    if (overpayment) sumOf('amount', [Math.abs(content.total), paid, amount]);
    if (!overpayment && amount > content.total - paid - sumOf('credits', [...standing.values()]))
      throw conflict('payment-exceeds-outstanding', 'The payment is more than what is outstanding');
    return [
      ...released,
      {
        type: 'PaymentRecorded',
        data: { amount, date: plainDate('date', date), paymentAccountId, customerId: content.customerId },
      },
    ];
  };

/** At most what the customer has paid too much, or more than is left of the invoice by its credit notes. */
export const recordRefund =
  ({ amount, date, paymentAccountId }: Payment): InvoiceDecide<VoidNotes> =>
  (state, _, notes) => {
    const { content, paid, credits } = issued('invoice', state);
    const { released, standing } = settle(credits, notes);
    if (amount < 1) throw invalid('amount', 'must be positive');
    if (amount > paid + sumOf('credits', [...standing.values()]) - content.total)
      throw conflict('refund-exceeds-credit', 'The refund is more than what the customer is owed');
    const { customerId } = content;
    return [
      ...released,
      { type: 'RefundRecorded', data: { amount, date: plainDate('date', date), paymentAccountId, customerId } },
    ];
  };

/**
 * Must be recorded before the credit note is issued: whoever voids the invoice, or issues another credit note for it, writes
 * the same stream. Nothing is emitted where the credit stands already. All credits lie on the side of the total, so that the
 * rest of them is within it whichever of the notes is voided.
 */
export function reserveCredit(
  state: Invoice,
  { creditNoteId, amount }: ReservedCredit,
  notes: VoidNotes,
): readonly (CreditReserved | CreditReleased)[] {
  if (state.status !== 'issued')
    throw conflict('invoice-not-issued', 'The invoice of this credit note is not issued, or void');
  if (state.credits.has(creditNoteId)) return [];
  const { released, standing } = settle(state.credits, notes);
  const left = state.content.total - sumOf('credits', [...standing.values()]);
  if (amount < Math.min(left, 0) || amount > Math.max(left, 0))
    throw conflict('credit-exceeds-invoice', 'The credit notes would take more off the invoice than it comes to');
  return [...released, { type: 'CreditReserved', data: { creditNoteId, amount } }];
}

export const voidInvoice =
  (reason: string): InvoiceDecide<VoidNotes> =>
  (state, _, notes) => {
    const { paid, credits, booked } = issued('invoice', state);
    const { released, standing } = settle(credits, notes);
    if (paid !== 0) throw conflict('has-payments', 'An invoice that was paid is corrected by a credit note');
    if (standing.size > 0) throw conflict('has-credit-notes', 'Void the credit notes of this invoice first');
    return [...released, { type: 'InvoiceVoided', data: { reason, ...(booked === undefined ? {} : { booked }) } }];
  };

/** Again, too: the customer may have lost it. */
export const sendInvoice =
  (): InvoiceDecide<Pick<Sending, 'to'>> =>
  (state, _, { to }) => {
    const { customerId } = issued('invoice', state).content;
    return [{ type: 'InvoiceSent', data: { customerId, to } }];
  };

/** What is still to be paid of an issued invoice, as its own stream knows: an amount that is reserved is credited. */
export function stillOwed(state: Invoice, notes: VoidNotes): Minor {
  if (state.status !== 'issued') return 0;
  const { standing } = settle(state.credits, notes);
  return state.content.total - state.paid - sumOf('credits', [...standing.values()]);
}

/** Each reminder goes out once, none that should have come before one that was sent, and none of what is not owed. */
export const remindOfInvoice =
  (daysAfterDue: number, to: string, notes: VoidNotes): InvoiceDecide =>
  (state) => {
    if (state.status !== 'issued' || stillOwed(state, notes) <= 0 || daysAfterDue <= (state.reminded ?? 0)) return [];
    const { customerId } = state.content;
    return [{ type: 'InvoiceReminderSent', data: { customerId, to, daysAfterDue } }];
  };

export const discardInvoice = (): InvoiceDecide => (state) => {
  if (existing(state).status === 'discarded') return [];
  draft('invoice', state);
  return [{ type: 'InvoiceDiscarded', data: {} }];
};

/** The credits that still count, and the events that give back the others. */
function settle(
  credits: ReadonlyMap<string, Minor>,
  { voidNotes }: VoidNotes,
): { readonly released: readonly CreditReleased[]; readonly standing: ReadonlyMap<string, Minor> } {
  return {
    released: [...credits]
      .filter(([id]) => voidNotes.has(id))
      .map(([creditNoteId, amount]) => ({ type: 'CreditReleased', data: { creditNoteId, amount } })),
    standing: new Map([...credits].filter(([id]) => !voidNotes.has(id))),
  };
}
