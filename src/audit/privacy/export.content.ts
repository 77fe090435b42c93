import { Inject, Injectable } from '@nestjs/common';
import { personOf, type Recorded } from '../../kernel/event.js';
import { Refusal } from '../../kernel/refusal.js';
import type { Codec } from '../../platform/codec/codec.port.js';
import type { RequestContext } from '../../platform/commands/principal.js';
import { RecordKinds } from '../../platform/commands/record-kinds.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import { type Clock, CLOCK, CODEC, EVENT_STORE, READ_MODEL } from '../../platform/commands/tokens.js';
import type { EventStore } from '../../platform/event-store/event-store.port.js';
import { PersonKinds } from '../../platform/privacy/person-kinds.js';
import { allPages } from '../../platform/read-model/all-pages.js';
import type { ReadModel } from '../../platform/read-model/read-model.port.js';
import { VaultUnavailable } from '../../platform/vault/vault.port.js';
import { type TrailCatalogue, typeOf } from '../trail/catalogue.js';
import { contentOf } from '../trail/redaction.js';
import { type FoundEvent, TrailFinder } from '../trail/trail.finder.js';
import { TRAIL_CATALOGUE } from '../trail/trail.tokens.js';
import type { ExportHead, ToldEvent, ToldEvents } from './export.page.js';
import type { DataExport } from './privacy.js';
import { privacyRequests } from './request.js';
import { privacyRequestsView } from './request.view.js';
import type { Subject } from './subject.js';

const PAGE = 200;

/**
 * Records of which a person may know all where an event is about them: what is made out to them, and what was decided about
 * their rights. Not why a legal hold was put on their data: that may be the advice of a lawyer.
 */
const THEIRS: readonly string[] = [
  'invoice',
  'credit-note',
  'privacy-request',
  'privacy-erasure',
  'privacy-export',
  'privacy-restriction',
];

/**
 * What is held about one person, as that person may have it: whole where it is about them, and without anybody else. Not
 * for readers of the trail, whose permissions decide what they see.
 */
@Injectable()
export class ExportContent {
  constructor(
    @Inject(TRAIL_CATALOGUE) private readonly catalogue: TrailCatalogue,
    @Inject(CODEC) private readonly codec: Codec,
    @Inject(EVENT_STORE) private readonly store: EventStore,
    @Inject(READ_MODEL) private readonly model: ReadModel,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly states: StateCache,
    private readonly finder: TrailFinder,
    private readonly persons: PersonKinds,
    private readonly records: RecordKinds,
  ) {}

  async headOf(organisation: string, { kind, subject }: DataExport): Promise<ExportHead> {
    const file = await this.persons.of(subject.kind).file(organisation, subject.id);
    const named = await this.records.of('organisation')?.describe(organisation, [organisation]);
    const whole = kind === 'access';
    return {
      format: 'countersign-export/1',
      kind,
      organisation: { id: organisation, name: named?.get(organisation)?.label ?? null },
      subject,
      madeAt: new Date(this.clock()).toISOString(),
      record: whole ? file.record : file.given,
      documents: whole ? file.documents : {},
      requests: whole ? await this.requestsOf(organisation, subject) : [],
    };
  }

  /** Undefined where the export is of what they gave, which no event adds to. May be walked once. */
  eventsOf(organisation: string, { kind, subject, by }: DataExport): ToldEvents | undefined {
    if (kind !== 'access') return undefined;
    const context = insider(organisation, by);
    return {
      about: this.walk(context, subject, { subject: subject.id }),
      by: this.walk(context, subject, { actor: subject.id }),
    };
  }

  private async requestsOf(organisation: string, { id: subjectId }: Subject): Promise<ExportHead['requests']> {
    const requests: Record<string, unknown>[] = [];
    const where = [
      { field: 'organisation', eq: organisation },
      { field: 'subjectId', eq: subjectId },
    ];
    for await (const page of allPages(this.model, privacyRequestsView, { where, sort: 'newest' })) {
      for (const { key } of page) {
        const { state } = await this.states.load(privacyRequests, organisation, key);
        if (state.status === 'absent') continue;
        const { kind, receivedAt, dueAt, status, outcome = null, reason = null } = state;
        requests.push({ id: key, kind, receivedAt, dueAt, status, outcome, reason });
      }
    }
    return requests;
  }

  private async *walk(
    context: RequestContext,
    subject: Subject,
    filter: { readonly subject?: string; readonly actor?: string },
  ): AsyncGenerator<ToldEvent> {
    const head = await this.store.head();
    const within = head === undefined ? context : { ...context, atLeast: head };
    for (let after: string | undefined; ;) {
      const found = await this.finder.find(within, { ...filter, limit: PAGE, after });
      for (const event of found.events) yield await this.tell(event, subject);
      if (found.next === null) return;
      after = found.next;
    }
  }

  private async tell({ stored, record }: FoundEvent, subject: Subject): Promise<ToldEvent> {
    const { recordedAt: at, metadata } = stored;
    const mine = personOf(metadata.actor) === subject.id;
    const type = typeOf(this.catalogue, stored.type);
    try {
      const [event] = await this.codec.open([stored]);
      const isAbout = type.subjects?.(event!.data).includes(subject.id) === true;
      const own = record.id === subject.id || (isAbout && THEIRS.includes(record.kind));
      const sight = own ? ({ readable: true, label: null } as const) : ({ readable: false } as const);
      const { deed, changes } = contentOf(event as Recorded, type, record.kind, sight);
      const source = mine ? ((await this.codec.openSource(stored)) ?? null) : null;
      return { at, what: `${whoDid(stored.metadata.actor.kind, mine)} ${deed}`, record, changes, source };
    } catch (error) {
      if (error instanceof VaultUnavailable || error instanceof Refusal) throw error;
      return { at, what: 'An event that cannot be read', record, changes: [], source: null };
    }
  }
}

/** Nobody else is named: who of the organisation it was is not data about this person. */
function whoDid(kind: 'user' | 'api-key' | 'system', mine: boolean): string {
  if (kind === 'system') return mine ? 'Countersign, on your behalf,' : 'Countersign';
  if (!mine) return 'Somebody at the organisation';
  return kind === 'api-key' ? 'You, by an API key,' : 'You';
}

/** For the system's own look at the whole trail of one organisation. */
const insider = (organisation: string, userId: string): RequestContext => ({
  principal: { userId },
  organisation,
  permission: 'privacy:manage',
  route: '',
  requestId: 'privacy-export',
  correlationId: 'privacy-export',
  source: { ip: '', userAgent: '' },
  reach: { tokens: 'all' },
});
