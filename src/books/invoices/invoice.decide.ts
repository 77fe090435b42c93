import { changesTo, isEmpty, type Patch, withoutNothing } from '../../kernel/changes.js';
import { addDays, dateOf, daysBetween, plainDate } from '../../kernel/dates.js';
import type { Decide } from '../../kernel/decider.js';
import type { PlainDate } from '../../kernel/event.js';
import type { Minor } from '../../kernel/money.js';
import { conflict, invalid } from '../../kernel/refusal.js';
import {
  type Content,
  type Header,
  type Issuing,
  lineChanges,
  type LineInput,
  priceLines,
  type Totals,
  totalsOf,
} from './document.js';
import { checkDates, draft, existing, issue, issued } from './document.decide.js';
import type { Invoice, InvoiceEvent, Payment } from './invoice.js';

type InvoiceDecide<Prepared = undefined> = Decide<Invoice, InvoiceEvent, Prepared>;

export type InvoiceInput = Patch<Header> &
  Pick<Header, 'customerId' | 'date'> & { readonly lines: readonly LineInput[] };
export type InvoicePatch = Patch<Header> & { readonly lines?: readonly LineInput[] | undefined };

/** What credit notes have taken off an invoice; a positive amount. */
export interface Credited {
  readonly credited: Minor;
}

export const createInvoice =
  ({ lines: input, ...header }: InvoiceInput): InvoiceDecide<{ readonly currency: string }> =>
  (_, { userId }, { currency }) => {
    checkDates(header);
    const lines = priceLines('invoice', input, currency);
    return [
      {
        type: 'InvoiceCreated',
        data: { ...withoutNothing<Header>(header), currency, lines, ...totalsOf(lines), createdBy: userId },
      },
    ];
  };

export const editInvoice =
  ({ lines: input, ...header }: InvoicePatch): InvoiceDecide =>
  (state) => {
    checkDates(header);
    const { content } = draft('invoice', state);
    const lines = input === undefined ? content.lines : priceLines('invoice', input, content.currency);
    const changes = changesTo<Header & Totals>(content, { ...header, ...totalsOf(lines) });
    const changedLines = lineChanges(content.lines, lines);
    if (isEmpty(changes) && changedLines.length === 0) return [];
    return [{ type: 'InvoiceEdited', data: { changes, lines: changedLines } }];
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
  ({ amount, date, paymentAccountId }: Payment): InvoiceDecide<Credited> =>
  (state, _, { credited }) => {
    const { content, paid } = issued('invoice', state);
    if (amount < 1) throw invalid('amount', 'must be positive');
    if (amount > content.total - paid - credited) {
      throw conflict('payment-exceeds-outstanding', 'The payment is more than what is outstanding');
    }
    return [{ type: 'PaymentRecorded', data: { amount, date: plainDate('date', date), paymentAccountId } }];
  };

export const voidInvoice =
  (reason: string): InvoiceDecide<Credited> =>
  (state, _, { credited }) => {
    const { paid } = issued('invoice', state);
    if (paid !== 0) throw conflict('has-payments', 'An invoice that was paid is corrected by a credit note');
    if (credited !== 0) throw conflict('has-credit-notes', 'Void the credit notes of this invoice first');
    return [{ type: 'InvoiceVoided', data: { reason } }];
  };

export const discardInvoice = (): InvoiceDecide => (state) => {
  if (existing(state).status === 'discarded') return [];
  draft('invoice', state);
  return [{ type: 'InvoiceDiscarded', data: {} }];
};
