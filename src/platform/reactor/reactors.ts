import { setTimeout as sleep } from 'node:timers/promises';
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnApplicationBootstrap,
  Optional,
} from '@nestjs/common';
import { aborted } from '../aborted.js';
import type { EventOpener } from '../codec/codec.port.js';
import { CODEC, EVENT_STORE, LEASES } from '../commands/tokens.js';
import { type EventStore, WrongExpectedRevision } from '../event-store/event-store.port.js';
import type { Leases } from '../read-model/lease.port.js';
import { type Logger, LOGGER } from '../telemetry/logger.js';
import type { Reactor } from './reactor.js';
import type { Routine } from './routine.js';
import { runReactor } from './run-reactor.js';

/** Of those nodes of which one runs the reactors. */
const LEASE = 'reactors';
const AGAIN_MS = 1000;

/** `false` where another instance over the same stores runs the reactors. */
export const RUN_REACTORS = Symbol('RunReactors');

/** Features register their reactors and routines here when their module starts; they run from the application's start to its end. */
@Injectable()
export class Reactors implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly registered = new Map<string, Reactor>();
  private readonly routines = new Map<string, Routine>();
  private running: Promise<void> = Promise.resolve();
  private readonly ended = new Set<string>();
  private readonly stopping = new AbortController();

  constructor(
    @Inject(EVENT_STORE) private readonly store: EventStore,
    @Inject(CODEC) private readonly codec: Pick<EventOpener, 'open'>,
    @Inject(LOGGER) private readonly log: Logger,
    @Optional() @Inject(RUN_REACTORS) private readonly enabled: boolean = true,
    @Optional() @Inject(LEASES) private readonly leases?: Leases,
  ) {}

  register(reactor: Reactor): void {
    if (this.registered.has(reactor.name)) throw new Error(`The reactor ${reactor.name} is registered twice`);
    this.registered.set(reactor.name, reactor);
  }

  registerRoutine(routine: Routine): void {
    if (this.routines.has(routine.name)) throw new Error(`The routine ${routine.name} is registered twice`);
    this.routines.set(routine.name, routine);
  }

  onApplicationBootstrap(): void {
    if (!this.enabled) return;
    this.running = this.leases === undefined ? this.runAll(this.stopping.signal) : this.lead(this.leases);
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  /** Names of reactors that have ended though the application goes on: their effects wait for the next start. */
  get stopped(): readonly string[] {
    return [...this.ended];
  }

  /** Of several nodes one runs the reactors; when it goes, another one goes on from their checkpoints. */
  private async lead(leases: Leases): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      try {
        const lease = await leases.acquire(LEASE, signal);
        await this.runAll(AbortSignal.any([signal, lease.lost]));
        await lease.release();
      } catch (error) {
        if (this.isStopping()) return;
        this.log.warn({ err: error }, 'the lease of the reactors could not be had or given back');
      }
      await sleep(AGAIN_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  private isStopping(): boolean {
    return this.stopping.signal.aborted;
  }

  private async runAll(signal: AbortSignal): Promise<void> {
    this.ended.clear();
    await Promise.all([
      ...[...this.registered.values()].map((reactor) => this.run(reactor, signal)),
      ...[...this.routines.values()].map((routine) => this.repeat(routine, signal)),
    ]);
    // A lease is kept by a node whose reactors have ended, as they would stay ended without one.
    if (this.leases !== undefined) await aborted(signal);
  }

  private async run(reactor: Reactor, signal: AbortSignal): Promise<void> {
    const { store, codec, log } = this;
    try {
      await runReactor({ store, codec, reactor, signal, log });
    } catch (error) {
      if (signal.aborted) return;
      this.ended.add(reactor.name);
      const why = error instanceof WrongExpectedRevision ? 'another process runs it' : 'it failed';
      log.error({ err: error, reactor: reactor.name }, `reactor ${reactor.name} has ended: ${why}`);
    }
  }

  private async repeat(routine: Routine, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await routine.run(signal).catch((error: unknown) => {
        if (!signal.aborted) this.log.warn({ err: error, routine: routine.name }, 'a routine failed and comes again');
      });
      await sleep(routine.everyMs, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }
}
