import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { FaultyDisk, type Plan } from '../support/faulty-disk.js';
import { type Command, historyOf, type Step } from './history.js';
import type { Inspection, Outcome, Question, Seen } from './node.protocol.js';

const PROGRAM = fileURLToPath(new URL('./node.main.js', import.meta.url));
/** Milliseconds after which a question without an answer is a fault of ours. */
const PATIENCE = 120_000;

export interface Soaked {
  readonly seeds: number;
  readonly commands: number;
  /** Answered with what they had come to, the first time that they were asked for. */
  readonly acknowledged: number;
  readonly faults: number;
  readonly restarts: number;
  readonly events: number;
}

/** A question cannot be answered: the process has died. */
class Died extends Error {}

type Asking = Question extends infer Q ? (Q extends { readonly number: number } ? Omit<Q, 'number'> : never) : never;

/** The process that holds the node; it is started again when it has died. */
class Host {
  private child: ChildProcess | undefined;
  private numbers = 0;
  private readonly waiting = new Map<
    number,
    { readonly resolve: (answer: unknown) => void; readonly reject: (error: Error) => void }
  >();

  constructor(private readonly disk: FaultyDisk) {}

  async ask<T>(asking: Asking): Promise<T> {
    if (asking.kind !== 'open' && !this.alive) throw new Died();
    const child = await this.started();
    const number = ++this.numbers;
    return new Promise<T>((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`${asking.kind} was not answered`)), PATIENCE);
      const settle =
        <A>(then: (value: A) => void) =>
        (value: A): void => {
          clearTimeout(late);
          this.waiting.delete(number);
          then(value);
        };
      this.waiting.set(number, { resolve: settle(resolve as (answer: unknown) => void), reject: settle(reject) });
      child.send({ ...asking, number }, (error) => {
        if (error !== null) this.waiting.get(number)?.reject(new Died());
      });
    });
  }

  get alive(): boolean {
    return this.child !== undefined;
  }

  async kill(): Promise<void> {
    const { child } = this;
    if (child === undefined) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  }

  private async started(): Promise<ChildProcess> {
    if (this.child !== undefined) return this.child;
    const { NODE_OPTIONS: _, ...inherited } = process.env;
    const child = fork(PROGRAM, [this.disk.folder], {
      env: { ...inherited, ...this.disk.env },
      // Without the maps of sources: threads that start all the time would read them all the time.
      execArgv: [],
    });
    this.child = child;
    child.on('message', (message: { number: number; answer?: unknown; error?: string }) => {
      const waiting = this.waiting.get(message.number);
      if (message.error === undefined) waiting?.resolve(message.answer);
      else waiting?.reject(new Error(message.error));
    });
    child.once('exit', () => {
      this.child = undefined;
      for (const { reject } of [...this.waiting.values()]) reject(new Died());
    });
    await once(child, 'message');
    return child;
  }
}

/** A client asks this often, with so many milliseconds between, before it takes a store for broken. */
const HEALS_WITHIN = 40;
const HEALING_MS = 50;

const isUnavailable = ({ kind }: Known['outcome']): boolean => kind === 'nothing' || kind === 'given-up';

/** What is known of a command. */
interface Known {
  readonly command: Command;
  /** Id of the record that it is about, once that is known. */
  readonly id: string | undefined;
  /** `given-up`: it was said that nothing was written, and nobody asks again. */
  outcome: Outcome | { readonly kind: 'doubtful' | 'given-up' };
}

/** One history on an empty data folder, and afterwards everything that must hold. */
class Run {
  readonly known = new Map<number, Known>();
  faults = 0;
  restarts = 0;
  events = 0;
  acknowledged = 0;

  constructor(
    private readonly host: Host,
    private readonly disk: FaultyDisk,
    private readonly seed: number,
  ) {}

