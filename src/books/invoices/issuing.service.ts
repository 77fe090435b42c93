import { Injectable } from '@nestjs/common';
import type { Metadata } from '../../kernel/event.js';
import { Appender } from '../../platform/commands/appender.js';
import type { DomainCommand } from '../../platform/commands/command.js';
import { Idempotency } from '../../platform/commands/idempotency.js';
import { actorOf } from '../../platform/commands/metadata.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import { WrongExpectedRevision } from '../../platform/event-store/event-store.port.js';
import { NumberRegister } from '../numbering/numbers.register.js';
import type { DocumentKind, Issuing } from './document.js';
import { issuable } from './document.decide.js';
import { documentStream, loadDocument } from './document-numbers.service.js';
import { References } from './references.service.js';

/** Fetches what is needed to issue a document: who it is made out to, and its number. */
@Injectable()
export class IssuingService {
  constructor(
    private readonly states: StateCache,
    private readonly references: References,
    private readonly register: NumberRegister,
    private readonly appender: Appender,
    private readonly idempotency: Idempotency,
  ) {}

  /**
   * The number comes last: whatever could refuse the command has been asked by then, so a number is reserved only for a
   * document that can bear it as it stands.
   *
   * @throws Refusal; WrongExpectedRevision where the document moves on meanwhile
   */
  async prepare(kind: DocumentKind, id: string, command: DomainCommand): Promise<Issuing> {
    const { organisation } = command.context;
    const { state, revision } = await loadDocument(this.states, organisation, kind, id);
    const { customerId, invoiceId } = issuable(kind, state).content;
    if (invoiceId !== undefined) await this.references.assertInvoiceStands(organisation, invoiceId);
    const billTo = await this.references.billTo(organisation, customerId);
    const reserved = await this.register.reserve(
      organisation,
      kind,
      [{ id, revision }],
      await this.metadataOf(command),
    );
    const number = reserved.get(id);
    if (number === undefined)
      throw new WrongExpectedRevision(documentStream(organisation, kind, id), revision, revision);
    return { number, billTo };
  }

  /** As of the command itself: should it not come to its end, the document is issued in the same person's name. */
  private metadataOf({ context, name }: DomainCommand): Promise<Metadata> {
    return this.appender.metadataOf({
      context,
      organisation: context.organisation,
      command: name,
      actor: actorOf(context),
      authority: context.authority,
      keyed: this.idempotency.of(context),
    });
  }
}
