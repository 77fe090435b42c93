import { Inject } from '@nestjs/common';
import { type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import type { Instant } from '../../kernel/event.js';
import { invalid } from '../../kernel/refusal.js';
import { DomainQuery } from '../../platform/commands/command.js';
import { type Evidence, EVIDENCE } from '../../platform/commands/evidence.port.js';
import { AUTHORISER, type Authoriser, QueryAnswer, type RequestContext } from '../../platform/commands/principal.js';
import { RECORD_ACCESS, type RecordAccess } from '../../platform/commands/record-access.port.js';
import type { PageQuery } from '../../platform/http/fields.js';
import { TrailFinder } from '../trail/trail.finder.js';
import { TrailPresenter } from '../trail/trail.presenter.js';
import { differenceOf } from './difference.js';
import { PastRecords } from './past-records.service.js';

/** A record as it stood at an instant; now by default. */
export class ReadRecord extends DomainQuery {
  constructor(
    context: RequestContext,
    readonly id: string,
    readonly at: Instant | undefined,
  ) {
    super(context);
  }
}

export class CompareRecord extends DomainQuery {
  constructor(
    context: RequestContext,
    readonly id: string,
    readonly from: Instant,
    readonly to: Instant | undefined,
  ) {
    super(context);
  }
}

export class ReadRecordHistory extends DomainQuery {
  constructor(
    context: RequestContext,
    readonly id: string,
    readonly page: PageQuery,
  ) {
    super(context);
  }
}

@QueryHandler(ReadRecord)
export class ReadRecordHandler implements IQueryHandler<ReadRecord> {
  constructor(private readonly records: PastRecords) {}

  async execute({ context, id, at }: ReadRecord): Promise<QueryAnswer> {
    const { kind, states, position } = await this.records.read(context, id, [at]);
    const state = states[0] as { readonly revision?: unknown };
    const revision = typeof state.revision === 'number' ? state.revision : undefined;
    return new QueryAnswer({ ...state, recordKind: kind, at: at ?? this.records.now }, position, revision);
  }
}

@QueryHandler(CompareRecord)
export class CompareRecordHandler implements IQueryHandler<CompareRecord> {
  constructor(private readonly records: PastRecords) {}

  async execute({ context, id, from, to }: CompareRecord): Promise<QueryAnswer> {
    if (to !== undefined && to < from) throw invalid('to', 'must not be before from');
    const { kind, states, position } = await this.records.read(context, id, [from, to]);
    const changes = differenceOf(states[0]!, states[1]!);
    return new QueryAnswer({ id, recordKind: kind, from, to: to ?? this.records.now, changes }, position);
  }
}

/** With `audit:read` a record's history is a part of the trail, and is read as that. */
const TRAIL = 'audit:read';

/**
 * A record's history, for whoever may read it: every accepted change with its content. Refusals and where requests came
 * from are for those who read the trail; these are shown what happened also where they may not read the record.
 */
@QueryHandler(ReadRecordHistory)
export class ReadRecordHistoryHandler implements IQueryHandler<ReadRecordHistory> {
  constructor(
    @Inject(RECORD_ACCESS) private readonly access: RecordAccess,
    @Inject(AUTHORISER) private readonly authoriser: Authoriser,
    @Inject(EVIDENCE) private readonly evidence: Evidence,
    private readonly finder: TrailFinder,
    private readonly presenter: TrailPresenter,
  ) {}

  async execute({ context, id, page }: ReadRecordHistory): Promise<QueryAnswer> {
    const { principal, organisation } = context;
    const verdict = principal && (await this.authoriser.authorise(principal, organisation, TRAIL));
    return verdict?.allowed === true
      ? this.ofTrail({ ...context, permission: TRAIL, authority: verdict.authority, reach: verdict.reach }, id, page)
      : this.ofRecord(context, id, page);
  }

  private async ofTrail(context: RequestContext, id: string, page: PageQuery): Promise<QueryAnswer> {
    const found = await this.finder.find(context, { record: id, limit: page.limit, after: page.after });
    if (found.events.length === 0 && found.next === null && page.after === undefined) {
      // Nothing within the limits of the trail that one may read: it may be there by the record's own permission.
      return this.ofRecord(context, id, page);
    }
    await this.evidence.read(context, 'trail');
    const items = await this.presenter.present(context, found.events);
    return new QueryAnswer({ items, next: found.next }, found.position);
  }

  private async ofRecord(context: RequestContext, id: string, page: PageQuery): Promise<QueryAnswer> {
    const { kind, authority } = await this.access.requireReadable(context, id, []);
    const reader: RequestContext = { ...context, permission: kind.readPermission, authority, reach: { tokens: 'all' } };
    const { limit, after } = page;
    const search = { record: id, kind: kind.kind, outcome: 'accepted' as const, limit, after };
    const { events, next, position } = await this.finder.find(reader, search);
    const items = await this.presenter.present(reader, events);
    return new QueryAnswer({ items: items.map((item) => ({ ...item, source: null })), next }, position);
  }
}
