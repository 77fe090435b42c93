import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { openReader } from '../../src/platform/event-store/sqlite/sqlite-event-store.js';
import { streamOf } from '../../src/kernel/decider.js';
import type { Json } from '../support/client.js';
import { found, signUp } from '../support/people.js';
import { Server } from '../support/server.js';

const ROUNDS = 20;
const CONNECTIONS = 32;
const ROUND_MS = 700;

interface Asked {
  readonly key: string;
  readonly name: string;
  answer?: Json;
}

describe('kill -9 under load', () => {
  it('loses nothing that was acknowledged, and records nothing twice', async () => {
    let server = await Server.start();
    const { folder } = server;
    try {
      const owner = await signUp(server, 'owner@crash.example');
      const organisation = await found(owner);
      const asked: Asked[] = [];
      const ask = async (request: Asked): Promise<void> => {
        const path = `/v1/organisations/${organisation}/products`;
        const answer = await owner
          .at(server.url)
          .post(path, { name: request.name }, { 'idempotency-key': request.key });
        if (answer.status === 201) request.answer ??= answer.body;
        else if (answer.status !== 503) throw new Error(`answered ${answer.status}: ${JSON.stringify(answer.body)}`);
      };

      for (let round = 0; round < ROUNDS; round++) {
        let running = true;
        const loops = Array.from({ length: CONNECTIONS }, async () => {
          while (running) {
            const request: Asked = { key: randomUUID(), name: `Product ${asked.length}` };
            asked.push(request);
            await ask(request).catch(() => (running = false));
          }
        });
        await sleep(ROUND_MS);
        await server.kill();
        await Promise.all(loops);
        server = await Server.start({ folder });
      }

      const acknowledged = asked.filter(({ answer }) => answer !== undefined);
      expect(acknowledged.length).toBeGreaterThan(5_000);
      // Whatever was in doubt is settled by asking again; a sample of the others is asked again too.
      const doubtful = asked.filter(({ answer }) => answer === undefined);
      expect(doubtful.length).toBeGreaterThan(0);
      for (const request of doubtful) await ask(request);
      for (const request of acknowledged.filter((_, index) => index % 50 === 0)) {
        const path = `/v1/organisations/${organisation}/products`;
        const again = await owner.at(server.url).post(path, { name: request.name }, { 'idempotency-key': request.key });
        expect(again.body).toEqual(request.answer);
      }
      await server.stop();

      const times = new Map<string, number>();
      let expected = 1;
      const reader = openReader(folder);
      for await (const { events } of reader.readAll()) {
        for (const event of events) {
          expect(Number(event.position)).toBe(expected++);
          times.set(event.stream, (times.get(event.stream) ?? 0) + 1);
        }
      }
      await reader.close();
      const streams = asked.map(({ answer }) =>
        streamOf({ name: 'product', within: 'organisation' }, organisation, answer?.id as string),
      );
      expect(streams.filter((stream) => times.get(stream) !== 1)).toEqual([]);
      expect([...times.keys()].filter((stream) => stream.startsWith('product-'))).toHaveLength(asked.length);
    } finally {
      await server.dispose();
    }
  }, 300_000);
});
