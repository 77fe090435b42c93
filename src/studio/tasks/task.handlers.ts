import { Inject } from '@nestjs/common';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Patch } from '../../kernel/changes.js';
import { type MembersAmong, ORGANISATIONS, type OrganisationDirectory } from '../../access/contract.js';
import { CommandWith, RecordCommand, RecordCommandWith } from '../../platform/commands/command.js';
import { CommandPipeline } from '../../platform/commands/pipeline.js';
import type { CommandAnswer } from '../../platform/commands/principal.js';
import { StudioReferences } from '../projects/studio-references.service.js';
import { type Task, type TaskFields, tasks } from './task.js';
import { completeTask, createTask, editTask, endsOfMove, isMove, reopenTask, type TaskInput } from './task.decide.js';

export class CreateTask extends CommandWith<TaskInput> {
  readonly name = 'CreateTask';
}

export class EditTask extends RecordCommandWith<Patch<TaskFields>> {
  readonly name = 'EditTask';
}

export class CompleteTask extends RecordCommand {
  readonly name = 'CompleteTask';
}

export class ReopenTask extends RecordCommand {
  readonly name = 'ReopenTask';
}

/** In a project it is the project that has to be open to the person; to be an assignee opens a task outside of any. */
@CommandHandler(CreateTask)
export class CreateTaskHandler implements ICommandHandler<CreateTask> {
  constructor(
    private readonly pipeline: CommandPipeline,
    private readonly references: StudioReferences,
    @Inject(ORGANISATIONS) private readonly organisations: OrganisationDirectory,
  ) {}

  execute(command: CreateTask): Promise<CommandAnswer> {
    const { context, body } = command;
    const { projectId, assignees } = body;
    return this.pipeline.create(tasks, command, {
      facts: projectId ? { projectId } : { assigned: assignees ?? [] },
      prepare: async () => {
        if (projectId) await this.references.requireProject(context, projectId);
        return this.organisations.membersAmong(context.organisation, assignees ?? []);
      },
      decide: createTask(body),
    });
  }
}

@CommandHandler(EditTask)
export class EditTaskHandler implements ICommandHandler<EditTask> {
  constructor(
    private readonly pipeline: CommandPipeline,
    private readonly references: StudioReferences,
    @Inject(ORGANISATIONS) private readonly organisations: OrganisationDirectory,
  ) {}

  execute(command: EditTask): Promise<CommandAnswer> {
    const { id, body: patch } = command;
    return this.pipeline.change(tasks, command, id, {
      about: {
        record: { kind: 'task', id },
        factsOf: (state) => (isMove(state, patch) ? endsOfMove(state, patch).from : tasks.facts(state)),
      },
      factsAfter: (state) => (isMove(state, patch) ? endsOfMove(state, patch).to : tasks.facts(state)),
      prepare: (state) => this.prepare(command, state),
      decide: editTask(patch),
    });
  }

  private async prepare({ context, body: patch }: EditTask, state: Task): Promise<MembersAmong> {
    if (state.status !== 'absent' && isMove(state, patch)) {
      if (state.fields.projectId !== undefined) await this.references.requireLeaving(context, state.fields.projectId);
      if (patch.projectId) await this.references.requireProject(context, patch.projectId);
    }
    return this.organisations.membersAmong(context.organisation, patch.assignees ?? []);
  }
}

@CommandHandler(CompleteTask)
export class CompleteTaskHandler implements ICommandHandler<CompleteTask> {
  constructor(private readonly pipeline: CommandPipeline) {}

  execute(command: CompleteTask): Promise<CommandAnswer> {
    return this.pipeline.change(tasks, command, command.id, { decide: completeTask() });
  }
}

@CommandHandler(ReopenTask)
export class ReopenTaskHandler implements ICommandHandler<ReopenTask> {
  constructor(private readonly pipeline: CommandPipeline) {}

  execute(command: ReopenTask): Promise<CommandAnswer> {
    return this.pipeline.change(tasks, command, command.id, { decide: reopenTask() });
  }
}