  async play(steps: readonly Step[]): Promise<void> {
    this.disk.faults.plan();
    this.disk.clear();
    await this.reopen();
    for (const step of steps) {
      switch (step.kind) {
        case 'commands':
          await this.burst(step.commands);
          break;
        case 'fault':
          await this.fault(step.plan);
          break;
        case 'restart':
          await this.restart(step.how);
          break;
      }
    }
    await this.calm();
    this.acknowledged = [...this.known.values()].filter(({ outcome }) => outcome.kind === 'done').length;
    await this.settle();
    await this.check();
    await this.host.ask({ kind: 'close' });
  }

  private async fault(plan: Plan): Promise<void> {
    this.faults += 1;
    await this.calm();
    this.disk.faults.plan(plan);
  }

  /** Asks for all at once. A disk that is gone, or a process, is started again; then nobody knows of what had no answer. */
  private async burst(commands: readonly Command[]): Promise<void> {
    await this.revive();
    const asked = commands.flatMap((command) => {
      const { ask } = command;
      const about = ask.kind === 'create' ? undefined : this.known.get(ask.target)?.outcome;
      // What was to be changed was never made.
      if (ask.kind !== 'create' && about?.kind !== 'done') return [];
      const known: Known = {
        command,
        id: about?.kind === 'done' ? about.id : undefined,
        outcome: { kind: 'doubtful' },
      };
      this.known.set(command.number, known);
      return [known];
    });
    const answered = Promise.all(asked.map((known) => this.send(known)));
    const ended = new AbortController();
    const gone = this.gone(ended.signal);
    const first = await Promise.race([answered, gone]);
    ended.abort();
    // Those that have no answer yet get none, or one that comes too late to be told from it.
    if (first === undefined) answered.catch(() => undefined);
    await this.revive();
  }

  /** Ends what was planned. A fault that is just striking is waited for: its disk must not be back under the same process. */
  private async calm(): Promise<void> {
    this.disk.faults.disarm();
    await sleep(2);
    await this.revive();
    this.disk.faults.plan();
  }

  /** Nothing goes on over a disk that is gone, nor in a process that has died; views are written between bursts, too. */
  private async revive(): Promise<void> {
    if (this.disk.faults.frozen) await this.restart('crash');
    else if (!this.host.alive) await this.restart('kill');
  }

  /** Resolves when the disk is gone, or nobody wants to know any more. */
  private async gone(signal: AbortSignal): Promise<undefined> {
    while (!signal.aborted && !this.disk.faults.frozen) await sleep(1);
  }

  private async send(known: Known): Promise<void> {
    const { command, id } = known;
    const { restarts } = this;
    try {
      const outcome = await this.host.ask<Outcome>({ kind: 'command', key: this.keyOf(command), ask: command.ask, id });
      if (restarts !== this.restarts) return;
      known.outcome = outcome.kind === 'nothing' && !command.insists ? { kind: 'given-up' } : outcome;
    } catch (error) {
      if (!(error instanceof Died)) throw error;
    }
  }

  private async restart(how: 'close' | 'crash' | 'kill'): Promise<void> {
    this.restarts += 1;
    const { faults } = this.disk;
    // A disk that is gone is not closed in order.
    if (how === 'close') faults.disarm();
    if (how === 'close') await sleep(2);
    if (how === 'close' && faults.frozen) how = 'crash';
    if (how === 'kill') await this.host.kill();
    else {
      // From here on nothing reaches the disk: what closing would write belongs to a process that has died.
      if (how === 'crash' && !faults.frozen)
        faults.plan({
          effect: 'freeze',
          calls: ['write', 'sync', 'size', 'make', 'remove'],
          unsynced: { seed: this.seed },
        });
      try {
        await this.host.ask({ kind: how === 'close' ? 'close' : 'abandon' });
      } catch (error) {
        if (!(error instanceof Died)) throw error;
      }
    }
    faults.plan();
    await this.reopen();
  }

  private async reopen(): Promise<void> {
    await this.host.ask({ kind: 'open' });
  }

