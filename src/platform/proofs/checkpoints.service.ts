import { setTimeout as sleep } from 'node:timers/promises';
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnApplicationBootstrap,
  Optional,
} from '@nestjs/common';
import { streamOf } from '../../kernel/decider.js';
import type { Metadata } from '../../kernel/event.js';
import { aborted } from '../aborted.js';
import { Appender } from '../commands/appender.js';
import { StateCache } from '../commands/state-cache.js';
import { LEASES } from '../commands/tokens.js';
import { StoreUnavailable, WrongExpectedRevision } from '../event-store/event-store.port.js';
import { newId } from '../random.js';
import { type Clock, CLOCK } from '../commands/tokens.js';
import { RUN_REACTORS } from '../reactor/reactors.js';
import type { Leases } from '../read-model/lease.port.js';
import { type Logger, LOGGER } from '../telemetry/logger.js';
import { type CheckpointSigned, checkpoints } from './checkpoint.js';
import type { SignedHead } from './notary.js';
import { NotaryClient } from './notary-client.js';

/** Of those nodes of which one writes checkpoints. */
const LEASE = 'notary';
const AGAIN_MS = 1000;
/** How long an export waits for the trees to hold its last event. */
const PATIENCE_MS = 10_000;

/**
 * Writes what the notary signs into the log, at the revision that was seen last: of two nodes that would sign, one is refused.
 * A checkpoint is never about fewer events than the one before.
 */
@Injectable()
export class Checkpoints implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();
  private writing: Promise<void> = Promise.resolve();

  constructor(
    private readonly notary: NotaryClient,
    private readonly states: StateCache,
    private readonly appender: Appender,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOGGER) private readonly log: Logger,
    @Optional() @Inject(RUN_REACTORS) private readonly enabled: boolean = true,
    @Optional() @Inject(LEASES) private readonly leases?: Leases,
  ) {}

  onApplicationBootstrap(): void {
    if (!this.enabled) return;
    this.notary.onDue((heads) => {
      this.writing = this.writing.then(() => this.writeAll(heads));
    });
    if (this.leases === undefined) this.notary.lead(true);
    else this.running = this.leadByLease(this.leases);
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    if (this.enabled) this.notary.lead(false);
    await this.running;
    await this.writing;
  }

  /** The newest checkpoint of an organisation that stands in the log, if there is one. */
  async newest(organisation: string): Promise<{ readonly size: number; readonly note: string } | undefined> {
    const { size, note } = (await this.states.load(checkpoints, '', organisation)).state;
    return note === undefined ? undefined : { size, note };
  }

  /**
   * A checkpoint over exactly the first `size` events, the newest of which stands at `position`; it is in the log, too, where it
   * is newer than all others. @throws StoreUnavailable while the trees are behind
   */
  async over(organisation: string, size: number, position: string): Promise<SignedHead> {
    const head = (await this.notary.waitFor(position, PATIENCE_MS))
      ? await this.notary.sign(organisation, size)
      : undefined;
    if (head === undefined) throw new StoreUnavailable('The proofs do not reach that event yet');
    await this.write(head);
    return head;
  }

  private async leadByLease(leases: Leases): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      try {
        const lease = await leases.acquire(LEASE, signal);
        this.notary.lead(true);
        await aborted(AbortSignal.any([signal, lease.lost]));
        this.notary.lead(false);
        await lease.release();
      } catch (error) {
        if (this.stopping.signal.aborted) return;
        this.log.warn({ err: error }, 'the lease of the notary could not be had or given back');
      }
      await sleep(AGAIN_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  /** What cannot be written now is signed again a little later. */
  private async writeAll(heads: readonly SignedHead[]): Promise<void> {
    for (const head of heads) {
      if (this.stopping.signal.aborted) return;
      try {
        await this.write(head);
      } catch (error) {
        this.log.warn({ err: error }, 'a checkpoint could not be written yet');
      }
    }
  }

  private async write({ organisation, size, root, note }: SignedHead): Promise<void> {
    const { state, revision } = await this.states.load(checkpoints, '', organisation);
    if (state.size >= size) return;
    const event: CheckpointSigned = {
      type: 'CheckpointSigned',
      data: { size, root: Buffer.from(root).toString('base64'), note },
    };
    try {
      await this.appender.append(
        { eventIds: [], keyed: undefined },
        {
          stream: streamOf(checkpoints, '', organisation),
          expected: revision === -1 ? 'no-stream' : revision,
          events: [event],
          metadata: this.metadata(),
        },
      );
    } catch (error) {
      // Another node was faster; what it signed stands.
      if (!(error instanceof WrongExpectedRevision)) throw error;
    }
  }

  private metadata(): Metadata {
    const id = newId(this.clock());
    return { actor: { kind: 'system', id: 'notary' }, command: 'SignCheckpoint', correlationId: id, requestId: id };
  }
}
