import { Inject, Injectable } from '@nestjs/common';
import { dateAt } from '../../kernel/dates.js';
import type { PlainDate } from '../../kernel/event.js';
import { Refusal } from '../../kernel/refusal.js';
import { Consequences } from '../../platform/commands/consequences.js';
import { systemMetadata } from '../../platform/commands/metadata.js';
import { type Loaded, StateCache } from '../../platform/commands/state-cache.js';
import { type Clock, CLOCK, EVENT_STORE, VAULT } from '../../platform/commands/tokens.js';
import type { EventStore } from '../../platform/event-store/event-store.port.js';
import { type IssuedDocument, type Kept, type PersonKind, PersonKinds } from '../../platform/privacy/person-kinds.js';
import { ErasureTraces } from '../../platform/privacy/erasure-traces.js';
import type { Vault } from '../../platform/vault/vault.port.js';
import { DEFAULT_RETENTION, keptUntil, type Retention } from './deadlines.js';
import { ExportFiles } from './export.files.js';
import {
  type Erased,
  type Erasure,
  isRestricted,
  openHoldOn,
  type Privacy,
  privacy,
  type Retained,
} from './privacy.js';
import { completeErasure, destroyRetained } from './privacy.decide.js';
import { recordsKey, type Subject } from './subject.js';

/** Documents that are listed one by one; how many there are is told in any case. */
const MAX_LISTED = 1000;
const ACTOR = 'privacy';

const ON_DOCUMENTS =
  'Who a document was issued to is kept for tax and company records: VATA 1994 Sch. 11 para. 6, Companies Act 2006 s. 388 (GDPR Art. 17(3)(b))';

/** Carries out what was decided about a person's data. Every step repeats safely: whoever comes after a crash does all again. */
@Injectable()
export class PrivacyWork {
  /** Erasures that are being carried out here, by their ids. */
  private readonly erasing = new Map<string, Promise<void>>();

