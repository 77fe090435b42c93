import { Inject, Injectable, type OnApplicationBootstrap, type BeforeApplicationShutdown } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import { type OrganisationDirectory, ORGANISATIONS } from '../../access/contract.js';
import { streamOf } from '../../kernel/decider.js';
import { Appender } from '../../platform/commands/appender.js';
import { AUTHORISER, type Authoriser } from '../../platform/commands/principal.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import { EVENT_STORE, READ_MODEL } from '../../platform/commands/tokens.js';
import type { EventStore } from '../../platform/event-store/event-store.port.js';
import { VIEW_GAUGE, type ViewGauge } from '../../platform/http/view-gauge.port.js';
import { allPages } from '../../platform/read-model/all-pages.js';
import type { ReadModel } from '../../platform/read-model/read-model.port.js';
import { LOGGER, type Logger } from '../../platform/telemetry/logger.js';
import { NumberRegister } from '../numbering/numbers.register.js';
import { imports } from './import.js';
import { ImportRun, type ImportTools } from './import.run.js';
import { Uploads } from './import.upload.js';
import { importsView } from './import.view.js';

/** Pauses before an import that the store interrupted is run again, in milliseconds. */
const RETRY_PAUSES = [1_000, 5_000, 15_000];

/** Runs the imports of this node: new ones at once, interrupted ones when the node starts. */
@Injectable()
export class ImportRunner implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly running = new Map<string, Promise<void>>();
  private readonly stopping = new AbortController();
  private readonly startedAt = Date.now();
  private readonly tools: ImportTools;

  constructor(
    @Inject(EVENT_STORE) private readonly store: EventStore,
    @Inject(READ_MODEL) private readonly readModel: ReadModel,
    @Inject(VIEW_GAUGE) private readonly gauge: ViewGauge,
    @Inject(AUTHORISER) authoriser: Authoriser,
    @Inject(ORGANISATIONS) private readonly organisations: OrganisationDirectory,
    @Inject(LOGGER) private readonly log: Logger,
    appender: Appender,
    private readonly states: StateCache,
    numbers: NumberRegister,
    private readonly uploads: Uploads,
  ) {
    this.tools = { store, appender, authoriser, numbers, uploads };
  }

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
    for await (const accepted of this.store.readStream(streamOf(imports, organisation, id), { limit: 1 })) {
      const currency = await this.organisations.currencyOf(organisation);
      await new ImportRun(this.tools, { id, organisation, currency, accepted }, signal).run();
    }
    await this.uploads.remove(id);
  }
}
