import { LRUCache } from 'lru-cache';
import type { Instant } from '../../../kernel/event.js';
import type { StoredEvent } from '../event-store.port.js';
import { BEFORE_ALL } from './positions.js';

/** Appends without an outcome that are remembered. */
const OPEN = 10_000;

/**
 * What this node has seen of the log, by reading and by appending: how far it reaches at least, and until when.
 *
 * Events are recorded by the node's clock, and never earlier than the last instant that it saw. A repeat of an append that
 * has no outcome yet, or an unknown one, gets the instant of the first attempt, so that the answer is true whichever of
 * them is stored.
 */
export class Seen {
  readonly #clock: () => number;
  readonly #open = new LRUCache<string, Instant>({ max: OPEN });
  #position = BEFORE_ALL;
  #recordedAt: Instant = '';

  /** @param clock milliseconds since 1970 */
  constructor(clock: () => number) {
    this.#clock = clock;
  }

  /** What is appended from now on gets a higher position. */
  get position(): string {
    return this.#position;
  }

  saw({ position, recordedAt }: Pick<StoredEvent, 'position' | 'recordedAt'>): void {
    if (position > this.#position) this.#position = position;
    if (recordedAt > this.#recordedAt) this.#recordedAt = recordedAt;
  }

  /** When an append is recorded that is known by the id of its first event. */
  stamp(id: string): Instant {
    const before = this.#open.get(id);
    if (before !== undefined) return before;
    const now = new Date(this.#clock()).toISOString();
    if (now > this.#recordedAt) this.#recordedAt = now;
    this.#open.set(id, this.#recordedAt);
    return this.#recordedAt;
  }

  /** The append got this instant, and nobody said what became of it. */
  doubt(id: string, instant: Instant): void {
    this.#open.set(id, instant);
  }

  settle(id: string): void {
    this.#open.delete(id);
  }
}
