import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { products } from '../src/books/products/product.js';
import { streamOf } from '../src/kernel/decider.js';
import { openReader } from '../src/platform/event-store/sqlite/sqlite-event-store.js';
import { found, signUp } from '../test/support/people.js';
import type { Server } from '../test/support/server.js';
import { inFolder, paired } from './bench.js';
import type { Outcome } from './figure.js';
import { type Load, post, PRODUCT } from './support/load.js';
import { killed, metric, metricsOf, serving, settled } from './support/serving.js';

const SECONDS = 3;
const ROUNDS = 7;
const IDLE_MS = 500;
const BARE = fileURLToPath(new URL('./support/bare-append.main.js', import.meta.url));

/** Commands over HTTP through the whole pipeline, against Fastify with a route that only appends an event of the same size. */
export async function run(): Promise<Outcome[]> {
  return inFolder(async (folder) => {
    const server = await serving({ folder: join(folder, 'server') });
    try {
      const owner = await signUp(server, 'bench@bench.example');
      const organisation = await found(owner);
      const path = `/v1/organisations/${organisation}/products`;
      const { body } = await owner.post(path, PRODUCT);
      const event = await eventOf(server.folder, organisation, body.id as string);
      const bare = await serving({ folder: join(folder, 'bare'), script: BARE, env: { EVENT: event } });
      try {
        return await measure(server, {
          command: (seconds) => post(`${server.url}${path}`, PRODUCT, { token: owner.token!, seconds }),
          append: (seconds) => post(`${bare.url}/append`, PRODUCT, { seconds }),
        });
      } finally {
        await killed(bare.process);
      }
    } finally {
      await killed(server.process);
    }
  });
}

interface Contenders {
  readonly command: (seconds: number) => Promise<Load>;
  readonly append: (seconds: number) => Promise<Load>;
}

async function measure(server: Server, { command, append }: Contenders): Promise<Outcome[]> {
  await command(2);
  await append(2);
  await settled(server);
  const commands: Load[] = [];
  const appends: Load[] = [];
  const idle: number[] = [];
  const saturated: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    appends.push(await append(SECONDS));
    await loopDelay(server);
    await sleep(IDLE_MS);
    idle.push(await loopDelay(server));
    commands.push(await command(SECONDS));
    saturated.push(await loopDelay(server));
    await settled(server);
  }
  const failed = [...commands, ...appends].reduce((sum, load) => sum + load.failed, 0);
  const note = `64 connections by ${commands[0]!.by}, ${failed} failed, ${ROUNDS} rounds of ${SECONDS} s`;
  const rates = [commands, appends].map((loads) => loads.map(({ perSecond }) => perSecond));
  const latencies = [commands, appends].map((loads) => loads.map(({ p99Ms }) => p99Ms));
  return [
    {
      name: 'commands over HTTP',
      unit: '/s',
      ...paired(rates[0]!, rates[1]!),
      aim: 'ratio at least 0.45 (0.35 must be)',
      note,
    },
    { name: 'command p99', unit: 'ms', ...paired(latencies[0]!, latencies[1]!), note: 'the same rounds' },
    {
      name: 'event-loop delay p99 while saturated',
      unit: 'ms',
      ...paired(saturated, idle),
      aim: 'at most 25 ms',
      note: 'against idle, resolution 1',
    },
  ];
}

/** p99 in milliseconds since the last time somebody asked, from the server's own monitor. */
const loopDelay = async (server: Server): Promise<number> =>
  metric(await metricsOf(server), 'nodejs_eventloop_lag_p99_seconds') * 1000;

/** An event as JSON, without what an append of its own would give it. */
async function eventOf(folder: string, organisation: string, id: string): Promise<string> {
  const stream = streamOf(products, organisation, id);
  const reader = openReader(folder);
  try {
    for await (const { type, data, metadata } of reader.readStream(stream))
      return JSON.stringify({ type, data, metadata });
  } finally {
    await reader.close();
  }
  throw new Error(`there is no stream ${stream}`);
}
