import { Inject, Injectable } from '@nestjs/common';
import { type Aggregate, type Decide, existing, streamOf } from '../../kernel/decider.js';
import { type DomainEvent, type Metadata, personOf } from '../../kernel/event.js';
import { Appender } from '../../platform/commands/appender.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import { type Clock, CLOCK } from '../../platform/commands/tokens.js';
import { WrongExpectedRevision } from '../../platform/event-store/event-store.port.js';
import type { NumberedDocuments } from '../numbering/numbered-documents.port.js';
import type { DocumentAt } from '../numbering/numbers.js';
import { creditNotes } from './credit-note.js';
import { issueCreditNote } from './credit-note.decide.js';
import type { DocumentKind, Issuing } from './document.js';
import type { DocumentState } from './document.decide.js';
import { invoices } from './invoice.js';
import { issueInvoice } from './invoice.decide.js';
import { References } from './references.service.js';

/** What the register of numbers asks of invoices and credit notes. */
@Injectable()
export class DocumentNumbers implements NumberedDocuments {
  constructor(
    private readonly states: StateCache,
    private readonly references: References,
    private readonly appender: Appender,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async look(
    organisation: string,
    kind: DocumentKind,
    id: string,
  ): Promise<{ revision: number; number: number | null }> {
    const { state, revision } = await loadDocument(this.states, organisation, kind, id);
    return { revision, number: state.status === 'absent' ? null : state.number };
  }

  issue(organisation: string, kind: DocumentKind, at: DocumentAt, number: number, metadata: Metadata): Promise<void> {
    return kind === 'invoice'
      ? this.issueBy(invoices, issueInvoice(), organisation, at, number, metadata)
      : this.issueBy(creditNotes, issueCreditNote(), organisation, at, number, metadata);
  }

  private async issueBy<S extends DocumentState, E extends DomainEvent>(
    aggregate: Aggregate<S, E>,
    decide: Decide<S, E, Issuing>,
    organisation: string,
    { id, revision: expected }: DocumentAt,
    number: number,
    metadata: Metadata,
  ): Promise<void> {
    const stream = streamOf(aggregate, organisation, id);
    const { state, revision } = await this.states.load(aggregate, organisation, id);
    if (revision !== expected) throw new WrongExpectedRevision(stream, expected, revision);
    const { customerId } = existing(state).content;
    const billTo = await this.references.billTo(organisation, customerId);
    const now = new Date(this.clock()).toISOString();
    const events = decide(
      state,
      { now, userId: personOf(metadata.actor) ?? '', organisation, newId: id },
      { number, billTo },
    );
    // With an idempotency key it is the very event that the command would have written, so a repeat finds its answer.
    await this.appender.append({ eventIds: [], keyed: metadata.idempotency }, { stream, expected, events, metadata });
  }
}

export const documentStream = (organisation: string, kind: DocumentKind, id: string): string =>
  streamOf(kind === 'invoice' ? invoices : creditNotes, organisation, id);

/** Either kind of document, as new as every acknowledged change. */
export const loadDocument = (states: StateCache, organisation: string, kind: DocumentKind, id: string) =>
  kind === 'invoice' ? states.load(invoices, organisation, id) : states.load(creditNotes, organisation, id);
