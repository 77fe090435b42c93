import { Injectable } from '@nestjs/common';
import { streamOf } from '../../kernel/decider.js';
import type { Metadata } from '../../kernel/event.js';
import { Appender } from '../../platform/commands/appender.js';
import { orBusy, retried } from '../../platform/commands/consequences.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import { creditNotes } from './credit-note.js';
import { type Invoice, invoices, type ReservedCredit } from './invoice.js';
import { reserveCredit, type VoidNotes } from './invoice.decide.js';

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
    const stream = streamOf(invoices, organisation, invoiceId);
    const attempt = async (): Promise<void> => {
      const { state, revision } = await this.states.load(invoices, organisation, invoiceId);
      const events = reserveCredit(state, credit, await this.voidNotes(organisation, state));
      if (events.length === 0) return;
      const draft = { eventIds: [], keyed: metadata.idempotency };
      await this.appender.append(draft, { stream, expected: revision, events, metadata });
    };
    await orBusy('the invoice', retried(attempt));
  }
}
