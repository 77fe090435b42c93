import type { RequestContext } from './principal.js';

/** The record that a refusal or a read was about. */
export interface RecordRef {
  readonly kind: string;
  readonly id: string;
}

/**
 * What is in the trail besides changes: refusals, and reads of what is sensitive. Coalesced: one event per person,
 * permission (or kind of read) and minute. Refusals of people outside the organisation go to the security log instead.
 * Never throws: evidence that cannot be written is logged, and the refusal stands.
 */
export interface Evidence {
  refused(context: RequestContext, because: 'stranger' | 'area' | 'record', record?: RecordRef): Promise<void>;
  /** Resolves when the read is recorded; a sensitive read is answered only afterwards, so this one may throw. */
  read(context: RequestContext, kind: string): Promise<void>;
}

export const EVIDENCE = Symbol('Evidence');
