import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { VaultUnavailable, VaultUnreadable } from '../vault.port.js';
import { vaultError } from './database.js';
import type { Write, Written } from './writes.js';

export type Request =
  | { readonly kind: 'open' }
  | { readonly kind: 'commit'; readonly batch: readonly Write[] }
  | { readonly kind: 'close' };

export type Answer =
  | { readonly kind: 'done'; readonly written: readonly Written[] }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string }
  | { readonly kind: 'unreadable'; readonly message: string };

const MAX_BATCH = 512;
const MAX_WAITING = 20_000;

interface Waiting {
  readonly write: Write;
  resolve(written: Written): void;
  reject(error: Error): void;
}

/**
 * Group commit: the writes of one turn go to the writing thread together; while it commits them, the next ones gather.
 * One batch is under way at a time, so writes happen in the order in which they were asked for.
 */
export class Writer {
  #waiting: Waiting[] = [];
  #underWay: Promise<void> | undefined;
  #worker: Worker | undefined;
  #closed = false;

  constructor(private readonly file: string) {}

  /** Opens the file, making it where it is missing. @throws VaultUnavailable, VaultUnreadable */
  async open(): Promise<void> {
    await this.#ask({ kind: 'open' });
  }

  /** Resolves with the row that is there, once it is durable. @throws VaultUnavailable, VaultUnreadable */
  write(write: Write): Promise<Written> {
    if (this.#closed) return Promise.reject(new VaultUnavailable('The vault is closed'));
    if (this.#waiting.length >= MAX_WAITING)
      return Promise.reject(new VaultUnavailable('Too many writes are waiting for the vault'));
    return new Promise((resolve, reject) => {
      this.#waiting.push({ write, resolve, reject });
      // A microtask later, the other writes of this turn are here as well.
      this.#underWay ??= Promise.resolve().then(() => this.#drain());
    });
  }

  /**
   * Finishes what was asked for, then ends the thread. `closeReaders` runs in between: the connection that closes last
   * empties the WAL, and only a writing one can.
   */
  async close(closeReaders?: () => void): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#underWay;
    closeReaders?.();
    const worker = this.#worker;
    if (worker === undefined) return;
    const exited = once(worker, 'exit');
    await this.#ask({ kind: 'close' });
    await exited;
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) await this.#commit(this.#waiting.splice(0, MAX_BATCH));
    this.#underWay = undefined;
  }

  async #commit(batch: readonly Waiting[]): Promise<void> {
    try {
      const written = await this.#ask({ kind: 'commit', batch: batch.map(({ write }) => write) });
      batch.forEach((waiting, i) => waiting.resolve(written[i]!));
    } catch (error) {
      for (const waiting of batch) waiting.reject(error as Error);
    }
  }

  async #ask(request: Request): Promise<readonly Written[]> {
    const answer = await this.#exchange(request);
    switch (answer.kind) {
      case 'done':
        return answer.written;
      case 'failed':
        throw vaultError(answer.code, answer.message);
      case 'unreadable':
        throw new VaultUnreadable(answer.message);
    }
  }

  /** A thread that died is started anew by the next request. */
  #start(): Worker {
    const worker = new Worker(new URL('./writer.thread.js', import.meta.url), { workerData: { file: this.file } });
    // An 'error' that nobody hears would end the process.
    worker.on('error', () => undefined);
    worker.once('exit', () => {
      if (this.#worker === worker) this.#worker = undefined;
    });
    return worker;
  }

  #exchange(request: Request): Promise<Answer> {
    const worker = (this.#worker ??= this.#start());
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        worker.off('message', answered).off('error', died).off('exit', died);
      };
      const answered = (answer: Answer): void => {
        settle();
        resolve(answer);
      };
      const died = (cause: unknown): void => {
        settle();
        reject(new VaultUnavailable('The thread that writes the vault ended', { cause }));
      };
      worker.on('message', answered).on('error', died).on('exit', died);
      worker.postMessage(request);
    });
  }
}
