import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { MongoClient } from 'mongodb';
import type { Client } from '../support/client.js';
import { describeIf } from '../support/available.js';
import { mongoMissing } from '../support/mongodb.js';
import { found, signUp } from '../support/people.js';
import { Server } from '../support/server.js';
import { dropMongoOf, mongoOf } from '../support/stores.js';
import { TwoInstances } from '../support/two-instances.js';

const run = promisify(execFile);
const CLI = fileURLToPath(new URL('../../src/cli.js', import.meta.url));
const PROJECTOR = fileURLToPath(new URL('../support/projector-node.main.js', import.meta.url));
const TAKEN_OVER_MS = 10_000;

const missing = (await mongoMissing('READ_MODEL_URL')) ?? (await mongoMissing('VAULT_URL'));

/** Every document of every live view, tombstones aside, as the database of views holds them. */
async function documentsOf(url: string): Promise<readonly string[]> {
  const client = new MongoClient(url);
  try {
    const books = await client
      .db()
      .collection('views')
      .find({ revision: { $exists: true } })
      .toArray();
    const all: string[] = [];
    for (const { view, live } of books) {
      const documents = await client
        .db()
        .collection(`view.${String(view)}.${String(live)}`)
        .find()
        .toArray();
      all.push(
        ...documents.flatMap(({ _id, s }) => (s.d === undefined ? [] : [`${String(view)} ${String(_id)} ${s.d}`])),
      );
    }
    return all.sort();
  } finally {
    await client.close();
  }
}

describeIf(missing === undefined, missing ?? '', 'two instances that share their views', () => {
  let two: TwoInstances;

  beforeAll(async () => {
    two = await TwoInstances.start(mongoOf);
  }, 60_000);

  afterAll(async () => {
    await dropMongoOf(two.server.folder);
    await two.dispose();
  });

  it('show on the one what was written on the other, to those who ask for it by its position', async () => {
    const [here, there] = two.urls;
    const owner = await signUp(two.server, 'owner@instances.example');
    const at = `/v1/organisations/${await found(owner)}`;
    for (let i = 0; i < 20; i++) {
      const [writer, reader] = i % 2 === 0 ? [here, there] : [there, here];
      const made = await owner.at(writer).post(`${at}/customers`, { name: `Customer ${i}` });
      expect(made.status).toBe(201);
      const headers = { 'countersign-at-least': made.headers.get('countersign-position')! };
      const seen = await owner.at(reader).get(`${at}/customers/${String(made.body.id)}`, headers);
      expect([seen.status, seen.body.name]).toEqual([200, `Customer ${i}`]);
    }
  }, 60_000);
});

describeIf(missing === undefined, missing ?? '', 'two nodes that share their views', () => {
  let folder: string;
  let env: ReturnType<typeof mongoOf>;
  let server: Server;
  let standby: ChildProcess;
  let owner: Client;
  let at: string;
  let made = 0;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'countersign-nodes-'));
    env = mongoOf(folder);
    server = await Server.start({ folder, env });
    owner = await signUp(server, 'owner@nodes.example');
    at = `/v1/organisations/${await found(owner)}`;
    standby = spawn(process.execPath, ['--enable-source-maps', PROJECTOR], {
      env: { ...process.env, NODE_OPTIONS: '', EVENT_STORE_URL: '', DATA_DIR: folder, ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(standby.stdout!, 'data');
  }, 60_000);

  afterAll(async () => {
    standby.kill('SIGKILL');
    await dropMongoOf(folder);
    await server.dispose();
  });

  /** Makes a customer, and waits until a list shows it: milliseconds that it took, at most `limit`. */
  async function madeAndSeen(limit: number): Promise<number> {
    const name = `Customer ${++made}`;
    const { status } = await owner.post(`${at}/customers`, { name });
    expect(status).toBe(201);
    const begun = performance.now();
    for (;;) {
      const { status: read, body } = await owner.get(`${at}/customers?limit=1`);
      const elapsed = performance.now() - begun;
      if (read === 200) {
        expect(body.items).toMatchObject([{ name }]);
        return elapsed;
      }
      expect(read).toBe(503);
      if (elapsed > limit) throw new Error(`nobody projects after ${Math.round(elapsed)} ms`);
      await sleep(100);
    }
  }

  it('answers what was written before the leader was killed and after, within ten seconds', async () => {
    for (let i = 0; i < 20; i++) await madeAndSeen(TAKEN_OVER_MS);
    const killed = performance.now();
    await server.kill();
    server = await Server.start({ folder, env });
    owner = owner.at(server.url);
    await madeAndSeen(TAKEN_OVER_MS);
    expect(performance.now() - killed).toBeLessThan(TAKEN_OVER_MS + 5_000);
    for (let i = 0; i < 5; i++) await madeAndSeen(TAKEN_OVER_MS);
  }, 60_000);

  it('goes on when the leader is paused, and nothing changes when it is resumed', async () => {
    // It leads since the server was killed.
    standby.kill('SIGSTOP');
    await madeAndSeen(TAKEN_OVER_MS);
    for (let i = 0; i < 5; i++) await madeAndSeen(TAKEN_OVER_MS);
    standby.kill('SIGCONT');
    for (let i = 0; i < 20; i++) await madeAndSeen(TAKEN_OVER_MS);
    const { items } = (await owner.get(`${at}/customers?limit=200`)).body;
    expect((items as { name: string }[]).map(({ name }) => name)).toEqual(
      Array.from({ length: made }, (_, index) => `Customer ${made - index}`),
    );
  }, 60_000);

  it('has the documents of a rebuild', async () => {
    await owner.get(`${at}/audit?limit=1`);
    await madeAndSeen(TAKEN_OVER_MS);
    const before = await documentsOf(env.READ_MODEL_URL);
    expect(before.length).toBeGreaterThan(2 * made);
    await run(process.execPath, [CLI, 'rebuild'], {
      env: { ...process.env, NODE_OPTIONS: '', EVENT_STORE_URL: '', DATA_DIR: folder, LOG_LEVEL: 'warn', ...env },
    });
    expect(await documentsOf(env.READ_MODEL_URL)).toEqual(before);
  }, 60_000);
});
