import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { repositoryRoot } from './root.js';

/** Why faults cannot be injected here, in plain words. */
export const noFaults: string | undefined = (() => {
  if (process.platform !== 'linux') return 'faults are injected on Linux only';
  return spawnSync('cc', ['--version']).status === 0 ? undefined : 'no C compiler';
})();

/** Kinds of calls: bytes written, syncs, changes of a file's size, files made (or renamed), files removed. */
const CALLS = { write: 1, sync: 2, size: 4, make: 8, remove: 16 } as const;
export type Call = keyof typeof CALLS;

/**
 * - `die`: the process gets SIGKILL in place of the call.
 * - `freeze`: the disk is gone: this call and all later ones that would change it fail with EIO, until `plan` is called. What
 *   is on it is what a process that died there would have left.
 * - `shorten`: half of a write arrives, and the caller is told so.
 * - anything else: the call fails with this error.
 */
export type Effect = 'die' | 'freeze' | 'shorten' | 'EIO' | 'ENOSPC';
const EFFECTS: Readonly<Record<Effect, number>> = { die: 1, freeze: 2, EIO: 3, ENOSPC: 3, shorten: 4 };
const ERRNO: Partial<Record<Effect, number>> = { EIO: 5, ENOSPC: 28 };

/**
 * What becomes of calls that were not synced when the process dies or the disk freezes: all are `kept`, as when only the
 * process ends; all are `lost`; or, given a seed, some are lost, as a power cut leaves it.
 */
export type Unsynced = 'kept' | 'lost' | { readonly seed: number };

export interface Plan {
  readonly effect: Effect;
  readonly calls: readonly Call[];
  /** Only calls on files whose path contains this; the whole folder by default. */
  readonly part?: string;
  /** Which of these calls it is, from 1, the next one. */
  readonly at?: number;
  /** How many calls in a row; all from there on by default. */
  readonly times?: number;
  /** Half of the bytes of a write arrive before the process dies or the disk freezes. */
  readonly torn?: boolean;
  readonly unsynced?: Unsynced;
}

export type Counts = Readonly<Record<Call, number>> & {
  /** How often the plan struck. */
  readonly struck: number;
};

/** `struct plan` of shim.c: 64-bit integers, then a text. */
const FIELDS = [
  ...['what', 'calls', 'at', 'times', 'error', 'torn', 'unsynced', 'seed', 'remember'],
  ...['seen', 'struck', 'frozen', 'write', 'sync', 'size', 'make', 'remove'],
] as const;
type Field = (typeof FIELDS)[number];
const PART_BYTES = 256;

/** The switches of a faulty disk, for the process that runs under it and for any other one. */
export class Faults {
  private readonly fd: number;

  constructor(file: string) {
    this.fd = openSync(file, 'r+');
  }

  /** From now on, in place of what was planned before. Counts start over, and a disk that was gone is back. */
  plan(plan?: Plan): void {
    this.set('what', 0);
    this.set('frozen', 0);
    for (const count of ['seen', 'struck', ...(Object.keys(CALLS) as Call[])] as const) this.set(count, 0);
    const part = Buffer.alloc(PART_BYTES);
    part.write(plan?.part ?? '');
    writeSync(this.fd, part, 0, PART_BYTES, FIELDS.length * 8);
    if (plan === undefined) return;
    const { effect, calls, at = 1, times = 0, torn = false, unsynced = 'kept' } = plan;
    this.set(
      'calls',
      calls.reduce((mask, call) => mask | CALLS[call], 0),
    );
    this.set('at', at);
    this.set('times', times);
    this.set('error', ERRNO[effect] ?? 0);
    this.set('torn', Number(torn));
    this.set('unsynced', unsynced === 'kept' ? 0 : unsynced === 'lost' ? 1 : 2);
    this.set('seed', typeof unsynced === 'object' ? unsynced.seed : 0);
    this.set('what', EFFECTS[effect]);
  }

  /** Nothing strikes any more; a disk that is gone stays so. */
  disarm(): void {
    this.set('what', 0);
  }

  /**
   * Whether calls that are not synced are remembered, which a power cut needs. From then on no sync reaches the real disk,
   * which spares its time. To be said before the process starts.
   */
  rememberUnsynced(): void {
    this.set('remember', 1);
  }

  /** Calls since the last plan that succeeded, on files that it was about. */
  get counts(): Counts {
    const of = (field: Field): number => this.get(field);
    return {
      write: of('write'),
      sync: of('sync'),
      size: of('size'),
      make: of('make'),
      remove: of('remove'),
      struck: of('struck'),
    };
  }

  get frozen(): boolean {
    return this.get('frozen') === 1;
  }

  close(): void {
    closeSync(this.fd);
  }

  private set(field: Field, value: number): void {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(BigInt(value));
    writeSync(this.fd, bytes, 0, 8, FIELDS.indexOf(field) * 8);
  }

  private get(field: Field): number {
    const bytes = Buffer.alloc(8);
    readSync(this.fd, bytes, 0, 8, FIELDS.indexOf(field) * 8);
    return Number(bytes.readBigInt64LE());
  }
}

/** The compiled library, made once for its source. */
function library(): string {
  const source = join(repositoryRoot, 'test/support/shim.c');
  const folder = join(repositoryRoot, '.build');
  const name = `shim-${createHash('sha256').update(readFileSync(source)).digest('hex').slice(0, 16)}.so`;
  const made = join(folder, name);
  if (existsSync(made)) return made;
  mkdirSync(folder, { recursive: true });
  const draft = `${made}.${process.pid}.tmp`;
  const flags = ['-shared', '-fPIC', '-O1', '-Wall', '-Werror'];
  execFileSync('cc', [...flags, '-o', draft, source, '-ldl', '-lpthread'], { stdio: 'pipe' });
  renameSync(draft, made);
  return made;
}

/** Makes the file of switches in a folder, and answers the environment of a process for which `tree` is on a faulty disk. */
export function faultyEnvironment(folder: string, tree: string): Record<string, string> {
  const file = join(folder, 'faults');
  writeFileSync(file, Buffer.alloc(FIELDS.length * 8 + PART_BYTES));
  return { LD_PRELOAD: library(), FAULTS: file, FAULTY_TREE: tree };
}

/** A data folder, and beside it the switches that make the disk under it fail for a process that runs in `env`. */
export class FaultyDisk {
  private readonly root = mkdtempSync(join(tmpdir(), 'countersign-faults-'));
  readonly folder = join(this.root, 'data');
  readonly env: Readonly<Record<string, string>>;
  readonly faults: Faults;

  constructor() {
    this.env = faultyEnvironment(this.root, this.folder);
    this.faults = new Faults(this.env.FAULTS!);
  }

  /** Runs `work` while these calls on files whose path contains `part` fail. */
  async during<T>(effect: Effect, calls: readonly Call[], part: string, work: () => Promise<T>): Promise<T> {
    this.faults.plan({ effect, calls, part });
    try {
      return await work();
    } finally {
      this.faults.plan();
    }
  }

  /** Empties the data folder, for the next process. */
  clear(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  dispose(): void {
    this.faults.close();
    rmSync(this.root, { recursive: true, force: true });
  }
}
