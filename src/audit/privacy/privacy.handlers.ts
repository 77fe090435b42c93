import { Inject } from '@nestjs/common';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Decide } from '../../kernel/decider.js';
import type { Recorded } from '../../kernel/event.js';
import { conflict, notFound } from '../../kernel/refusal.js';
import { DomainCommand } from '../../platform/commands/command.js';
import { CommandPipeline } from '../../platform/commands/pipeline.js';
import { CommandAnswer, type RequestContext } from '../../platform/commands/principal.js';
import { PersonKinds } from '../../platform/privacy/person-kinds.js';
import { type Logger, LOGGER } from '../../platform/telemetry/logger.js';
import { expiryOf } from '../contract.js';
import { ExportLinks } from './export.links.js';
import { type DataExport, type ExportKind, type Privacy, privacy, type PrivacyEvent } from './privacy.js';
import {
  approveErasure,
  approveExport,
  liftRestriction,
  orderErasure,
  orderExport,
  placeRestriction,
} from './privacy.decide.js';
import { PrivacyWork } from './privacy.work.js';
import type { Subject } from './subject.js';
import { Subjects } from './subjects.service.js';

/** A change of the register that has no effects outside of it: holds, settings, what is declined. */
export class ChangePrivacy extends DomainCommand {
  constructor(
    context: RequestContext,
    readonly name: 'ChangePrivacySettings' | 'ReleaseLegalHold' | 'DeclineErasure' | 'DeclineDataExport',
    readonly decide: Decide<Privacy, PrivacyEvent>,
    /** The entry that is changed; none for the settings. */
    readonly entry?: string,
  ) {
    super(context);
  }
}

/** A new legal hold. */
export class PlaceLegalHold extends DomainCommand {
  readonly name = 'PlaceLegalHold';

  constructor(
    context: RequestContext,
    readonly subject: string,
    readonly decide: Decide<Privacy, PrivacyEvent, Subject>,
  ) {
    super(context);
  }
}

abstract class AboutPerson extends DomainCommand {
  constructor(
    context: RequestContext,
    /** Id of the data subject. */
    readonly subject: string,
    readonly reason: string,
  ) {
    super(context);
  }
}

export class PlaceRestriction extends AboutPerson {
  readonly name = 'PlaceRestriction';
}

export class OrderErasure extends AboutPerson {
  readonly name = 'OrderErasure';
}

export class OrderDataExport extends DomainCommand {
  readonly name = 'OrderDataExport';

  constructor(
    context: RequestContext,
    readonly subject: string,
    readonly kind: ExportKind,
    readonly reason: string | undefined,
  ) {
    super(context);
  }
}

export class LiftRestriction extends DomainCommand {
  readonly name = 'LiftRestriction';

  constructor(
    context: RequestContext,
    readonly id: string,
    readonly notice: string,
  ) {
    super(context);
  }
}

export class ApproveErasure extends DomainCommand {
  readonly name = 'ApproveErasure';

  constructor(
    context: RequestContext,
    readonly id: string,
  ) {
    super(context);
  }
}

export class ApproveDataExport extends DomainCommand {
  readonly name = 'ApproveDataExport';

  constructor(
    context: RequestContext,
    readonly id: string,
  ) {
    super(context);
  }
}

/** The answer of a change of one entry of the register. */
const about = (id: string, { revision, position, created, extra }: CommandAnswer, more: object = {}): CommandAnswer =>
  new CommandAnswer(id, revision, position, created, { ...extra, ...more });

/** What follows in other streams has happened by then: whoever waits for the position sees it. */
const reflecting = ({ id, revision, created, extra }: CommandAnswer, position: string | undefined): CommandAnswer =>
  new CommandAnswer(id, revision, position, created, extra);

function entryOf(event: Recorded<PrivacyEvent> | undefined): { readonly id?: string } {
  if (event === undefined) return {};
  const { data } = event;
  if ('holdId' in data) return { id: data.holdId };
  if ('restrictionId' in data) return { id: data.restrictionId };
  if ('erasureId' in data) return { id: data.erasureId };
  return 'exportId' in data ? { id: data.exportId } : {};
}

