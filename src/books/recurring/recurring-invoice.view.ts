import { recordIdOf } from '../../kernel/decider.js';
import type { PlainDate } from '../../kernel/event.js';
import type { ViewDefinition } from '../../kernel/view.js';
import { reachTokens } from '../../access/contract.js';
import {
  factsOf,
  nextDay,
  type Progress,
  progressAfter,
  type RecurringFields,
  type RecurringInvoiceEvent,
} from './recurring-invoice.js';

export interface RecurringInvoiceDoc extends RecurringFields, Progress {
  readonly organisation: string;
  readonly revision: number;
  /** The day of the next invoice; `9999-12-31` where there is none any more. */
  readonly next: PlainDate;
  readonly createdBy: string;
  /** Position of the first event: newest first means by this. */
  readonly created: string;
  readonly reach: readonly string[];
}

export const NEVER: PlainDate = '9999-12-31';

export const recurringInvoicesView: ViewDefinition<RecurringInvoiceDoc, RecurringInvoiceEvent> = {
  name: 'recurring-invoices',
  version: 1,
  events: [
    'RecurringInvoiceCreated',
    'RecurringInvoiceMade',
    'RecurringInvoiceStopped',
    'RecurringInvoicePaused',
    'RecurringInvoiceResumed',
    'RecurringInvoiceEnded',
  ],
  fields: { organisation: 'symbol', status: 'text', next: 'text', created: 'text', reach: 'texts' },
  sorts: {
    newest: { field: 'created', direction: 'desc', unique: true },
    soonest: { field: 'next', direction: 'asc' },
  },
  indexes: [['status'], ['organisation', 'reach'], ['organisation']],
  keys: ({ stream }) => [recordIdOf(stream)],
  fold(doc, event) {
    if (event.type === 'RecurringInvoiceCreated') {
      const progress: Progress = { status: 'active', count: 0 };
      return {
        ...event.data,
        ...progress,
        organisation: event.metadata.organisation ?? '',
        revision: event.revision,
        next: nextDay(event.data, progress) ?? NEVER,
        created: event.position,
        reach: reachTokens(factsOf(event.data)),
      };
    }
    if (doc === null) return null;
    const { status, count, lastInvoiceId, reason, ...rest } = doc;
    const before: Progress = {
      status,
      count,
      ...(lastInvoiceId === undefined ? {} : { lastInvoiceId }),
      ...(reason === undefined ? {} : { reason }),
    };
    const progress = progressAfter(doc, before, event);
    return { ...rest, ...progress, revision: event.revision, next: nextDay(doc, progress) ?? NEVER };
  },
};
