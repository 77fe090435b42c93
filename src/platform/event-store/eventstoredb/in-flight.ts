import { StoreUnavailable } from '../event-store.port.js';

/** Measured at this many; more add nothing but waiting. */
const MOST = 64;
/**
 * Where more bytes than these wait for the server, no more than FEWEST appends are in flight. A server that stops reading
 * takes some 48 kB off our hands at least. What the client then holds back beyond 15 messages is lost to it when the
 * connection breaks: it becomes rejections that nobody handles, which end the process.
 */
const WINDOW_BYTES = 48 * 1024;
const FEWEST = 15;
/** What may wait beside those; more is refused. As embedded. */
const MAX_WAITING = 4096;
const MAX_WAITING_BYTES = 32 * 1024 * 1024;

interface Waiting {
  readonly bytes: number;
  readonly enter: () => void;
}

/** Bounds the appends that are on their way, in the order in which they were asked for. */
export class InFlight {
  readonly #patienceMs: number;
  readonly #waiting: Waiting[] = [];
  #count = 0;
  #bytes = 0;
  #waitingBytes = 0;

  /** @param patienceMs how long an append waits for its turn */
  constructor(patienceMs: number) {
    this.#patienceMs = patienceMs;
  }

  /**
   * Resolves when it is this append's turn, with what ends it.
   *
   * @throws StoreUnavailable when too many wait, or the turn does not come in time
   */
  async enter(bytes: number): Promise<() => void> {
    if (this.#waiting.length > 0 || !this.#fits(bytes)) await this.#turn(bytes);
    else this.#take(bytes);
    let left = false;
    return () => {
      if (left) return;
      left = true;
      this.#leave(bytes);
    };
  }

  #fits(bytes: number): boolean {
    return this.#count < FEWEST || (this.#count < MOST && this.#bytes + bytes <= WINDOW_BYTES);
  }

  async #turn(bytes: number): Promise<void> {
    if (this.#waiting.length >= MAX_WAITING || this.#waitingBytes + bytes > MAX_WAITING_BYTES)
      throw new StoreUnavailable('Too many appends are waiting for EventStoreDB');
    this.#waitingBytes += bytes;
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
        this.#waitingBytes -= bytes;
        reject(new StoreUnavailable('EventStoreDB does not keep up: the append was not sent'));
        this.#next();
      }, this.#patienceMs);
      const waiting: Waiting = {
        bytes,
        enter: () => {
          clearTimeout(timer);
          resolve();
        },
      };
      this.#waiting.push(waiting);
    });
  }

  #take(bytes: number): void {
    this.#count += 1;
    this.#bytes += bytes;
  }

  #leave(bytes: number): void {
    this.#count -= 1;
    this.#bytes -= bytes;
    this.#next();
  }

  #next(): void {
    for (let next = this.#waiting[0]; next !== undefined && this.#fits(next.bytes); next = this.#waiting[0]) {
      this.#waiting.shift();
      this.#waitingBytes -= next.bytes;
      this.#take(next.bytes);
      next.enter();
    }
  }
}
