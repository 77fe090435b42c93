import { asNew, type EventCatalogue } from '../../kernel/catalogue.js';
import type { Aggregate } from '../../kernel/decider.js';
import { type DomainEvent, type Instant, personOf, type Recorded } from '../../kernel/event.js';

export const FORMATS = ['jsonl', 'csv'] as const;
export type ExportFormat = (typeof FORMATS)[number];

/** What is taken out of the trail, and why. */
export interface Extent {
  readonly format: ExportFormat;
  /** Inclusive; null from the start. */
  readonly from: Instant | null;
  /** Exclusive; null up to the export itself. */
  readonly to: Instant | null;
  readonly reason: string;
}

/** What was not said is everything, as a bundle. */
export const extentOf = (said: {
  readonly format?: ExportFormat;
  readonly from?: Instant;
  readonly to?: Instant;
  readonly reason: string;
}): Extent => ({ format: said.format ?? 'jsonl', from: said.from ?? null, to: said.to ?? null, reason: said.reason });

type WithId = { readonly exportId: string };

/** Somebody else is asked; without that nothing is written before an export is taken out. */
export type TrailExportRequested = DomainEvent<'TrailExportRequested', WithId & Extent>;
export type TrailExportApproved = DomainEvent<'TrailExportApproved', WithId>;
export type TrailExportDeclined = DomainEvent<'TrailExportDeclined', WithId & { readonly reason: string }>;
/** The approval is used up. What was taken out then says `AuditExported`. */
export type TrailExportBegun = DomainEvent<'TrailExportBegun', WithId>;

export type TrailExportEvent = TrailExportRequested | TrailExportApproved | TrailExportDeclined | TrailExportBegun;

interface Requested extends Extent {
  readonly id: string;
  /** Who asked for it, and when. */
  readonly by: string;
  readonly at: Instant;
}
interface Approved extends Requested {
  readonly approvedBy: string;
  /** When it was approved: the days for which that is good count from here. */
  readonly since: Instant;
}

/** An export of the trail that somebody has asked another one to approve. */
export type TrailExport =
  (Requested & { readonly status: 'pending' | 'declined' }) | (Approved & { readonly status: 'approved' | 'begun' });

export type TrailExports = ReadonlyMap<string, TrailExport>;

const KIND = 'trail-export';
const record = ({ data: { exportId } }: Recorded<TrailExportEvent>) => ({ kind: KIND, id: exportId });

const events: EventCatalogue<TrailExportEvent> = {
  TrailExportRequested: {
    schemaVersion: 1,
    summary: () => 'asked for approval to export the trail',
    changes: ({ format, from, to, reason }) =>
      asNew({ format, from, to, reason }).filter((change) => change.to !== null),
    record,
  },
  TrailExportApproved: {
    schemaVersion: 1,
    summary: () => 'approved to export the trail',
    changes: () => [],
    record,
  },
  TrailExportDeclined: {
    schemaVersion: 1,
    summary: () => 'declined to export the trail',
    changes: ({ reason }) => asNew({ reason }),
    record,
  },
  TrailExportBegun: {
    schemaVersion: 1,
    summary: () => 'began the export of the trail that was approved',
    changes: () => [],
    record,
  },
};

function evolve(state: TrailExports, event: Recorded<TrailExportEvent>): TrailExports {
  // The map belongs to `evolve`; what is in it is replaced, never changed.
  const exports = state as Map<string, TrailExport>;
  const [by, at] = [personOf(event.metadata.actor) ?? '', event.recordedAt];
  const { exportId: id } = event.data;
  switch (event.type) {
    case 'TrailExportRequested': {
      const { format, from, to, reason } = event.data;
      exports.set(id, { id, format, from, to, reason, by, at, status: 'pending' });
      break;
    }
    case 'TrailExportApproved':
      exports.set(id, { ...exports.get(id)!, status: 'approved', approvedBy: by, since: at });
      break;
    case 'TrailExportDeclined':
      exports.set(id, { ...exports.get(id)!, status: 'declined' });
      break;
    case 'TrailExportBegun':
      exports.set(id, { ...(exports.get(id) as Approved), status: 'begun' });
      break;
  }
  return exports;
}

/**
 * The exports of the trail that an organisation's people have asked each other about. One stream, `trail-exports-<organisation>`:
 * they are few, and what is approved is begun once.
 */
export const trailExports: Aggregate<TrailExports, TrailExportEvent> = {
  name: 'trail-exports',
  within: 'itself',
  events,
  readsPersonalFields: false,
  initial: () => new Map(),
  evolve,
  exists: () => true,
  facts: () => ({}),
};
