import { CommandHandler, type ICommandHandler, type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import type { Patch } from '../../kernel/changes.js';
import type { RecordFacts } from '../../kernel/decider.js';
import type { Condition } from '../../kernel/view.js';
import {
  DomainCommand,
  PagedQuery,
  RecordCommand,
  RecordCommandWith,
  RecordQuery,
} from '../../platform/commands/command.js';
import { CommandPipeline } from '../../platform/commands/pipeline.js';
import { CommandAnswer, QueryAnswer, type RequestContext } from '../../platform/commands/principal.js';
import { areEqual } from '../../platform/http/conditions.js';
import type { PageQuery } from '../../platform/http/fields.js';
import { ViewReader } from '../../platform/http/view-reader.js';
import { withinReach } from '../../platform/http/within-reach.js';
import { Assigning, AssignProject } from './assigning.service.js';
import { type Project, type ProjectFields, projects, type ProjectStatus } from './project.js';
import { archiveProject, createProject, editProject, type ProjectInput, unarchiveProject } from './project.decide.js';
import { type ProjectDoc, projectsView } from './project.view.js';
import { StudioReferences } from './studio-references.service.js';

export class CreateProject extends DomainCommand {
  readonly name = 'CreateProject';

  constructor(
    context: RequestContext,
    readonly fields: ProjectInput,
    readonly assigned: readonly string[],
  ) {
    super(context);
  }
}

export class EditProject extends RecordCommandWith<Patch<ProjectFields>> {
  readonly name = 'EditProject';
}

export class ArchiveProject extends RecordCommand {
  readonly name = 'ArchiveProject';
}

export class UnarchiveProject extends RecordCommand {
  readonly name = 'UnarchiveProject';
}

export class GetProject extends RecordQuery {}

export interface ProjectFilter extends PageQuery {
  readonly status?: ProjectStatus;
  readonly tag?: string;
  readonly customerId?: string;
  readonly archived?: boolean;
}

export class ListProjects extends PagedQuery<ProjectFilter> {}

@CommandHandler(CreateProject)
export class CreateProjectHandler implements ICommandHandler<CreateProject> {
  constructor(
    private readonly pipeline: CommandPipeline,
    private readonly references: StudioReferences,
    private readonly assigning: Assigning,
  ) {}

  async execute(command: CreateProject): Promise<CommandAnswer> {
    const { context, fields, assigned } = command;
    const facts = { brandId: fields.brandId ?? undefined, assigned };
    const made = await this.pipeline.create(projects, command, {
      facts,
      prepare: async () => {
        await this.assigning.requireForNew(context, { createdBy: context.principal?.userId, ...facts }, assigned);
        if (fields.brandId) await this.references.requireBrand(context, fields.brandId);
        if (fields.customerId) await this.references.requireCustomer(context, fields.customerId);
        return undefined;
      },
      decide: createProject(fields),
    });
    if (assigned.length === 0) return made;
    const { position } = await this.assigning.assignNew(context, made.id, assigned);
    return new CommandAnswer(made.id, made.revision, position, true);
  }
}

@CommandHandler(EditProject)
export class EditProjectHandler implements ICommandHandler<EditProject> {
  constructor(
    private readonly pipeline: CommandPipeline,
    private readonly references: StudioReferences,
  ) {}

  execute(command: EditProject): Promise<CommandAnswer> {
    const { context, id, body: patch } = command;
    return this.pipeline.change(projects, command, id, {
      factsAfter: (state) => factsAfter(state, patch),
      prepare: async (state) => {
        const before: Partial<ProjectFields> = state.status === 'absent' ? {} : state.fields;
        if (patch.brandId && patch.brandId !== before.brandId)
          await this.references.requireBrand(context, patch.brandId);
        if (patch.customerId && patch.customerId !== before.customerId)
          await this.references.requireCustomer(context, patch.customerId);
        return undefined;
      },
      decide: editProject(patch),
    });
  }
}

@CommandHandler(ArchiveProject)
export class ArchiveProjectHandler implements ICommandHandler<ArchiveProject> {
  constructor(private readonly pipeline: CommandPipeline) {}

  execute(command: ArchiveProject): Promise<CommandAnswer> {
    return this.pipeline.change(projects, command, command.id, { decide: archiveProject() });
  }
}

@CommandHandler(UnarchiveProject)
export class UnarchiveProjectHandler implements ICommandHandler<UnarchiveProject> {
  constructor(private readonly pipeline: CommandPipeline) {}

  execute(command: UnarchiveProject): Promise<CommandAnswer> {
    return this.pipeline.change(projects, command, command.id, { decide: unarchiveProject() });
  }
}

@CommandHandler(AssignProject)
export class AssignProjectHandler implements ICommandHandler<AssignProject> {
  constructor(private readonly assigning: Assigning) {}

  execute(command: AssignProject): Promise<CommandAnswer> {
    return this.assigning.assign(command);
  }
}

@QueryHandler(GetProject)
export class GetProjectHandler implements IQueryHandler<GetProject> {
  constructor(private readonly views: ViewReader) {}

  async execute({ context, id }: GetProject): Promise<QueryAnswer> {
    const { value, position } = await this.views.record(projectsView, context, { kind: 'project', id });
    return new QueryAnswer(answerOf(id, value), position, value.revision);
  }
}

@QueryHandler(ListProjects)
export class ListProjectsHandler implements IQueryHandler<ListProjects> {
  constructor(private readonly views: ViewReader) {}

  async execute({ context, filter }: ListProjects): Promise<QueryAnswer> {
    const { value, position } = await this.views.find(projectsView, context, {
      where: [...withinReach(context), ...conditionsOf(filter)],
      sort: 'newest',
      limit: filter.limit,
      after: filter.after,
    });
    return new QueryAnswer(
      { items: value.items.map(({ key, doc }) => answerOf(key, doc)), next: value.next },
      position,
    );
  }
}

/** Where an edit would put the project: another brand. */
function factsAfter(state: Project, { brandId }: Patch<ProjectFields>): RecordFacts {
  const facts = projects.facts(state);
  return brandId === undefined ? facts : { ...facts, brandId: brandId ?? undefined };
}

const conditionsOf = ({ status, tag, customerId, archived }: ProjectFilter): readonly Condition[] => [
  ...areEqual({ status }),
  ...(tag === undefined ? [] : [{ field: 'tags', has: tag }]),
  ...areEqual({ customerId }),
  ...(archived === undefined ? [] : [{ field: 'archived', eq: archived ? 1 : 0 }]),
];

export const answerOf = (id: string, doc: ProjectDoc) => ({
  id,
  revision: doc.revision,
  title: doc.title,
  status: doc.status,
  tags: doc.tags,
  customerId: doc.customerId ?? null,
  date: doc.date ?? null,
  brandId: doc.brandId ?? null,
  archived: doc.archived === 1,
  assigned: doc.assigned,
  createdBy: doc.createdBy,
});
