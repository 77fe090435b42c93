import type { Recorded } from '../../kernel/event.js';
import type { StoredEvent } from '../event-store/event-store.port.js';

/**
 * An effect that follows from the log: a mail, a webhook. A room registers it.
 *
 * Events come in log order, each at least once: after a crash the last ones come again, so what goes out carries the
 * event's id, by which its receiver knows a repetition.
 */
export interface Reactor {
  /** Literal, lower case letters and dashes: a part of its stream's name. */
  readonly name: string;
  /** Types of events that it reacts to; none of its own. */
  readonly types: readonly string[];
  /** Whether an event has no effect, told by what is there without opening it: some come by the ten thousand. */
  skips?(event: StoredEvent): boolean;
  /**
   * Resolves when the effect has happened. A rejection is tried again with growing pauses, the events behind it wait: see
   * `PermanentFailure` and `TargetUnavailable`. To stop, reject with `signal.reason`.
   */
  handle(event: Recorded, signal: AbortSignal): Promise<void>;
}
