import { Inject } from '@nestjs/common';
import { type IQueryHandler, QueryBus, QueryHandler } from '@nestjs/cqrs';
import { Refusal } from '../../kernel/refusal.js';
import { DomainQuery } from '../../platform/commands/command.js';
import { EVIDENCE, type Evidence } from '../../platform/commands/evidence.port.js';
import { QueryAnswer, type RequestContext } from '../../platform/commands/principal.js';
import type { StoredEvent } from '../../platform/event-store/event-store.port.js';
import { ProveInclusion } from '../proofs/proofs.handlers.js';
import { RecordsInSight } from './records.service.js';
import { type FoundEvent, TrailFinder, type TrailSearch } from './trail.finder.js';
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

/** One event of the trail: as an item, and what stands behind it. */
export class ExplainEvent extends DomainQuery {
  constructor(
    context: RequestContext,
    readonly eventId: string,
  ) {
    super(context);
  }
}

/** As many events of one correlation are looked at, the newest ones. */
const MAX_RELATED = 200;
/** A chain of causes that is longer is told in part. */
const MAX_CAUSES = 20;

@QueryHandler(ExplainEvent)
export class ExplainEventHandler implements IQueryHandler<ExplainEvent> {
  constructor(
    @Inject(EVIDENCE) private readonly evidence: Evidence,
    private readonly finder: TrailFinder,
    private readonly presenter: TrailPresenter,
    private readonly records: RecordsInSight,
    private readonly queries: QueryBus,
  ) {}

  async execute({ context, eventId }: ExplainEvent): Promise<QueryAnswer> {
    const { stored, record, position } = await this.finder.one(context, eventId);
    await this.evidence.read(context, 'trail');
    const { correlationId: correlation, authority } = stored.metadata;
    const [causes, { events }, proof, sightOf, grant] = await Promise.all([
      this.causesOf(context, stored),
      this.finder.find(context, { correlation, limit: MAX_RELATED }),
      this.proofOf(context, stored),
      this.records.seen(context, [record]),
      authority && this.finder.ifThere(context, authority.grantEventId),
    ]);
    const { consequences, others } = parted(stored, causes, events);
    const groups = [[{ stored, record }], causes, consequences, others, grant === undefined ? [] : [grant]];
    const told = await this.presented(context, groups);
    const body = {
      ...told[0]![0]!,
      // Its leaf would tell what the reader may not see: then only the hash stands in the proof.
      event: sightOf(record).readable ? asStored(stored) : null,
      causes: told[1],
      consequences: told[2],
      related: told[3],
      // What gave the person the right to it.
      grant: told[4]![0] ?? null,
      proof,
    };
    return new QueryAnswer(body, position);
  }

  /** All of them in one go, in their groups. */
  private async presented(
    context: RequestContext,
    groups: readonly (readonly FoundEvent[])[],
  ): Promise<readonly (readonly TrailItem[])[]> {
    const items = await this.presenter.present(context, groups.flat());
    let next = 0;
    return groups.map(({ length }) => items.slice(next, (next += length)));
  }

  /** What made it happen, and what made that happen, as far as it is in this trail: the nearest first. */
  private async causesOf(context: RequestContext, stored: StoredEvent): Promise<readonly FoundEvent[]> {
    const causes: FoundEvent[] = [];
    for (let id = stored.metadata.causationId; id !== undefined && causes.length < MAX_CAUSES;) {
      const cause = await this.finder.ifThere(context, id);
      if (cause === undefined) break;
      causes.push(cause);
      id = cause.stored.metadata.causationId;
    }
    return causes;
  }

  /** Null for those who see a part of the trail only, and while the trees do not reach the event. */
  private async proofOf(context: RequestContext, { id, position }: StoredEvent): Promise<object | null> {
    try {
      const { body } = await this.queries.execute(
        new ProveInclusion({ ...context, atLeast: position }, id, undefined) as DomainQuery<object>,
      );
      return body;
    } catch (error) {
      if (error instanceof Refusal && (error.code === 'not-found' || error.code === 'unavailable')) return null;
      throw error;
    }
  }
}

/** What followed from an event among those of its correlation, directly or through others; and the rest. Oldest first. */
function parted(
  stored: StoredEvent,
  causes: readonly FoundEvent[],
  events: readonly FoundEvent[],
): { readonly consequences: readonly FoundEvent[]; readonly others: readonly FoundEvent[] } {
  const known = new Set([stored.id, ...causes.map((cause) => cause.stored.id)]);
  const following = new Set([stored.id]);
  const rest = events.filter((event) => !known.has(event.stored.id)).reverse();
  const consequences = rest.filter(({ stored: { id, metadata } }) => {
    const follows = metadata.causationId !== undefined && following.has(metadata.causationId);
    if (follows) following.add(id);
    return follows;
  });
  return { consequences, others: rest.filter((event) => !following.has(event.stored.id)) };
}

/** As its leaf in the tree has it: personal fields as ciphertext, no position. */
const asStored = ({ id, type, stream, revision, recordedAt, schemaVersion, data, metadata }: StoredEvent) => ({
  id,
  type,
  stream,
  revision,
  recordedAt,
  schemaVersion,
  data,
  metadata,
});
