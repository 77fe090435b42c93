import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnApplicationBootstrap,
  Optional,
} from '@nestjs/common';
import type { EventOpener } from '../codec/codec.port.js';
import { CODEC, EVENT_STORE } from '../commands/tokens.js';
import { type EventStore, WrongExpectedRevision } from '../event-store/event-store.port.js';
import { type Logger, LOGGER } from '../telemetry/logger.js';
import type { Reactor } from './reactor.js';
import { runReactor } from './run-reactor.js';

/** `false` where another instance over the same stores runs the reactors. */
export const RUN_REACTORS = Symbol('RunReactors');

/** Features register their reactors here when their module starts; they run from the application's start to its end. */
@Injectable()
export class Reactors implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly registered = new Map<string, Reactor>();
  private readonly running: Promise<void>[] = [];
  private readonly ended = new Set<string>();
  private readonly stopping = new AbortController();

  constructor(
    @Inject(EVENT_STORE) private readonly store: EventStore,
    @Inject(CODEC) private readonly codec: Pick<EventOpener, 'open'>,
    @Inject(LOGGER) private readonly log: Logger,
    @Optional() @Inject(RUN_REACTORS) private readonly enabled: boolean = true,
  ) {}

  register(reactor: Reactor): void {
    if (this.registered.has(reactor.name)) throw new Error(`The reactor ${reactor.name} is registered twice`);
    this.registered.set(reactor.name, reactor);
  }

  onApplicationBootstrap(): void {
    if (!this.enabled) return;
    for (const reactor of this.registered.values()) this.running.push(this.run(reactor));
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await Promise.all(this.running);
  }

  /** Names of reactors that have ended though the application goes on: their effects wait for the next start. */
  get stopped(): readonly string[] {
    return [...this.ended];
  }

  private async run(reactor: Reactor): Promise<void> {
    const { store, codec, log } = this;
    const { signal } = this.stopping;
    try {
      await runReactor({ store, codec, reactor, signal, log });
    } catch (error) {
      if (signal.aborted) return;
      this.ended.add(reactor.name);
      const why = error instanceof WrongExpectedRevision ? 'another process runs it' : 'it failed';
      log.error({ err: error, reactor: reactor.name }, `reactor ${reactor.name} has ended: ${why}`);
    }
  }
}
