import { Inject, Injectable } from '@nestjs/common';
import type { Metadata } from '../../kernel/event.js';
import { Refusal } from '../../kernel/refusal.js';
import { Appender } from '../../platform/commands/appender.js';
import type { DomainCommand } from '../../platform/commands/command.js';
import { Idempotency } from '../../platform/commands/idempotency.js';
import { actorOf } from '../../platform/commands/metadata.js';
import type { CommandAnswer } from '../../platform/commands/principal.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import { WrongExpectedRevision } from '../../platform/event-store/event-store.port.js';
import { LOGGER, type Logger } from '../../platform/telemetry/logger.js';
import type { DocumentAt } from '../numbering/numbers.js';
import { LineAccounts } from '../chart/line-accounts.service.js';
import { NumberRegister } from '../numbering/numbers.register.js';
import { PeriodLocks } from '../periods/period-locks.service.js';
import { creditOf } from './credit-note.decide.js';
import { Credits } from './credits.service.js';
import type { BillTo, DocumentKind, Issuing } from './document.js';
import { issuable } from './document.decide.js';
import { documentStream, loadDocument } from './document-numbers.service.js';
import { References } from './references.service.js';

/** A document that can be issued as it stands: all is there but its number. */
interface Ready {
  readonly at: DocumentAt;
  readonly billTo: BillTo;
  readonly metadata: Metadata;
}

/** Fetches what is needed to issue a document: who it is made out to, its credit on the invoice, and its number. */
@Injectable()
export class IssuingService {
  constructor(
    private readonly states: StateCache,
    private readonly references: References,
    private readonly credits: Credits,
    private readonly accounts: LineAccounts,
    private readonly periods: PeriodLocks,
    private readonly register: NumberRegister,
    private readonly appender: Appender,
    private readonly idempotency: Idempotency,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  /**
   * Runs a command that issues a document; `run` gets the step that prepares it, and may take it again whenever the document
   * moved on. Where the command is refused in the end, the number that it reserved is given back before the refusal is told.
   * What a fault interrupts is left to `CompleteReservations` and `CompleteCredits`.
   */
  async issue(
    kind: DocumentKind,
    command: DomainCommand & { readonly id: string },
    run: (prepare: () => Promise<Issuing>) => Promise<CommandAnswer>,
  ): Promise<CommandAnswer> {
    const { organisation } = command.context;
    const numbered: Ready[] = [];
    try {
      return await run(async () => {
        const ready = await this.ready(kind, command);
        numbered.push(ready);
        return { number: await this.number(kind, organisation, ready), billTo: ready.billTo };
      });
    } catch (error) {
      if (error instanceof Refusal) await this.giveBack(kind, organisation, numbered);
      throw error;
    }
  }

  /**
   * The number comes last: whatever could refuse the command has been asked by then, so a number is reserved only for a
   * document that can bear it as it stands.
   *
   * @throws Refusal
   */
  private async ready(kind: DocumentKind, command: DomainCommand & { readonly id: string }): Promise<Ready> {
    const { id, context } = command;
    const { organisation } = context;
    const { state, revision } = await loadDocument(this.states, organisation, kind, id);
    const { content } = issuable(kind, state);
    await this.periods.requireOpen(organisation, content.date);
    // What could be named when it was drafted may be confidential since, or in the archive.
    await this.accounts.check(context, 'sales', content.lines);
    await this.references.requireUsable(organisation, content.customerId);
    const billTo = await this.references.billTo(organisation, content.customerId);
    const metadata = await this.metadataOf(command);
    const credit = creditOf(content);
    if (credit !== undefined) {
      const { invoiceId, amount } = credit;
      await this.credits.reserve(organisation, invoiceId, { creditNoteId: id, amount }, metadata);
    }
    return { at: { id, revision }, billTo, metadata };
  }

  /** @throws WrongExpectedRevision where the document has moved on meanwhile; as the register's `reserve` */
  private async number(kind: DocumentKind, organisation: string, { at, metadata }: Ready): Promise<number> {
    const number = (await this.register.reserve(organisation, kind, [at], metadata)).get(at.id);
    if (number !== undefined) return number;
    throw new WrongExpectedRevision(documentStream(organisation, kind, at.id), at.revision, at.revision);
  }

  private async giveBack(kind: DocumentKind, organisation: string, numbered: readonly Ready[]): Promise<void> {
    const last = numbered.at(-1);
    if (last === undefined) return;
    const documents = numbered.map(({ at }) => at);
    await this.register.release(organisation, kind, documents, last.metadata).catch((error: unknown) => {
      this.log.warn({ err: error, document: last.at.id, organisation }, 'a number is given back later');
    });
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
