import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { recordIdOf } from '../../kernel/decider.js';
import type { Codec } from '../../platform/codec/codec.port.js';
import type { RecordRef } from '../../platform/commands/evidence.port.js';
import { CODEC, EVENT_STORE } from '../../platform/commands/tokens.js';
import type { EventStore, StoredEvent } from '../../platform/event-store/event-store.port.js';
import { type Logger, LOGGER } from '../../platform/telemetry/logger.js';
import { type TrailCatalogue, typeOf } from '../trail/catalogue.js';
import { TRAIL_CATALOGUE } from '../trail/trail.tokens.js';
import { type NotedEvent, TrailLeaves } from './trail.leaves.js';

export type { NotedEvent } from './trail.leaves.js';

/** Events that are remembered for all who follow; each costs a few hundred bytes. */
const MAX_RECENT = 4096;
/** How many are handed out together. */
const MAX_BATCH = 50;

interface Follower {
  readonly organisation: string;
  /** Everything up to here has been handed out, or is of others. */
  cursor: string;
  wake: () => void;
}

/**
 * The log as it goes on, for any number of followers at the price of one: while anybody follows, one subscription notes down
 * where the newest events stand. A follower that is behind what is remembered catches up by itself: by the leaves of its
 * organisation's tree, and through the log from where these end.
 */
@Injectable()
export class TrailFeed implements OnModuleDestroy {
  private readonly recent: NotedEvent[] = [];
  /** What is remembered begins behind this position; undefined while nobody follows. */
  private since: string | undefined;
  /** The last position that was considered. */
  private until = '';
  private readonly waiting = new Set<Follower>();
  private following = 0;
  private subscription: AbortController | undefined;
  private starting: Promise<void> | undefined;

  constructor(
    @Inject(TRAIL_CATALOGUE) private readonly catalogue: TrailCatalogue,
    @Inject(EVENT_STORE) private readonly store: EventStore,
    @Inject(CODEC) private readonly codec: Pick<Codec, 'openWithoutPersonal'>,
    @Inject(TrailLeaves) private readonly leaves: Pick<TrailLeaves, 'behind'>,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /**
   * An organisation's events behind a position (the end of the log by default), in log order, in batches, until aborted. The
   * next batch is looked for when it is asked for.
   *
   * @throws StoreUnavailable
   */
  async *follow(
    organisation: string,
    after: string | undefined,
    signal: AbortSignal,
  ): AsyncGenerator<readonly NotedEvent[]> {
    const follower: Follower = {
      organisation,
      cursor: after ?? (await this.store.head()) ?? '',
      wake: () => undefined,
    };
    const wake = (): void => follower.wake();
    signal.addEventListener('abort', wake);
    this.following += 1;
    try {
      while (!signal.aborted) {
        await (this.starting ??= this.start());
        if (this.since === undefined || follower.cursor < this.since) yield* this.catchUp(follower, signal);
        else if (follower.cursor >= this.until) await this.news(follower);
        else yield* this.remembered(follower);
      }
    } finally {
      signal.removeEventListener('abort', wake);
      this.following -= 1;
      if (this.following === 0) this.stop();
    }
  }

  onModuleDestroy(): void {
    this.stop();
  }

  private *remembered(follower: Follower): Generator<readonly NotedEvent[]> {
    const { organisation, cursor } = follower;
    const until = this.until;
    const newer = this.recent.filter((event) => event.position > cursor && event.organisation === organisation);
    for (let from = 0; from < newer.length; from += MAX_BATCH) {
      const batch = newer.slice(from, from + MAX_BATCH);
      follower.cursor = batch.at(-1)!.position;
      yield batch;
    }
    follower.cursor = until > follower.cursor ? until : follower.cursor;
  }

  /** As far as what is remembered begins. */
  private async *catchUp(follower: Follower, signal: AbortSignal): AsyncGenerator<readonly NotedEvent[]> {
    const { organisation } = follower;
    const head = (await this.store.head()) ?? '';
    follower.cursor = yield* this.leaves.behind(organisation, follower.cursor, { head, signal });
    const { cursor } = follower;
    if (hasEnded(signal) || this.isRemembered(cursor)) return;
    for await (const { events, position } of this.store.readAll({ ...(cursor !== '' && { after: cursor }), signal })) {
      const own = events.flatMap((stored) =>
        stored.metadata.organisation === organisation ? [this.noted(stored, organisation)] : [],
      );
      for (let from = 0; from < own.length; from += MAX_BATCH) {
        const batch = own.slice(from, from + MAX_BATCH);
        follower.cursor = batch.at(-1)!.position;
        yield batch;
      }
      follower.cursor = position;
      if (hasEnded(signal) || this.isRemembered(position)) return;
    }
  }

  /** Whether everything behind a position is remembered. */
  private isRemembered(position: string): boolean {
    return this.since !== undefined && position >= this.since;
  }

  /** Resolves when there may be something new for the follower, or it is to end. */
  private async news(follower: Follower): Promise<void> {
    await new Promise<void>((resolve) => {
      follower.wake = resolve;
      this.waiting.add(follower);
    });
    this.waiting.delete(follower);
  }

  private async start(): Promise<void> {
    const { signal } = (this.subscription = new AbortController());
    const head = await this.store.head().catch((error: unknown) => {
      this.starting = undefined;
      throw error;
    });
    if (signal.aborted) return;
    this.since = head ?? '';
    this.until = this.since;
    void this.listen(this.since, signal);
  }

  private stop(): void {
    this.subscription?.abort();
    this.subscription = undefined;
    this.starting = undefined;
    this.since = undefined;
    this.recent.length = 0;
  }

  private async listen(after: string, signal: AbortSignal): Promise<void> {
    try {
      const log = this.store.subscribeToAll({ ...(after !== '' && { after }), signal });
      for await (const { events, position } of log) {
        if (signal.aborted) return;
        this.note(events, position);
      }
    } catch (error) {
      if (signal.aborted) return;
      this.logger.error({ err: error }, 'the live trail lost the log');
    }
    // Those who follow read the log by themselves, and the next one begins anew.
    if (!signal.aborted) {
      this.stop();
      this.wakeAll();
    }
  }

  private note(events: readonly StoredEvent[], position: string): void {
    const touched = new Set<string>();
    for (const stored of events) {
      const { organisation } = stored.metadata;
      if (organisation === undefined) continue;
      this.recent.push(this.noted(stored, organisation));
      touched.add(organisation);
    }
    const tooMany = this.recent.length - MAX_RECENT;
    if (tooMany > 0) this.since = this.recent.splice(0, tooMany).at(-1)!.position;
    for (const follower of this.waiting) {
      if (touched.has(follower.organisation)) follower.wake();
      // What others did leaves nobody behind.
      else if (follower.cursor >= this.until && follower.cursor < position) follower.cursor = position;
    }
    this.until = position;
  }

  private wakeAll(): void {
    for (const follower of this.waiting) follower.wake();
  }

  private noted(stored: StoredEvent, organisation: string): NotedEvent {
    const { id, stream, revision, position } = stored;
    return { id, stream, revision, position, organisation, record: this.recordOf(stored) };
  }

  /** An event of a newer version is about something that nobody here can name. */
  private recordOf(stored: StoredEvent): RecordRef {
    try {
      return typeOf(this.catalogue, stored.type).record(this.codec.openWithoutPersonal(stored));
    } catch {
      return { kind: 'record', id: recordIdOf(stored.stream) };
    }
  }
}

/** Asked anew each time: it changes while others wait. */
const hasEnded = (signal: AbortSignal): boolean => signal.aborted;
