import { addDays, dateOf, daysBetween, plainDate } from '../../kernel/dates.js';
import { type Decide, type Existing, existing } from '../../kernel/decider.js';
import type { PlainDate } from '../../kernel/event.js';
import { conflict, invalid } from '../../kernel/refusal.js';
import {
  type DocumentPatch,
  editOf,
  type Invoice,
  type InvoiceEvent,
  newContent,
  type NewDocument,
} from '../contract.js';
import {
  type Conversion,
  type Estimate,
  type EstimateContent,
  type EstimateEvent,
  type EstimateHeader,
  type EstimateStatus,
  statusOn,
} from './estimate.js';

type EstimateDecide<Prepared = undefined> = Decide<Estimate, EstimateEvent, Prepared>;

export type EstimateInput = NewDocument<EstimateHeader> &
  Pick<EstimateHeader, 'date'> & { readonly template?: boolean | undefined };
export type EstimatePatch = DocumentPatch<EstimateHeader>;

/** What a copy says otherwise than its original. */
export interface CopyInput {
  readonly date?: PlainDate | undefined;
  readonly customerId?: string | undefined;
}

/** The dates of the invoice; by default it is of today, without a day on which it falls due. */
export interface ConversionInput {
  readonly date?: PlainDate | undefined;
  readonly dueDate?: PlainDate | undefined;
}

export const createEstimate =
  ({ template = false, ...input }: EstimateInput): EstimateDecide<{ readonly currency: string }> =>
  (_, { userId }, { currency }) => {
    requireCustomer(template, input.customerId ?? undefined);
    const made = { ...input, ...(template && { template }) };
    const content = newContent<EstimateHeader & { readonly template?: true }>('invoice', made, currency);
    return [{ type: 'EstimateCreated', data: { ...content, createdBy: userId } }];
  };

export const editEstimate =
  (patch: EstimatePatch): EstimateDecide =>
  (state) => {
    const { status, content, template } = existing(state);
    if (status !== 'draft' && status !== 'sent') throw notIn(status, 'An estimate is edited until it is answered');
    if (patch.customerId === null) requireCustomer(template, undefined);
    const edit = editOf<EstimateHeader>(content, patch);
    return edit === undefined ? [] : [{ type: 'EstimateEdited', data: edit }];
  };

/** An estimate like another, a template or not, for another date; how long it holds stays the same. Without a date, today's. */
export const copyEstimate =
  (source: EstimateContent, { date, customerId = source.customerId }: CopyInput): EstimateDecide =>
  (_, { now, userId }) => {
    const on = date === undefined ? dateOf(now) : plainDate('date', date);
    requireCustomer(false, customerId);
    const { validUntil, ...rest } = source;
    const until =
      validUntil === undefined
        ? {}
        : { validUntil: plainDate('validUntil', addDays(on, daysBetween(source.date, validUntil))) };
    const data = { ...rest, ...until, date: on, ...(customerId !== undefined && { customerId }), createdBy: userId };
    return [{ type: 'EstimateCreated', data }];
  };

/** What can be sent on that day, and to whom. */
export function sendable(state: Estimate, day: PlainDate): Existing<Estimate> & { readonly customerId: string } {
  const estimate = offered(state, day);
  const { status, content } = estimate;
  if (status !== 'draft' && status !== 'sent') throw notIn(status, 'An estimate is sent until it is answered');
  if (content.lines.length === 0) throw conflict('no-lines-to-send', 'An estimate without lines is not sent');
  if (statusOn(day, 'sent', content) === 'expired') throw expired();
  return { ...estimate, customerId: customerOf(content) };
}

/** By mail again, too: the customer may have lost it. Without an address it is only noted that it was handed over. */
export const sendEstimate =
  (): EstimateDecide<{ readonly to?: string }> =>
  (state, { now }, recipient) => {
    const { status, customerId } = sendable(state, dateOf(now));
    if (status === 'sent' && recipient.to === undefined) return [];
    return [{ type: 'EstimateSent', data: { customerId, ...recipient } }];
  };

export const acceptEstimate =
  (): EstimateDecide =>
  (state, { now }) => {
    const { status } = offered(state, dateOf(now));
    if (status === 'accepted') return [];
    if (status !== 'sent') throw notIn(status, 'What was sent is accepted');
    return [{ type: 'EstimateAccepted', data: {} }];
  };

/** Also after its last day, and by a customer who has accepted it before. */
export const declineEstimate =
  (reason?: string): EstimateDecide =>
  (state) => {
    const { status } = ordinary(state);
    if (status === 'declined') return [];
    if (status !== 'sent' && status !== 'accepted') throw notIn(status, 'What was sent is declined');
    return [{ type: 'EstimateDeclined', data: reason === undefined ? {} : { reason } }];
  };

/** Nothing happens the second time: there is one invoice for an estimate. */
export const convertEstimate =
  (invoiceId: string, { date, dueDate }: ConversionInput): EstimateDecide =>
  (state, { now }) => {
    const { status } = offered(state, dateOf(now));
    if (status === 'converted') return [];
    if (status === 'declined' || status === 'discarded')
      throw notIn(status, 'A draft, or what was sent or accepted, becomes an invoice');
    const on = date === undefined ? dateOf(now) : plainDate('date', date);
    const due = dueDate === undefined ? {} : { dueDate: plainDate('dueDate', dueDate) };
    return [{ type: 'EstimateConverted', data: { invoiceId, date: on, ...due } }];
  };

/** The invoice that a converted estimate has become, where it is not there yet. It looks like invoices do, not estimates. */
export const draftInvoice =
  (
    { validUntil: _, templateId: __, ...content }: EstimateContent,
    { date, dueDate }: Conversion,
  ): Decide<Invoice, InvoiceEvent> =>
  (state, { userId }) => {
    if (state.status !== 'absent') return [];
    const customerId = customerOf(content);
    const due = dueDate === undefined ? {} : { dueDate };
    return [{ type: 'InvoiceCreated', data: { ...content, customerId, date, ...due, createdBy: userId } }];
  };

export const discardEstimate = (): EstimateDecide => (state) => {
  const { status } = existing(state);
  if (status === 'discarded') return [];
  if (status !== 'draft') throw notIn(status, 'Only a draft is discarded');
  return [{ type: 'EstimateDiscarded', data: {} }];
};

function ordinary(state: Estimate): Existing<Estimate> {
  const estimate = existing(state);
  if (estimate.template)
    throw conflict('template-estimate', 'A template estimate is copied; it goes to nobody and becomes no invoice');
  return estimate;
}

/** One that has not expired by that day. */
function offered(state: Estimate, day: PlainDate): Existing<Estimate> {
  const estimate = ordinary(state);
  if (statusOn(day, estimate.status, estimate.content) === 'expired') throw expired();
  return estimate;
}

const expired = () => conflict('estimate-expired', 'Its last day has passed; give it another one, or copy it');

const notIn = (status: EstimateStatus, rule: string) =>
  conflict(`estimate-${status}`, `${rule}; this one is ${status === 'draft' ? 'a draft' : status}`);

function customerOf({ customerId }: Pick<EstimateContent, 'customerId'>): string {
  if (customerId === undefined) throw new Error('An estimate that is no template is for somebody');
  return customerId;
}

function requireCustomer(template: boolean, customerId: string | undefined): void {
  if (!template && customerId === undefined) throw invalid('customerId', 'is required, but for template estimates');
}
