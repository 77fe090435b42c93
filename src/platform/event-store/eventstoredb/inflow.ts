import { type AllStreamResolvedEvent, type Position } from '@eventstore/db-client';
import { StoreUnavailable } from '../event-store.port.js';
import type { Subscribed } from './driver.js';
import { positionText } from './positions.js';

/** What a subscription tells, in the order in which the server told it. */
export type Told =
  | { readonly kind: 'event'; readonly event: AllStreamResolvedEvent }
  /** Everything up to here was considered by the server's filter. */
  | { readonly kind: 'checkpoint'; readonly position: string }
  | { readonly kind: 'caught-up' };

/** A mark comes behind so many events, counted from the first. */
interface Mark {
  readonly behind: number;
  readonly told: Told;
}

/**
 * Events that wait here to be handled. The server gives a live subscription up that lags some 64 events behind, so a burst
 * has to fit; beyond it the server is made to wait, by the streams' own back-pressure.
 */
const MOST = 2000;

/**
 * One run of a subscription, from its begin to its drop: it never comes back by itself. What arrives waits here in order,
 * and can be taken also after the drop.
 */
export class Inflow {
  readonly #stream: Subscribed;
  #told: Told[] = [];
  readonly #marks: Mark[] = [];
  #read = 0;
  #confirmed = false;
  #dropped: { readonly error: unknown } | undefined;
  #wake: (() => void) | undefined;

  /** @param subscribe begins it, telling the server's checkpoints to the function that it is given */
  constructor(subscribe: (checkpoint: (position: Position) => void) => Subscribed) {
    this.#stream = subscribe((position) => this.#mark({ kind: 'checkpoint', position: positionText(position) }));
    // For as long as the stream lives: without a listener an error would end the process.
    this.#stream.on('error', (error) => this.#drop(error));
    this.#stream.on('end', () => this.#drop(new StoreUnavailable('EventStoreDB ended the subscription')));
    this.#stream.on('close', () => this.#drop(new StoreUnavailable('The subscription was closed')));
    this.#stream.on('confirmation', () => {
      this.#confirmed = true;
      this.#wake?.();
    });
    this.#stream.on('caughtUp', () => this.#mark({ kind: 'caught-up' }));
    this.#stream.on('readable', () => this.#pump());
  }

  /** Whether the server has said anything. */
  get confirmed(): boolean {
    return this.#confirmed;
  }

  /** Nothing waits to be taken. */
  get empty(): boolean {
    this.#pump();
    return this.#told.length === 0;
  }

  /**
   * What has arrived; waits for something for so long, then answers nothing. Ends early when the signal aborts.
   *
   * @throws what the subscription dropped by, once everything that had arrived was taken
   */
  async next(milliseconds: number, signal: AbortSignal): Promise<readonly Told[]> {
    if (this.empty && this.#dropped === undefined && !signal.aborted) await this.#wait(milliseconds, signal);
    this.#pump();
    const told = this.#told;
    if (told.length === 0 && this.#dropped !== undefined) throw this.#dropped.error;
    this.#told = [];
    this.#pump();
    return told;
  }

  close(): void {
    this.#drop(new StoreUnavailable('The subscription was closed'));
    // A cancelled subscription ends neither by itself nor by an error.
    this.#stream.destroy();
    // There is no call to cancel where none could be made.
    this.#stream.unsubscribe().catch(() => undefined);
  }

  /** The client tells it as it passes by: behind what was read from the stream and what still waits in it. */
  #mark(told: Told): void {
    this.#confirmed = true;
    this.#marks.push({ behind: this.#read + this.#stream.readableLength, told });
    this.#pump();
  }

  #pump(): void {
    while (this.#told.length < MOST) {
      this.#placeMarks();
      const event = this.#stream.read() as AllStreamResolvedEvent | null;
      if (event === null) break;
      this.#read += 1;
      this.#confirmed = true;
      this.#told.push({ kind: 'event', event });
    }
    this.#placeMarks();
    if (this.#told.length > 0) this.#wake?.();
  }

  #placeMarks(): void {
    while (this.#marks.length > 0 && this.#marks[0]!.behind <= this.#read) this.#told.push(this.#marks.shift()!.told);
  }

  #drop(error: unknown): void {
    this.#dropped ??= { error };
    this.#wake?.();
  }

  async #wait(milliseconds: number, signal: AbortSignal): Promise<void> {
    let wake!: () => void;
    const woken = new Promise<void>((resolve) => (wake = resolve));
    this.#wake = wake;
    const timer = setTimeout(wake, milliseconds);
    signal.addEventListener('abort', wake, { once: true });
    try {
      await woken;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', wake);
      this.#wake = undefined;
    }
  }
}
