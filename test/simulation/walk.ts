import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { FaultyDisk, type Plan } from '../support/faulty-disk.js';
import { type LifeName, lives } from './lives.js';

/** What happens to a life, but at which call it does. */
export type Fate = Omit<Plan, 'at'>;

/** Every call where it is 1, as in CI; by default each seventh, since all of them take minutes. */
export const STEP = Number(process.env.WALK_STEP ?? 7);

/**
 * Lets it happen at the first such call of a life, at the next (by `STEP`), and so on until a life is not struck any more; looks at
 * what each left behind. Answers how many were struck. Deaths are those of a process each, everything else happens to one.
 *
 * @throws What was seen to be wrong, with the number of the call
 */
export async function walk(name: LifeName, fate: Fate): Promise<number> {
  const disk = new FaultyDisk();
  disk.faults.rememberUnsynced();
  try {
    return fate.effect === 'die' ? await dieAtEach(name, fate, disk) : await surviveEach(name, fate, disk);
  } finally {
    disk.dispose();
  }
}

async function dieAtEach(name: LifeName, fate: Fate, disk: FaultyDisk): Promise<number> {
  const life = await lives[name]();
  for (let at = 1; ; at += STEP) {
    disk.clear();
    // What a power cut leaves is another choice at each call.
    const unsynced = typeof fate.unsynced === 'object' ? { unsynced: { seed: fate.unsynced.seed + at } } : {};
    disk.faults.plan({ ...fate, ...unsynced, at });
    const { lines, died } = await run('lives.main.js', [name, disk.folder], disk);
    const acknowledged = lines.map((line) => JSON.parse(line) as unknown);
    await life.look(disk.folder, acknowledged).catch((error: unknown) => {
      throw failedAt(fate, at, error);
    });
    if (!died) return at - 1;
  }
}

async function surviveEach(name: LifeName, fate: Fate, disk: FaultyDisk): Promise<number> {
  const { lines } = await run('walk.main.js', [name, disk.folder, JSON.stringify(fate)], disk);
  return Number(lines.at(-1));
}

/** @throws where the program ended by an error of its own */
async function run(
  program: string,
  args: readonly string[],
  { env }: FaultyDisk,
): Promise<{ readonly lines: readonly string[]; readonly died: boolean }> {
  const { NODE_OPTIONS: _, ...inherited } = process.env;
  const file = fileURLToPath(new URL(program, import.meta.url));
  const child = spawn(process.execPath, ['--enable-source-maps', file, ...args], {
    env: { ...inherited, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: string[] = [];
  let errors = '';
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve, reject) => {
    child.once('error', reject);
    // Its output has been read to the end by then.
    child.once('close', (...ended) => resolve(ended));
  });
  if (code !== 0 && signal !== 'SIGKILL') throw new Error(`${args.join(' ')} ended with ${code ?? signal}:\n${errors}`);
  return { lines, died: code !== 0 };
}

export function failedAt(fate: Fate, at: number, cause: unknown): Error {
  const why = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
  return new Error(`${JSON.stringify(fate)} at call ${at}: ${why}`, { cause });
}
