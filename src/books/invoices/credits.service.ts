import { Injectable } from '@nestjs/common';
import { streamOf } from '../../kernel/decider.js';
import type { Metadata } from '../../kernel/event.js';
import { Refusal } from '../../kernel/refusal.js';
import { Appender } from '../../platform/commands/appender.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import { WrongExpectedRevision } from '../../platform/event-store/event-store.port.js';
import { creditNotes } from './credit-note.js';
import { type Invoice, invoices, type ReservedCredit } from './invoice.js';
import { reserveCredit, type VoidNotes } from './invoice.decide.js';

const MAX_ATTEMPTS = 20;

/** What credit notes take off invoices: reserved in the invoice's stream, settled by what the credit notes are. */
@Injectable()
export class Credits {
  constructor(
    private readonly states: StateCache,
    private readonly appender: Appender,
  ) {}

  /** Which of the credit notes with a credit on the invoice are void. */
  async voidNotes(organisation: string, invoice: Invoice): Promise<VoidNotes> {
    const ids = invoice.status === 'absent' ? [] : [...invoice.credits.keys()];
    const voidNotes = new Set<string>();
    for (const id of ids) {
      const { state } = await this.states.load(creditNotes, organisation, id);
      if (state.status === 'void') voidNotes.add(id);
    }
    return { voidNotes };
  }

  /**
   * Resolves when the credit stands in the invoice's stream. It stays until its credit note is void, whatever becomes of the
   * command: a draft with a credit is issued by it, by a repeat, or by `CompleteCredits`.
   *
   * @throws Refusal conflict where the invoice is not owed, or comes to less; unavailable where too many write it at once
   */
  async reserve(organisation: string, invoiceId: string, credit: ReservedCredit, metadata: Metadata): Promise<void> {
    for (let attempts = 0; attempts < MAX_ATTEMPTS; attempts++) {
      const { state, revision } = await this.states.load(invoices, organisation, invoiceId);
      const events = reserveCredit(state, credit, await this.voidNotes(organisation, state));
      if (events.length === 0) return;
      const stream = streamOf(invoices, organisation, invoiceId);
      const draft = { eventIds: [], keyed: metadata.idempotency };
      try {
        await this.appender.append(draft, { stream, expected: revision, events, metadata });
        return;
      } catch (error) {
        if (!(error instanceof WrongExpectedRevision)) throw error;
      }
    }
    throw new Refusal('unavailable', 'Too many people are changing the invoice at once; try again', { retryAfter: 1 });
  }
}