  /** Asks again for whatever is not known, and for everything that was acknowledged: that is answered as it was. */
  private async settle(): Promise<void> {
    for (const known of this.known.values()) {
      const { outcome, command } = known;
      if (outcome.kind === 'given-up' || outcome.kind === 'refused') continue;
      await this.send(known);
      // What has just failed may take a moment to be there again; a client comes back then, too.
      for (let again = 0; again < HEALS_WITHIN && isUnavailable(known.outcome); again++) {
        await sleep(HEALING_MS);
        await this.send(known);
      }
      const { outcome: now } = known;
      assert(
        now.kind === 'done' || (outcome.kind !== 'done' && now.kind === 'refused'),
        `${this.name(command)} is ${now.kind}`,
      );
      // What changes nothing has no event that would know its key.
      if (outcome.kind === 'done' && command.ask.kind !== 'archive')
        assert.deepEqual(now, outcome, `${this.name(command)} was answered otherwise before`);
    }
  }

  private async check(): Promise<void> {
    const { log, checkpoints, views, rebuilt } = await this.host.ask<Inspection>({ kind: 'inspect' });
    this.events = log.length;
    assertWhole(log);
    for (const { command, outcome } of this.known.values()) {
      if (command.ask.kind === 'archive') continue;
      const { text } = command.ask;
      const found = log.filter((event) => event.text === text);
      assert.equal(
        found.length,
        outcome.kind === 'done' ? 1 : 0,
        `times that ${this.name(command)} (${outcome.kind}) is there`,
      );
      if (outcome.kind !== 'done') continue;
      const { revision, position, id } = outcome;
      assert.deepEqual([found[0]!.revision, found[0]!.position], [revision, position], this.name(command));
      assert(found[0]!.stream.endsWith(`/${id}`), this.name(command));
    }
    const texts = new Set(
      [...this.known.values()].map(({ command: { ask } }) => (ask.kind === 'archive' ? null : ask.text)),
    );
    for (const { text, type } of log) assert(type.endsWith('Archived') || texts.has(text), `nobody asked for ${text}`);
    const head = log.at(-1)?.position ?? null;
    for (const [view, checkpoint] of Object.entries(checkpoints))
      assert.equal(checkpoint, head, `${view} does not reflect the end of the log`);
    assert.deepEqual(views, rebuilt, 'views are not what a rebuild makes');
    assert.deepEqual(Object.keys(views).sort(), ['customers', 'products', 'tally']);
  }

  private keyOf({ number }: Command): string {
    return `${this.seed}-${number}`;
  }

  private name({ number, ask }: Command): string {
    return `command ${number} (${ask.kind} ${ask.what})`;
  }
}

function assertWhole(log: readonly Seen[]): void {
  const heads = new Map<string, number>();
  for (const [index, { position, stream, revision }] of log.entries()) {
    assert.equal(Number(position), index + 1, 'positions have a gap');
    assert.equal(revision, (heads.get(stream) ?? -1) + 1, `revisions of ${stream} have a gap`);
    heads.set(stream, revision);
  }
  assert.equal(new Set(log.map(({ id }) => id)).size, log.length, 'an event is there twice');
}

/**
 * Plays the histories of so many seeds, the first one given, in one process that is started again when it was killed.
 *
 * @throws What was seen to be wrong, with the seed: `npm run soak -- --seed N` plays the same commands, faults and restarts.
 * How far other threads are when a fault strikes is the system's to say, so it may take it a few times.
 */
export async function soak(
  first: number,
  seeds: number,
  told: (seed: number) => void = () => undefined,
): Promise<Soaked> {
  const disk = new FaultyDisk();
  disk.faults.rememberUnsynced();
  const host = new Host(disk);
  const sums = { commands: 0, acknowledged: 0, faults: 0, restarts: 0, events: 0 };
  try {
    for (let seed = first; seed < first + seeds; seed++) {
      const run = new Run(host, disk, seed);
      try {
        await run.play(historyOf(seed));
      } catch (cause) {
        const why = cause instanceof Error ? cause.message : String(cause);
        throw new Error(`seed ${seed}: ${why}`, { cause });
      }
      sums.commands += run.known.size;
      sums.acknowledged += run.acknowledged;
      sums.faults += run.faults;
      sums.restarts += run.restarts;
      sums.events += run.events;
      told(seed);
    }
  } finally {
    await host.kill();
    disk.dispose();
  }
  return { seeds, ...sums };
}
