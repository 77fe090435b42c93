import type { Metadata } from '../../kernel/event.js';
import { type EventStore, type NewEvent, type StoredEvent } from '../event-store/event-store.port.js';
import { newId } from '../random.js';
import { type Pauses, persist } from './back-off.js';
import { isOutage } from './outage.js';
import { type Handled, type ReactorEvent, reactorEvents, reactorStream } from './reactor.events.js';

export interface CheckpointOptions {
  readonly store: EventStore;
  readonly name: string;
  readonly signal: AbortSignal;
  /** Shortest time between two checkpoints, in milliseconds. */
  readonly every: number;
  readonly pauses: Pauses;
  readonly now: () => number;
  /** A checkpoint could not be written yet. */
  readonly warn: (error: unknown) => void;
  /** Called once when no checkpoint can be written any more: another one writes this reactor's stream. */
  readonly lost: (error: unknown) => void;
}

/**
 * How far a reactor is, kept in its own stream. Appends expect the revision that was read last, so of two that run the same
 * reactor the slower one finds out, and stops.
 */
export class Checkpoint {
  readonly #stream: string;
  #revision: number | 'no-stream' = 'no-stream';
  #after: string | undefined;
  /** The last event since the last checkpoint that is handled, or passed over. */
  #unsaved: StoredEvent | undefined;
  #timer: NodeJS.Timeout | undefined;
  #lastSave = -Infinity;
  /** Appends happen one after another. */
  #last: Promise<void> = Promise.resolve();

  private constructor(private readonly options: CheckpointOptions) {
    this.#stream = reactorStream(options.name);
  }

  static async load(options: CheckpointOptions): Promise<Checkpoint> {
    const checkpoint = new Checkpoint(options);
    await checkpoint.#load();
    return checkpoint;
  }

  /** Where to go on after; undefined for the start of the log. */
  get after(): string | undefined {
    return this.#after;
  }

  /** The effects of all events up to this one have happened; it is written down soon. */
  advance(event: StoredEvent): void {
    this.#unsaved = event;
    this.#after = event.position;
    if (this.#timer !== undefined) return;
    const wait = Math.max(0, this.#lastSave + this.options.every - this.options.now());
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#lastSave = this.options.now();
      void this.#enqueue(() => this.#save(true)).catch((error: unknown) => this.#failed(error));
    }, wait);
  }

  /** Writes down that the effect of this event was given up, which is a checkpoint too. */
  async giveUp(event: StoredEvent, attempts: number, error: string): Promise<void> {
    this.#after = event.position;
    const data = { ...handled(event), eventId: event.id, eventType: event.type, attempts, error };
    await this.#enqueue(() => this.#append({ type: 'ReactionFailed', data }, event, true));
  }

  /** Writes down what has not been yet, with one attempt: what cannot be written is handled again at the next start. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#enqueue(() => this.#save(false));
  }

  async #load(): Promise<void> {
    const { store, signal } = this.options;
    for await (const last of store.readStream(this.#stream, { direction: 'backwards', limit: 1, signal })) {
      const { stream, revision } = last.data as Handled;
      this.#revision = last.revision;
      for await (const event of store.readStream(stream, { from: revision, limit: 1, signal }))
        this.#after = event.position;
      if (this.#after === undefined)
        throw new Error(`${this.#stream} was at ${stream}@${revision}, which is not in the log`);
    }
  }

  #enqueue(work: () => Promise<void>): Promise<void> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => undefined);
    return done;
  }

  async #save(persistently: boolean): Promise<void> {
    const event = this.#unsaved;
    if (event !== undefined) await this.#append({ type: 'ReactorAdvanced', data: handled(event) }, event, persistently);
  }

  async #append({ type, data }: ReactorEvent, handledEvent: StoredEvent, persistently: boolean): Promise<void> {
    const { store, pauses, signal, warn } = this.options;
    const event: NewEvent = {
      id: newId(this.options.now()),
      type,
      schemaVersion: reactorEvents[type].schemaVersion,
      data,
      metadata: this.#metadata(type, handledEvent),
    };
    const expected = this.#revision;
    // The same id at the same revision each time: an append whose outcome was unknown is not repeated.
    const attempt = () => store.append(this.#stream, expected, [event]);
    const { revision } = persistently
      ? await persist(attempt, pauses, signal, (error) => {
          if (!isOutage(error)) throw error;
          warn(error);
        })
      : await attempt();
    this.#revision = revision;
    // Another event may have been handled meanwhile; it waits for the next checkpoint.
    if (this.#unsaved === handledEvent || type === 'ReactionFailed') this.#unsaved = undefined;
  }

  #metadata(type: ReactorEvent['type'], { id, metadata }: StoredEvent): Metadata {
    return {
      actor: { kind: 'system', id: `reactor-${this.options.name}` },
      command: type === 'ReactorAdvanced' ? 'AdvanceReactor' : 'GiveUpReaction',
      correlationId: metadata.correlationId,
      causationId: id,
      requestId: metadata.requestId,
    };
  }

  #failed(error: unknown): void {
    if (!this.options.signal.aborted) this.options.lost(error);
  }
}

const handled = ({ stream, revision, position }: StoredEvent): Handled => ({ stream, revision, position });
