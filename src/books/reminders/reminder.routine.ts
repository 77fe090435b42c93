import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { dateAt } from '../../kernel/dates.js';
import { streamOf } from '../../kernel/decider.js';
import type { PlainDate } from '../../kernel/event.js';
import { Consequences } from '../../platform/commands/consequences.js';
import { systemMetadata } from '../../platform/commands/metadata.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import { type Clock, CLOCK, EVENT_STORE, READ_MODEL } from '../../platform/commands/tokens.js';
import type { EventStore, StoredEvent } from '../../platform/event-store/event-store.port.js';
import { isAddress } from '../../platform/mail/address.js';
import { Reactors } from '../../platform/reactor/reactors.js';
import type { Routine } from '../../platform/reactor/routine.js';
import { allPages } from '../../platform/read-model/all-pages.js';
import type { ReadModel } from '../../platform/read-model/read-model.port.js';
import { LOGGER, type Logger } from '../../platform/telemetry/logger.js';
import { customers } from '../customers/customer.js';
import { Credits } from '../invoices/credits.service.js';
import { invoices } from '../invoices/invoice.js';
import { remindOfInvoice } from '../invoices/invoice.decide.js';
import { type InvoiceDoc, invoicesView, overdueOn } from '../invoices/invoice.view.js';
import { dueReminder, reminders } from './reminder.js';
import { reminderPlansView } from './reminder.view.js';

/**
 * Reminds customers of overdue invoices. The view only finds them: whether one is still owed, and was not reminded of, is
 * decided on its own stream.
 */
@Injectable()
export class ReminderRoutine implements Routine, OnModuleInit {
  readonly name = 'invoice-reminders';
  readonly everyMs = 10 * 60_000;

  constructor(
    private readonly reactors: Reactors,
    private readonly states: StateCache,
    private readonly consequences: Consequences,
    private readonly credits: Credits,
    @Inject(EVENT_STORE) private readonly store: EventStore,
    @Inject(READ_MODEL) private readonly model: ReadModel,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  onModuleInit(): void {
    this.reactors.registerRoutine(this);
  }

  async run(signal: AbortSignal): Promise<void> {
    const today = dateAt(this.clock());
    const where = [{ field: 'reminds', eq: 'yes' }];
    for await (const page of allPages(this.model, reminderPlansView, { where, sort: 'byOrganisation' })) {
      for (const { key } of page) await this.remindAll(key, today, signal);
    }
  }

  private async remindAll(organisation: string, today: PlainDate, signal: AbortSignal): Promise<void> {
    const { state } = await this.states.load(reminders, '', organisation);
    if (state.revision === null) return;
    const cause = await this.cause(organisation, state.revision);
    const where = [{ field: 'organisation', eq: organisation }, { field: 'kind', eq: 'invoice' }, ...overdueOn(today)];
    for await (const page of allPages(this.model, invoicesView, { where, sort: 'newest' })) {
      for (const { key, doc } of page) {
        if (signal.aborted) return;
        const days = dueReminder(state, doc, today);
        if (days === undefined) continue;
        await this.remind(organisation, key, doc, days, cause).catch((error: unknown) => {
          this.log.warn({ err: error, organisation, invoice: key }, 'an invoice is not reminded of yet');
        });
      }
    }
  }

  /** In the name of whoever set when customers are reminded. */
  private async remind(
    organisation: string,
    id: string,
    { customerId }: InvoiceDoc,
    days: number,
    cause: StoredEvent,
  ): Promise<void> {
    const { state: customer } = await this.states.load(customers, organisation, customerId);
    if (customer.status === 'absent' || customer.status === 'erased' || customer.restricted) return;
    const { email } = customer.fields;
    if (email === undefined || !isAddress(email)) return;
    const { state } = await this.states.load(invoices, organisation, id);
    const notes = await this.credits.voidNotes(organisation, state);
    const metadata = systemMetadata(cause, this.name, 'RemindOfInvoice');
    await this.consequences.write(invoices, organisation, id, remindOfInvoice(days, email, notes), metadata);
  }

  private async cause(organisation: string, revision: number): Promise<StoredEvent> {
    const stream = streamOf(reminders, '', organisation);
    for await (const event of this.store.readStream(stream, { from: revision, limit: 1 })) return event;
    throw new Error(`${stream} has no revision ${revision}`);
  }
}
