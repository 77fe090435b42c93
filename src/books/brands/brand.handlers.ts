import { CommandHandler, type ICommandHandler, type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import { notFound } from '../../kernel/refusal.js';
import { CommandWith, PagedQuery, RecordCommandWith, RecordQuery } from '../../platform/commands/command.js';
import { answerAbout, requireRevision, unconditional } from '../../platform/commands/own-revision.js';
import { CommandPipeline } from '../../platform/commands/pipeline.js';
import { type CommandAnswer, QueryAnswer } from '../../platform/commands/principal.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import { ViewReader } from '../../platform/http/view-reader.js';
import { type BrandEvent, brands, type Brands, factsOf, revisionAfter } from './brand.js';
import { type BrandInput, type BrandPatch, changeBrand, createBrand } from './brand.decide.js';
import { type BrandDoc, brandsView } from './brand.view.js';
import { BrandSight } from './brands.service.js';

export class CreateBrand extends CommandWith<BrandInput> {
  readonly name = 'CreateBrand';
}

export class ChangeBrand extends RecordCommandWith<BrandPatch> {
  readonly name = 'ChangeBrand';
}

export class GetBrand extends RecordQuery {}

export class ListBrands extends PagedQuery {}

const answer = (events: readonly BrandEvent[]) => {
  const last = events[events.length - 1]!;
  return { id: last.data.brandId, extra: { revision: revisionAfter(last) } };
};

/** A new brand is nobody's who is limited to some: they do not make any. */
@CommandHandler(CreateBrand)
export class CreateBrandHandler implements ICommandHandler<CreateBrand> {
  constructor(private readonly pipeline: CommandPipeline) {}

  async execute({ context, body }: CreateBrand): Promise<CommandAnswer> {
    const { organisation, principal, ifMatch } = context;
    const made = await this.pipeline.change(brands, new CreateBrand(unconditional(context), body), organisation, {
      about: {
        record: { kind: 'organisation', id: organisation },
        factsOf: () => ({ createdBy: principal?.userId }),
      },
      prepare: async () => requireRevision(ifMatch, -1),
      decide: createBrand(body),
      makes: true,
      answer,
    });
    return answerAbout(made.id, made, 0);
  }
}

@CommandHandler(ChangeBrand)
export class ChangeBrandHandler implements ICommandHandler<ChangeBrand> {
  constructor(
    private readonly pipeline: CommandPipeline,
    private readonly states: StateCache,
    private readonly sight: BrandSight,
  ) {}

  async execute({ context, id, body: patch }: ChangeBrand): Promise<CommandAnswer> {
    const { organisation, ifMatch } = context;
    const command = new ChangeBrand(unconditional(context), id, patch);
    const done = await this.pipeline.change(brands, command, organisation, {
      about: { record: { kind: 'brand', id }, factsOf: (state) => factsOf(there(state, id)) },
      prepare: async (state) => {
        requireRevision(ifMatch, there(state, id).revision);
        return { seesAll: await this.sight.seesAll(context) };
      },
      decide: changeBrand(id, patch),
      answer,
    });
    const { state } = await this.states.load(brands, '', organisation);
    return answerAbout(id, done, there(state, id).revision);
  }
}

/** @throws Refusal not-found */
function there({ byId }: Brands, id: string) {
  const brand = byId.get(id);
  if (brand === undefined) throw notFound();
  return brand;
}

@QueryHandler(GetBrand)
export class GetBrandHandler implements IQueryHandler<GetBrand> {
  constructor(private readonly views: ViewReader) {}

  async execute({ context, id }: GetBrand): Promise<QueryAnswer> {
    const { value, position } = await this.views.record(brandsView, context, { kind: 'brand', id });
    return new QueryAnswer(answerOf(id, value), position, value.revision);
  }
}

@QueryHandler(ListBrands)
export class ListBrandsHandler implements IQueryHandler<ListBrands> {
  constructor(private readonly views: ViewReader) {}

  execute({ context, filter: query }: ListBrands): Promise<QueryAnswer> {
    return this.views.list(brandsView, context, query, answerOf);
  }
}

export const answerOf = (id: string, doc: BrandDoc) => ({
  id,
  revision: doc.revision,
  archived: doc.archived,
  name: doc.name,
  address: doc.address ?? null,
  email: doc.email ?? null,
  phone: doc.phone ?? null,
  website: doc.website ?? null,
});
