import { open } from 'node:fs/promises';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { recordIdOf } from '../../kernel/decider.js';
import type { Recorded } from '../../kernel/event.js';
import { StateCache } from '../commands/state-cache.js';
import { SETTINGS, type Settings } from '../config/settings.js';
import { TargetUnavailable } from '../reactor/failures.js';
import type { Reactor } from '../reactor/reactor.js';
import { Reactors } from '../reactor/reactors.js';
import { type CheckpointSigned, checkpoints } from './checkpoint.js';

/** How long a webhook may take to answer, in milliseconds. */
const PATIENCE_MS = 10_000;

/** Takes a signed note over, durably as far as it can. Rejects where it is away. */
type Take = (note: string, signal: AbortSignal) => Promise<void>;

/** Tells those outside of each new checkpoint, who can say later what the log was: see docs/operations/witnesses.md. */
@Injectable()
export class Witnesses implements OnModuleInit {
  constructor(
    @Inject(SETTINGS) private readonly settings: Settings,
    private readonly states: StateCache,
    private readonly reactors: Reactors,
  ) {}

  onModuleInit(): void {
    const { file, webhook } = this.settings.witnesses;
    if (file !== undefined) this.reactors.register(new Witness('witness-file', this.states, appendTo(file)));
    if (webhook !== undefined) this.reactors.register(new Witness('witness-webhook', this.states, postTo(webhook)));
  }
}

/** One place outside. While it is away nothing is lost: what piles up is told by its newest. */
export class Witness implements Reactor {
  readonly types = ['CheckpointSigned'] as const;

  constructor(
    readonly name: string,
    private readonly states: Pick<StateCache, 'load'>,
    private readonly take: Take,
  ) {}

  async handle(event: Recorded, signal: AbortSignal): Promise<void> {
    const { size, note } = (event as Recorded<CheckpointSigned>).data;
    const newest = await this.states.load(checkpoints, '', recordIdOf(event.stream));
    // The newer one is over these events, too, and comes here as well.
    if (newest.state.size > size) return;
    await this.take(note, signal);
  }
}

/** Notes one behind the other with an empty line between: what `verify --against` reads. The folder must be there. */
export const appendTo =
  (file: string): Take =>
  async (note) => {
    try {
      const opened = await open(file, 'a', 0o600);
      try {
        await opened.appendFile(`${note}\n`);
        await opened.sync();
      } finally {
        await opened.close();
      }
    } catch (error) {
      throw new TargetUnavailable(
        `WITNESS_FILE cannot be written: ${(error as NodeJS.ErrnoException).code ?? 'unknown'}`,
      );
    }
  };

/** The note as the body of a POST. Any answer but 2xx counts as away, redirects included. */
export const postTo =
  (url: string): Take =>
  async (note, signal) => {
    const headers = { 'content-type': 'text/plain; charset=utf-8' };
    const either = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]);
    let status: number;
    try {
      const response = await fetch(url, { method: 'POST', headers, body: note, redirect: 'manual', signal: either });
      await response.body?.cancel();
      status = response.status;
    } catch {
      signal.throwIfAborted();
      // What was thrown may hold the address, and with it a secret.
      throw new TargetUnavailable('WITNESS_WEBHOOK cannot be reached');
    }
    if (status < 200 || status > 299) throw new TargetUnavailable(`WITNESS_WEBHOOK answered ${status}`);
  };
