import type { EventOpener } from '../codec/codec.port.js';
import type { Batch, EventStore, StoredEvent } from '../event-store/event-store.port.js';
import { type Pauses, persist } from './back-off.js';
import { Checkpoint } from './checkpoint.js';
import { PermanentFailure } from './failures.js';
import { described, type ReactorLog } from './log.js';
import { isOutage } from './outage.js';
import type { Reactor } from './reactor.js';

export interface ReactorTuning {
  /** Attempts that may fail before an event is given up. */
  readonly attempts: number;
  readonly pauses: Pauses;
  /** Shortest time between two checkpoints, in milliseconds. */
  readonly checkpointEvery: number;
  /** How long a reactor may pass over events without writing down that it has, in milliseconds. */
  readonly lookEvery: number;
  readonly now: () => number;
}

export interface ReactorOptions {
  readonly store: EventStore;
  readonly codec: Pick<EventOpener, 'open'>;
  readonly reactor: Reactor;
  readonly signal: AbortSignal;
  readonly log: ReactorLog;
  readonly tuning?: Partial<ReactorTuning>;
}

/** Nobody waits for an effect by the millisecond, and the log is read on the thread that serves HTTP. */
const PACE_MS = 50;

/** An hour and ten minutes of trying for one event: 1, 2, 4 ... seconds, then every 5 minutes. */
const TUNING: ReactorTuning = {
  attempts: 20,
  pauses: { first: 1000, longest: 5 * 60_000 },
  checkpointEvery: 1000,
  lookEvery: 60_000,
  now: Date.now,
};

/**
 * Runs a reactor from its checkpoint until the signal is aborted; then it resolves, its checkpoint written.
 *
 * @throws WrongExpectedRevision when another process runs the same reactor
 */
export async function runReactor(options: ReactorOptions): Promise<void> {
  const tuning = { ...TUNING, ...options.tuning };
  const stop = new AbortController();
  const signal = AbortSignal.any([options.signal, stop.signal]);
  let lost: { readonly error: unknown } | undefined;
  try {
    await new Running({ ...options, signal }, tuning).run((error) => {
      lost = { error };
      stop.abort();
    });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  if (lost !== undefined) throw lost.error;
}

class Running {
  #nextLook = -Infinity;

  constructor(
    private readonly options: ReactorOptions,
    private readonly tuning: ReactorTuning,
  ) {}

  async run(lost: (error: unknown) => void): Promise<void> {
    const { store, reactor, signal } = this.options;
    const { pauses, checkpointEvery: every, now } = this.tuning;
    const warn = (error: unknown): void => this.#warn(error, 'the checkpoint is not written yet');
    const load = () => Checkpoint.load({ store, name: reactor.name, signal, every, pauses, now, warn, lost });
    const checkpoint = await persist(load, pauses, signal, (error) => {
      if (!isOutage(error)) throw error;
      this.#warn(error, 'the reactor cannot start yet');
    });
    try {
      let before = checkpoint.after;
      let live = false;
      for await (const { events, position, caughtUp } of store.subscribeToAll({
        after: before,
        types: reactor.types,
        signal,
        paceMs: PACE_MS,
      })) {
        for (const event of events) {
          if (reactor.skips?.(event) === true) checkpoint.advance(event);
          else await this.#react(event, checkpoint);
        }
        // Behind a long way nothing may come for hours, so the end of it is as good a time as any.
        if (this.tuning.now() >= this.#nextLook || (caughtUp && !live)) {
          this.#nextLook = this.tuning.now() + this.tuning.lookEvery;
          await this.#passedOver(before, position, checkpoint).catch((error: unknown) => {
            if (!isOutage(error)) throw error;
            // There is another time.
          });
        }
        before = position;
        live ||= caughtUp;
      }
    } finally {
      await checkpoint.close().catch((error: unknown) => this.#warn(error, 'the last checkpoint was not written'));
    }
  }

  /**
   * A checkpoint names an event, and most events of a log are none of a reactor's: where it has passed over many since its last
   * one it names one of those, or each start would read the log from there. Many are more than a read hands out at once, so the
   * few events that reactors write themselves are none.
   */
  async #passedOver(before: string | undefined, upTo: string, checkpoint: Checkpoint): Promise<void> {
    const { store, signal } = this.options;
    const firstBatch = async (after: string | undefined): Promise<Batch | undefined> => {
      for await (const batch of store.readAll({ after, signal })) return batch;
      return undefined;
    };
    const next = await firstBatch(checkpoint.after);
    if (next === undefined || next.position >= upTo) return;
    const passed = await firstBatch(before);
    const last = passed?.events.findLast(({ position }) => position <= upTo);
    if (last !== undefined && last.position > (checkpoint.after ?? '')) checkpoint.advance(last);
  }

  /** Resolves when the effect has happened or was given up. Rejects when aborted. */
  async #react(event: StoredEvent, checkpoint: Checkpoint): Promise<void> {
    const { signal } = this.options;
    let attempts = 0;
    const attempt = () => this.#attempt(event);
    try {
      await persist(attempt, this.tuning.pauses, signal, (error, failures) => {
        if (!isOutage(error)) attempts++;
        const final = error instanceof PermanentFailure || attempts >= this.tuning.attempts;
        this.#tell(event, error, failures, final);
        if (final) throw error;
      });
    } catch (error) {
      signal.throwIfAborted();
      await checkpoint.giveUp(event, attempts, described(error, error instanceof PermanentFailure));
      return;
    }
    checkpoint.advance(event);
  }

  /** The event is opened anew for each attempt: an erasure in between is seen. */
  async #attempt(stored: StoredEvent): Promise<void> {
    const { codec, reactor, signal } = this.options;
    const [event] = await codec.open([stored]);
    await reactor.handle(event!, signal);
  }

  #tell({ id, type, position }: StoredEvent, error: unknown, attempt: number, final: boolean): void {
    const ours = error instanceof PermanentFailure || isOutage(error);
    const fields = {
      reactor: this.options.reactor.name,
      event: id,
      type,
      position,
      attempt,
      error: described(error, ours),
    };
    if (final) this.options.log.error(fields, 'a reaction was given up');
    else this.options.log.warn(fields, 'a reaction failed and is tried again');
  }

  #warn(error: unknown, message: string): void {
    this.options.log.warn({ reactor: this.options.reactor.name, error: described(error, isOutage(error)) }, message);
  }
}
