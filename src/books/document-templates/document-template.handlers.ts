import { CommandHandler, type ICommandHandler, type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import { notFound } from '../../kernel/refusal.js';
import { CommandWith, PagedQuery, RecordCommandWith, RecordQuery } from '../../platform/commands/command.js';
import { answerAbout, requireRevision, unconditional } from '../../platform/commands/own-revision.js';
import { CommandPipeline } from '../../platform/commands/pipeline.js';
import { type CommandAnswer, QueryAnswer } from '../../platform/commands/principal.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import { ViewReader } from '../../platform/http/view-reader.js';
import { BrandSight } from '../brands/brands.service.js';
import {
  type DocumentTemplateEvent,
  documentTemplates,
  type DocumentTemplates,
  factsOf,
  revisionAfter,
} from './document-template.js';
import { changeTemplate, createTemplate, type TemplateInput, type TemplatePatch } from './document-template.decide.js';
import { type DocumentTemplateDoc, documentTemplatesView } from './document-template.view.js';

export class CreateDocumentTemplate extends CommandWith<TemplateInput> {
  readonly name = 'CreateDocumentTemplate';
}

export class ChangeDocumentTemplate extends RecordCommandWith<TemplatePatch> {
  readonly name = 'ChangeDocumentTemplate';
}

export class GetDocumentTemplate extends RecordQuery {}

export class ListDocumentTemplates extends PagedQuery {}

/** The event of the template that a command is about is the last; before it another may have ceased to be the default. */
const answer = (events: readonly DocumentTemplateEvent[]) => {
  const last = events[events.length - 1]!;
  return { id: last.data.templateId, extra: { revision: revisionAfter(last) } };
};

@CommandHandler(CreateDocumentTemplate)
export class CreateDocumentTemplateHandler implements ICommandHandler<CreateDocumentTemplate> {
  constructor(
    private readonly pipeline: CommandPipeline,
    private readonly brands: BrandSight,
  ) {}

  async execute({ context, body }: CreateDocumentTemplate): Promise<CommandAnswer> {
    const { organisation, principal, ifMatch } = context;
    const brandId = body.brandId ?? undefined;
    const command = new CreateDocumentTemplate(unconditional(context), body);
    const made = await this.pipeline.change(documentTemplates, command, organisation, {
      about: {
        record: { kind: 'organisation', id: organisation },
        factsOf: () => ({ createdBy: principal?.userId, brandId }),
      },
      prepare: async () => {
        requireRevision(ifMatch, -1);
        if (brandId !== undefined) await this.brands.requireBrand(context, brandId);
        return undefined;
      },
      decide: createTemplate(body),
      makes: true,
      answer,
    });
    return answerAbout(made.id, made, 0);
  }
}

@CommandHandler(ChangeDocumentTemplate)
export class ChangeDocumentTemplateHandler implements ICommandHandler<ChangeDocumentTemplate> {
  constructor(
    private readonly pipeline: CommandPipeline,
    private readonly states: StateCache,
  ) {}

  async execute({ context, id, body: patch }: ChangeDocumentTemplate): Promise<CommandAnswer> {
    const { organisation, ifMatch } = context;
    const command = new ChangeDocumentTemplate(unconditional(context), id, patch);
    const done = await this.pipeline.change(documentTemplates, command, organisation, {
      about: {
        record: { kind: 'document-template', id },
        factsOf: (state) => {
          const template = there(state, id);
          return factsOf({ ...template, brandId: template.place.brandId });
        },
      },
      prepare: async (state) => requireRevision(ifMatch, there(state, id).revision),
      decide: changeTemplate(id, patch),
      answer,
    });
    const { state } = await this.states.load(documentTemplates, '', organisation);
    return answerAbout(id, done, there(state, id).revision);
  }
}

/** @throws Refusal not-found */
function there({ byId }: DocumentTemplates, id: string) {
  const template = byId.get(id);
  if (template === undefined) throw notFound();
  return template;
}

@QueryHandler(GetDocumentTemplate)
export class GetDocumentTemplateHandler implements IQueryHandler<GetDocumentTemplate> {
  constructor(private readonly views: ViewReader) {}

  async execute({ context, id }: GetDocumentTemplate): Promise<QueryAnswer> {
    const record = { kind: 'document-template', id };
    const { value, position } = await this.views.record(documentTemplatesView, context, record);
    return new QueryAnswer(answerOf(id, value), position, value.revision);
  }
}

@QueryHandler(ListDocumentTemplates)
export class ListDocumentTemplatesHandler implements IQueryHandler<ListDocumentTemplates> {
  constructor(private readonly views: ViewReader) {}

  execute({ context, filter: query }: ListDocumentTemplates): Promise<QueryAnswer> {
    return this.views.list(documentTemplatesView, context, query, answerOf);
  }
}

export const answerOf = (id: string, doc: DocumentTemplateDoc) => ({
  id,
  revision: doc.revision,
  archived: doc.archived,
  name: doc.name,
  kind: doc.kind,
  brandId: doc.brandId ?? null,
  default: doc.default,
  headerText: doc.headerText ?? null,
  footerText: doc.footerText ?? null,
  terms: doc.terms ?? null,
  accentColour: doc.accentColour ?? null,
});
