import { changesOf, type EventCatalogue } from '../../kernel/catalogue.js';
import { changed, changesTo, isEmpty } from '../../kernel/changes.js';
import { addDays, dateOf } from '../../kernel/dates.js';
import { type Aggregate, type Decide, recordIdOf } from '../../kernel/decider.js';
import type { Changes, DomainEvent, PlainDate, Recorded } from '../../kernel/event.js';

/** How many days after an invoice was due its customer is reminded, in growing order; none: never. */
export type ReminderDays = readonly number[];

export interface BrandReminders {
  readonly brandId: string;
  readonly daysAfterDue: ReminderDays;
}

export interface ReminderPlan {
  readonly daysAfterDue: ReminderDays;
  /** Brands that have days of their own. */
  readonly brands: readonly BrandReminders[];
}

export type InvoiceRemindersSet = DomainEvent<'InvoiceRemindersSet', { readonly changes: Changes<ReminderPlan> }>;

/** An organisation's plan. */
export interface Reminders {
  readonly plan: ReminderPlan;
  /** The day on which it was set: what should have been sent before that is not sent any more. */
  readonly since: PlainDate;
  /** Of the event that set it; none before there was one. */
  readonly revision: number | null;
}

const events: EventCatalogue<InvoiceRemindersSet> = {
  InvoiceRemindersSet: {
    schemaVersion: 1,
    summary: () => 'set when customers are reminded of overdue invoices',
    changes: changesOf,
    record: ({ stream }) => ({ kind: 'organisation', id: recordIdOf(stream) }),
  },
};

export const NO_REMINDERS: ReminderPlan = { daysAfterDue: [], brands: [] };

export const reminders: Aggregate<Reminders, InvoiceRemindersSet> = {
  name: 'reminders',
  within: 'itself',
  events,
  readsPersonalFields: false,
  initial: () => ({ plan: NO_REMINDERS, since: '1970-01-01', revision: null }),
  evolve: ({ plan }, event) => ({
    plan: planAfter(plan, event),
    since: dateOf(event.recordedAt),
    revision: event.revision,
  }),
  // There is always a plan, be it to remind nobody.
  exists: () => true,
  facts: () => ({}),
};

export const planAfter = (plan: ReminderPlan, { data }: Recorded<InvoiceRemindersSet>): ReminderPlan =>
  changed(plan, data.changes);

export const setReminders =
  (wanted: ReminderPlan): Decide<Reminders, InvoiceRemindersSet> =>
  ({ plan }) => {
    const changes = changesTo<ReminderPlan>(plan, {
      daysAfterDue: inOrder(wanted.daysAfterDue),
      brands: wanted.brands.map(({ brandId, daysAfterDue }) => ({ brandId, daysAfterDue: inOrder(daysAfterDue) })),
    });
    return isEmpty(changes) ? [] : [{ type: 'InvoiceRemindersSet', data: { changes } }];
  };

const inOrder = (days: ReminderDays): ReminderDays => [...new Set(days)].sort((a, b) => a - b);

export const remindsAtAll = ({ daysAfterDue, brands }: ReminderPlan): boolean =>
  daysAfterDue.length > 0 || brands.some((brand) => brand.daysAfterDue.length > 0);

/**
 * The reminder that is due today: the last one whose day has come since the plan was set and that was not sent. One that was
 * missed is not sent after a later one.
 */
export function dueReminder(
  { plan, since }: Pick<Reminders, 'plan' | 'since'>,
  invoice: {
    readonly dueDate?: PlainDate | undefined;
    readonly brandId?: string | undefined;
    /** How many days after it was due the last one was sent. */
    readonly reminded?: number | undefined;
  },
  today: PlainDate,
): number | undefined {
  const { dueDate, brandId, reminded = 0 } = invoice;
  if (dueDate === undefined) return undefined;
  const own = brandId === undefined ? undefined : plan.brands.find((brand) => brand.brandId === brandId);
  return (own ?? plan).daysAfterDue.findLast((days) => {
    const day = addDays(dueDate, days);
    return days > reminded && day <= today && day >= since;
  });
}
