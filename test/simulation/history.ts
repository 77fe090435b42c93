import type { Call, Effect, Plan, Unsynced } from '../support/faulty-disk.js';

/** What somebody asks for. `target` is the number of the command that made what it is about. */
export type Ask =
  | { readonly kind: 'create'; readonly what: 'product' | 'customer'; readonly text: string }
  | { readonly kind: 'edit'; readonly what: 'product' | 'customer'; readonly target: number; readonly text: string }
  | { readonly kind: 'archive'; readonly what: 'product' | 'customer'; readonly target: number };

/** A command under its number, which is also its idempotency key. */
export interface Command {
  readonly number: number;
  readonly ask: Ask;
  /** Whether it is asked for again when it was answered that nothing had been written; otherwise it is given up. */
  readonly insists: boolean;
}

export type Step =
  /** Asked for at once. */
  | { readonly kind: 'commands'; readonly commands: readonly Command[] }
  | { readonly kind: 'fault'; readonly plan: Plan }
  /** `close`: in order. `crash`: the disk is gone at once, the process goes on with what is there. `kill`: SIGKILL. */
  | { readonly kind: 'restart'; readonly how: 'close' | 'crash' | 'kill' };

/** Numbers that follow from a seed: splitmix64. */
export class Random {
  private state: bigint;

  constructor(seed: number) {
    this.state = BigInt.asUintN(64, BigInt(seed) * 0x2545f4914f6cdd1dn);
  }

  /** A whole number from 0 to below `end`. */
  below(end: number): number {
    this.state = BigInt.asUintN(64, this.state + 0x9e3779b97f4a7c15n);
    let z = this.state;
    z = BigInt.asUintN(64, (z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n);
    z = BigInt.asUintN(64, (z ^ (z >> 27n)) * 0x94d049bb133111ebn);
    return Number(((z ^ (z >> 31n)) >> 11n) % BigInt(end));
  }

  oneOf<T>(values: readonly T[]): T {
    return values[this.below(values.length)]!;
  }

  /** True once in so many times. */
  onceIn(times: number): boolean {
    return this.below(times) === 0;
  }
}

/** One short history: bursts of commands, between and in them faults, and one or two restarts. All of it follows from the seed. */
export function historyOf(seed: number): readonly Step[] {
  const random = new Random(seed);
  const made: { readonly number: number; readonly what: 'product' | 'customer' }[] = [];
  let numbers = 0;
  const command = (): Command => {
    const number = ++numbers;
    const insists = !random.onceIn(3);
    const text = `Text ${seed}x${number}`;
    const about = made.length === 0 || random.onceIn(2) ? undefined : random.oneOf(made);
    if (about === undefined) return { number, insists, ask: { kind: 'create', what: random.oneOf(WHAT), text } };
    const { what, number: target } = about;
    return random.onceIn(5)
      ? { number, insists, ask: { kind: 'archive', what, target } }
      : { number, insists, ask: { kind: 'edit', what, target, text } };
  };
  const burst = (): Step => {
    const commands = Array.from({ length: 1 + random.below(7) }, command);
    // Only what an earlier burst asked for can be edited: its id is known by then.
    for (const { number, ask } of commands) if (ask.kind === 'create') made.push({ number, what: ask.what });
    return { kind: 'commands', commands };
  };

  const steps: Step[] = [burst()];
  const rounds = 2 + random.below(2);
  for (let round = 0; round < rounds; round++) {
    if (!random.onceIn(4)) steps.push({ kind: 'fault', plan: fault(random) });
    steps.push(burst());
    if (random.onceIn(2)) steps.push(burst());
    if (random.onceIn(4)) steps.push({ kind: 'restart', how: random.onceIn(6) ? 'kill' : random.oneOf(ENDINGS) });
  }
  return steps;
}

const WHAT = ['product', 'customer'] as const;
const ENDINGS = ['close', 'crash'] as const;
const FILES = ['events.db', 'events.db', 'vault.db', 'views.db', ''] as const;
const CHANGES: readonly Call[] = ['write', 'sync', 'size', 'make', 'remove'];

function fault(random: Random): Plan {
  const part = random.oneOf(FILES);
  const effect: Effect = random.oneOf(['freeze', 'freeze', 'EIO', 'EIO', 'ENOSPC', 'shorten']);
  if (effect === 'ENOSPC')
    return { effect, part, calls: ['write', 'make'], at: 1 + random.below(20), times: 1 + random.below(3) };
  if (effect === 'shorten') return { effect, part, calls: ['write'], at: 1 + random.below(20), times: 5 };
  if (effect === 'EIO') {
    const calls: readonly Call[] = random.onceIn(2) ? ['sync'] : ['write'];
    return { effect, part, calls, at: 1 + random.below(calls[0] === 'sync' ? 3 : 20), times: 1 };
  }
  const unsynced = random.oneOf<Unsynced>(['kept', 'lost', { seed: random.below(1e9) }]);
  // A death in earnest now and then: it costs a new process.
  return {
    effect: random.onceIn(8) ? 'die' : 'freeze',
    part,
    calls: CHANGES,
    at: 1 + random.below(40),
    torn: random.onceIn(2),
    unsynced,
  };
}
