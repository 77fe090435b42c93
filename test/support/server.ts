import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Client } from './client.js';
import { repositoryRoot } from './root.js';
import { dropStoresOf, embedded, environmentOf } from './stores.js';

/** Options of Node with which `npm start` serves. */
export const NODE_OPTIONS_OF_START: readonly string[] = (() => {
  const manifest = JSON.parse(readFileSync(join(repositoryRoot, 'package.json'), 'utf8')) as {
    scripts: { start: string };
  };
  return manifest.scripts.start.split(' ').filter((word) => word.startsWith('--'));
})();

const CLI = fileURLToPath(new URL('../../src/cli.js', import.meta.url));

/** Views on FerretDB take seconds to be made, and the lease of a node that was killed holds for some. */
const VIEWS_WITHIN_MS = 30_000;
/** A mail follows from events, some by way of views. */
const MAIL_WITHIN_MS = embedded ? 10_000 : 60_000;

/**
 * Waits as a load balancer does; embedded stores serve at once. A server that never gets ready is answered as well: whoever
 * needs its views is told by them.
 */
export async function viewsServe(url: string): Promise<void> {
  for (let waited = 0; waited < VIEWS_WITHIN_MS; waited += 100) {
    const { status } = await fetch(`${url}/health/ready`);
    if (status === 200) return;
    await sleep(100);
  }
}

/** A Countersign server in a process of its own, on a free port of the loopback interface, over its own data folder. */
export class Server {
  constructor(
    readonly process: ChildProcess,
    readonly url: string,
    readonly folder: string,
    /** Everything that the server printed so far, line by line. */
    readonly output: readonly string[],
  ) {}

  /** Starts a server; over a new folder unless one is given. Resolves when it listens. */
  static async start(
    options: { folder?: string; env?: Readonly<Record<string, string>>; preload?: readonly string[] } = {},
  ): Promise<Server> {
    const folder = options.folder ?? (await mkdtemp(join(tmpdir(), 'countersign-')));
    const env: NodeJS.ProcessEnv = {
      ...environmentOf(folder),
      LOG_LEVEL: 'warn',
      ...options.env,
      HOST: '127.0.0.1',
      PORT: '0',
      DATA_DIR: folder,
    };
    const child = spawn(process.execPath, [...NODE_OPTIONS_OF_START, ...(options.preload ?? []), CLI, 'serve'], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const output: string[] = [];
    const url = await new Promise<string>((resolve, reject) => {
      child.once('exit', (code) =>
        reject(new Error(`the server ended with ${code} before it listened:\n${output.join('\n')}`)),
      );
      for (const stream of [child.stdout, child.stderr]) {
        createInterface({ input: stream }).on('line', (line) => {
          output.push(line);
          const listening = /^listening on (http:\S+)$/.exec(line);
          if (listening) resolve(listening[1]!);
        });
      }
    });
    if (env.READ_MODEL_URL !== undefined) await viewsServe(url);
    return new Server(child, url, folder, output);
  }

  /** A client that has not signed in. */
  client(): Client {
    return new Client(this.url);
  }

  /** Ends the process at once, as a power cut would end it for the process. */
  async kill(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const exited = once(this.process, 'exit');
    this.process.kill('SIGKILL');
    await exited;
  }

  /** SIGTERM; answers the exit code. */
  async stop(): Promise<number | null> {
    if (this.process.exitCode !== null) return this.process.exitCode;
    const exited = once(this.process, 'exit');
    this.process.kill('SIGTERM');
    const [code] = (await exited) as [number | null];
    return code;
  }

  /** Stops the server and removes its folder. */
  async dispose(): Promise<void> {
    await this.kill();
    await dropStoresOf(this.folder);
    await rm(this.folder, { recursive: true, force: true });
  }

  /** The token in the newest mail to an address whose link has this path; waits for it. */
  async mailToken(to: string, path: string): Promise<string> {
    return (await this.mail(to, new RegExp(`/${path}#token=(\\S+)`)))[1]!;
  }

  /** The newest mail to an address that matches; waits for it. */
  async mail(to: string, pattern: RegExp): Promise<RegExpExecArray> {
    const outbox = join(this.folder, 'outbox');
    for (let waited = 0; waited < MAIL_WITHIN_MS; waited += 20) {
      const names = (await readdir(outbox).catch(() => [])).filter((name) => name.endsWith('.eml')).sort();
      for (const name of names.reverse()) {
        // An erasure takes mails away.
        const text = await readFile(join(outbox, name), 'utf8').catch(() => '');
        const recipient = /^To: (.*)$/im.exec(text)?.[1] ?? '';
        const found = recipient.toLowerCase().includes(to.toLowerCase()) ? pattern.exec(text) : null;
        if (found) return found;
      }
      await sleep(20);
    }
    throw new Error(`no mail to ${to} that matches ${pattern}`);
  }
}
