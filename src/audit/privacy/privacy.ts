import { type EventCatalogue, type EventType, given } from '../../kernel/catalogue.js';
import { type Aggregate, recordIdOf } from '../../kernel/decider.js';
import {
  type DomainEvent,
  type Instant,
  type Metadata,
  personOf,
  type PlainDate,
  type Recorded,
} from '../../kernel/event.js';
import { DEFAULT_RETENTION, type Retention } from './deadlines.js';
import { type AboutSubject, aPerson, concerned, explained, recordIn, type Subject } from './subject.js';

export interface PrivacySettings extends Retention {
  /** Erasures and exports wait for a second person; those of the trail as well. */
  readonly secondApproval: boolean;
}

/** Something that an erasure took away, or found gone. */
export interface Erased {
  readonly record: { readonly kind: string; readonly id: string };
  readonly what: string;
}

export const EXPORT_KINDS = ['access', 'portability'] as const;
export type ExportKind = (typeof EXPORT_KINDS)[number];

type Explained = AboutSubject & { readonly reason: string };
type WithHold = { readonly holdId: string };
type WithRestriction = { readonly restrictionId: string };
type WithErasure = { readonly erasureId: string };
type WithExport = { readonly exportId: string };
/** Whether a second person has to approve before it is done. */
type Asked = Explained & { readonly needsApproval: boolean };

export type PrivacySettingsChanged = DomainEvent<
  'PrivacySettingsChanged',
  { readonly from: PrivacySettings; readonly to: PrivacySettings }
>;
export type LegalHoldPlaced = DomainEvent<'LegalHoldPlaced', WithHold & Explained>;
export type LegalHoldReleased = DomainEvent<'LegalHoldReleased', WithHold & Explained>;
export type RestrictionPlaced = DomainEvent<'RestrictionPlaced', WithRestriction & Explained>;
/** `reason` says how the person was told beforehand (GDPR Art. 18(3)). */
export type RestrictionLifted = DomainEvent<'RestrictionLifted', WithRestriction & Explained>;
export type ErasureOrdered = DomainEvent<'ErasureOrdered', WithErasure & Asked>;
export type ErasureApproved = DomainEvent<'ErasureApproved', WithErasure & AboutSubject>;
export type ErasureDeclined = DomainEvent<'ErasureDeclined', WithErasure & Explained>;
export type ErasureCompleted = DomainEvent<
  'ErasureCompleted',
  WithErasure &
    AboutSubject & {
      readonly erased: readonly Erased[];
      /** Issued documents on which the identity is kept. */
      readonly documents: number;
      /** The last day on which who they were made out to is kept; null where there are none. Its key is destroyed after it. */
      readonly documentsUntil: PlainDate | null;
      /** The same of what is kept of the person's requests and deeds. */
      readonly recordsUntil: PlainDate;
    }
>;
/** What was kept after an erasure, and for how long each: identities on documents, records of requests and deeds. */
export type Retained = 'documents' | 'records';
/** Its retention has ended: nobody can read it any more. */
export type RetainedDataDestroyed = DomainEvent<
  'RetainedDataDestroyed',
  WithErasure & AboutSubject & { readonly what: Retained }
>;
export type DataExportOrdered = DomainEvent<'DataExportOrdered', WithExport & Asked & { readonly kind: ExportKind }>;
export type DataExportApproved = DomainEvent<'DataExportApproved', WithExport & AboutSubject>;
export type DataExportDeclined = DomainEvent<'DataExportDeclined', WithExport & Explained>;
export type DataExportMade = DomainEvent<'DataExportMade', WithExport & AboutSubject & { readonly bytes: number }>;
/** It will not be made any more; another one may be asked for. `failure` says why, in our words and codes: nothing personal. */
export type DataExportFailed = DomainEvent<
  'DataExportFailed',
  WithExport & AboutSubject & { readonly failure: string }
>;

export type PrivacyEvent =
  | PrivacySettingsChanged
  | LegalHoldPlaced
  | LegalHoldReleased
  | RestrictionPlaced
  | RestrictionLifted
  | ErasureOrdered
  | ErasureApproved
  | ErasureDeclined
  | ErasureCompleted
  | RetainedDataDestroyed
  | DataExportOrdered
  | DataExportApproved
  | DataExportDeclined
  | DataExportMade
  | DataExportFailed;

/** What holds, restrictions, erasures and exports have in common. */
interface Entry {
  readonly id: string;
  readonly subject: Subject;
  readonly reason: string;
  /** Who asked for it, and when. */
  readonly by: string;
  readonly at: Instant;
}

