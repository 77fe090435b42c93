import { withoutNothing } from '../../kernel/changes.js';
import { dateOf, LAST_YEAR, plainDate } from '../../kernel/dates.js';
import { type Decide, type Existing, existing } from '../../kernel/decider.js';
import type { PlainDate } from '../../kernel/event.js';
import { conflict, invalid } from '../../kernel/refusal.js';
import { type LineInput, priceLines, totalsOf } from '../contract.js';
import {
  dayOf,
  nextDay,
  type RecurringContent,
  type RecurringFields,
  type RecurringInvoice,
  type RecurringInvoiceEvent,
  type Schedule,
} from './recurring-invoice.js';

type RecurringDecide<Prepared = undefined> = Decide<RecurringInvoice, RecurringInvoiceEvent, Prepared>;

export type RecurringInput = Schedule &
  Pick<RecurringFields, 'issue' | 'send'> &
  Omit<RecurringContent, 'lines'> & { readonly lines: readonly LineInput[] };

/** From today on: invoices of the past are written by hand. */
export const createRecurringInvoice =
  ({ lines: input, ...fields }: RecurringInput): RecurringDecide<{ readonly currency: string }> =>
  (_, { now, userId }, { currency }) => {
    const { from, until, issue, send } = fields;
    plainDate('from', from);
    if (from < dateOf(now)) throw invalid('from', 'must not be before today');
    if (until !== undefined && plainDate('until', until) < from) throw invalid('until', 'must not be before from');
    if (send && !issue) throw invalid('send', 'needs issue: a draft is not sent');
    const lines = priceLines('invoice', input, currency);
    if (issue && lines.length === 0) throw invalid('lines', 'an invoice without lines is not issued');
    // What comes to too much is refused now, not on each of its days.
    totalsOf(lines);
    const data = { ...withoutNothing<RecurringFields>({ ...fields, lines }), createdBy: userId };
    return [{ type: 'RecurringInvoiceCreated', data }];
  };

export const pauseRecurringInvoice = (): RecurringDecide => (state) => {
  const { status } = existing(state);
  if (status === 'paused') return [];
  if (status !== 'active') throw conflict('not-active', `The recurring invoice is ${status}`);
  return [{ type: 'RecurringInvoicePaused', data: {} }];
};

/**
 * What was paused goes on with the next day from today: what would have been made meanwhile was not wanted. What was stopped
 * goes on with the day on which it was.
 */
export const resumeRecurringInvoice =
  (): RecurringDecide =>
  (state, { now }) => {
    const { status, fields, count } = existing(state);
    switch (status) {
      case 'active':
        return [];
      case 'stopped':
        return [{ type: 'RecurringInvoiceResumed', data: { count } }];
      case 'paused':
        return [{ type: 'RecurringInvoiceResumed', data: { count: firstFrom(fields, count, dateOf(now)) } }];
      case 'ended':
        throw conflict('has-ended', 'The recurring invoice has ended');
    }
  };

export const endRecurringInvoice = (): RecurringDecide => (state) =>
  existing(state).status === 'ended' ? [] : [{ type: 'RecurringInvoiceEnded', data: {} }];

/** Nothing where somebody was faster, or has paused it. */
export const noteMade =
  (count: number, invoiceId: string): RecurringDecide =>
  (state) =>
    isAt(state, count)
      ? [{ type: 'RecurringInvoiceMade', data: { count, date: dayOf(state.fields, count), invoiceId } }]
      : [];

export const noteStopped =
  (count: number, reason: string): RecurringDecide =>
  (state) =>
    isAt(state, count) && state.status === 'active'
      ? [{ type: 'RecurringInvoiceStopped', data: { count, date: dayOf(state.fields, count), reason } }]
      : [];

function firstFrom(schedule: Schedule, count: number, day: PlainDate): number {
  let next = count;
  while (dayOf(schedule, next) < day && next < MAX_COUNT) next++;
  return next;
}

/** Weeks until the last year that the books may carry. */
const MAX_COUNT = (LAST_YEAR - 1900) * 53;

/** An invoice that was made before a pause was noticed is one of the days that are done with. */
const isAt = (state: RecurringInvoice, count: number): state is Existing<RecurringInvoice> =>
  state.status !== 'absent' && state.count === count && nextDay(state.fields, state) !== undefined;
