import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { storeMetrics } from '../../telemetry/store-metrics.js';
import {
  type Appended,
  type ExpectedRevision,
  OutcomeUnknown,
  StoreUnavailable,
  WrongExpectedRevision,
} from '../event-store.port.js';
import { instantText, positionText } from './encoding.js';
import { EventLogUnreadable } from './errors.js';
import type { Heads } from './heads.js';
import {
  type Answer,
  NO_STREAM,
  pack,
  type Report,
  type Request,
  type WireAppend,
  type WriterData,
} from './protocol.js';
import { Slices } from './slices.js';

/** What may wait for the writing thread, being written included; more is refused. */
const MAX_WAITING = 4096;
const MAX_WAITING_BYTES = 32 * 1024 * 1024;

interface Waiting {
  readonly append: WireAppend;
  readonly expected: ExpectedRevision;
  readonly resolve: (appended: Appended) => void;
  readonly reject: (error: Error) => void;
}

/** Sends appends to the writing thread and settles them after their commit, in order. */
export class Writer {
  readonly #data: WriterData;
  readonly #heads: Heads;
  readonly #slices = new Slices();
  #worker: Worker | undefined;
  /** Asked for, not yet sent. */
  #gathering: Waiting[] = [];
  #flushScheduled = false;
  /** Sent; the thread answers in this order. */
  #sent: Waiting[] = [];
  #waitingBytes = 0;
  #closed = false;
  #drained: (() => void) | undefined;

  constructor(data: WriterData, heads: Heads) {
    this.#data = data;
    this.#heads = heads;
  }

  /** Starts the thread. @throws EventLogUnreadable, StoreUnavailable */
  async open(): Promise<void> {
    const worker = this.#start();
    const opened = await new Promise<Report | Error>((resolve) => {
      worker.once('message', resolve);
      worker.once('error', resolve);
      worker.once('exit', () => resolve(new StoreUnavailable('The thread that writes the event log ended')));
    });
    if (!(opened instanceof Error) && opened.kind !== 'not-opened') return;
    await this.close();
    if (opened instanceof Error) throw opened;
    throw opened.unreadable ? new EventLogUnreadable(opened.message) : new StoreUnavailable(opened.message);
  }

  /** Resolves after the commit that the append was a part of. The caller has checked the append. */
  append(append: WireAppend, expected: ExpectedRevision): Promise<Appended> {
    if (this.#closed) return Promise.reject(new StoreUnavailable('The event store is closed'));
    if (this.#waiting >= MAX_WAITING || this.#waitingBytes + append.bytes > MAX_WAITING_BYTES)
      return Promise.reject(new StoreUnavailable('Too many appends are waiting for the event store'));
    this.#waitingBytes += append.bytes;
    return new Promise((resolve, reject) => {
      this.#gathering.push({ append, expected, resolve, reject });
      this.#scheduleFlush();
    });
  }

  /** Finishes what was accepted. Nothing is accepted any more. */
  async drain(): Promise<void> {
    this.#closed = true;
    if (this.#waiting > 0) await new Promise<void>((resolve) => (this.#drained = resolve));
  }

  /** Ends the thread. The connection that closes last empties the WAL, so readers are closed before. */
  async close(): Promise<void> {
    await this.drain();
    const worker = this.#worker;
    if (worker === undefined) return;
    const exited = once(worker, 'exit');
    this.#send(worker, { kind: 'close' });
    await exited;
  }

  get #waiting(): number {
    return this.#gathering.length + this.#sent.length;
  }

  /** An idle thread gets what the running task appends; for a busy one everything of this turn of the loop gathers. */
  #scheduleFlush(): void {
    if (this.#flushScheduled) return;
    this.#flushScheduled = true;
    if (this.#sent.length === 0) queueMicrotask(() => this.#flush());
    else setImmediate(() => this.#flush());
  }

  #flush(): void {
    this.#flushScheduled = false;
    const batch = this.#gathering;
    this.#gathering = [];
    this.#sent.push(...batch);
    this.#send((this.#worker ??= this.#start()), { kind: 'append', packed: pack(batch.map(({ append }) => append)) });
  }

  #send(worker: Worker, request: Request): void {
    worker.postMessage(request);
  }

  #start(): Worker {
    const options = { workerData: this.#data, name: 'event-log-writer' };
    const worker = new Worker(new URL('./writer.thread.js', import.meta.url), options);
    let reason = 'The thread that writes the event log ended';
    worker.on('message', (report: Report) => this.#receive(report));
    worker.on('error', (error: Error) => (reason += `: ${error.message}`));
    worker.once('exit', () => {
      if (this.#worker === worker) this.#worker = undefined;
      this.#fail(this.#sent.length, new OutcomeUnknown(reason));
    });
    this.#worker = worker;
    return worker;
  }

  #receive(report: Report): void {
    switch (report.kind) {
      case 'opened':
        this.#heads.clear();
        return;
      case 'not-opened':
        return;
      case 'committed':
        storeMetrics.committed(report.answers.length);
        this.#answer(report.answers);
        return;
      case 'failed':
        this.#fail(
          report.count,
          report.written === 'nothing' ? new StoreUnavailable(report.reason) : new OutcomeUnknown(report.reason),
        );
        return;
    }
  }

  /** The heads move before anybody is told, all of the commit at once. */
  #answer(answers: readonly Answer[]): void {
    const answered = this.#takeSent(answers.length);
    answered.forEach(({ append }, i) => {
      const answer = answers[i]!;
      if (!('refused' in answer)) this.#heads.raise(append.stream, answer[0]);
      else if (answer.refused === 'wrong-revision') this.#heads.raise(append.stream, answer.actual);
    });
    this.#slices.add(answered.map((waiting, i) => () => settle(waiting, answers[i]!)));
  }

  #fail(count: number, error: Error): void {
    this.#heads.clear();
    this.#slices.add(this.#takeSent(count).map((waiting) => () => waiting.reject(error)));
  }

  #takeSent(count: number): Waiting[] {
    const taken = this.#sent.splice(0, count);
    for (const { append } of taken) this.#waitingBytes -= append.bytes;
    if (this.#waiting === 0) this.#drained?.();
    return taken;
  }
}

function settle({ append, expected, resolve, reject }: Waiting, answer: Answer): void {
  if (!('refused' in answer)) {
    const [revision, position, recordedAt] = answer;
    resolve({ revision, position: positionText(position), recordedAt: instantText(recordedAt) });
    return;
  }
  switch (answer.refused) {
    case 'wrong-revision': {
      const actual = answer.actual === NO_STREAM ? 'no-stream' : answer.actual;
      reject(new WrongExpectedRevision(append.stream, expected, actual));
      return;
    }
    case 'id-taken':
      reject(new RangeError(`An event of this append to ${append.stream} is in the log already, elsewhere`));
      return;
  }
}
