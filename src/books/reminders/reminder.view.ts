import { recordIdOf } from '../../kernel/decider.js';
import type { ViewDefinition } from '../../kernel/view.js';
import { type InvoiceRemindersSet, NO_REMINDERS, planAfter, type ReminderPlan, remindsAtAll } from './reminder.js';

/** An organisation that has set when its customers are reminded; keyed by its id. */
export interface ReminderPlanDoc extends ReminderPlan {
  readonly organisation: string;
  /** Whether there is anything to look for. */
  readonly reminds: 'yes' | 'no';
}

export const reminderPlansView: ViewDefinition<ReminderPlanDoc, InvoiceRemindersSet> = {
  name: 'reminder-plans',
  version: 1,
  events: ['InvoiceRemindersSet'],
  fields: { organisation: 'text', reminds: 'text' },
  sorts: { byOrganisation: { field: 'organisation', direction: 'asc' } },
  indexes: [['reminds']],
  keys: ({ stream }) => [recordIdOf(stream)],
  fold(doc, event) {
    const { daysAfterDue, brands } = planAfter(doc ?? NO_REMINDERS, event);
    const plan = { daysAfterDue, brands };
    return { ...plan, organisation: recordIdOf(event.stream), reminds: remindsAtAll(plan) ? 'yes' : 'no' };
  },
};
