import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { NODE_OPTIONS_OF_START, Server } from '../../test/support/server.js';
import { environmentOf } from '../../test/support/stores.js';

const CLI = fileURLToPath(new URL('../../src/cli.js', import.meta.url));
const LOOKS_MS = 5;
/** Milliseconds; what takes longer has failed. */
const READY_MS = 60_000;
const SETTLED_MS = 600_000;

/** Those that run. */
const children = new Set<ChildProcess>();

export interface Serving {
  /** The data folder. */
  readonly folder: string;
  readonly env?: Readonly<Record<string, string>>;
  /** What is run instead of the command line's `serve`; it prints `listening on <url>` likewise, and may send messages. */
  readonly script?: string;
}

/**
 * Starts a process that serves. What it prints goes into a file: read through a pipe it would take CPU of this process, which
 * is the server's own on a machine of few cores.
 */
export async function serving({ folder, env = {}, script }: Serving): Promise<Server> {
  const printed = await mkdtemp(join(tmpdir(), 'countersign-bench-output-'));
  const file = join(printed, 'output');
  const fd = openSync(file, 'a');
  const program = script === undefined ? [CLI, 'serve'] : [script];
  const child = spawn(process.execPath, [...NODE_OPTIONS_OF_START, ...program], {
    env: { ...environmentOf(folder), LOG_LEVEL: 'info', ...env, HOST: '127.0.0.1', PORT: '0', DATA_DIR: folder },
    stdio: ['ignore', fd, fd, ...(script === undefined ? [] : ['ipc' as const])],
  });
  closeSync(fd);
  children.add(child);
  child.once('exit', () => {
    children.delete(child);
    void rm(printed, { recursive: true, force: true });
  });
  const url = await listening(child, file);
  return new Server(child, url, folder, []);
}

async function listening(child: ChildProcess, file: string): Promise<string> {
  for (;;) {
    const output = await readFile(file, 'utf8').catch(() => '');
    const found = /^listening on (http:\S+)$/m.exec(output);
    if (found !== null) return found[1]!;
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error(`the server ended before it listened:\n${output.slice(-2000)}`);
    await sleep(LOOKS_MS);
  }
}

/** SIGKILL, and the end of the process. */
export async function killed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

/** Ends what a bench that failed has left behind. */
export async function killAll(): Promise<void> {
  await Promise.all([...children].map(killed));
}

/** Resolves when the server says that it is ready. */
export async function ready({ url }: Server): Promise<void> {
  const begun = performance.now();
  for (;;) {
    const answer = await fetch(`${url}/health/ready`);
    if (answer.status === 200) return;
    if (performance.now() - begun > READY_MS) throw new Error(`the server is not ready: ${await answer.text()}`);
    await sleep(LOOKS_MS);
  }
}

export const metricsOf = async ({ url }: Server): Promise<string> => (await fetch(`${url}/metrics`)).text();

/** One metric without labels. */
export function metric(metrics: string, name: string): number {
  const value = new RegExp(`^${name} ([\\d.e+-]+)$`, 'm').exec(metrics)?.[1];
  if (value === undefined) throw new Error(`the server tells no ${name}`);
  return Number(value);
}

/** Resolves when all views show all of the log, so that what a server still has to fold takes no CPU of whoever is next. */
export async function settled(server: Server): Promise<void> {
  const begun = performance.now();
  for (;;) {
    if (performance.now() - begun > SETTLED_MS) throw new Error('the views do not catch up');
    const lags = (await metricsOf(server)).match(/^countersign_view_lag_seconds\{.*$/gm) ?? [];
    if (lags.length > 0 && lags.every((line) => line.endsWith(' 0'))) return;
    await sleep(200);
  }
}

/** Seconds of CPU of all threads since the server started. */
export const cpuSeconds = async (server: Server): Promise<number> =>
  metric(await metricsOf(server), 'process_cpu_seconds_total');

/** Mebibytes that the process holds, the files of its stores that are mapped included; undefined where the system does not tell. */
export async function resident({ process: { pid } }: Server): Promise<number | undefined> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
  return kibibytes === undefined ? undefined : Number(kibibytes) / 1024;
}
