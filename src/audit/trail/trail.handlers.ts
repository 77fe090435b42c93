import { Inject } from '@nestjs/common';
import { type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import { DomainQuery } from '../../platform/commands/command.js';
import { EVIDENCE, type Evidence } from '../../platform/commands/evidence.port.js';
import { QueryAnswer, type RequestContext } from '../../platform/commands/principal.js';
import { TrailFinder, type TrailSearch } from './trail.finder.js';
import type { TrailItem } from './trail-item.js';
import { TrailPresenter } from './trail.presenter.js';

export interface TrailPage {
  readonly items: readonly TrailItem[];
  readonly next: string | null;
}

export class SearchTrail extends DomainQuery<TrailPage> {
  constructor(
    context: RequestContext,
    readonly search: TrailSearch,
  ) {
    super(context);
  }
}

/** Whoever reads the trail is in it before they see it. */
@QueryHandler(SearchTrail)
export class SearchTrailHandler implements IQueryHandler<SearchTrail> {
  constructor(
    @Inject(EVIDENCE) private readonly evidence: Evidence,
    private readonly finder: TrailFinder,
    private readonly presenter: TrailPresenter,
  ) {}

  async execute({ context, search }: SearchTrail): Promise<QueryAnswer<TrailPage>> {
    await this.evidence.read(context, 'trail');
    const { events, next, position } = await this.finder.find(context, search);
    return new QueryAnswer({ items: await this.presenter.present(context, events), next }, position);
  }
}
