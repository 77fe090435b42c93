import { tracing } from '../telemetry/tracing.js';
import { CheckpointWaits } from './checkpoint-waits.js';
import type { FromProjector, ToProjector } from './messages.js';
import type { ViewStatus } from './status.js';

/** What the client needs of a `Worker`. */
export interface ProjectorThread {
  postMessage(message: ToProjector): void;
  on(event: 'message', listener: (message: FromProjector) => void): unknown;
  on(event: 'error', listener: (error: unknown) => void): unknown;
  on(event: 'exit', listener: (code: number) => void): unknown;
  terminate(): Promise<number>;
}

const FIRST_BACK_OFF = 250;
const LAST_BACK_OFF = 10_000;
/** A thread that lived this long (milliseconds) was well: the next death begins the back-off anew. */
const WELL = 60_000;
/** How long (milliseconds) a thread may take to finish its batch when it is closed. */
const CLOSING = 5_000;

interface Rebuild {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** The HTTP thread's side of the projector: its state, waits for a checkpoint, restarts. */
export class ProjectorClient {
  private readonly statuses = new Map<string, ViewStatus>();
  private readonly waits = new CheckpointWaits();
  private readonly stoppedListeners: ((view: string, status: ViewStatus) => void)[] = [];
  private readonly diedListeners: ((error: Error, retryInMs: number) => void)[] = [];
  /** What was asked for, by token until it is done; rebuilds until they are accepted, then by the number of their request. */
  private readonly asked = new Map<number, Rebuild>();
  private readonly running = new Map<number, Rebuild>();
  private tokens = 0;
  private thread: ProjectorThread | undefined;
  /** The highest position that the thread was told to be waited for. */
  private wanted = '';
  private exited: Promise<void> = Promise.resolve();
  private restart: NodeJS.Timeout | undefined;
  private closing = false;
  private backOff = FIRST_BACK_OFF;
  private begun = 0;

  /**
   * Starts the thread that serves the projector, and another one whenever it dies, after a back-off of 250 ms to 10 s.
   * Resolves when the projector has prepared its views: from then on views can be read, but those that it has yet to build.
   */
  async start(spawn: () => ProjectorThread): Promise<void> {
    if (this.thread !== undefined || this.restart !== undefined) throw new Error('The projector was started already');
    return new Promise((prepared) => this.run(spawn, prepared));
  }

  /**
   * True as soon as readers of the view see everything up to `position`; false after `timeoutMs`, and at once for a view
   * that has stopped.
   */
  async waitFor(viewName: string, position: string, timeoutMs: number): Promise<boolean> {
    const status = this.statuses.get(viewName);
    if (status?.checkpoint !== undefined && status.checkpoint >= position) return true;
    if (status?.state === 'stopped' || this.closing) return false;
    if (position > this.wanted) {
      this.wanted = position;
      this.thread?.postMessage({ kind: 'wanted', position });
    }
    return this.waits.wait(viewName, position, timeoutMs);
  }

  /** Every view by its name; empty until the projector has prepared its views. */
  status(): ReadonlyMap<string, ViewStatus> {
    return this.statuses;
  }

  /** Called when a view stops: the place for a log line and a metric. */
  onStopped(listener: (view: string, status: ViewStatus) => void): void {
    this.stoppedListeners.push(listener);
  }

  /** Called when the thread died, with the time after which it is started again. */
  onDied(listener: (error: Error, retryInMs: number) => void): void {
    this.diedListeners.push(listener);
  }

  /** Rebuilds a view, or all; resolves when the new generation is live. Rejects where it fails or the thread goes away. */
  async rebuild(view?: string): Promise<void> {
    const { thread } = this;
    if (thread === undefined) throw new Error('The projector does not run');
    const token = ++this.tokens;
    return new Promise((resolve, reject) => {
      this.asked.set(token, { resolve, reject });
      thread.postMessage({ kind: 'rebuild', token, view });
    });
  }

