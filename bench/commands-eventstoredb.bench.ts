/**
 * Commands over HTTP with the log on the EventStoreDB of EVENT_STORE_URL, views and vault embedded.
 *
 * Baseline: its client alone, with as many appends in flight, of an event of the same size.
 */
import { EventStoreDBClient } from '@eventstore/db-client';
import { join } from 'node:path';
import { products } from '../src/books/products/product.js';
import { streamOf } from '../src/kernel/decider.js';
import { eventData } from '../src/platform/event-store/eventstoredb/event-data.js';
import { openEventStoreDbReader } from '../src/platform/event-store/eventstoredb/eventstoredb-event-store.js';
import type { StoredEvent } from '../src/platform/event-store/event-store.port.js';
import { newId } from '../src/platform/random.js';
import { found, signUp } from '../test/support/people.js';
import { inFolder, paired } from './bench.js';
import type { Outcome } from './figure.js';
import { type Load, post, PRODUCT } from './support/load.js';
import { killed, serving, settled } from './support/serving.js';

const NAME = 'commands over HTTP on EventStoreDB';
const IN_FLIGHT = 64;
const SECONDS = 3;
const ROUNDS = 7;
/** Milliseconds; one that is there answers in a few. */
const PATIENCE_MS = 3000;

export async function run(): Promise<Outcome[]> {
  const url = process.env.EVENT_STORE_URL ?? '';
  const skipped = await missing(url);
  return skipped === undefined ? measure(url) : [{ name: NAME, skipped }];
}

/** Why it cannot be measured here. */
async function missing(url: string): Promise<string | undefined> {
  if (url === '') return 'no EventStoreDB: EVENT_STORE_URL is not set';
  const reader = openEventStoreDbReader({ url, timeoutMs: PATIENCE_MS });
  try {
    // Events of a vault that is gone could not be opened: views and reactors of this run would stop at them.
    return (await reader.head()) === undefined ? undefined : 'the EventStoreDB at EVENT_STORE_URL holds events already';
  } catch {
    return 'no EventStoreDB answers at EVENT_STORE_URL';
  } finally {
    await reader.close();
  }
}

async function measure(url: string): Promise<Outcome[]> {
  return inFolder(async (folder) => {
    const server = await serving({ folder: join(folder, 'server'), env: { EVENT_STORE_URL: url } });
    const client = EventStoreDBClient.connectionString(url);
    try {
      const owner = await signUp(server, 'bench@bench.example');
      const organisation = await found(owner);
      const path = `/v1/organisations/${organisation}/products`;
      const { body } = await owner.post(path, PRODUCT);
      const event = await eventOf(url, streamOf(products, organisation, body.id as string));
      const command = (seconds: number): Promise<Load> =>
        post(`${server.url}${path}`, PRODUCT, { token: owner.token!, seconds, connections: IN_FLIGHT });
      await command(2);
      await appending(client, event, 2);
      const commands: number[] = [];
      const appends: number[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        await settled(server);
        // The server would read what the client appends meanwhile.
        server.process.kill('SIGSTOP');
        appends.push(await appending(client, event, SECONDS));
        server.process.kill('SIGCONT');
        await settled(server);
        const { perSecond, failed } = await command(SECONDS);
        if (failed > 0) throw new Error(`${failed} commands failed`);
        commands.push(perSecond);
      }
      const note = `against its client alone; ${IN_FLIGHT} in flight, ${ROUNDS} rounds of ${SECONDS} s`;
      return [{ name: NAME, unit: '/s', ...paired(commands, appends), aim: 'ratio at least 0.6', note }];
    } finally {
      await client.dispose();
      await killed(server.process);
    }
  });
}

/** Appends a second, each to a stream of its own, of a kind that no view folds. */
async function appending(client: EventStoreDBClient, event: StoredEvent, seconds: number): Promise<number> {
  const begun = performance.now();
  let done = 0;
  const one = async (): Promise<void> => {
    while (performance.now() - begun < seconds * 1000) {
      const id = newId(Date.now());
      const data = eventData([{ ...event, id }], event.recordedAt);
      await client.appendToStream(`system-bench-${id}`, data, { expectedRevision: 'no_stream' });
      done += 1;
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, one));
  return (done * 1000) / (performance.now() - begun);
}

async function eventOf(url: string, stream: string): Promise<StoredEvent> {
  const reader = openEventStoreDbReader({ url });
  try {
    for await (const event of reader.readStream(stream)) return event;
  } finally {
    await reader.close();
  }
  throw new Error(`there is no stream ${stream}`);
}
