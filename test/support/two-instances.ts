import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Server, viewsServe } from './server.js';
import { dropStoresOf, environmentOf } from './stores.js';

const SCRIPT = fileURLToPath(new URL('./two-instances.main.js', import.meta.url));

/** Two instances of the application over one set of embedded stores, in one process of their own, each on its own port. */
export class TwoInstances {
  private constructor(
    private readonly process: ChildProcess,
    readonly urls: readonly [string, string],
    /** The first instance, for helpers that take a server. */
    readonly server: Server,
  ) {}

  /**
   * @param more what they need in their environment besides, by their data folder
   * @param over over which folder, and with which options of Node; a new one by default
   */
  static async start(
    more: (folder: string) => NodeJS.ProcessEnv = () => ({}),
    over: { readonly folder?: string; readonly preload?: readonly string[] } = {},
  ): Promise<TwoInstances> {
    const folder = over.folder ?? (await mkdtemp(join(tmpdir(), 'countersign-two-')));
    const env: NodeJS.ProcessEnv = { ...environmentOf(folder), ...more(folder), LOG_LEVEL: 'warn', DATA_DIR: folder };
    const child = spawn(process.execPath, ['--enable-source-maps', ...(over.preload ?? []), SCRIPT], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const urls: string[] = [];
    const output: string[] = [];
    await new Promise<void>((resolve, reject) => {
      child.once('exit', (code) => reject(new Error(`the instances ended with ${code}:\n${output.join('\n')}`)));
      for (const stream of [child.stdout, child.stderr]) {
        createInterface({ input: stream }).on('line', (line) => {
          output.push(line);
          const listening = /^listening on (http:\S+)$/.exec(line);
          if (listening) urls.push(listening[1]!);
          if (urls.length === 2) resolve();
        });
      }
    });
    const [one, two] = urls as [string, string];
    if (env.READ_MODEL_URL !== undefined) await Promise.all([one, two].map(viewsServe));
    return new TwoInstances(child, [one, two], new Server(child, one, folder, output));
  }

  /** Ends both at once, as a power cut would. */
  async kill(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const exited = once(this.process, 'exit');
    this.process.kill('SIGKILL');
    await exited;
  }

  async dispose(): Promise<void> {
    await this.kill();
    await dropStoresOf(this.server.folder);
    await rm(this.server.folder, { recursive: true, force: true });
  }
}
