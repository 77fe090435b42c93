import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { openReader } from '../src/platform/event-store/sqlite/sqlite-event-store.js';
import { streamOf } from '../src/kernel/decider.js';
import { found, signUp } from '../test/support/people.js';
import { Server } from '../test/support/server.js';
import type { Figure } from './run.js';
import { median } from './bench.js';
import { type Load, post } from './support/load.js';

const SECONDS = 5;
const ROUNDS = 3;
const BODY = JSON.stringify({ name: 'A frame of oak, 30 x 40', code: 'FR-3040', unitPrice: '12.50', vatRate: 2000 });

/** Commands over HTTP through the whole pipeline, against Fastify with a route that only appends an event of the same size. */
export async function run(): Promise<Figure[]> {
  const server = await Server.start({ env: { LOG_LEVEL: 'info' } });
  try {
    const owner = await signUp(server, 'bench@bench.example');
    const organisation = await found(owner);
    const path = `/v1/organisations/${organisation}/products`;
    const { body } = await owner.post(path, JSON.parse(BODY));
    const event = await eventOf(
      server.folder,
      streamOf({ name: 'product', within: 'organisation' }, organisation, body.id as string),
    );
    const bare = await startBare(event);
    try {
      const commands: Load[] = [];
      const appends: Load[] = [];
      const delays: number[] = [];
      const idle = await loopDelay(server);
      await post(`${server.url}${path}`, BODY, { token: owner.token!, seconds: 2 });
      await post(`${bare.url}/append`, BODY, { seconds: 2 });
      for (let round = 0; round < ROUNDS; round++) {
        appends.push(await post(`${bare.url}/append`, BODY, { seconds: SECONDS }));
        await loopDelay(server);
        commands.push(await post(`${server.url}${path}`, BODY, { token: owner.token!, seconds: SECONDS }));
        delays.push(await loopDelay(server));
      }
      const failed = [...commands, ...appends].reduce((sum, load) => sum + load.failed, 0);
      const note = `64 connections by ${commands[0]!.by}, ${failed} failed`;
      const figure = (name: string, unit: string, measured: number, baseline: number, why: string): Figure => ({
        name,
        unit,
        measured,
        baseline,
        ratio: measured / baseline,
        note: why,
      });
      return [
        figure(
          'commands over HTTP',
          '/s',
          median(commands.map((load) => load.perSecond)),
          median(appends.map((load) => load.perSecond)),
          note,
        ),
        figure(
          'command p99',
          'ms',
          median(commands.map((load) => load.p99Ms)),
          median(appends.map((load) => load.p99Ms)),
          note,
        ),
        figure(
          'event-loop delay p99 while saturated',
          'ms',
          median(delays),
          idle,
          'against idle, resolution 1; at most 25 ms',
        ),
      ];
    } finally {
      await bare.stop();
    }
  } finally {
    await server.dispose();
  }
}

/** p99 in milliseconds since the last time somebody asked, from the server's own monitor. */
async function loopDelay(server: Server): Promise<number> {
  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  const seconds = /^nodejs_eventloop_lag_p99_seconds ([\d.e+-]+)$/m.exec(metrics)?.[1];
  if (seconds === undefined) throw new Error('the server tells no event-loop delay');
  return Number(seconds) * 1000;
}

async function eventOf(folder: string, stream: string): Promise<string> {
  const reader = openReader(folder);
  try {
    for await (const { type, data, metadata } of reader.readStream(stream))
      return JSON.stringify({ type, data, metadata });
  } finally {
    await reader.close();
  }
  throw new Error(`there is no stream ${stream}`);
}

async function startBare(event: string): Promise<{ url: string; stop(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-bare-'));
  const script = fileURLToPath(new URL('./support/bare-append.main.js', import.meta.url));
  const child = spawn(process.execPath, [script], {
    env: { ...process.env, EVENT: event, DATA_DIR: folder },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  return {
    url: line.replace('listening on ', ''),
    async stop() {
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
