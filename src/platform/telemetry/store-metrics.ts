import { BroadcastChannel, isMainThread } from 'node:worker_threads';
import { Counter, Histogram, type Registry } from 'prom-client';

/** What can be connected to anew. */
export const BACKENDS = ['event-store', 'read-model', 'vault'] as const;
export type Backend = (typeof BACKENDS)[number];

/** Why an append was not acknowledged, by the name of the port's error. */
const FAILURES: Readonly<Record<string, string>> = {
  WrongExpectedRevision: 'conflict',
  EventTooLarge: 'too-large',
  StoreUnavailable: 'unavailable',
  OutcomeUnknown: 'unknown',
};
const OTHER = 'other';

/** Reconnects happen in any thread; they are counted in the one that is scraped. In-process only, as all such channels. */
const CHANNEL = 'countersign reconnects';

/**
 * What is counted for the process, below any application instance: stores are opened before there is one, and several
 * instances share them. Shown by the registry of each. Nothing has labels on the path of a command that succeeds.
 */
class StoreMetrics {
  readonly #append = new Histogram({
    name: 'countersign_append_duration_seconds',
    help: 'From asking the event store for an append to its acknowledgement, retries after an unknown outcome included',
    buckets: [0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 2.5, 10],
    registers: [],
  });
  readonly #failures = new Counter({
    name: 'countersign_append_failures_total',
    help: 'Appends that were not acknowledged, by reason; a conflict is decided again',
    labelNames: ['reason'],
    registers: [],
  });
  readonly #batch = new Histogram({
    name: 'countersign_commit_appends',
    help: 'Appends that one commit of the embedded event store made durable together',
    buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256],
    registers: [],
  });
  readonly #reconnects = new Counter({
    name: 'countersign_reconnects_total',
    help: 'Connections and subscriptions that were opened anew after they had failed',
    labelNames: ['backend'],
    registers: [],
  });
  #channel: BroadcastChannel | undefined;

  constructor() {
    for (const reason of [...Object.values(FAILURES), OTHER]) this.#failures.inc({ reason }, 0);
    for (const backend of BACKENDS) this.#reconnects.inc({ backend }, 0);
  }

  appended(seconds: number): void {
    this.#append.observe(seconds);
  }

  appendFailed(error: unknown): void {
    this.#failures.inc({ reason: (error instanceof Error ? FAILURES[error.name] : undefined) ?? OTHER });
  }

  committed(appends: number): void {
    this.#batch.observe(appends);
  }

  /** For adapters: a connection, or a subscription, works again after it had failed. Callable in any thread. */
  reconnected(backend: Backend): void {
    this.#reconnects.inc({ backend });
    if (isMainThread) return;
    this.#open().postMessage(backend);
  }

  /** Shows these numbers in a registry, and hears of other threads from now on. */
  showIn(registry: Registry): void {
    registry.registerMetric(this.#append);
    registry.registerMetric(this.#failures);
    registry.registerMetric(this.#batch);
    registry.registerMetric(this.#reconnects);
    this.#open().onmessage = (message) => this.#reconnects.inc({ backend: (message as { data: Backend }).data });
  }

  /** Keeps no thread alive. */
  #open(): BroadcastChannel {
    if (this.#channel !== undefined) return this.#channel;
    this.#channel = new BroadcastChannel(CHANNEL);
    this.#channel.unref();
    return this.#channel;
  }
}

export const storeMetrics = new StoreMetrics();