export interface Hold extends Entry {
  readonly status: 'open' | 'released';
  readonly ended?: Ended;
}
export interface Restriction extends Entry {
  readonly status: 'open' | 'lifted';
  readonly ended?: Ended;
  /** The event that made it what it is, for what follows from that. */
  readonly cause: Cause;
}
export interface Ended {
  readonly by: string;
  readonly at: Instant;
  readonly reason: string;
}
/** The event from which an effect follows. */
export interface Cause {
  readonly id: string;
  readonly metadata: Metadata;
}
export type Completed = Omit<ErasureCompleted['data'], keyof WithErasure | keyof AboutSubject>;
export interface Erasure extends Entry {
  readonly status: 'pending' | 'declined' | 'ordered' | 'done';
  readonly cause: Cause;
  readonly approvedBy?: string;
  readonly done?: Completed & { readonly at: Instant };
  /** What was kept, and is destroyed by now. */
  readonly destroyed: readonly Retained[];
}
export interface DataExport extends Entry {
  readonly kind: ExportKind;
  readonly status: 'pending' | 'declined' | 'ordered' | 'ready' | 'failed';
  readonly cause: Cause;
  /** When it was asked for, or approved: its link's days count from here. */
  readonly since: Instant;
  readonly approvedBy?: string;
  readonly bytes?: number;
  /** Why it was not made. */
  readonly failure?: string;
}

export interface Privacy {
  readonly settings: PrivacySettings;
  readonly holds: ReadonlyMap<string, Hold>;
  readonly restrictions: ReadonlyMap<string, Restriction>;
  readonly erasures: ReadonlyMap<string, Erasure>;
  readonly exports: ReadonlyMap<string, DataExport>;
}

const ERASED = 'erased';

const settingsText = ({ secondApproval, years, yearEnd }: PrivacySettings): string =>
  `${secondApproval ? 'a second person approves' : 'one person decides'}, kept for ${years} years after ${yearEnd}`;

const bare = { changes: () => [], subjects: concerned };
const withReason = {
  personal: explained,
  changes: ({ reason }: { readonly reason: string }) => given('reason', reason),
  subjects: concerned,
} as const;
const hold = recordIn<WithHold>('privacy-hold', 'holdId');
const restriction = recordIn<WithRestriction>('privacy-restriction', 'restrictionId');
const erasure = recordIn<WithErasure>('privacy-erasure', 'erasureId');
const dataExport = recordIn<WithExport>('privacy-export', 'exportId');

