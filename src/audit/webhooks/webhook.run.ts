import { setTimeout as sleep } from 'node:timers/promises';
import type { EventStore } from '../../platform/event-store/event-store.port.js';
import { type Pauses, persist } from '../../platform/reactor/back-off.js';
import { Checkpoint } from '../../platform/reactor/checkpoint.js';
import { PermanentFailure } from '../../platform/reactor/failures.js';
import { described, type ReactorLog } from '../../platform/reactor/log.js';
import { isOutage } from '../../platform/reactor/outage.js';
import type { Queued, WebhookFeed } from './webhook.feed.js';
import type { WebhookJournal } from './webhook.journal.service.js';
import type { PauseReason, WebhookRun } from './webhook.js';
import type { Outcome, WebhookPost } from './webhook.post.service.js';

export interface RunParts {
  readonly feed: Pick<WebhookFeed, 'of'>;
  readonly store: EventStore;
  readonly post: Pick<WebhookPost, 'attempt'>;
  readonly journal: WebhookJournal;
  readonly log: ReactorLog;
  readonly now: () => number;
  /** Milliseconds behind each failed attempt but the last. */
  readonly pauses: readonly number[];
}

/** Which webhook, and its pass through the log. */
export interface Target {
  readonly organisation: string;
  readonly id: string;
  readonly host: string;
  readonly run: WebhookRun;
}

/** After so many events in a row that could not be delivered, nothing is tried any more. */
const MAX_IN_A_ROW = 10;
const CHECKPOINT_MS = 5000;
/** While something of our own is away. */
const OUTAGE: Pauses = { first: 1000, longest: 60_000 };

/** The webhook is not to be sent to any more, or its pass has ended. */
class Ended extends Error {}

/**
 * One pass of one webhook: its events in log order, one at a time, each until it was delivered or given up. Its checkpoint is
 * behind what was dealt with; after a crash the last ones come again, and receivers know them by their id.
 */
export class WebhookPass {
  private readonly stopping = new AbortController();
  private rouse: () => void = () => undefined;
  private failedInARow = 0;
  /** Why this node cannot go on, though the webhook is active. */
  private lost: unknown;
  /** Resolves when the pass has ended, by itself or stopped; rejects where it failed. */
  readonly done: Promise<void>;

  constructor(
    private readonly parts: RunParts,
    readonly target: Target,
  ) {
    this.done = this.go()
      .catch((error: unknown) => {
        if (!(error instanceof Ended) && !this.stopping.signal.aborted) throw error;
      })
      .finally(() => {
        if (this.lost !== undefined) throw this.lost as Error;
      });
  }

  /** Tries at once what is waiting for its next attempt: the settings may be others now. */
  nudge(): void {
    this.rouse();
  }

  async stop(): Promise<void> {
    this.stopping.abort(new Ended());
    this.rouse();
    await this.done.catch(() => undefined);
  }

  private async go(): Promise<void> {
    const { signal } = this.stopping;
    const checkpoint = await this.outlasting(() => this.checkpoint());
    try {
      const { start } = this.target.run;
      let { after } = checkpoint;
      if (after === undefined) {
        const first = await this.outlasting(() => this.eventAt(start));
        if (start.included) await this.deal(first, checkpoint);
        after = first.position;
      }
      for await (const event of this.parts.feed.of(this.target.organisation, after, signal))
        await this.deal(event, checkpoint);
    } finally {
      await checkpoint.close().catch((error: unknown) => this.warn(error, 'the last checkpoint was not written'));
    }
  }

  private checkpoint(): Promise<Checkpoint> {
    const { store, now } = this.parts;
    const { id, run } = this.target;
    return Checkpoint.load({
      store,
      name: `webhook-${id}-${run.revision}`,
      signal: this.stopping.signal,
      every: CHECKPOINT_MS,
      pauses: OUTAGE,
      now,
      warn: (error) => this.warn(error, 'the checkpoint of a webhook is not written yet'),
      // Another node has taken over: it goes on from what this one wrote last.
      lost: (error) => {
        this.lost = error;
        this.stopping.abort(new Ended());
        this.rouse();
      },
    });
  }

  private async eventAt({ stream, revision }: { readonly stream: string; readonly revision: number }): Promise<Queued> {
    for await (const event of this.parts.store.readStream(stream, { from: revision, limit: 1 })) return event;
    throw new Error(`A webhook was to begin at ${stream}@${revision}, which is not in the log`);
  }

  private async deal(event: Queued, checkpoint: Checkpoint): Promise<void> {
    await this.deliver(event);
    checkpoint.advance(event);
  }

  /** Resolves when the event is dealt with. @throws Ended */
  private async deliver(event: Queued): Promise<void> {
    const { pauses } = this.parts;
    for (let attempt = 1; ; attempt++) {
      const outcome = await this.outlasting(() => this.attempt(event));
      switch (outcome.kind) {
        case 'passed-over':
          return;
        case 'delivered':
          this.failedInARow = 0;
          await this.settle(event);
          return;
        case 'ended':
          if (outcome.reason !== undefined) await this.pause(outcome.reason, event);
          throw new Ended();
        case 'failed': {
          const pause = pauses[attempt - 1];
          if (pause === undefined) return this.giveUp(event, attempt, outcome.error);
          await this.wait(pause);
        }
      }
    }
  }

  /** What nobody foresaw counts as a failed attempt, so that no event stands in the way for ever. */
  private async attempt({ id, type, stream, revision }: Queued): Promise<Outcome> {
    const { signal } = this.stopping;
    try {
      return await this.parts.post.attempt(
        this.target.organisation,
        this.target.id,
        { id, type, stream, revision },
        signal,
      );
    } catch (error) {
      signal.throwIfAborted();
      if (isOutage(error)) throw error;
      const ours = error instanceof PermanentFailure;
      this.parts.log.error({ webhook: this.target.id, event: id, error: described(error, ours) }, 'a delivery failed');
      return { kind: 'failed', error: ours ? error.message : 'an error within Countersign' };
    }
  }

  private settle(event: Queued): Promise<void> {
    const { organisation, id, host } = this.target;
    return this.outlasting(() => this.parts.journal.delivered(organisation, id, host, event));
  }

  private async giveUp(event: Queued, attempts: number, error: string): Promise<void> {
    const { organisation, id, host } = this.target;
    const { type, stream, revision } = event;
    const letter = { host, event: { id: event.id, type, stream, revision }, attempts, error };
    await this.outlasting(() => this.parts.journal.gaveUp(organisation, id, letter, event));
    this.failedInARow++;
    if (this.failedInARow < MAX_IN_A_ROW) return;
    await this.pause('failing', event);
    throw new Ended();
  }

  private pause(reason: PauseReason, event: Queued): Promise<void> {
    const { organisation, id } = this.target;
    return this.outlasting(() => this.parts.journal.pause(organisation, id, reason, event));
  }

  /** Until something of our own that is away is back. */
  private outlasting<T>(work: () => Promise<T>): Promise<T> {
    return persist(work, OUTAGE, this.stopping.signal, (error) => {
      if (!isOutage(error)) throw error;
      this.warn(error, 'a webhook waits for what is away');
    });
  }

  private async wait(milliseconds: number): Promise<void> {
    const roused = new AbortController();
    this.rouse = () => roused.abort();
    await sleep(milliseconds, undefined, { signal: roused.signal }).catch(() => undefined);
    this.stopping.signal.throwIfAborted();
  }

  private warn(error: unknown, message: string): void {
    this.parts.log.warn({ webhook: this.target.id, error: described(error, isOutage(error)) }, message);
  }
}