@CommandHandler(ChangePrivacy)
export class ChangePrivacyHandler implements ICommandHandler<ChangePrivacy> {
  constructor(private readonly pipeline: CommandPipeline) {}

  async execute(command: ChangePrivacy): Promise<CommandAnswer> {
    const { organisation } = command.context;
    const answer = await this.pipeline.change(privacy, command, organisation, { decide: command.decide });
    return about(command.entry ?? organisation, answer);
  }
}

@CommandHandler(PlaceLegalHold)
export class PlaceLegalHoldHandler implements ICommandHandler<PlaceLegalHold> {
  constructor(
    private readonly pipeline: CommandPipeline,
    private readonly subjects: Subjects,
  ) {}

  execute(command: PlaceLegalHold): Promise<CommandAnswer> {
    const { context, subject } = command;
    return this.pipeline.change(privacy, command, context.organisation, {
      makes: true,
      prepare: async () => subjectOf(await this.subjects.require(context, subject)),
      decide: command.decide,
      answer: ([event]) => entryOf(event),
    });
  }
}

@CommandHandler(PlaceRestriction)
export class PlaceRestrictionHandler implements ICommandHandler<PlaceRestriction> {
  constructor(
    private readonly pipeline: CommandPipeline,
    private readonly subjects: Subjects,
    private readonly persons: PersonKinds,
    private readonly work: PrivacyWork,
  ) {}

  async execute(command: PlaceRestriction): Promise<CommandAnswer> {
    const { context, subject, reason } = command;
    const answer = await this.pipeline.change(privacy, command, context.organisation, {
      makes: true,
      prepare: async () => {
        const person = await this.subjects.require(context, subject);
        if (this.persons.of(person.kind).restrict === undefined)
          throw conflict('not-restrictable', 'The data of this person is used for nothing that could be held back');
        return subjectOf(person);
      },
      decide: placeRestriction(reason),
      answer: ([event]) => entryOf(event),
    });
    await this.work.restrict(context.organisation, answer.id);
    return reflecting(about(answer.id, answer), await this.work.head());
  }
}

@CommandHandler(LiftRestriction)
export class LiftRestrictionHandler implements ICommandHandler<LiftRestriction> {
  constructor(
    private readonly pipeline: CommandPipeline,
    private readonly work: PrivacyWork,
  ) {}

  async execute(command: LiftRestriction): Promise<CommandAnswer> {
    const { context, id, notice } = command;
    const { organisation } = context;
    const answer = await this.pipeline.change(privacy, command, organisation, { decide: liftRestriction(id, notice) });
    await this.work.restrict(organisation, id);
    return reflecting(about(id, answer), await this.work.head());
  }
}

/** What both ways to an erasure end with: it is carried out at once, and where that fails goes on in the background. */
class Erasing {
  constructor(
    private readonly work: PrivacyWork,
    private readonly log: Logger,
  ) {}

  async finish(organisation: string, id: string, ordered: CommandAnswer): Promise<CommandAnswer> {
    await this.work.erase(organisation, id).catch((error: unknown) => {
      this.log.warn({ err: error, erasure: id }, 'an erasure is not finished yet');
    });
    const { state, revision, position } = await this.work.loaded(organisation);
    const erasure = state.erasures.get(id)!;
    return new CommandAnswer(id, revision, position ?? ordered.position, ordered.created, {
      status: erasure.status,
      erased: erasure.done?.erased ?? [],
      documents: erasure.done?.documents ?? null,
      recordsUntil: erasure.done?.recordsUntil ?? null,
      kept: await this.work.keptBy(organisation, state, erasure),
    });
  }
}

@CommandHandler(OrderErasure)
export class OrderErasureHandler implements ICommandHandler<OrderErasure> {
  private readonly erasing: Erasing;

  constructor(
    private readonly pipeline: CommandPipeline,
    private readonly subjects: Subjects,
    private readonly persons: PersonKinds,
    work: PrivacyWork,
    @Inject(LOGGER) log: Logger,
  ) {
    this.erasing = new Erasing(work, log);
  }