  constructor(
    private readonly states: StateCache,
    private readonly consequences: Consequences,
    private readonly persons: PersonKinds,
    private readonly files: ExportFiles,
    private readonly traces: ErasureTraces,
    @Inject(VAULT) private readonly vault: Vault,
    @Inject(EVENT_STORE) private readonly store: EventStore,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async state(organisation: string): Promise<Privacy> {
    return (await this.loaded(organisation)).state;
  }

  /** Everything that was acknowledged so far, effects in other streams included, is before this. */
  head(): Promise<string | undefined> {
    return this.store.head();
  }

  async loaded(organisation: string): Promise<Loaded<Privacy>> {
    return this.states.load(privacy, '', organisation);
  }

  /** The request and the reactor come here at the same time: what one of them finds, the other one finds gone. */
  erase(organisation: string, erasureId: string): Promise<void> {
    const running = this.erasing.get(erasureId) ?? this.carryOut(organisation, erasureId);
    this.erasing.set(erasureId, running);
    return running.finally(() => this.erasing.delete(erasureId));
  }

  /**
   * The person's own record says so first, so that nothing is made or sent any more. What their texts are is asked before
   * the key goes, and looked for once more behind it: a mail may have been on its way.
   */
  private async carryOut(organisation: string, erasureId: string): Promise<void> {
    const before = await this.state(organisation);
    const erasure = before.erasures.get(erasureId);
    if (erasure?.status !== 'ordered') return;
    const { subject } = erasure;
    const kind = this.persons.of(subject.kind);
    const metadata = systemMetadata(erasure.cause, ACTOR, 'EraseData');
    const texts = await kind.texts(organisation, subject.id);
    await kind.erase(organisation, subject.id, metadata);
    const exports = await this.removeExports(organisation, before, subject);
    let mails = await this.traces.forgetMails(texts);
    const { atOnce, documents: documentsKey } = kind.keys(subject.id);
    await this.vault.destroySubjectKey(organisation, atOnce);
    await this.traces.scrubViews();
    mails += await this.traces.forgetMails(texts);
    const documents = await kind.documents(organisation, subject.id);
    // Nobody will ever have to be told who a document went to that was never issued.
    if (documents.length === 0 && documentsKey !== undefined)
      await this.vault.destroySubjectKey(organisation, documentsKey);
    const outcome = {
      erased: erasedOf(subject, exports, mails),
      documents: documents.length,
      ...this.deadlines(before.settings, documents),
    };
    await this.consequences.write(privacy, '', organisation, completeErasure(erasureId, outcome), metadata);
    await this.destroyDue(organisation, erasureId);
  }

  /** Destroys what an erasure left, where its last day has passed and no legal hold is on it. Answers what. */
  async destroyDue(organisation: string, erasureId: string): Promise<readonly Retained[]> {
    const state = await this.state(organisation);
    const erasure = state.erasures.get(erasureId);
    if (erasure?.done === undefined || openHoldOn(state, erasure.subject.id) !== undefined) return [];
    const kind = this.persons.of(erasure.subject.kind);
    const today = this.today();
    const destroyed: Retained[] = [];
    for (const what of ['documents', 'records'] as const) {
      const until = what === 'documents' ? erasure.done.documentsUntil : erasure.done.recordsUntil;
      if (until === null || until >= today || erasure.destroyed.includes(what)) continue;
      if (what === 'documents' && (await this.stillNeeded(organisation, state, kind, erasure))) continue;
      for (const key of keysFor(what, kind, erasure.subject)) await this.vault.destroySubjectKey(organisation, key);
      const metadata = systemMetadata(erasure.cause, ACTOR, 'DestroyRetainedData');
      await this.consequences.write(privacy, '', organisation, destroyRetained(erasureId, what), metadata);
      destroyed.push(what);
    }
    return destroyed;
  }

  /** Brings a person's own record to what was decided about it last. */
  async restrict(organisation: string, restrictionId: string): Promise<void> {
    const state = await this.state(organisation);
    const restriction = state.restrictions.get(restrictionId);
    if (restriction === undefined) return;
    const { subject, cause } = restriction;
    const restricted = isRestricted(state, subject.id);
    const metadata = systemMetadata(cause, ACTOR, restricted ? 'RestrictData' : 'LiftRestriction');
    await this.persons.of(subject.kind).restrict?.(organisation, subject.id, restricted, metadata);
  }

  /** What an erasure leaves and why: as it is, or as it would be where it is not done. */
  async keptBy(
    organisation: string,
    state: Privacy,
    erasure: Pick<Erasure, 'subject' | 'done' | 'destroyed'>,
  ): Promise<readonly Kept[]> {
    const kind = this.persons.of(erasure.subject.kind);
    const person = await kind.get(organisation, erasure.subject.id);
    const documents = await kind.documents(organisation, erasure.subject.id);
    const { documentsUntil, recordsUntil } = erasure.done ?? this.deadlines(state.settings, documents);
    const identities = erasure.destroyed.includes('documents')
      ? []
      : documents.slice(0, MAX_LISTED).map(({ kind: of, id, label }) => ({
          record: { kind: of, id, label },
          basis: ON_DOCUMENTS,
          until: documentsUntil,
        }));
    const beside = person === undefined ? [] : kind.keptBeside(person, recordsUntil);
    const areRecordsHere = !erasure.destroyed.includes('records');
    return [...identities, ...beside.filter(({ until }) => until === null || areRecordsHere)];
  }

  private deadlines(
    retention: Retention,
    documents: readonly IssuedDocument[],
  ): { readonly documentsUntil: PlainDate | null; readonly recordsUntil: PlainDate } {
    return {
      // All of them stand under one key, which goes with the last one's day.
      documentsUntil: lastOf(documents.map(({ date }) => keptUntil(date, retention))),
      recordsUntil: keptUntil(this.today(), DEFAULT_RETENTION),
    };
  }

  /** A document that was being issued while its customer was erased counts as well. */
  private async stillNeeded(
    organisation: string,
    { settings }: Privacy,
    kind: PersonKind,
    { subject }: Pick<Erasure, 'subject'>,
  ): Promise<boolean> {
    const last = lastOf((await kind.documents(organisation, subject.id)).map(({ date }) => keptUntil(date, settings)));
    return last !== null && last >= this.today();
  }

  private async removeExports(
    organisation: string,
    { exports }: Privacy,
    subject: Subject,
  ): Promise<readonly string[]> {
    const ids = [...exports.values()].filter((one) => one.subject.id === subject.id).map(({ id }) => id);
    for (const exportId of ids) await this.files.remove({ organisation, exportId });
    return ids;
  }

  /** @throws Refusal unavailable where a view does not get there in time, or has stopped */
  async reflected(position: string | undefined, patienceMs: number): Promise<void> {
    if (position === undefined || (await this.traces.reflected(position, patienceMs))) return;
    throw new Refusal('unavailable', 'The views are behind; try again', { retryAfter: 1 });
  }

  private today(): PlainDate {
    return dateAt(this.clock());
  }
}

const lastOf = (days: readonly PlainDate[]): PlainDate | null =>
  days.reduce<PlainDate | null>((last, day) => (last === null || day > last ? day : last), null);

function keysFor(what: Retained, kind: PersonKind, { id }: Subject): readonly string[] {
  const { documents, records } = kind.keys(id);
  const keys = what === 'documents' ? [documents] : [records, recordsKey(id)];
  return keys.filter((key) => key !== undefined);
}

function erasedOf(subject: Subject, exports: readonly string[], mails: number): readonly Erased[] {
  return [
    { record: subject, what: 'contact data' },
    ...exports.map((id) => ({ record: { kind: 'privacy-export', id }, what: 'data export' })),
    ...(mails === 0 ? [] : [{ record: subject, what: 'mails in the outbox' }]),
  ];
}
