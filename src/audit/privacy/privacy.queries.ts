import { Inject } from '@nestjs/common';
import { type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import type { Instant } from '../../kernel/event.js';
import { notFound } from '../../kernel/refusal.js';
import type { Condition } from '../../kernel/view.js';
import { ERASED } from '../../platform/codec/codec.port.js';
import { DomainQuery } from '../../platform/commands/command.js';
import { EVIDENCE, type Evidence } from '../../platform/commands/evidence.port.js';
import { QueryAnswer, type RequestContext } from '../../platform/commands/principal.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import { type Clock, CLOCK } from '../../platform/commands/tokens.js';
import type { PageQuery } from '../../platform/http/fields.js';
import { pageOf } from '../../platform/http/pages.js';
import { ViewReader } from '../../platform/http/view-reader.js';
import { EXPORT_DAYS } from '../contract.js';
import { ExportFiles } from './export.files.js';
import { ExportLinks } from './export.links.js';
import {
  areRecordsGone,
  type DataExport,
  type Erasure,
  erasureOf,
  type Hold,
  isRestricted,
  openHoldOn,
  type Privacy,
  type Restriction,
} from './privacy.js';
import { endOf, statusOf } from './privacy.handlers.js';
import { PrivacyWork } from './privacy.work.js';
import { isOverdue, type Known, privacyRequests } from './request.js';
import { privacyRequestsView } from './request.view.js';
import { Subjects } from './subjects.service.js';

/** How long a query waits for the views to reach `Countersign-At-Least`, in milliseconds. */
const PATIENCE_MS = 2000;

export class ListSubjects extends DomainQuery {
  constructor(
    context: RequestContext,
    readonly words: string,
    readonly page: PageQuery,
  ) {
    super(context);
  }
}

export class GetPrivacySettings extends DomainQuery {}

/** The lists of the register, each by the name of its route. */
export type RegisterList = 'holds' | 'restrictions' | 'erasures' | 'exports';

export class ListRegister extends DomainQuery {
  constructor(
    context: RequestContext,
    readonly list: RegisterList,
    readonly page: PageQuery,
  ) {
    super(context);
  }
}

export class GetErasure extends DomainQuery {
  constructor(
    context: RequestContext,
    readonly id: string,
  ) {
    super(context);
  }
}

export class GetDataExport extends DomainQuery {
  constructor(
    context: RequestContext,
    readonly id: string,
  ) {
    super(context);
  }
}

/** The zip itself; by a token where nobody has signed in. */
export class ReadDataExport extends DomainQuery {
  constructor(
    context: RequestContext,
    readonly which: { readonly id: string } | { readonly token: string },
  ) {
    super(context);
  }
}

export interface RequestFilter extends PageQuery {
  readonly status?: Known['status'];
  readonly subject?: string;
}

export class ListPrivacyRequests extends DomainQuery {
  constructor(
    context: RequestContext,
    readonly filter: RequestFilter,
  ) {
    super(context);
  }
}

export class GetPrivacyRequest extends DomainQuery {
  constructor(
    context: RequestContext,
    readonly id: string,
  ) {
    super(context);
  }
}

@QueryHandler(ListSubjects)
export class ListSubjectsHandler implements IQueryHandler<ListSubjects> {
  constructor(
    private readonly subjects: Subjects,
    private readonly work: PrivacyWork,
  ) {}

  async execute({ context, words, page }: ListSubjects): Promise<QueryAnswer> {
    await this.work.reflected(context.atLeast, PATIENCE_MS);
    const { state, position } = await this.work.loaded(context.organisation);
    const { people, next } = await this.subjects.find(context, words, page);
    const items = people.map(({ id, kind, label, status }) => ({
      id,
      kind,
      label,
      status,
      restricted: isRestricted(state, id),
      onHold: openHoldOn(state, id) !== undefined,
      erasure: erasureOf(state, id)?.status ?? null,
    }));
    return new QueryAnswer({ items, next }, position);
  }
}

@QueryHandler(GetPrivacySettings)
export class GetPrivacySettingsHandler implements IQueryHandler<GetPrivacySettings> {
  constructor(private readonly work: PrivacyWork) {}

  async execute({ context }: GetPrivacySettings): Promise<QueryAnswer> {
    const { state, position, revision } = await this.work.loaded(context.organisation);
    const { secondApproval, years, yearEnd } = state.settings;
    return new QueryAnswer(
      { secondApproval, retentionYears: years, accountingYearEnd: yearEnd },
      position,
      Math.max(0, revision),
    );
  }
}

@QueryHandler(ListRegister)
export class ListRegisterHandler implements IQueryHandler<ListRegister> {
  constructor(
    private readonly work: PrivacyWork,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute({ context, list, page }: ListRegister): Promise<QueryAnswer> {
    const { state, position } = await this.work.loaded(context.organisation);
    return new QueryAnswer(pageOf(itemsOf(state, list, this.clock()), page), position);
  }
}

@QueryHandler(GetErasure)
export class GetErasureHandler implements IQueryHandler<GetErasure> {
  constructor(private readonly work: PrivacyWork) {}

  async execute({ context, id }: GetErasure): Promise<QueryAnswer> {
    const { state, position } = await this.work.loaded(context.organisation);
    const erasure = state.erasures.get(id);
    if (erasure === undefined) throw notFound();
    const kept = erasure.status === 'declined' ? [] : await this.work.keptBy(context.organisation, state, erasure);
    return new QueryAnswer({ ...erasureItem(erasure), kept }, position);
  }
}

@QueryHandler(GetDataExport)
export class GetDataExportHandler implements IQueryHandler<GetDataExport> {
  constructor(
    private readonly work: PrivacyWork,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute({ context, id }: GetDataExport): Promise<QueryAnswer> {
    const { state, position } = await this.work.loaded(context.organisation);
    const found = state.exports.get(id);
    if (found === undefined) throw notFound();
    return new QueryAnswer(exportItem(state, found, this.clock()), position);
  }
}

@QueryHandler(ReadDataExport)
export class ReadDataExportHandler implements IQueryHandler<ReadDataExport> {
  constructor(
    private readonly work: PrivacyWork,
    private readonly files: ExportFiles,
    private readonly links: ExportLinks,
    @Inject(EVIDENCE) private readonly evidence: Evidence,
  ) {}

  /** The body is the zip, piece by piece. It was recorded that somebody has it before they have. */
  async execute({ context, which }: ReadDataExport): Promise<QueryAnswer<AsyncIterable<Buffer>>> {
    const named = 'token' in which ? await this.links.read(which.token) : undefined;
    const organisation = named?.organisation ?? context.organisation;
    const exportId = named?.exportId ?? ('id' in which ? which.id : '');
    const { state, position } = await this.work.loaded(organisation);
    const found = state.exports.get(exportId);
    if (found === undefined || (named !== undefined && found.cause.id !== named.causeId)) throw notFound();
    this.links.requireReady(state, found);
    const zip = await this.files.read(organisation, found);
    await this.evidence.read({ ...context, organisation }, 'export of a person’s data');
    return new QueryAnswer(zip, position);
  }
}

@QueryHandler(ListPrivacyRequests)
export class ListPrivacyRequestsHandler implements IQueryHandler<ListPrivacyRequests> {
  constructor(
    private readonly views: ViewReader,
    readonly states: StateCache,
    readonly work: PrivacyWork,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute({ context, filter }: ListPrivacyRequests): Promise<QueryAnswer> {
    const where: Condition[] = [
      { field: 'organisation', eq: context.organisation },
      ...(filter.status === undefined ? [] : [{ field: 'status', eq: filter.status }]),
      ...(filter.subject === undefined ? [] : [{ field: 'subjectId', eq: filter.subject }]),
    ];
    const page = { where, sort: 'newest', limit: filter.limit, after: filter.after };
    const { value, position } = await this.views.find(privacyRequestsView, context, page);
    const now = new Date(this.clock()).toISOString();
    const items = await Promise.all(value.items.map(({ key }) => requestItem(this, context, key, now)));
    return new QueryAnswer({ items, next: value.next }, position);
  }
}

@QueryHandler(GetPrivacyRequest)
export class GetPrivacyRequestHandler implements IQueryHandler<GetPrivacyRequest> {
  constructor(
    readonly states: StateCache,
    readonly work: PrivacyWork,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute({ context, id }: GetPrivacyRequest): Promise<QueryAnswer> {
    const { revision, position } = await this.states.load(privacyRequests, context.organisation, id);
    const item = await requestItem(this, context, id, new Date(this.clock()).toISOString());
    return new QueryAnswer(item, position, revision);
  }
}

async function requestItem(
  { states, work }: { readonly states: StateCache; readonly work: PrivacyWork },
  { organisation }: RequestContext,
  id: string,
  now: Instant,
): Promise<object> {
  const { state, revision } = await states.load(privacyRequests, organisation, id);
  if (state.status === 'absent') throw notFound();
  // A state that was folded before the key went has the texts still.
  const isGone = areRecordsGone(await work.state(organisation), state.subject.id);
  const shown = (text: string | undefined): string | null => (text === undefined ? null : isGone ? ERASED : text);
  return {
    id,
    revision,
    status: state.status,
    subject: state.subject,
    kind: state.kind,
    receivedAt: state.receivedAt,
    dueAt: state.dueAt,
    extended: state.extended,
    extensionReason: shown(state.extensionReason),
    overdue: isOverdue(state, now),
    closedAt: state.closedAt ?? null,
    outcome: shown(state.outcome),
    reason: shown(state.reason),
  };
}

/** Newest first. */
function itemsOf(state: Privacy, list: RegisterList, now: number): readonly { readonly id: string }[] {
  switch (list) {
    case 'holds':
      return [...state.holds.values()].reverse().map(heldItem);
    case 'restrictions':
      return [...state.restrictions.values()].reverse().map(heldItem);
    case 'erasures':
      return [...state.erasures.values()].reverse().map(erasureItem);
    case 'exports':
      return [...state.exports.values()].reverse().map((found) => exportItem(state, found, now));
  }
}

const heldItem = ({ id, subject, status, reason, by, at, ended }: Hold | Restriction) => ({
  id,
  subject,
  status,
  reason,
  by,
  at,
  ended: ended ?? null,
});

const erasureItem = ({ id, subject, status, reason, by, at, approvedBy, done, destroyed }: Erasure) => ({
  id,
  subject,
  status,
  reason,
  by,
  at,
  approvedBy: approvedBy ?? null,
  erasedAt: done?.at ?? null,
  erased: done?.erased ?? [],
  documents: done?.documents ?? null,
  documentsUntil: done?.documentsUntil ?? null,
  recordsUntil: done?.recordsUntil ?? null,
  destroyed,
});

const exportItem = (state: Privacy, found: DataExport, now: number) => ({
  id: found.id,
  subject: found.subject,
  kind: found.kind,
  status: erasureOf(state, found.subject.id)?.status === 'done' ? 'erased' : statusOf(found, now),
  failure: failureOf(found, now),
  reason: found.reason,
  by: found.by,
  at: found.at,
  approvedBy: found.approvedBy ?? null,
  expiresAt: endOf(found),
  bytes: found.bytes ?? null,
});

const failureOf = (found: DataExport, now: number): string | null =>
  statusOf(found, now) === 'failed' ? (found.failure ?? `it was not made within ${EXPORT_DAYS} days`) : null;
