import { Injectable, type OnModuleInit } from '@nestjs/common';
import { streamOf } from '../../kernel/decider.js';
import { RecordKinds, toldFromLog } from '../../platform/commands/record-kinds.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import { newestOf } from '../../platform/commands/view-kind.js';
import { ViewReader } from '../../platform/http/view-reader.js';
import { recurringInvoices } from './recurring-invoice.js';
import { answerOf } from './recurring-invoice.handlers.js';
import { recurringInvoicesView } from './recurring-invoice.view.js';
import { RecurringSight } from './recurring-sight.service.js';

/** Recurring invoices, for those who show records of all kinds. */
@Injectable()
export class RecurringInvoiceKind implements OnModuleInit {
  constructor(
    private readonly kinds: RecordKinds,
    private readonly states: StateCache,
    private readonly sight: RecurringSight,
    private readonly views: ViewReader,
  ) {}

  onModuleInit(): void {
    this.kinds.register({
      kind: 'recurring-invoice',
      readPermission: 'invoices:read',
      ...toldFromLog(
        recurringInvoices,
        this.states.read,
        ({ fields }) => `Recurring invoice (every ${fields.every})`,
        (...about) => this.sight.of(...about),
      ),
      asOf: async (past, organisation, id) => {
        const streams = [streamOf(recurringInvoices, organisation, id)];
        const doc = await past.document({ view: recurringInvoicesView, key: id, streams });
        return doc?.organisation === organisation ? answerOf(id, doc) : undefined;
      },
      ofProjects: (context, reach, limit) => newestOf(this.views, recurringInvoicesView, context, reach, limit),
    });
  }
}
