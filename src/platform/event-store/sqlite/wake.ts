import { BroadcastChannel } from 'node:worker_threads';

/**
 * Tells that the log has grown, in any thread of the process. No wake-up is lost: take `heard` before looking at the log,
 * and wait for it to move on when nothing was there. The writer posts after its commit, so what that look missed is told
 * after it.
 */
export class Wake {
  readonly #name: string;
  readonly #waiters = new Set<() => void>();
  #channel: BroadcastChannel | undefined;
  #heard = 0;
  #closed = false;

  constructor(name: string) {
    this.#name = name;
  }

  /** Listens from the first call on; the channel keeps its thread alive until `close`. */
  get heard(): number {
    if (this.#channel === undefined && !this.#closed) {
      this.#channel = new BroadcastChannel(this.#name);
      this.#channel.onmessage = () => this.#tell();
    }
    return this.#heard;
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

  #tell(): void {
    this.#heard += 1;
    for (const waiter of [...this.#waiters]) waiter();
  }
}