const events: EventCatalogue<PrivacyEvent> = {
  PrivacySettingsChanged: {
    schemaVersion: 1,
    summary: ({ from, to }) =>
      from.secondApproval === to.secondApproval
        ? 'changed how long identities on issued documents are kept'
        : `switched ${to.secondApproval ? 'on' : 'off'} that a second person approves erasures and exports`,
    changes: ({ from, to }) => [{ field: 'settings', from: settingsText(from), to: settingsText(to) }],
    record: ({ stream }) => ({ kind: 'organisation', id: recordIdOf(stream) }),
  },
  LegalHoldPlaced: {
    schemaVersion: 1,
    ...withReason,
    summary: (data) => `put a legal hold on the data of ${aPerson(data)}`,
    record: hold,
  },
  LegalHoldReleased: {
    schemaVersion: 1,
    ...withReason,
    summary: (data) => `released the legal hold on the data of ${aPerson(data)}`,
    record: hold,
  },
  RestrictionPlaced: {
    schemaVersion: 1,
    ...withReason,
    summary: (data) => `ordered that the data of ${aPerson(data)} is stored only`,
    record: restriction,
  },
  RestrictionLifted: {
    schemaVersion: 1,
    ...withReason,
    summary: (data) => `lifted the order that the data of ${aPerson(data)} is stored only, with notice`,
    record: restriction,
  },
  ErasureOrdered: {
    schemaVersion: 1,
    ...withReason,
    summary: (data) =>
      data.needsApproval
        ? `asked for approval to erase the data of ${aPerson(data)}`
        : `ordered to erase the data of ${aPerson(data)}`,
    record: erasure,
  },
  ErasureApproved: {
    schemaVersion: 1,
    ...bare,
    summary: (data) => `approved to erase the data of ${aPerson(data)}`,
    record: erasure,
  },
  ErasureDeclined: {
    schemaVersion: 1,
    ...withReason,
    summary: (data) => `declined to erase the data of ${aPerson(data)}`,
    record: erasure,
  },
  ErasureCompleted: {
    schemaVersion: 1,
    summary: (data) => `erased the data of ${aPerson(data)}`,
    changes: ({ erased, documents, documentsUntil, recordsUntil }) => [
      ...given('erased', erased.map(({ what }) => what).join(', ')),
      ...given('documents', documents),
      ...given('documentsUntil', documentsUntil),
      ...given('recordsUntil', recordsUntil),
    ],
    record: erasure,
    subjects: concerned,
  },
  RetainedDataDestroyed: {
    schemaVersion: 1,
    ...bare,
    summary: (data) =>
      `destroyed ${data.what === 'documents' ? 'the identity on documents' : 'the records'} of ${aPerson(data)}, whose retention has ended`,
    record: erasure,
  },
  DataExportOrdered: {
    schemaVersion: 1,
    personal: explained,
    summary: (data) =>
      `${data.needsApproval ? 'asked for approval to export' : 'exported'} the data of ${aPerson(data)} (${data.kind})`,
    changes: ({ kind, reason }) => [...given('kind', kind), ...given('reason', reason)],
    record: dataExport,
    subjects: concerned,
  },
  DataExportApproved: {
    schemaVersion: 1,
    ...bare,
    summary: (data) => `approved to export the data of ${aPerson(data)}`,
    record: dataExport,
  },
  DataExportDeclined: {
    schemaVersion: 1,
    ...withReason,
    summary: (data) => `declined to export the data of ${aPerson(data)}`,
    record: dataExport,
  },
  DataExportMade: {
    schemaVersion: 1,
    summary: (data) => `put together the data of ${aPerson(data)}`,
    changes: ({ bytes }) => given('bytes', bytes),
    record: dataExport,
    subjects: concerned,
  } satisfies EventType<DataExportMade>,
  DataExportFailed: {
    schemaVersion: 1,
    summary: (data) => `could not put together the data of ${aPerson(data)}`,
    changes: ({ failure }) => given('failure', failure),
    record: dataExport,
    subjects: concerned,
  } satisfies EventType<DataExportFailed>,
};

/** The maps belong to `evolve`; what is in them is replaced, never changed. */
interface Folding extends Privacy {
  readonly holds: Map<string, Hold>;
  readonly restrictions: Map<string, Restriction>;
  readonly erasures: Map<string, Erasure>;
  readonly exports: Map<string, DataExport>;
}

const causeOf = ({ id, metadata }: Cause): Cause => ({ id, metadata });

function evolve(state: Privacy, event: Recorded<PrivacyEvent>): Privacy {
  const { holds, restrictions, erasures, exports } = state as Folding;
  const [by, at] = [personOf(event.metadata.actor) ?? '', event.recordedAt];
  switch (event.type) {
    case 'PrivacySettingsChanged':
      return { ...state, settings: event.data.to };
    case 'LegalHoldPlaced': {
      const { holdId: id, subject, reason } = event.data;
      holds.set(id, { id, subject, reason, by, at, status: 'open' });
      return state;
    }
    case 'LegalHoldReleased': {
      const { holdId, reason } = event.data;
      holds.set(holdId, { ...holds.get(holdId)!, status: 'released', ended: { by, at, reason } });
      return state;
    }
    case 'RestrictionPlaced': {
      const { restrictionId: id, subject, reason } = event.data;
      restrictions.set(id, { id, subject, reason, by, at, status: 'open', cause: causeOf(event) });
      return state;
    }
    case 'RestrictionLifted': {
      const { restrictionId: id, reason } = event.data;
      const ended = { by, at, reason };
      restrictions.set(id, { ...restrictions.get(id)!, status: 'lifted', ended, cause: causeOf(event) });
      return state;
    }
    case 'ErasureOrdered':
    case 'ErasureApproved':
    case 'ErasureDeclined':
    case 'ErasureCompleted':
    case 'RetainedDataDestroyed':
      erasures.set(event.data.erasureId, evolveErasure(erasures.get(event.data.erasureId), event));
      if (event.type === 'RetainedDataDestroyed' && event.data.what === 'records')
        forget(state as Folding, event.data.subject);
      return state;
    case 'DataExportOrdered':
    case 'DataExportApproved':
    case 'DataExportDeclined':
    case 'DataExportMade':
    case 'DataExportFailed':
      exports.set(event.data.exportId, evolveExport(exports.get(event.data.exportId), event));
      return state;
  }
}

