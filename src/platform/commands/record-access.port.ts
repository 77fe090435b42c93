import type { Authority, Instant } from '../../kernel/event.js';
import type { RequestContext } from './principal.js';
import type { RecordKind } from './record-kinds.js';

/** A record that is there now, and may be read. */
export interface ReadableRecord {
  readonly kind: RecordKind;
  readonly id: string;
  /** By which the asker may read it now. */
  readonly authority: Authority;
}

/** What those ask who show records of all kinds, as they were. Implemented by access/. */
export interface RecordAccess {
  /**
   * A record that the asker may read now, and might read at each of the instants, as it stood then.
   *
   * @throws Refusal not-found, as for a record that is not there; the refusal is in the trail. validation-failed for an
   * instant that has not come yet.
   */
  requireReadable(context: RequestContext, id: string, at: readonly Instant[]): Promise<ReadableRecord>;
}

/** Injection token of the `RecordAccess`. */
export const RECORD_ACCESS = Symbol('RecordAccess');
