import { BroadcastChannel } from 'node:worker_threads';

/** What a writer tells after a commit. */
export interface Grown {
  /** Of the last event in the log. */
  readonly position: number;
  /** Types among which are those of the events that came; null where the writer does not know what came. */
  readonly types: readonly string[] | null;
}

/**
 * Tells that the log has grown, in any thread of the process, and by which types of events. No wake-up is lost: take `heard` before looking at the log,
 * and wait for it to move on when nothing was there. The writer posts after its commit, so what that look missed is told
 * after it.
 */
export class Wake {
  readonly #name: string;
  readonly #waiters = new Set<() => void>();
  #channel: BroadcastChannel | undefined;
  #heard = 0;
  #position = 0;
  /** By type, the value of `heard` when one of it came last. */
  readonly #heardOf = new Map<string, number>();
  #heardOfAny = 0;
  #closed = false;

  constructor(name: string) {
    this.#name = name;
  }

  /** Listens from the first call on; the channel keeps its thread alive until `close`. */
  get heard(): number {
    if (this.#channel === undefined && !this.#closed) {
      this.#channel = new BroadcastChannel(this.#name);
      this.#channel.onmessage = (message) => this.#hear((message as { data: Grown }).data);
    }
    return this.#heard;
  }

  /** The last position that was told of. */
  get position(): number {
    return this.#position;
  }

  /** Whether an event of one of the types may have come since `heard` had this value. */
  mayHaveCome(types: readonly string[], heard: number): boolean {
    return this.#heardOfAny > heard || types.some((type) => (this.#heardOf.get(type) ?? 0) > heard);
  }

  /** Resolves once `heard` is beyond what it was, when the signal aborts, and when this is closed. */
  async next(heard: number, signal: AbortSignal): Promise<void> {
    if (this.#closed || signal.aborted || this.#heard !== heard) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        this.#waiters.delete(done);
        signal.removeEventListener('abort', done);
        resolve();
      };
      this.#waiters.add(done);
      signal.addEventListener('abort', done, { once: true });
    });
  }

  close(): void {
    this.#closed = true;
    this.#channel?.close();
    this.#channel = undefined;
    this.#tell();
  }

  #hear({ position, types }: Grown): void {
    const heard = this.#heard + 1;
    this.#position = Math.max(this.#position, position);
    if (types === null) this.#heardOfAny = heard;
    else for (const type of types) this.#heardOf.set(type, heard);
    this.#tell();
  }

  #tell(): void {
    this.#heard += 1;
    for (const waiter of [...this.#waiters]) waiter();
  }
}