/** The texts are gone from the log with their key; a state that was folded before has them still. */
function forget({ holds, restrictions, erasures, exports }: Folding, { id: subjectId }: Subject): void {
  for (const entries of [holds, restrictions, erasures, exports] as readonly Map<string, Entry>[]) {
    for (const [id, entry] of entries) if (entry.subject.id === subjectId) entries.set(id, withoutTexts(entry));
  }
}

function withoutTexts<T extends Entry & { readonly ended?: Ended }>(entry: T): T {
  const { ended } = entry;
  return { ...entry, reason: ERASED, ...(ended === undefined ? {} : { ended: { ...ended, reason: ERASED } }) };
}

type ErasureEvent = ErasureOrdered | ErasureApproved | ErasureDeclined | ErasureCompleted | RetainedDataDestroyed;

function evolveErasure(before: Erasure | undefined, event: Recorded<ErasureEvent>): Erasure {
  const [by, at] = [personOf(event.metadata.actor) ?? '', event.recordedAt];
  if (event.type === 'ErasureOrdered') {
    const { erasureId: id, subject, reason, needsApproval } = event.data;
    return {
      id,
      subject,
      reason,
      by,
      at,
      status: needsApproval ? 'pending' : 'ordered',
      cause: causeOf(event),
      destroyed: [],
    };
  }
  const erasureBefore = before!;
  switch (event.type) {
    case 'ErasureApproved':
      return { ...erasureBefore, status: 'ordered', approvedBy: by, cause: causeOf(event) };
    case 'ErasureDeclined':
      return { ...erasureBefore, status: 'declined' };
    case 'ErasureCompleted': {
      const { erased, documents, documentsUntil, recordsUntil } = event.data;
      return { ...erasureBefore, status: 'done', done: { erased, documents, documentsUntil, recordsUntil, at } };
    }
    case 'RetainedDataDestroyed':
      return { ...erasureBefore, destroyed: [...erasureBefore.destroyed, event.data.what] };
  }
}

type ExportEvent = DataExportOrdered | DataExportApproved | DataExportDeclined | DataExportMade | DataExportFailed;

function evolveExport(before: DataExport | undefined, event: Recorded<ExportEvent>): DataExport {
  const [by, at] = [personOf(event.metadata.actor) ?? '', event.recordedAt];
  if (event.type === 'DataExportOrdered') {
    const { exportId: id, subject, reason, needsApproval, kind } = event.data;
    const status = needsApproval ? 'pending' : 'ordered';
    return { id, subject, reason, by, at, kind, status, cause: causeOf(event), since: at };
  }
  const exportBefore = before!;
  switch (event.type) {
    case 'DataExportApproved':
      return { ...exportBefore, status: 'ordered', approvedBy: by, cause: causeOf(event), since: at };
    case 'DataExportDeclined':
      return { ...exportBefore, status: 'declined' };
    case 'DataExportMade':
      return { ...exportBefore, status: 'ready', bytes: event.data.bytes };
    case 'DataExportFailed':
      return { ...exportBefore, status: 'failed', failure: event.data.failure };
  }
}

/**
 * What an organisation has decided about the data of people: holds, restrictions, erasures, exports. One stream,
 * `privacy-<organisation>`, because a hold and an erasure of the same person must not miss each other.
 */
export const privacy: Aggregate<Privacy, PrivacyEvent> = {
  name: 'privacy',
  within: 'itself',
  events,
  readsPersonalFields: true,
  initial: () => ({
    settings: { secondApproval: false, ...DEFAULT_RETENTION },
    holds: new Map(),
    restrictions: new Map(),
    erasures: new Map(),
    exports: new Map(),
  }),
  evolve,
  exists: () => true,
  facts: () => ({}),
};

export const openHoldOn = ({ holds }: Privacy, subjectId: string): Hold | undefined =>
  [...holds.values()].find(({ status, subject }) => status === 'open' && subject.id === subjectId);

/** Erasures of a person that were carried out, or are being. */
export const erasureOf = ({ erasures }: Privacy, subjectId: string): Erasure | undefined =>
  [...erasures.values()].find(({ status, subject }) => status !== 'declined' && subject.id === subjectId);

export const isRestricted = ({ restrictions }: Privacy, subjectId: string): boolean =>
  [...restrictions.values()].some(({ status, subject }) => status === 'open' && subject.id === subjectId);

/** Whether the texts about a person's requests are destroyed as well. */
export const areRecordsGone = (state: Privacy, subjectId: string): boolean =>
  erasureOf(state, subjectId)?.destroyed.includes('records') === true;
