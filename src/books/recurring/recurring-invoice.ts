import { asNew, type EventCatalogue, type FieldChange } from '../../kernel/catalogue.js';
import { addDays, daysInMonth } from '../../kernel/dates.js';
import { type Aggregate, recordIdOf, type RecordFacts } from '../../kernel/decider.js';
import { type DomainEvent, type Metadata, personOf, type PlainDate, type Recorded } from '../../kernel/event.js';
import type { Line } from '../contract.js';

export const RHYTHMS = ['week', 'month', 'quarter', 'year'] as const;
export type Rhythm = (typeof RHYTHMS)[number];

/** When invoices are made, each dated with its day. The first day counts from 0. */
export interface Schedule {
  readonly every: Rhythm;
  readonly from: PlainDate;
  /** The last day on which one is made. */
  readonly until?: PlainDate;
}

/** What each invoice says. */
export interface RecurringContent {
  readonly customerId: string;
  readonly lines: readonly Line[];
  readonly dueInDays?: number;
  readonly reference?: string;
  readonly brandId?: string;
  readonly templateId?: string;
  readonly projectId?: string;
}

export interface RecurringFields extends Schedule, RecurringContent {
  /** Whether each invoice is issued, and then sent; otherwise it stays a draft. */
  readonly issue: boolean;
  readonly send: boolean;
}

export type RecurringInvoiceCreated = DomainEvent<
  'RecurringInvoiceCreated',
  RecurringFields & { readonly createdBy: string }
>;
/** The invoice of one day is there, issued and sent where that was asked for. */
export type RecurringInvoiceMade = DomainEvent<
  'RecurringInvoiceMade',
  { readonly count: number; readonly date: PlainDate; readonly invoiceId: string }
>;
/** The invoice of a day could not be made as its maker: a rule or a right stands against it. */
export type RecurringInvoiceStopped = DomainEvent<
  'RecurringInvoiceStopped',
  { readonly count: number; readonly date: PlainDate; readonly reason: string }
>;
export type RecurringInvoicePaused = DomainEvent<'RecurringInvoicePaused', Record<string, never>>;
/** Goes on with the day of this number. */
export type RecurringInvoiceResumed = DomainEvent<'RecurringInvoiceResumed', { readonly count: number }>;
export type RecurringInvoiceEnded = DomainEvent<'RecurringInvoiceEnded', Record<string, never>>;
export type RecurringInvoiceEvent =
  | RecurringInvoiceCreated
  | RecurringInvoiceMade
  | RecurringInvoiceStopped
  | RecurringInvoicePaused
  | RecurringInvoiceResumed
  | RecurringInvoiceEnded;

export const RECURRING_STATUSES = ['active', 'paused', 'stopped', 'ended'] as const;
export type RecurringStatus = (typeof RECURRING_STATUSES)[number];

/** With whose rights invoices are made: the person, or their key, and the state of their account at that time. */
export interface Maker {
  readonly userId: string;
  readonly apiKey?: string;
  readonly accountRevision: number;
}

export interface Progress {
  readonly status: RecurringStatus;
  /** Days that are done with: the number of the next one. */
  readonly count: number;
  readonly lastInvoiceId?: string;
  /** Why it was stopped. */
  readonly reason?: string;
}

export type RecurringInvoice =
  | { readonly status: 'absent' }
  | (Progress & { readonly fields: RecurringFields; readonly createdBy: string; readonly maker: Maker });

/**
 * The day of a number, counted from the first, never from the one before: a month that is too short has its last day, and
 * the next one is whole again (31 January, 28 February, 31 March).
 */
export function dayOf({ every, from }: Pick<Schedule, 'every' | 'from'>, count: number): PlainDate {
  if (every === 'week') return addDays(from, 7 * count);
  const months = { month: 1, quarter: 3, year: 12 }[every] * count;
  const [year, month, day] = from.split('-').map(Number) as [number, number, number];
  const index = year * 12 + (month - 1) + months;
  const [toYear, toMonth] = [Math.floor(index / 12), (index % 12) + 1];
  const toDay = Math.min(day, daysInMonth(toYear, toMonth));
  return [String(toYear).padStart(4, '0'), pad(toMonth), pad(toDay)].join('-');
}

const pad = (value: number): string => String(value).padStart(2, '0');

/** The day of the next invoice; undefined where there is none any more. */
export function nextDay(
  schedule: Schedule,
  { status, count }: Pick<Progress, 'status' | 'count'>,
): PlainDate | undefined {
  if (status === 'ended') return undefined;
  const day = dayOf(schedule, count);
  return schedule.until !== undefined && day > schedule.until ? undefined : day;
}

