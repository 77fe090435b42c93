import { setTimeout as sleep } from 'node:timers/promises';
import type { EventStore } from '../event-store/event-store.port.js';
import { type Altered, Comparison } from './comparison.js';
import { entryOf } from './notary.js';
import type { KnownLeaves } from './trees.port.js';

export interface Recheck {
  /** Exclusive; undefined for the start of the log. */
  readonly after: string | undefined;
  /** Inclusive: how far the trees were when the check began. */
  readonly upTo: string;
  /** Time to rest for each time that was worked. */
  readonly rest: number;
  readonly signal: AbortSignal;
}

/** Reads a part of the log again, and tells where it is not what was folded once. @throws `signal.reason` when aborted */
export async function recheck(
  log: Pick<EventStore, 'readAll'>,
  known: KnownLeaves,
  { after, upTo, rest, signal }: Recheck,
  tell: (altered: Altered) => void,
): Promise<void> {
  const comparison = new Comparison(known, after === undefined);
  let begun = performance.now();
  for await (const { events, position } of log.readAll({ after, signal })) {
    for (const event of events) {
      if (event.position > upTo) return;
      const entry = entryOf(event);
      const altered = entry !== undefined && 'eventId' in entry ? comparison.take(entry) : undefined;
      if (altered !== undefined) tell(altered);
    }
    if (position >= upTo) return;
    if (rest > 0) await sleep(rest * (performance.now() - begun), undefined, { signal });
    begun = performance.now();
  }
}
