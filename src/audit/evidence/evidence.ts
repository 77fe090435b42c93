import type { EventCatalogue } from '../../kernel/catalogue.js';
import { recordIdOf } from '../../kernel/decider.js';
import type { DomainEvent, Instant } from '../../kernel/event.js';

/** A member was refused; the first time in a minute for this permission. */
export type AccessRefused = DomainEvent<
  'AccessRefused',
  {
    readonly permission: string;
    /** `area`: the permission is missing altogether; `record`: not on this record, which was hidden. */
    readonly because: 'area' | 'record';
    readonly record?: { readonly kind: string; readonly id: string };
  }
>;

/** Somebody read something sensitive; the first time in a minute for this kind of read. */
export type SensitiveDataRead = DomainEvent<
  'SensitiveDataRead',
  { readonly kind: string; readonly permission: string }
>;

/** The trail was taken out of here. None is left out for another one of the same minute: each has a reason of its own. */
export type AuditExported = DomainEvent<
  'AuditExported',
  {
    readonly format: 'jsonl' | 'csv';
    readonly from: Instant | null;
    readonly to: Instant | null;
    readonly reason: string;
    /** Id of the request that a second person approved, where one was needed. */
    readonly approval?: string;
  }
>;

export type EvidenceEvent = AccessRefused | AuditExported | SensitiveDataRead;

/** All evidence of an organisation stands in one stream, which nothing is decided on. */
export const evidenceStream = (organisation: string): string => `evidence-${organisation}`;

export const evidenceEvents: EventCatalogue<EvidenceEvent> = {
  AccessRefused: {
    schemaVersion: 1,
    summary: ({ permission, because }) =>
      because === 'area'
        ? `was refused: the permission ${permission} is missing`
        : `was refused: the permission ${permission} does not reach this record`,
    changes: () => [],
    record: ({ data, stream }) => data.record ?? { kind: 'organisation', id: recordIdOf(stream) },
  },
  AuditExported: {
    schemaVersion: 1,
    summary: ({ format, from, to, reason, approval }) =>
      `exported the trail${from === null ? '' : ` from ${from}`}${to === null ? '' : ` up to ${to}`} as ${format}` +
      `${approval === undefined ? '' : ', as a second person had approved'}: ${reason}`,
    changes: () => [],
    record: ({ stream }) => ({ kind: 'organisation', id: recordIdOf(stream) }),
  },
  SensitiveDataRead: {
    schemaVersion: 1,
    summary: ({ kind }) => `read the ${kind}`,
    changes: () => [],
    record: ({ stream }) => ({ kind: 'organisation', id: recordIdOf(stream) }),
  },
};

/** What came of it: a change, a refusal, or a read of something sensitive. */
export const OUTCOMES = ['accepted', 'refused', 'read'] as const;
export type Outcome = (typeof OUTCOMES)[number];

export function outcomeOf(type: string): Outcome {
  switch (type) {
    case 'AccessRefused' satisfies EvidenceEvent['type']:
      return 'refused';
    case 'AuditExported' satisfies EvidenceEvent['type']:
    case 'SensitiveDataRead' satisfies EvidenceEvent['type']:
      return 'read';
    default:
      return 'accepted';
  }
}

/** Evidence says what somebody asked for, and nothing of what stands in the record. */
export const isEvidence = (type: string): boolean => outcomeOf(type) !== 'accepted';
