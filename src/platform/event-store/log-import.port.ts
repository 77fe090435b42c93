import type { StoredEvent } from './event-store.port.js';

/**
 * Takes over the log of another store as it is, which appending cannot: events keep their ids, revisions and instants, and so
 * their proofs. For one writer alone, into a log that nobody else writes meanwhile.
 */
export interface LogImport {
  /**
   * The next events of the other log, in its order. Durable, in this order, when it resolves. What is there already is
   * taken for what it is, so that it may be repeated after a failure.
   *
   * @throws ImportRefused where the log holds something else there; StoreUnavailable, OutcomeUnknown: repeat it
   */
  importEvents(events: readonly StoredEvent[]): Promise<void>;
}

/** The log holds what the other one does not, or not in this place. */
export class ImportRefused extends Error {
  override readonly name = 'ImportRefused';
}
