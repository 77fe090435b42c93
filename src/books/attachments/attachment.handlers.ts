import { Inject } from '@nestjs/common';
import { CommandHandler, type ICommandHandler, type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import type { Readable } from 'node:stream';
import type { Recorded } from '../../kernel/event.js';
import { notFound } from '../../kernel/refusal.js';
import { DomainQuery, RecordCommand } from '../../platform/commands/command.js';
import { CommandPipeline } from '../../platform/commands/pipeline.js';
import { type CommandAnswer, QueryAnswer, type RequestContext } from '../../platform/commands/principal.js';
import { type Clock, CLOCK } from '../../platform/commands/tokens.js';
import { OutcomeUnknown } from '../../platform/event-store/event-store.port.js';
import { newId } from '../../platform/random.js';
import { type PurchaseEvent, purchases } from '../purchases/purchase.js';
import { addAttachment, removeAttachment } from '../purchases/purchase.decide.js';
import { PurchaseFacts } from '../purchases/purchase-facts.service.js';
import { SupplierReferences } from '../suppliers/supplier-references.service.js';
import { AttachedFiles } from './attached-files.service.js';
import { AttachmentFiles, type AttachmentPlace } from './attachment.files.js';
import { safeName } from './file-name.js';

export interface SentFile {
  /** As its sender calls it. */
  readonly name: string;
  /** Media type, as its sender says. */
  readonly type: string;
  readonly upload: Readable;
}

export class AddAttachment extends RecordCommand {
  readonly name = 'AddAttachment';

  constructor(
    context: RequestContext,
    id: string,
    readonly file: SentFile,
  ) {
    super(context, id);
  }
}

export class RemoveAttachment extends RecordCommand {
  readonly name = 'RemoveAttachment';

  constructor(
    context: RequestContext,
    id: string,
    readonly attachmentId: string,
  ) {
    super(context, id);
  }
}

export class ListAttachments extends DomainQuery {
  constructor(
    context: RequestContext,
    readonly purchaseId: string,
  ) {
    super(context);
  }
}

/** A file to be sent. */
export interface OpenedFile {
  readonly name: string;
  readonly type: string;
  readonly bytes: number;
  readonly content: AsyncIterable<Buffer>;
}

export class ReadAttachment extends DomainQuery<OpenedFile> {
  constructor(
    context: RequestContext,
    readonly purchaseId: string,
    readonly attachmentId: string,
  ) {
    super(context);
  }
}

/** The file is safe on disk before the log names it. An idempotency key stands for the file that it came with. */
@CommandHandler(AddAttachment)
export class AddAttachmentHandler implements ICommandHandler<AddAttachment> {
  constructor(
    private readonly pipeline: CommandPipeline,
    private readonly attached: AttachedFiles,
    private readonly facts: PurchaseFacts,
    private readonly suppliers: SupplierReferences,
    private readonly files: AttachmentFiles,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute(command: AddAttachment): Promise<CommandAnswer> {
    const { context, id, file } = command;
    const { organisation } = context;
    const { supplierId } = (await this.attached.purchase(context, id)).state.content;
    await this.suppliers.requireUsable(organisation, supplierId);
    const attachmentId = newId(this.clock());
    const place = { organisation, purchaseId: id, attachmentId, supplierId };
    const { bytes, sha256 } = await this.files.receive(place, file.upload, file.type);
    const name = safeName(file.name, file.type);
    const asked = new AddAttachment({ ...context, body: { sha256, name, type: file.type } }, id, file);
    try {
      const answer = await this.pipeline.change(purchases, asked, id, {
        about: this.facts.about(organisation, id),
        makes: true,
        answer: (events) => ({ id: idOf(events) }),
        decide: addAttachment({ attachmentId, supplierId, name, type: file.type, bytes, sha256 }),
      });
      // Another one where the same was asked for before.
      if (answer.id === attachmentId) await this.files.settle(place);
      else await this.files.forget(place);
      return answer;
    } catch (error) {
      // It may be in the log after all; the next start knows.
      if (!(error instanceof OutcomeUnknown)) await this.files.forget(place);
      throw error;
    }
  }
}

function idOf(events: readonly Recorded<PurchaseEvent>[]): string {
  const [event] = events;
  if (event?.type !== 'PurchaseAttachmentAdded') throw new Error('An attachment was added without saying so');
  return event.data.attachmentId;
}

/** The file leaves its place before the log says that it is gone, so that a crash leaves none which nobody knows of. */
@CommandHandler(RemoveAttachment)
export class RemoveAttachmentHandler implements ICommandHandler<RemoveAttachment> {
  constructor(
    private readonly pipeline: CommandPipeline,
    private readonly facts: PurchaseFacts,
    private readonly files: AttachmentFiles,
  ) {}

  async execute(command: RemoveAttachment): Promise<CommandAnswer> {
    const { context, id, attachmentId } = command;
    const { organisation } = context;
    const decide = removeAttachment(attachmentId);
    const taken: { away?: AttachmentPlace } = {};
    try {
      const answer = await this.pipeline.change(purchases, command, id, {
        about: this.facts.about(organisation, id),
        prepare: async (state) => {
          // What is refused leaves the file where it is.
          decide(state, NOBODY, undefined);
          const attachment = state.status === 'absent' ? undefined : state.attachments.get(attachmentId);
          if (attachment === undefined) return undefined;
          const { supplierId } = attachment;
          taken.away = { organisation, purchaseId: id, supplierId, attachmentId };
          await this.files.unsettle(taken.away);
          return undefined;
        },
        decide,
      });
      if (taken.away) await this.files.forget(taken.away);
      return answer;
    } catch (error) {
      if (taken.away && !(error instanceof OutcomeUnknown)) await this.files.settle(taken.away);
      throw error;
    }
  }
}

/** Whether a file can be removed is nobody's to decide. */
const NOBODY = { now: '', userId: '', organisation: '', newId: '' };

@QueryHandler(ListAttachments)
export class ListAttachmentsHandler implements IQueryHandler<ListAttachments> {
  constructor(private readonly attached: AttachedFiles) {}

  async execute({ context, purchaseId }: ListAttachments): Promise<QueryAnswer> {
    const { state, position = '' } = await this.attached.purchase(context, purchaseId);
    const names = await this.attached.namesOf(context, purchaseId);
    const items = [...state.attachments.values()].map(({ attachmentId: id, type, bytes, sha256 }) => ({
      id,
      name: names.get(id) ?? null,
      type,
      bytes,
      sha256,
    }));
    const { atLeast = '' } = context;
    // Newest first, as all lists.
    return new QueryAnswer({ items: items.reverse(), next: null }, position > atLeast ? position : atLeast);
  }
}

@QueryHandler(ReadAttachment)
export class ReadAttachmentHandler implements IQueryHandler<ReadAttachment> {
  constructor(
    private readonly attached: AttachedFiles,
    private readonly files: AttachmentFiles,
  ) {}

  async execute({ context, purchaseId, attachmentId }: ReadAttachment): Promise<QueryAnswer<OpenedFile>> {
    const { state, position } = await this.attached.purchase(context, purchaseId);
    const attachment = state.attachments.get(attachmentId);
    if (attachment === undefined) throw notFound();
    const { supplierId, type, bytes } = attachment;
    const { organisation } = context;
    const content = await this.files.read({ organisation, purchaseId, attachmentId, supplierId });
    const name = (await this.attached.namesOf(context, purchaseId)).get(attachmentId) ?? '';
    return new QueryAnswer({ name: safeName(name, type), type, bytes, content }, position);
  }
}
