import fastify from 'fastify';
import { openSqliteEventStore } from '../../src/platform/event-store/sqlite/sqlite-event-store.js';
import { newId } from '../../src/platform/random.js';

/**
 * The baseline of the command bench: Fastify and the store, with one route that appends an event of the size that the
 * template in the environment has, and answers its revision and position.
 */
const template = JSON.parse(process.env.EVENT ?? '') as { type: string; data: object; metadata: never };
const store = await openSqliteEventStore({ folder: process.env.DATA_DIR ?? '', clock: Date.now });
const app = fastify();

app.post('/append', async (_, reply) => {
  const id = newId(Date.now());
  const { revision, position } = await store.append(`product-${id}`, 'no-stream', [
    { id, schemaVersion: 1, ...template },
  ]);
  void reply.status(201).header('etag', `"${revision}"`);
  return { id, revision, position };
});

const url = await app.listen({ host: '127.0.0.1', port: 0 });
process.stdout.write(`listening on ${url}\n`);
