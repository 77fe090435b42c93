import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { addDays, dateAt } from '../../kernel/dates.js';
import { type Existing, streamOf } from '../../kernel/decider.js';
import type { PlainDate } from '../../kernel/event.js';
import { Refusal } from '../../kernel/refusal.js';
import { accounts, type Permission } from '../../access/contract.js';
import { Consequences } from '../../platform/commands/consequences.js';
import { derivedId } from '../../platform/commands/idempotency.js';
import { systemMetadata } from '../../platform/commands/metadata.js';
import type { RequestContext } from '../../platform/commands/principal.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import { type Clock, CLOCK, EVENT_STORE, READ_MODEL } from '../../platform/commands/tokens.js';
import type { EventStore, StoredEvent } from '../../platform/event-store/event-store.port.js';
import { Reactors } from '../../platform/reactor/reactors.js';
import type { Routine } from '../../platform/reactor/routine.js';
import { allPages } from '../../platform/read-model/all-pages.js';
import type { ReadModel } from '../../platform/read-model/read-model.port.js';
import { LOGGER, type Logger } from '../../platform/telemetry/logger.js';
import { CreateInvoice, IssueInvoice } from '../invoices/invoice.handlers.js';
import { SendInvoice } from '../sending/sending.handlers.js';
import { dayOf, nextDay, type RecurringInvoice, recurringInvoices } from './recurring-invoice.js';
import { noteMade, noteStopped } from './recurring-invoice.decide.js';
import { recurringInvoicesView } from './recurring-invoice.view.js';

/** What asks to come back later says nothing about the invoice. */
const PASSING: readonly Refusal['code'][] = ['unavailable', 'too-many-requests'];
/** How somebody is answered who has left, or may not do it any more. */
const UNENTITLED: readonly Refusal['code'][] = ['permission-denied', 'not-found', 'unauthenticated'];

/**
 * Makes what is due, day by day, as commands of whoever set it up: each asks for their rights at that moment. Their idempotency
 * keys are made of the record and the number of the day, so that an invoice is made, issued and sent once, whatever crashes
 * in between. Where a command is refused, the recurring invoice is stopped and says why.
 */
@Injectable()
export class RecurringInvoiceRoutine implements Routine, OnModuleInit {
  readonly name = 'recurring-invoices';
  readonly everyMs = 15_000;

  constructor(
    private readonly reactors: Reactors,
    private readonly commands: CommandBus,
    private readonly states: StateCache,
    private readonly consequences: Consequences,
    @Inject(EVENT_STORE) private readonly store: EventStore,
    @Inject(READ_MODEL) private readonly model: ReadModel,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  onModuleInit(): void {
    this.reactors.registerRoutine(this);
  }

  /** The view finds what may be due; the stream of each says what is. */
  async run(signal: AbortSignal): Promise<void> {
    const today = dateAt(this.clock());
    const where = [
      { field: 'status', eq: 'active' },
      { field: 'next', to: today },
    ];
    for await (const page of allPages(this.model, recurringInvoicesView, { where, sort: 'soonest' })) {
      for (const { key, doc } of page) {
        await this.catchUp(doc.organisation, key, today, signal).catch((error: unknown) => {
          if (!signal.aborted)
            this.log.warn({ err: error, recurringInvoice: key }, 'a recurring invoice is not made yet');
        });
      }
    }
  }

  private async catchUp(organisation: string, id: string, today: PlainDate, signal: AbortSignal): Promise<void> {
    const cause = await this.cause(organisation, id);
    while (!signal.aborted) {
      const { state } = await this.states.load(recurringInvoices, organisation, id);
      if (state.status !== 'active') return;
      const day = nextDay(state.fields, state);
      if (day === undefined || day > today) return;
      await this.makeNext(organisation, id, state, cause);
    }
  }

  private async makeNext(
    organisation: string,
    id: string,
    state: Existing<RecurringInvoice>,
    cause: StoredEvent,
  ): Promise<void> {
    const { count } = state;
    const write = (decide: ReturnType<typeof noteMade>, command: string) =>
      this.consequences.write(recurringInvoices, organisation, id, decide, systemMetadata(cause, this.name, command));
    try {
      await this.requireMaker(state);
      const invoiceId = await this.make(organisation, id, state, cause);
      await write(noteMade(count, invoiceId), 'NoteRecurringInvoice');
    } catch (error) {
      if (!(error instanceof Refusal) || PASSING.includes(error.code)) throw error;
      await write(noteStopped(count, reasonOf(error)), 'StopRecurringInvoice');
    }
  }

  /** An account that is somebody else's now has not set this up. */
  private async requireMaker({ maker }: Existing<RecurringInvoice>): Promise<void> {
    const { state } = await this.states.load(accounts, '', maker.userId);
    if (maker.accountRevision < state.holderSince)
      throw new Refusal('permission-denied', 'Whoever set this up is gone');
  }

  private async make(
    organisation: string,
    id: string,
    state: Existing<RecurringInvoice>,
    cause: StoredEvent,
  ): Promise<string> {
    const { fields, count, maker } = state;
    const { lines, customerId, dueInDays, reference, brandId, templateId, projectId } = fields;
    const date = dayOf(fields, count);
    const body = {
      ...{ customerId, date, dueDate: dueInDays === undefined ? undefined : addDays(date, dueInDays) },
      lines: lines.map(({ net: _, vat: __, ...line }) => line),
      ...{ reference, brandId, templateId, projectId },
    };
    const { userId, apiKey } = maker;
    const as = (permission: Permission, sent: object): RequestContext => ({
      principal: { userId, ...(apiKey === undefined ? {} : { apiKey }), job: this.name },
      ...{ organisation, permission, body: sent, route: this.name, path: `${id}/${count}/${permission}` },
      ...{ idempotencyKey: id, requestId: derivedId('recurring-invoice', id, String(count)) },
      ...{ correlationId: cause.metadata.correlationId, source: { ip: '', userAgent: '' } },
    });
    const { id: invoiceId } = await this.commands.execute(new CreateInvoice(as('invoices:create', body), body));
    if (fields.issue) await this.commands.execute(new IssueInvoice(as('invoices:issue', {}), invoiceId));
    if (fields.send) await this.commands.execute(new SendInvoice(as('invoices:send', {}), invoiceId, undefined));
    return invoiceId;
  }

  private async cause(organisation: string, id: string): Promise<StoredEvent> {
    const stream = streamOf(recurringInvoices, organisation, id);
    for await (const event of this.store.readStream(stream, { limit: 1 })) return event;
    throw new Error(`${stream} is empty`);
  }
}

const reasonOf = ({ code, details }: Refusal): string =>
  UNENTITLED.includes(code) ? 'rights-lost' : (details.rule ?? code);
