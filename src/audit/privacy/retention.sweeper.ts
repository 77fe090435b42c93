import { setTimeout as sleep } from 'node:timers/promises';
import { type BeforeApplicationShutdown, Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { dateAt } from '../../kernel/dates.js';
import { aborted } from '../../platform/aborted.js';
import { type Clock, CLOCK, EVENT_STORE, READ_MODEL } from '../../platform/commands/tokens.js';
import type { EventStore } from '../../platform/event-store/event-store.port.js';
import { VIEW_GAUGE, type ViewGauge } from '../../platform/http/view-gauge.port.js';
import { allPages } from '../../platform/read-model/all-pages.js';
import type { ReadModel } from '../../platform/read-model/read-model.port.js';
import { LOGGER, type Logger } from '../../platform/telemetry/logger.js';
import { expiryOf } from '../contract.js';
import { ExportFiles } from './export.files.js';
import { erasureOf } from './privacy.js';
import { PrivacyWork } from './privacy.work.js';
import { retainedView } from './retained.view.js';

const INTERVAL_MS = 60 * 60_000;
const START_MS = 10 * 60_000;

/**
 * Destroys what erasures had to leave once its time is over, and removes exports that nobody can have any more. What is due
 * stands in the log, so a restart misses nothing: it looks at the start, and each hour. So does each node: exports are files of their own.
 */
@Injectable()
export class RetentionSweeper implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly work: PrivacyWork,
    private readonly files: ExportFiles,
    @Inject(READ_MODEL) private readonly model: ReadModel,
    @Inject(EVENT_STORE) private readonly store: EventStore,
    @Inject(VIEW_GAUGE) private readonly gauge: ViewGauge,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.running = this.run();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  /** One round. What fails is logged, and the next round tries again. */
  async sweep(): Promise<void> {
    const today = dateAt(this.clock());
    const where = [{ field: 'keptUntil', before: today }];
    for await (const page of allPages(this.model, retainedView, { where, sort: 'soonest' })) {
      for (const { key: erasureId, doc } of page) {
        if (this.stopping.signal.aborted) return;
        await this.finish(doc.organisation, erasureId).catch((error: unknown) => {
          this.log.warn({ err: error, erasure: erasureId }, 'what an erasure left is not destroyed yet');
        });
      }
    }
    for (const { organisation, exportId } of await this.files.all()) {
      const state = await this.work.state(organisation);
      const found = state.exports.get(exportId);
      const isOver =
        found === undefined || expiryOf(found) <= this.clock() || erasureOf(state, found.subject.id)?.status === 'done';
      if (isOver) await this.files.remove({ organisation, exportId });
      // Another node may have finished what this one was making when it went.
      else if (found.status !== 'ordered') await this.files.removePart({ organisation, exportId });
    }
  }

  /** An erasure that was given up, for whatever reason, is not forgotten: it is tried again each day. */
  private async finish(organisation: string, erasureId: string): Promise<void> {
    await this.work.erase(organisation, erasureId);
    await this.work.destroyDue(organisation, erasureId);
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    try {
      const head = await this.store.head();
      if (head !== undefined)
        await Promise.race([this.gauge.waitFor(retainedView.name, head, START_MS), aborted(signal)]);
      while (!signal.aborted) {
        await this.sweep().catch((error: unknown) => {
          if (!signal.aborted) this.log.error({ err: error }, 'the ends of retention could not be looked up');
        });
        await sleep(INTERVAL_MS, undefined, { signal, ref: false });
      }
    } catch (error) {
      if (!signal.aborted) this.log.error({ err: error }, 'the ends of retention are not looked after any more');
    }
  }
}