  async execute(command: OrderErasure): Promise<CommandAnswer> {
    const { context, subject, reason } = command;
    const ordered = await this.pipeline.change(privacy, command, context.organisation, {
      makes: true,
      prepare: async () => {
        const person = await this.subjects.require(context, subject);
        this.persons.of(person.kind).assertErasable(person);
        return subjectOf(person);
      },
      decide: orderErasure(reason),
      answer: ([event]) => entryOf(event),
    });
    return this.erasing.finish(context.organisation, ordered.id, ordered);
  }
}

@CommandHandler(ApproveErasure)
export class ApproveErasureHandler implements ICommandHandler<ApproveErasure> {
  private readonly erasing: Erasing;

  constructor(
    private readonly pipeline: CommandPipeline,
    private readonly persons: PersonKinds,
    work: PrivacyWork,
    @Inject(LOGGER) log: Logger,
  ) {
    this.erasing = new Erasing(work, log);
  }

  async execute(command: ApproveErasure): Promise<CommandAnswer> {
    const { context, id } = command;
    const { organisation } = context;
    const approved = await this.pipeline.change(privacy, command, organisation, {
      prepare: async (state) => {
        const erasure = state.erasures.get(id);
        const person = erasure && (await this.persons.of(erasure.subject.kind).get(organisation, erasure.subject.id));
        // They may have become a member while the erasure waited.
        if (person !== undefined) this.persons.of(person.kind).assertErasable(person);
        return undefined;
      },
      decide: approveErasure(id),
    });
    return this.erasing.finish(organisation, id, approved);
  }
}

/** Who asks for no other reason asks by the right itself. */
const BY_RIGHT: Readonly<Record<ExportKind, string>> = {
  access: 'right of access (GDPR Art. 15)',
  portability: 'right to data portability (GDPR Art. 20)',
};

@CommandHandler(OrderDataExport)
export class OrderDataExportHandler implements ICommandHandler<OrderDataExport> {
  constructor(
    private readonly pipeline: CommandPipeline,
    private readonly subjects: Subjects,
    private readonly work: PrivacyWork,
    private readonly links: ExportLinks,
  ) {}

  async execute(command: OrderDataExport): Promise<CommandAnswer> {
    const { context, subject, kind, reason = BY_RIGHT[kind] } = command;
    const { organisation } = context;
    const answer = await this.pipeline.change(privacy, command, organisation, {
      makes: true,
      prepare: async () => subjectOf(await this.subjects.require(context, subject)),
      decide: orderExport(kind, reason),
      answer: ([event]) => entryOf(event),
    });
    return about(answer.id, answer, await linkFor(this.work, this.links, organisation, answer.id));
  }
}

@CommandHandler(ApproveDataExport)
export class ApproveDataExportHandler implements ICommandHandler<ApproveDataExport> {
  constructor(
    private readonly pipeline: CommandPipeline,
    private readonly work: PrivacyWork,
    private readonly links: ExportLinks,
  ) {}

  async execute(command: ApproveDataExport): Promise<CommandAnswer> {
    const { context, id } = command;
    const { organisation } = context;
    const answer = await this.pipeline.change(privacy, command, organisation, { decide: approveExport(id) });
    return about(id, answer, await linkFor(this.work, this.links, organisation, id));
  }
}

async function linkFor(work: PrivacyWork, links: ExportLinks, organisation: string, id: string): Promise<object> {
  const found = (await work.state(organisation)).exports.get(id);
  if (found === undefined) throw notFound();
  if (found.status === 'pending') return { status: 'pending', link: null, expiresAt: null };
  return { status: 'running', link: await links.linkTo(organisation, found), expiresAt: endOf(found) };
}

/** As the API says it: an export that was ordered is being made, one that is made can be had, as long as its days last. */
export const statusOf = (found: Pick<DataExport, 'status' | 'since'>, now: number): string => {
  const isOver = expiryOf(found) <= now;
  if (found.status === 'ordered') return isOver ? 'failed' : 'running';
  return found.status === 'ready' && isOver ? 'expired' : found.status;
};

export const endOf = (found: DataExport): string | null =>
  found.status === 'pending' || found.status === 'declined' ? null : new Date(expiryOf(found)).toISOString();

const subjectOf = ({ kind, id }: Subject): Subject => ({ kind, id });
