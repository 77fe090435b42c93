import { Inject, Injectable, type OnApplicationBootstrap, type BeforeApplicationShutdown } from '@nestjs/common';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { type OrganisationDirectory, ORGANISATIONS } from '../../access/contract.js';
import { streamOf } from '../../kernel/decider.js';
import { Refusal } from '../../kernel/refusal.js';
import { Appender } from '../../platform/commands/appender.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import { EVENT_STORE, READ_MODEL } from '../../platform/commands/tokens.js';
import type { EventStore } from '../../platform/event-store/event-store.port.js';
import { VIEW_GAUGE, type ViewGauge } from '../../platform/http/view-gauge.port.js';
import { allPages } from '../../platform/read-model/all-pages.js';
import type { ReadModel } from '../../platform/read-model/read-model.port.js';
import { LOGGER, type Logger } from '../../platform/telemetry/logger.js';
import { imports, type RowError } from './import.js';
import type { ImportOrder } from './import.order.js';
import { ImportRun, read } from './import.run.js';
import { type UploadedFile, Uploads } from './import.upload.js';
import { importsView } from './import.view.js';
import { ImportWorks } from './import.works.service.js';

/** Pauses before an import that the store interrupted is run again, in milliseconds. */
const RETRY_PAUSES = [1_000, 5_000, 15_000];

/** What an import would come to: as its GET answers one that has ended. */
export interface Rehearsal {
  readonly status: 'done' | 'failed';
  readonly reason: string | null;
  readonly errors: readonly RowError[];
}

/** Runs the imports of this node: new ones at once, interrupted ones when the node starts. */
@Injectable()
export class ImportRunner implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly running = new Map<string, Promise<void>>();
  private readonly stopping = new AbortController();
  private readonly startedAt = Date.now();

  constructor(
    @Inject(EVENT_STORE) private readonly store: EventStore,
    @Inject(READ_MODEL) private readonly readModel: ReadModel,
    @Inject(VIEW_GAUGE) private readonly gauge: ViewGauge,
    @Inject(ORGANISATIONS) private readonly organisations: OrganisationDirectory,
    @Inject(LOGGER) private readonly log: Logger,
    private readonly appender: Appender,
    private readonly states: StateCache,
    private readonly uploads: Uploads,
    private readonly works: ImportWorks,
  ) {}

  onApplicationBootstrap(): void {
    this.resume().catch((error: unknown) => {
      if (!this.isStopping()) this.log.error({ err: error }, 'interrupted imports could not be looked up');
    });
  }

  /** What is under way stops between two blocks, and goes on after the next start. */
  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await Promise.allSettled(this.running.values());
  }

  /** Begins an import, or does nothing where it is under way or has ended. */
  start(organisation: string, id: string): void {
    if (this.running.has(id) || this.isStopping()) return;
    const run = this.untilItEnds(organisation, id).finally(() => this.running.delete(id));
    this.running.set(id, run);
  }

  /** Tries an import out: what it would do with the file now. Nothing is written. */
  async rehearse(order: Omit<ImportOrder, 'currency'>, file: UploadedFile): Promise<Rehearsal> {
    const currency = await this.organisations.currencyOf(order.organisation);
    const breathe = async (): Promise<void> => {
      await nextTurn();
      if (this.isStopping()) throw new Refusal('unavailable', 'The service is being stopped', { retryAfter: 5 });
    };
    const work = await this.works.rehearsal({ ...order, currency }, file.scratch, breathe);
    const reason = await read(file.records(), work, breathe);
    const { counts, errors } = work.tally;
    return { status: reason === undefined ? 'done' : 'failed', reason: reason ?? null, ...counts, errors };
  }

  private isStopping(): boolean {
    return this.stopping.signal.aborted;
  }

  private async resume(): Promise<void> {
    const head = await this.store.head();
    if (head !== undefined && !(await this.gauge.waitFor(importsView.name, head, 10 * 60_000))) return;
    const interrupted: { organisation: string; id: string }[] = [];
    const where = [{ field: 'status', eq: 'running' }];
    for await (const page of allPages(this.readModel, importsView, { where, sort: 'oldest' })) {
      interrupted.push(...page.map(({ doc }) => doc));
    }
    await this.uploads.removeStale(new Set(interrupted.map(({ id }) => id)), this.startedAt);
    for (const { organisation, id } of interrupted) {
      if (await this.uploads.has(id)) this.start(organisation, id);
      else this.log.warn({ importId: id }, 'an interrupted import goes on at the node that has its upload, not here');
    }
  }

  private async untilItEnds(organisation: string, id: string): Promise<void> {
    const { signal } = this.stopping;
    for (let attempt = 0; !this.isStopping(); attempt++) {
      try {
        await this.run(organisation, id, signal);
        return;
      } catch (error) {
        if (this.isStopping()) return;
        this.log.error({ err: error, importId: id, attempt }, 'an import was interrupted and will go on');
        await sleep(RETRY_PAUSES[Math.min(attempt, RETRY_PAUSES.length - 1)], undefined, { signal }).catch(
          () => undefined,
        );
      }
    }
  }

  private async run(organisation: string, id: string, signal: AbortSignal): Promise<void> {
    const { state } = await this.states.load(imports, organisation, id);
    if (state.status !== 'running') return;
    const { kind, options } = state;
    for await (const accepted of this.store.readStream(streamOf(imports, organisation, id), { limit: 1 })) {
      const currency = await this.organisations.currencyOf(organisation);
      const order = { id, organisation, currency, kind, options, accepted };
      const file = this.uploads.fileOf(id);
      const run = new ImportRun(this.appender, order, signal);
      await run.run(file.records(), (breathe) => this.works.work(order, file.scratch, breathe));
    }
    await this.uploads.remove(id);
  }
}
