import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { streamOf } from '../../src/kernel/decider.js';
import { openReader } from '../../src/platform/event-store/sqlite/sqlite-event-store.js';
import type { Json } from '../support/client.js';
import { found, signUp } from '../support/people.js';
import { Server } from '../support/server.js';

const CONNECTIONS = 32;
/** A round lasts at least so many milliseconds, and until so many requests more were acknowledged. */
const ROUND_MS = 700;
const ROUND_ACKNOWLEDGED = 260;
const PRODUCTS = { name: 'product', within: 'organisation' } as const;

interface Asked {
  readonly key: string;
  readonly name: string;
  answer?: Json;
}

export interface KillRounds {
  readonly rounds: number;
  readonly asked: number;
  readonly acknowledged: number;
  /** Acknowledged, and not in the log where it was said to be. */
  readonly lost: number;
  /** In the log more than once. */
  readonly twice: number;
  /** Acknowledged, and answered otherwise when they were asked for again (one of 50 is). */
  readonly answeredOtherwise: number;
}

/**
 * kill -9 of a server under load, round after round; then whatever had no answer is asked for again, and the log is read.
 *
 * @throws AssertionError for a gap in the log, and for a request that cannot be settled
 */
export async function killRounds(rounds: number, told: (round: number) => void = () => undefined): Promise<KillRounds> {
  let server = await Server.start();
  const { folder } = server;
  try {
    const owner = await signUp(server, 'owner@crash.example');
    const organisation = await found(owner);
    const asked: Asked[] = [];
    const send = async ({ name, key }: Asked): Promise<Json> => {
      const path = `/v1/organisations/${organisation}/products`;
      const { status, body } = await owner.at(server.url).post(path, { name }, { 'idempotency-key': key });
      assert(status === 201 || status === 503, `answered ${status}: ${JSON.stringify(body)}`);
      return status === 201 ? body : undefined;
    };

    for (let round = 1; round <= rounds; round++) {
      let running = true;
      const loops = Array.from({ length: CONNECTIONS }, async () => {
        while (running) {
          const request: Asked = { key: randomUUID(), name: `Product ${asked.length}` };
          asked.push(request);
          try {
            const answer = await send(request);
            if (answer !== undefined) request.answer = answer;
          } catch (error) {
            if (error instanceof assert.AssertionError) throw error;
            running = false;
          }
        }
      });
      await sleep(ROUND_MS);
      const enough = (): boolean =>
        asked.filter(({ answer }) => answer !== undefined).length >= round * ROUND_ACKNOWLEDGED;
      while (!enough()) await sleep(50);
      await server.kill();
      await Promise.all(loops);
      server = await Server.start({ folder });
      told(round);
    }

    const acknowledged = asked.filter(({ answer }) => answer !== undefined);
    let answeredOtherwise = 0;
    for (const [index, request] of acknowledged.entries()) {
      if (index % 50 !== 0) continue;
      if (JSON.stringify(await send(request)) !== JSON.stringify(request.answer)) answeredOtherwise += 1;
    }
    const settled = new Map(acknowledged.map(({ key, answer }) => [key, answer]));
    for (const request of asked) {
      if (settled.has(request.key)) continue;
      const answer = await send(request);
      assert(answer !== undefined, 'a request without an answer cannot be settled');
      settled.set(request.key, answer);
    }
    await server.stop();

    const times = await eventsByStream(folder);
    const timesOf = ({ key }: Asked): number =>
      times.get(streamOf(PRODUCTS, organisation, settled.get(key)!.id as string)) ?? 0;
    const products = [...times.keys()].filter((stream) => stream.startsWith('product-')).length;
    assert.equal(products, asked.length, 'the log has products that nobody asked for, or lacks some');
    return {
      rounds,
      asked: asked.length,
      acknowledged: acknowledged.length,
      lost: acknowledged.filter((request) => timesOf(request) === 0).length,
      twice: asked.filter((request) => timesOf(request) > 1).length,
      answeredOtherwise,
    };
  } finally {
    await server.dispose();
  }
}

/** How many events each stream of a stopped server's log has. @throws AssertionError for a gap in its positions */
async function eventsByStream(folder: string): Promise<Map<string, number>> {
  const times = new Map<string, number>();
  let expected = 1;
  const reader = openReader(folder);
  for await (const { events } of reader.readAll()) {
    for (const { position, stream } of events) {
      assert.equal(Number(position), expected++, 'positions have a gap');
      times.set(stream, (times.get(stream) ?? 0) + 1);
    }
  }
  await reader.close();
  return times;
}
