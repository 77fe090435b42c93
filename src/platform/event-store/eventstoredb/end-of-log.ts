import { isSystemEvent, storedEvent } from './event-data.js';
import { type LogReads, positionOf } from './log-reads.js';
import { BEFORE_ALL } from './positions.js';
import type { Seen } from './seen.js';

/** How far back one question looks for an event that is not the server's own. */
const LOOKS = [1, 32, 500];

/** Where the log ends. The server writes events of its own behind ours; they are no part of the log. */
export class EndOfLog {
  readonly #reads: LogReads;
  readonly #seen: Seen;
  /** Up to here the server's log was looked through; the last event in there that is no system event. */
  #looked = BEFORE_ALL;
  #head: string | undefined;

  constructor(reads: LogReads, seen: Seen) {
    this.#reads = reads;
    this.#seen = seen;
  }

  /** Position of the last event, undefined in an empty log. Looks no further back than the last time. */
  async head(): Promise<string | undefined> {
    const known = { looked: this.#looked, head: this.#head };
    let newest: string | undefined;
    let before: string | undefined;
    for (let look = 0; ; look++) {
      const events = await this.#reads.backwards(before, LOOKS[Math.min(look, LOOKS.length - 1)]!);
      if (events.length === 0) return this.#found(newest ?? known.looked, known.head);
      for (const one of events) {
        const position = positionOf(one);
        newest ??= position;
        if (position <= known.looked) return this.#found(newest, known.head);
        if (!isSystemEvent(one)) {
          const ours = storedEvent(one);
          if (ours !== undefined) this.#seen.saw(ours);
          return this.#found(newest, position);
        }
        before = position;
      }
    }
  }

  #found(looked: string, head: string | undefined): string | undefined {
    if (looked > this.#looked) {
      this.#looked = looked;
      this.#head = head;
    }
    return head;
  }
}
