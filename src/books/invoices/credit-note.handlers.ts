import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { CommandWith, ReasonedCommand, RecordCommand } from '../../platform/commands/command.js';
import { CommandPipeline } from '../../platform/commands/pipeline.js';
import type { CommandAnswer } from '../../platform/commands/principal.js';
import { PeriodLocks } from '../periods/period-locks.service.js';
import { creditNotes } from './credit-note.js';
import { createCreditNote, type CreditNoteInput, issueCreditNote, voidCreditNote } from './credit-note.decide.js';
import { postedOn } from './document.decide.js';
import { IssuingService } from './issuing.service.js';
import { References } from './references.service.js';

export class CreateCreditNote extends CommandWith<CreditNoteInput> {
  readonly name = 'CreateCreditNote';
}

export class IssueCreditNote extends RecordCommand {
  readonly name = 'IssueCreditNote';
}

export class VoidCreditNote extends ReasonedCommand {
  readonly name = 'VoidCreditNote';
}

@CommandHandler(CreateCreditNote)
export class CreateCreditNoteHandler implements ICommandHandler<CreateCreditNote> {
  constructor(
    private readonly pipeline: CommandPipeline,
    private readonly references: References,
  ) {}

  execute(command: CreateCreditNote): Promise<CommandAnswer> {
    const { context, body } = command;
    return this.pipeline.create(creditNotes, command, {
      facts: { projectId: body.projectId ?? undefined, brandId: body.brandId ?? undefined },
      prepare: () => this.references.forNew(context, 'credit-note', body),
      decide: createCreditNote(body),
    });
  }
}

@CommandHandler(IssueCreditNote)
export class IssueCreditNoteHandler implements ICommandHandler<IssueCreditNote> {
  constructor(
    private readonly pipeline: CommandPipeline,
    private readonly issuing: IssuingService,
  ) {}

  execute(command: IssueCreditNote): Promise<CommandAnswer> {
    return this.issuing.issue('credit-note', command, (prepare) =>
      this.pipeline.change(creditNotes, command, command.id, { prepare, decide: issueCreditNote() }),
    );
  }
}

@CommandHandler(VoidCreditNote)
export class VoidCreditNoteHandler implements ICommandHandler<VoidCreditNote> {
  constructor(
    private readonly pipeline: CommandPipeline,
    private readonly periods: PeriodLocks,
  ) {}

  execute(command: VoidCreditNote): Promise<CommandAnswer> {
    return this.pipeline.change(creditNotes, command, command.id, {
      prepare: async (state) => {
        await this.periods.requireOpen(command.context.organisation, ...postedOn(state));
        return undefined;
      },
      decide: voidCreditNote(command.reason),
    });
  }
}
