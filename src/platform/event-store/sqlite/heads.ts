import { LRUCache } from 'lru-cache';

/** Some 200 bytes each. */
const MAX_STREAMS = 10_000;

/**
 * Revisions that no acknowledged event of a stream is beyond, for the streams used last. A bound may be too high after an
 * outcome that was unknown, never too low: a reader that is at the bound has everything that was acknowledged.
 */
export class Heads {
  readonly #bounds = new LRUCache<string, number>({ max: MAX_STREAMS });

  /** Undefined where the log must be asked. */
  get(stream: string): number | undefined {
    return this.#bounds.get(stream);
  }

  raise(stream: string, revision: number): void {
    const known = this.#bounds.get(stream);
    if (known === undefined || known < revision) this.#bounds.set(stream, revision);
  }

  /** After a failure the log may hold more than was acknowledged. */
  clear(): void {
    this.#bounds.clear();
  }
}
