import { Inject } from '@nestjs/common';
import { type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import type { Reach } from '../../kernel/decider.js';
import { notFound } from '../../kernel/refusal.js';
import { inProject, type Projects, PROJECTS } from '../../access/contract.js';
import { DomainQuery } from '../../platform/commands/command.js';
import { EVIDENCE, type Evidence } from '../../platform/commands/evidence.port.js';
import { AUTHORISER, type Authoriser, QueryAnswer, type RequestContext } from '../../platform/commands/principal.js';
import { type RecordKind, RecordKinds } from '../../platform/commands/record-kinds.js';
import type { PageQuery } from '../../platform/http/fields.js';
import { earliest } from '../../platform/http/view-reader.js';
import type { Reflecting } from '../../platform/read-model/read-model.port.js';
import { reaches } from '../trail/redaction.js';
import { TrailFinder } from '../trail/trail.finder.js';
import { TrailPresenter } from '../trail/trail.presenter.js';

export interface ActivityFilter extends PageQuery {
  readonly project?: string;
}

export class ReadActivity extends DomainQuery {
  constructor(
    context: RequestContext,
    readonly filter: ActivityFilter,
  ) {
    super(context);
  }
}

/** As many records of one kind, the newest ones, are looked at. */
const MAX_RECORDS = 500;
/** Kinds that the permission is about. Of others, only what the reader may read is there at all. */
const OWN_KINDS: ReadonlySet<string> = new Set(['project', 'task']);

/**
 * What was done to the records that are in a project today, or in any of one's projects. Where it came from (addresses) is
 * for those who read the whole trail, and so are refusals.
 */
@QueryHandler(ReadActivity)
export class ReadActivityHandler implements IQueryHandler<ReadActivity> {
  constructor(
    private readonly kinds: RecordKinds,
    private readonly finder: TrailFinder,
    private readonly presenter: TrailPresenter,
    @Inject(PROJECTS) private readonly projects: Projects,
    @Inject(AUTHORISER) private readonly authoriser: Authoriser,
    @Inject(EVIDENCE) private readonly evidence: Evidence,
  ) {}

  async execute({ context, filter }: ReadActivity): Promise<QueryAnswer> {
    const { project, limit, after } = filter;
    if (project !== undefined) await this.requireProject(context, project);
    const found = await Promise.all([...this.kinds.all()].map((kind) => this.recordsOf(kind, context, project)));
    const records = found.flatMap(({ value }) => value);
    const { events, next, position } = await this.finder.find(context, { records, outcome: 'accepted', limit, after });
    const items = await this.presenter.present(context, events);
    const reflected = found.flatMap((one) => (one.value.length === 0 ? [] : [one.position]));
    return new QueryAnswer(
      { items: items.map((item) => ({ ...item, source: null })), next },
      earliest(position, ...reflected),
    );
  }

  /** A project out of reach looks like one that is not there. */
  private async requireProject(context: RequestContext, id: string): Promise<void> {
    const project = await this.projects.find(context.organisation, id);
    if (project === undefined) throw notFound();
    if (reaches(context.reach, project.facts)) return;
    await this.evidence.refused(context, 'record', { kind: 'project', id });
    throw notFound();
  }

  private async recordsOf(
    kind: RecordKind,
    context: RequestContext,
    project: string | undefined,
  ): Promise<Reflecting<readonly string[]>> {
    const nothing = { value: [], position: undefined };
    const { principal, organisation, reach } = context;
    if (kind.ofProjects === undefined || principal === undefined || reach === undefined) return nothing;
    const verdict = await this.authoriser.authorise(principal, organisation, kind.readPermission);
    if (!verdict.allowed && !OWN_KINDS.has(kind.kind)) return nothing;
    const ofProjects: Reach | undefined =
      project === undefined ? withoutProject(kind.kind, reach) : { tokens: [inProject(project)] };
    if (ofProjects === undefined) return nothing;
    const read = verdict.allowed ? [verdict.reach] : [];
    return kind.ofProjects(context, [reach, ofProjects, ...read], MAX_RECORDS);
  }
}

/** Of all of one's projects: documents count where they are in one of these. Undefined: nothing of that kind. */
function withoutProject(kind: string, reach: Reach): Reach | undefined {
  if (OWN_KINDS.has(kind)) return reach;
  if (reach.tokens === 'all') return undefined;
  return { tokens: reach.tokens.filter((token) => token.startsWith(inProject(''))) };
}
