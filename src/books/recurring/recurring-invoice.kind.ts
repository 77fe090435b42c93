import { Injectable, type OnModuleInit } from '@nestjs/common';
import { streamOf } from '../../kernel/decider.js';
import { type RecordDescription, RecordKinds } from '../../platform/commands/record-kinds.js';
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
      describe: (organisation, ids) => this.describe(organisation, ids),
      factsOf: async (read, organisation, id) => {
        const { state } = await read(recurringInvoices, organisation, id);
        return state.status === 'absent' ? undefined : this.sight.factsOf(read, organisation, state);
      },
      asOf: async (past, organisation, id) => {
        const streams = [streamOf(recurringInvoices, organisation, id)];
        const doc = await past.document({ view: recurringInvoicesView, key: id, streams });
        return doc?.organisation === organisation ? answerOf(id, doc) : undefined;
      },
      ofProjects: (context, reach, limit) => newestOf(this.views, recurringInvoicesView, context, reach, limit),
    });
  }

  /** From the log: what one asks for must not be unknown for as long as a view is behind. */
  private async describe(
    organisation: string,
    ids: readonly string[],
  ): Promise<ReadonlyMap<string, RecordDescription>> {
    const found = ids.map(async (id) => {
      const { state } = await this.states.load(recurringInvoices, organisation, id);
      if (state.status === 'absent') return [];
      const label = `Recurring invoice (every ${state.fields.every})`;
      return [[id, { label, facts: await this.sight.factsNow(organisation, state) }] as const];
    });
    return new Map((await Promise.all(found)).flat());
  }
}