  /**
   * Resolves when nothing is left in the views' own files of what is not in the views any more. Rejects where a reader is in
   * the way, or the thread goes away: it may be asked for again.
   */
  async scrub(): Promise<void> {
    const { thread } = this;
    if (thread === undefined) throw new Error('The projector does not run');
    const token = ++this.tokens;
    return new Promise((resolve, reject) => {
      this.asked.set(token, { resolve, reject });
      thread.postMessage({ kind: 'scrub', token });
    });
  }

  /** Lets the thread finish its batch and end. Whoever waits is answered false. */
  async close(): Promise<void> {
    this.closing = true;
    clearTimeout(this.restart);
    this.waits.giveUp();
    const { thread } = this;
    if (thread === undefined) return;
    thread.postMessage({ kind: 'close' });
    const late = setTimeout(() => void thread.terminate(), CLOSING);
    await this.exited;
    clearTimeout(late);
  }

  private run(spawn: () => ProjectorThread, prepared: () => void): void {
    const thread = spawn();
    let cause: unknown;
    this.thread = thread;
    this.wanted = '';
    this.begun = Date.now();
    thread.on('message', (message) => this.receive(message, prepared));
    thread.on('error', (error) => (cause = error));
    this.exited = new Promise((resolve) => {
      thread.on('exit', (code) => {
        this.thread = undefined;
        this.rejectRebuilds();
        if (!this.closing) this.died(cause ?? new Error(`The projector's thread ended with ${code}`), spawn, prepared);
        resolve();
      });
    });
  }

  private died(cause: unknown, spawn: () => ProjectorThread, prepared: () => void): void {
    const error = cause instanceof Error ? cause : new Error(String(cause));
    if (Date.now() - this.begun > WELL) this.backOff = FIRST_BACK_OFF;
    const wait = this.backOff;
    this.backOff = Math.min(this.backOff * 2, LAST_BACK_OFF);
    for (const [view, { checkpoint }] of this.statuses) {
      this.statuses.set(view, { state: 'restarting', checkpoint, error: error.message });
    }
    this.restart = setTimeout(() => {
      this.restart = undefined;
      this.run(spawn, prepared);
    }, wait);
    for (const listener of this.diedListeners) listener(error, wait);
  }

  private receive(message: FromProjector, prepared: () => void): void {
    switch (message.kind) {
      case 'moved':
        for (const view of message.views) this.moved(view, message.position);
        tracing?.moved(message.views, message.position);
        break;
      case 'status':
        this.statusChanged(message.view, message.status);
        break;
      case 'prepared':
        prepared();
        break;
      case 'accepted':
        this.accepted(message.token, message.request);
        break;
      case 'scrubbed':
        this.asked.get(message.token)?.resolve();
        this.asked.delete(message.token);
        break;
      case 'refused':
        this.asked.get(message.token)?.reject(new Error(message.reason));
        this.asked.delete(message.token);
        break;
      case 'rebuild': {
        const { id, state, message: why } = message.request;
        if (state === 'done') this.running.get(id)?.resolve();
        else if (state === 'failed') this.running.get(id)?.reject(new Error(why ?? 'The rebuild failed'));
        else break;
        this.running.delete(id);
        break;
      }
    }
  }

  private moved(view: string, checkpoint: string): void {
    const status = this.statuses.get(view);
    this.statuses.set(view, { ...(status ?? { state: 'catching-up' }), checkpoint });
    this.waits.reached(view, checkpoint);
  }

  private statusChanged(view: string, status: ViewStatus): void {
    const before = this.statuses.get(view)?.state;
    this.statuses.set(view, status);
    if (status.checkpoint !== undefined) this.waits.reached(view, status.checkpoint);
    if (status.state !== 'stopped' || before === 'stopped') return;
    this.waits.giveUp(view);
    for (const listener of this.stoppedListeners) listener(view, status);
  }

  private accepted(token: number, request: number): void {
    const rebuild = this.asked.get(token);
    this.asked.delete(token);
    if (rebuild !== undefined) this.running.set(request, rebuild);
  }

  private rejectRebuilds(): void {
    for (const { reject } of [...this.asked.values(), ...this.running.values()]) {
      reject(new Error('The projector went away before the rebuild was finished; it goes on at the next start'));
    }
    this.asked.clear();
    this.running.clear();
  }
}