/** The progress after an event; shared with the view. After its last day it has ended by itself. */
export function progressAfter(
  schedule: Schedule,
  before: Progress,
  { type, data }: Exclude<RecurringInvoiceEvent, RecurringInvoiceCreated>,
): Progress {
  const { reason: _, ...rest } = before;
  switch (type) {
    case 'RecurringInvoiceMade': {
      const after: Progress = { ...rest, count: data.count + 1, lastInvoiceId: data.invoiceId };
      return { ...after, status: nextDay(schedule, after) === undefined ? 'ended' : after.status };
    }
    case 'RecurringInvoiceStopped':
      return { ...rest, status: 'stopped', reason: data.reason };
    case 'RecurringInvoicePaused':
      return { ...rest, status: 'paused' };
    case 'RecurringInvoiceResumed': {
      const after: Progress = { ...rest, status: 'active', count: data.count };
      return { ...after, status: nextDay(schedule, after) === undefined ? 'ended' : 'active' };
    }
    case 'RecurringInvoiceEnded':
      return { ...rest, status: 'ended' };
  }
}

export const factsOf = ({
  createdBy,
  projectId,
  brandId,
}: Pick<RecurringContent, 'projectId' | 'brandId'> & { readonly createdBy: string }): RecordFacts => ({
  createdBy,
  projectId,
  brandId,
});

const status = (from: RecurringStatus, to: RecurringStatus): readonly FieldChange[] => [{ field: 'status', from, to }];
const record = ({ stream }: Recorded<RecurringInvoiceEvent>) => ({ kind: 'recurring-invoice', id: recordIdOf(stream) });

const events: EventCatalogue<RecurringInvoiceEvent> = {
  RecurringInvoiceCreated: {
    schemaVersion: 1,
    summary: ({ every, from }) => `set up an invoice for every ${every} from ${from}`,
    changes: ({ createdBy: _, ...fields }) => asNew(fields),
    record,
    subjects: ({ customerId }) => [customerId],
  },
  RecurringInvoiceMade: {
    schemaVersion: 1,
    summary: ({ date }) => `made the recurring invoice of ${date}`,
    changes: ({ invoiceId }) => [{ field: 'lastInvoiceId', from: null, to: invoiceId }],
    record,
  },
  RecurringInvoiceStopped: {
    schemaVersion: 1,
    summary: ({ date, reason }) => `could not make the recurring invoice of ${date} (${reason})`,
    changes: () => status('active', 'stopped'),
    record,
  },
  RecurringInvoicePaused: {
    schemaVersion: 1,
    summary: () => 'paused a recurring invoice',
    changes: () => status('active', 'paused'),
    record,
  },
  RecurringInvoiceResumed: {
    schemaVersion: 1,
    summary: () => 'resumed a recurring invoice',
    changes: () => [{ field: 'status', from: null, to: 'active' }],
    record,
  },
  RecurringInvoiceEnded: {
    schemaVersion: 1,
    summary: () => 'ended a recurring invoice',
    changes: () => [{ field: 'status', from: null, to: 'ended' }],
    record,
  },
};

export const recurringInvoices: Aggregate<RecurringInvoice, RecurringInvoiceEvent> = {
  name: 'recurring-invoice',
  within: 'organisation',
  events,
  readsPersonalFields: false,
  initial: () => ({ status: 'absent' }),
  evolve,
  exists: (state) => state.status !== 'absent',
  facts: (state) => (state.status === 'absent' ? {} : factsOf({ ...state.fields, createdBy: state.createdBy })),
};

function evolve(state: RecurringInvoice, event: Recorded<RecurringInvoiceEvent>): RecurringInvoice {
  if (event.type === 'RecurringInvoiceCreated') {
    const { createdBy, ...fields } = event.data;
    return { status: 'active', count: 0, fields, createdBy, maker: makerOf(event.metadata) };
  }
  if (state.status === 'absent') return state;
  const { fields, createdBy, maker, ...progress } = state;
  return { fields, createdBy, maker, ...progressAfter(fields, progress, event) };
}

const makerOf = ({ actor, authority }: Metadata): Maker => ({
  userId: personOf(actor) ?? '',
  ...(actor.kind === 'api-key' ? { apiKey: actor.id } : {}),
  accountRevision: authority?.access.account ?? -1,
});
