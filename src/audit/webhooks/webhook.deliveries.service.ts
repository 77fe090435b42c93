import { setTimeout as sleep } from 'node:timers/promises';
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnApplicationBootstrap,
  Optional,
} from '@nestjs/common';
import { recordIdOf } from '../../kernel/decider.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import { type Clock, CLOCK, EVENT_STORE, LEASES, READ_MODEL } from '../../platform/commands/tokens.js';
import type { EventStore, StoredEvent } from '../../platform/event-store/event-store.port.js';
import { RUN_REACTORS } from '../../platform/reactor/reactors.js';
import type { Leases } from '../../platform/read-model/lease.port.js';
import type { ReadModel } from '../../platform/read-model/read-model.port.js';
import { type Logger, LOGGER } from '../../platform/telemetry/logger.js';
import { TrailLeaves } from '../replay/trail.leaves.js';
import { WebhookFeed } from './webhook.feed.js';
import { WebhookJournal } from './webhook.journal.service.js';
import { isLive, webhooks } from './webhook.js';
import { WebhookPost } from './webhook.post.service.js';
import { WebhookPass } from './webhook.run.js';
import { WEBHOOK_TUNING, type WebhookTuning } from './webhook.tokens.js';
import { webhooksView } from './webhook.view.js';

/** Of those nodes of which one sends. */
const LEASE = 'webhooks';
const AGAIN_MS = 1000;
/** Pause before a pass that failed for a reason nobody foresaw is begun again. */
const FAILED_MS = 60_000;
const PAGE = 200;

interface Known {
  readonly organisation: string;
  readonly id: string;
}

/** Sends what webhooks want, on one node at a time, from the application's start to its end: a pass for each active webhook. */
@Injectable()
export class WebhookDeliveries implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();

  constructor(
    @Inject(EVENT_STORE) private readonly store: EventStore,
    @Inject(READ_MODEL) private readonly model: ReadModel,
    private readonly states: StateCache,
    private readonly post: WebhookPost,
    private readonly journal: WebhookJournal,
    private readonly leaves: TrailLeaves,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOGGER) private readonly log: Logger,
    @Inject(WEBHOOK_TUNING) private readonly tuning: WebhookTuning,
    @Optional() @Inject(RUN_REACTORS) private readonly enabled: boolean = true,
    @Optional() @Inject(LEASES) private readonly leases?: Leases,
  ) {}

  onApplicationBootstrap(): void {
    if (this.enabled) this.running = this.lead();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async lead(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      try {
        await this.leadOnce(signal);
      } catch (error) {
        if (this.stopping.signal.aborted) return;
        this.log.warn({ err: error }, 'webhooks cannot be sent now');
      }
      await sleep(AGAIN_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  private async leadOnce(signal: AbortSignal): Promise<void> {
    if (this.leases === undefined) return this.sendAll(signal);
    const lease = await this.leases.acquire(LEASE, signal);
    try {
      await this.sendAll(AbortSignal.any([signal, lease.lost]));
    } finally {
      await lease.release();
    }
  }

  private async sendAll(signal: AbortSignal): Promise<void> {
    const { known, position } = await this.active();
    const feed = new WebhookFeed(this.store, this.leaves, position);
    const passes = new Passes((organisation, id) => this.passFor(feed, organisation, id), this.log);
    try {
      for (const { organisation, id } of known) passes.look(organisation, id);
      const look = ({ stream, metadata: { organisation } }: StoredEvent): void => {
        if (organisation !== undefined) passes.look(organisation, recordIdOf(stream));
      };
      await feed.run(webhooksView.events as readonly string[], look, signal);
    } finally {
      await passes.stop();
    }
  }

  /** Those that are active, and the position from which on changes of webhooks have to be looked at. */
  private async active(): Promise<{ readonly known: readonly Known[]; readonly position: string | undefined }> {
    const known: Known[] = [];
    let position: string | undefined;
    for (let after: string | null | undefined; after !== null;) {
      const query = { where: [{ field: 'status', eq: 'active' }], sort: 'newest', limit: PAGE };
      const page = await this.model.find(webhooksView, { ...query, ...(after !== undefined && { after }) });
      if (after === undefined) position = page.position;
      for (const { key, doc } of page.value.items) known.push({ organisation: doc.organisation, id: key });
      after = page.value.next;
    }
    return { known, position };
  }

  /** Undefined where nothing is to be sent. */
  private async passFor(
    feed: WebhookFeed,
    organisation: string,
    id: string,
  ): Promise<{ readonly revision: number; readonly begin: () => WebhookPass } | undefined> {
    const { state } = await this.states.load(webhooks, organisation, id);
    if (!isLive(state) || state.status !== 'active') return undefined;
    const { store, post, journal, log, clock: now, tuning } = this;
    const { host, run } = state;
    const parts = { feed, store, post, journal, log, now, pauses: tuning.pauses };
    return { revision: run.revision, begin: () => new WebhookPass(parts, { organisation, id, host, run }) };
  }
}

type PassFor = (
  organisation: string,
  id: string,
) => Promise<{ readonly revision: number; readonly begin: () => WebhookPass } | undefined>;

/** The passes that are under way, one for each active webhook. */
class Passes {
  private readonly passes = new Map<string, WebhookPass>();
  /** What is looked at, one look at a webhook after another. */
  private readonly looks = new Map<string, Promise<void>>();
  private readonly timers = new Set<NodeJS.Timeout>();
  private stopped = false;

  constructor(
    private readonly passFor: PassFor,
    private readonly log: Logger,
  ) {}

  /** Begins, ends or nudges the pass of a webhook, as its state asks for now. */
  look(organisation: string, id: string): void {
    const looking = (this.looks.get(id) ?? Promise.resolve())
      .then(() => this.adjust(organisation, id))
      .catch((error: unknown) => this.later(organisation, id, error))
      .finally(() => {
        if (this.looks.get(id) === looking) this.looks.delete(id);
      });
    this.looks.set(id, looking);
  }

  async stop(): Promise<void> {
    this.stopped = true;
    for (const timer of this.timers) clearTimeout(timer);
    await Promise.all(this.looks.values());
    await Promise.all([...this.passes.values()].map((pass) => pass.stop()));
  }

  private async adjust(organisation: string, id: string): Promise<void> {
    if (this.stopped) return;
    const wanted = await this.passFor(organisation, id);
    const current = this.passes.get(id);
    if (current !== undefined && current.target.run.revision === wanted?.revision) {
      current.nudge();
      return;
    }
    this.passes.delete(id);
    await current?.stop();
    if (wanted === undefined || this.isStopped()) return;
    const pass = wanted.begin();
    this.passes.set(id, pass);
    pass.done.then(
      () => {
        // It ended by itself, and what came while it was ending was not for it any more.
        if (this.forget(id, pass)) this.look(organisation, id);
      },
      (error: unknown) => {
        if (this.forget(id, pass)) this.later(organisation, id, error);
      },
    );
  }

  private forget(id: string, pass: WebhookPass): boolean {
    return this.passes.get(id) === pass && this.passes.delete(id);
  }

  private isStopped(): boolean {
    return this.stopped;
  }

  private later(organisation: string, id: string, error: unknown): void {
    if (this.stopped) return;
    this.log.error({ err: error, webhook: id }, 'a webhook has stopped and is begun again later');
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      this.look(organisation, id);
    }, FAILED_MS);
    this.timers.add(timer);
  }
}
