import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import type { Instant, Metadata } from '../../kernel/event.js';
import type { ViewDefinition } from '../../kernel/view.js';
import { systemMetadata } from '../../platform/commands/metadata.js';
import { aborted } from '../../platform/aborted.js';
import { type Clock, CLOCK, EVENT_STORE, READ_MODEL } from '../../platform/commands/tokens.js';
import type { EventStore, StoredEvent } from '../../platform/event-store/event-store.port.js';
import { VIEW_GAUGE, type ViewGauge } from '../../platform/http/view-gauge.port.js';
import { allPages } from '../../platform/read-model/all-pages.js';
import type { ReadModel } from '../../platform/read-model/read-model.port.js';
import { LOGGER, type Logger } from '../../platform/telemetry/logger.js';

/** What is younger than this (milliseconds) is left to the command that is at it. */
const GRACE = 10_000;
const INTERVAL = 15_000;
const START = 10 * 60_000;

/** Something that a command reserved on its way and has not used yet, keyed by what it is reserved for. */
export interface Reserved {
  readonly organisation: string;
  readonly reservedAt: Instant;
  /** Revision of the reservation in the stream that it stands in. */
  readonly reservedBy: number;
}

export interface Sweeping<Doc extends Reserved> {
  /** What is reserved and not used; indexed by `reservedAt`, and sorted by it as `oldest`. */
  readonly view: ViewDefinition<Doc>;
  /** What the log calls it, in the plural. */
  readonly name: string;
  /** Brings one to its end. Whatever it throws is logged, and the next round tries again. */
  readonly finish: (key: string, doc: Doc) => Promise<void>;
}

/** Makes sweeps, which bring to an end what commands that did not come to theirs have left reserved. */
@Injectable()
export class Sweeps {
  constructor(
    @Inject(EVENT_STORE) readonly store: EventStore,
    @Inject(READ_MODEL) readonly model: ReadModel,
    @Inject(VIEW_GAUGE) readonly gauge: ViewGauge,
    @Inject(CLOCK) readonly clock: Clock,
    @Inject(LOGGER) readonly log: Logger,
  ) {}

  of<Doc extends Reserved>(sweeping: Sweeping<Doc>): Sweep<Doc> {
    return new Sweep(this, sweeping);
  }

  /** The reservation itself, which says whose command it was. */
  async cause(stream: string, revision: number): Promise<StoredEvent> {
    for await (const event of this.store.readStream(stream, { from: revision, limit: 1 })) return event;
    throw new Error(`${stream} has no revision ${revision}`);
  }
}

/** For the rest of a command that did not come to its end: in the same person's name, under the same idempotency key. */
export function completionMetadata(cause: StoredEvent, system: string): Metadata {
  const { command, idempotency } = cause.metadata;
  return { ...systemMetadata(cause, system, command), ...(idempotency === undefined ? {} : { idempotency }) };
}

export class Sweep<Doc extends Reserved> {
  private readonly stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly tools: Sweeps,
    private readonly sweeping: Sweeping<Doc>,
  ) {}

  start(): void {
    this.running = this.run().catch((error: unknown) => {
      if (!this.stopping.signal.aborted)
        this.tools.log.error({ err: error }, `open ${this.sweeping.name} are not looked after any more`);
    });
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  /** At the start whatever an earlier process left behind, at once; then what has been open for a while, now and then. */
  private async run(): Promise<void> {
    const { store, gauge, clock, log } = this.tools;
    const { signal } = this.stopping;
    const started = clock();
    const head = await store.head();
    if (head !== undefined) await Promise.race([gauge.waitFor(this.sweeping.view.name, head, START), aborted(signal)]);
    for (let before = started; !signal.aborted; before = clock() - GRACE) {
      await this.complete(new Date(before).toISOString()).catch((error: unknown) => {
        if (!signal.aborted) log.error({ err: error }, `open ${this.sweeping.name} could not be read`);
      });
      await sleep(INTERVAL, undefined, { signal, ref: false });
    }
  }

  /** Goes through what was reserved before an instant. One that cannot be completed holds up no other. */
  async complete(before: Instant): Promise<void> {
    const { model, log } = this.tools;
    const { view, name, finish } = this.sweeping;
    const where = [{ field: 'reservedAt', before }];
    for await (const page of allPages(model, view, { where, sort: 'oldest' })) {
      for (const { key, doc } of page) {
        if (this.stopping.signal.aborted) return;
        await finish(key, doc).catch((error: unknown) => {
          log.warn(
            { err: error, document: key, organisation: doc.organisation },
            `one of the ${name} is still not used`,
          );
        });
      }
    }
  }
}
