import type { Feature } from '../../platform/feature.js';
import {
  CreateRecurringInvoiceHandler,
  EndRecurringInvoiceHandler,
  GetRecurringInvoiceHandler,
  ListRecurringInvoicesHandler,
  PauseRecurringInvoiceHandler,
  ResumeRecurringInvoiceHandler,
} from './recurring-invoice.handlers.js';
import { RecurringInvoicesController } from './recurring-invoice.http.js';
import { RecurringInvoiceKind } from './recurring-invoice.kind.js';
import { RecurringInvoiceRoutine } from './recurring-invoice.routine.js';
import { RecurringSight } from './recurring-sight.service.js';

/** For the room's module: invoices that come again. */
export const recurringFeature: Feature = {
  controllers: [RecurringInvoicesController],
  providers: [
    CreateRecurringInvoiceHandler,
    PauseRecurringInvoiceHandler,
    ResumeRecurringInvoiceHandler,
    EndRecurringInvoiceHandler,
    GetRecurringInvoiceHandler,
    ListRecurringInvoicesHandler,
    RecurringInvoiceKind,
    RecurringSight,
    RecurringInvoiceRoutine,
  ],
};
