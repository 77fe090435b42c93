import { setTimeout as sleep } from 'node:timers/promises';
import { type BeforeApplicationShutdown, Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { streamOf } from '../../kernel/decider.js';
import type { Instant } from '../../kernel/event.js';
import { systemMetadata } from '../../platform/commands/metadata.js';
import { type Clock, CLOCK, EVENT_STORE, READ_MODEL } from '../../platform/commands/tokens.js';
import type { EventStore, StoredEvent } from '../../platform/event-store/event-store.port.js';
import { VIEW_GAUGE, type ViewGauge } from '../../platform/http/view-gauge.port.js';
import { allPages } from '../../platform/read-model/all-pages.js';
import type { ReadModel } from '../../platform/read-model/read-model.port.js';
import { LOGGER, type Logger } from '../../platform/telemetry/logger.js';
import { NUMBERED_DOCUMENTS, type NumberedDocuments } from './numbered-documents.port.js';
import { numbers } from './numbers.js';
import { NumberRegister } from './numbers.register.js';
import { type OpenReservation, openReservationsView } from './numbers.view.js';

/** What is younger than this (milliseconds) is left to the command that is at it. */
const GRACE = 10_000;
const INTERVAL = 15_000;
const START = 10 * 60_000;

/**
 * Sees to it that every reserved number is used. A document that stands as it stood when its number was reserved is issued
 * with it: the command was allowed, and only its end is missing. A document that has moved on cannot be issued by that
 * command any more, so the number goes to another one. A document that is not there yet is its maker's to finish.
 */
@Injectable()
export class CompleteReservations implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();

  constructor(
    @Inject(EVENT_STORE) private readonly store: EventStore,
    @Inject(READ_MODEL) private readonly model: ReadModel,
    @Inject(VIEW_GAUGE) private readonly gauge: ViewGauge,
    @Inject(NUMBERED_DOCUMENTS) private readonly documents: NumberedDocuments,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOGGER) private readonly log: Logger,
    private readonly register: NumberRegister,
  ) {}

  onApplicationBootstrap(): void {
    this.running = this.run().catch((error: unknown) => {
      if (!this.stopping.signal.aborted)
        this.log.error({ err: error }, 'open reservations of numbers are not looked after any more');
    });
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  /** At the start whatever an earlier process left behind, at once; then what has been open for a while, now and then. */
  private async run(): Promise<void> {
    const { signal } = this.stopping;
    const started = this.clock();
    const head = await this.store.head();
    if (head !== undefined) await this.gauge.waitFor(openReservationsView.name, head, START);
    for (let before = started; !signal.aborted; before = this.clock() - GRACE) {
      await this.complete(new Date(before).toISOString()).catch((error: unknown) => {
        if (!signal.aborted) this.log.error({ err: error }, 'open reservations of numbers could not be read');
      });
      await sleep(INTERVAL, undefined, { signal, ref: false });
    }
  }

  /** Goes through the reservations that were made before an instant. One that cannot be completed holds up no other. */
  async complete(before: Instant): Promise<void> {
    const where = [{ field: 'reservedAt', before }];
    for await (const page of allPages(this.model, openReservationsView, { where, sort: 'oldest' })) {
      for (const { key, doc } of page) {
        if (this.stopping.signal.aborted) return;
        await this.finish(key, doc).catch((error: unknown) => {
          this.log.warn(
            { err: error, document: key, organisation: doc.organisation },
            'a reserved number is still not used',
          );
        });
      }
    }
  }

  private async finish(
    id: string,
    { organisation, series, number, revision, reservedBy }: OpenReservation,
  ): Promise<void> {
    const found = await this.documents.look(organisation, series, id);
    if (found.revision === -1 || found.number === number) return;
    const cause = await this.reservation(organisation, reservedBy);
    const metadata = systemMetadata(
      cause,
      'numbering',
      found.revision === revision ? cause.metadata.command : 'ReleaseNumber',
    );
    if (found.revision !== revision) return this.register.release(organisation, series, [{ id, revision }], metadata);
    const { idempotency } = cause.metadata;
    await this.documents.issue(organisation, series, { id, revision }, number, {
      ...metadata,
      ...(idempotency === undefined ? {} : { idempotency }),
    });
  }

  private async reservation(organisation: string, revision: number): Promise<StoredEvent> {
    for await (const event of this.store.readStream(streamOf(numbers, organisation, organisation), {
      from: revision,
      limit: 1,
    })) {
      return event;
    }
    throw new Error(`The register of ${organisation} has no revision ${revision}`);
  }
}
