import { Inject, Injectable } from '@nestjs/common';
import { streamOf } from '../../kernel/decider.js';
import type { Codec } from '../../platform/codec/codec.port.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import { CODEC, EVENT_STORE } from '../../platform/commands/tokens.js';
import type { EventStore } from '../../platform/event-store/event-store.port.js';
import { creditNotes } from '../invoices/credit-note.js';
import type { DocumentKind, Issue } from '../invoices/document.js';
import { loadDocument } from '../invoices/document-numbers.service.js';
import { invoices } from '../invoices/invoice.js';
import { References } from '../invoices/references.service.js';
import type { PaperDocument } from '../rendering/document.js';

/** An invoice or a credit note as it is put on paper. */
export interface Sendable extends PaperDocument {
  readonly customerId: string;
}

/** Reads documents from the log: what is sent must not be what a view held a moment before. */
@Injectable()
export class SentDocuments {
  constructor(
    private readonly states: StateCache,
    private readonly references: References,
    @Inject(EVENT_STORE) private readonly store: Pick<EventStore, 'readStream'>,
    @Inject(CODEC) private readonly codec: Pick<Codec, 'open'>,
  ) {}

  /** Undefined where there is none, or it was discarded. */
  async of(organisation: string, kind: DocumentKind, id: string): Promise<Sendable | undefined> {
    const { state } = await loadDocument(this.states, organisation, kind, id);
    if (state.status === 'absent' || state.status === 'discarded') return undefined;
    const { content, number, status } = state;
    const to = await (number === null
      ? this.references.billTo(organisation, content.customerId)
      : this.issuedTo(organisation, kind, id));
    const standing = status === 'issued' ? 'good' : status;
    return { ...content, kind, number, standing, to };
  }

  /** As the customer was called when it was issued. */
  private async issuedTo(organisation: string, kind: DocumentKind, id: string): Promise<Issue['billTo']> {
    const stream = streamOf(kind === 'invoice' ? invoices : creditNotes, organisation, id);
    for await (const stored of this.store.readStream(stream)) {
      if (stored.type !== 'InvoiceIssued' && stored.type !== 'CreditNoteIssued') continue;
      const [event] = await this.codec.open([stored]);
      return (event!.data as Issue).billTo;
    }
    throw new Error(`${stream} has a number and was never issued`);
  }
}
