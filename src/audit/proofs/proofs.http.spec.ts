import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, Json } from '../../../test/support/client.js';
import { found, join, signUp } from '../../../test/support/people.js';
import { Server } from '../../../test/support/server.js';
import { TwoInstances } from '../../../test/support/two-instances.js';
import { embedded } from '../../../test/support/stores.js';
import { itIf } from '../../../test/support/available.js';
import { verifyConsistency, verifyInclusion } from '../../platform/proofs/merkle.js';
import { openNote, type TreeHead } from '../../platform/proofs/note.js';

const bytes = (text: string): Buffer => Buffer.from(text, 'base64');
const all = (hashes: readonly string[]): readonly Buffer[] => hashes.map(bytes);

/** The newest checkpoint, as soon as it is over so many events. */
async function checkpointOver(reader: Client, at: string, size: number): Promise<Json> {
  for (let tries = 0; tries < 400; tries++) {
    const { status, body } = await reader.get(`${at}/audit/checkpoints`);
    expect(status).toBe(200);
    if ((body.items[0]?.size ?? 0) >= size) return body;
    await sleep(25);
  }
  throw new Error(`no checkpoint over ${size} events`);
}

const openNewest = (body: Json): TreeHead => openNote(body.items[0].note as string, body.keys.at(-1).verifierKey);

describe('proofs over HTTP', () => {
  let server: Server;
  let ann: Client;
  let organisation: string;
  let at: string;

  beforeAll(async () => {
    server = await Server.start();
    ann = await signUp(server, 'ann@hale.example', 'Ann', 'Hale');
    organisation = await found(ann);
    at = `/v1/organisations/${organisation}`;
    for (let i = 0; i < 5; i++) await ann.post(`${at}/customers`, { name: `Customer ${i}` });
  });
  afterAll(() => server.dispose());

  const eventIds = async (): Promise<readonly string[]> =>
    ((await ann.get(`${at}/audit?type=CustomerCreated`)).body.items as Json[]).map(({ eventId }) => eventId as string);

  it('signs what happened, in notes that open with the key of the organisation', async () => {
    const body = await checkpointOver(ann, at, 6);
    expect(openNewest(body)).toMatchObject({ origin: `countersign/${organisation}`, size: body.items[0].size });
    expect(body.items[0]).toEqual({
      id: expect.any(String),
      size: expect.any(Number),
      root: expect.any(String),
      note: expect.any(String),
      signedAt: expect.any(String),
    });
    expect(body.keys).toEqual([
      { generation: 1, verifierKey: expect.stringMatching(/^countersign\/[^+]+\+/), since: expect.any(String) },
    ]);
  });

  it('goes on as things happen', async () => {
    const before = openNewest(await checkpointOver(ann, at, 6)).size;
    await ann.post(`${at}/customers`, { name: 'One more' });
    const body = await checkpointOver(ann, at, before + 1);
    expect(openNewest(body).size).toBeGreaterThan(before);
  });

  it('pages through the checkpoints, the newest first', async () => {
    const sizes: number[] = [];
    let next: string | null = '';
    while (next !== null) {
      const { body }: Json = await ann.get(`${at}/audit/checkpoints?limit=1${next && `&after=${next}`}`);
      sizes.push(body.items[0].size as number);
      next = body.next as string | null;
    }
    expect(sizes.length).toBeGreaterThan(1);
    expect(sizes).toEqual([...sizes].sort((a, b) => b - a));
    expect((await ann.get(`${at}/audit/checkpoints?after=nonsense`)).status).toBe(400);
  });

  it('proves that an event is in, by what was signed', async () => {
    const head = openNewest(await checkpointOver(ann, at, 6));
    const [event] = (await eventIds()).slice(-1);
    const { status, body } = await ann.get(`${at}/audit/proofs/inclusion?event=${event}&size=${head.size}`);
    expect(status).toBe(200);
    expect(body).toMatchObject({ event, treeSize: head.size });
    const { leafHash, leafIndex, hashes } = body;
    expect(verifyInclusion(bytes(leafHash), leafIndex, head.size, all(hashes), head.root)).toBe(true);
    expect(verifyInclusion(bytes(leafHash), Number(leafIndex) + 1, head.size, all(hashes), head.root)).toBe(false);
    const ask = (query: string) => ann.get(`${at}/audit/proofs/inclusion?event=${event}&${query}`);
    expect((await ask('size=1')).status).toBe(400);
    expect((await ask('size=1000000')).status).toBe(400);
    expect((await ann.get(`${at}/audit/proofs/inclusion?event=${event}`)).body.treeSize).toBeGreaterThan(leafIndex);
  });

  it('proves that nothing before was changed, from one checkpoint to the next', async () => {
    const older = openNewest(await checkpointOver(ann, at, 6));
    await ann.post(`${at}/customers`, { name: 'Another' });
    const newer = openNewest(await checkpointOver(ann, at, older.size + 1));
    const { status, body } = await ann.get(`${at}/audit/proofs/consistency?from=${older.size}&to=${newer.size}`);
    expect(status).toBe(200);
    expect(verifyConsistency(older.size, newer.size, older.root, newer.root, all(body.hashes))).toBe(true);
    expect([body.fromRoot, body.toRoot].map(bytes)).toEqual([Buffer.from(older.root), Buffer.from(newer.root)]);
    expect((await ann.get(`${at}/audit/proofs/consistency?from=9&to=3`)).status).toBe(400);
    expect((await ann.get(`${at}/audit/proofs/consistency?from=1&to=1000000`)).status).toBe(400);
  });

  it("knows nothing of another organisation's events, nor do others of this one", async () => {
    const other = await found(ann, 'Elsewhere');
    const [event] = await eventIds();
    const there = `/v1/organisations/${other}`;
    const missing = await ann.get(`${there}/audit/proofs/inclusion?event=${organisation}`);
    const foreign = await ann.get(`${there}/audit/proofs/inclusion?event=${event}`);
    expect([foreign.status, missing.status]).toEqual([404, 404]);
    expect(foreign.body).toEqual(missing.body);
    const stranger = await signUp(server, 'stranger@proofs.example');
    for (const path of ['checkpoints', `proofs/inclusion?event=${event}`, 'proofs/consistency?from=1'])
      expect((await stranger.get(`${at}/audit/${path}`)).status).toBe(404);
  });

  it('is for those who read the whole trail: sizes tell how much there is', async () => {
    const role = await ann.post(`${at}/roles`, {
      name: 'Trail of mine',
      permissions: [{ permission: 'audit:read', scope: 'own' }],
    });
    expect(role.status).toBe(201);
    const limited = await join(server, ann, organisation, 'limited@proofs.example', [role.body.id]);
    const staff = await join(server, ann, organisation, 'staff@proofs.example', ['staff']);
    const [event] = await eventIds();
    expect((await limited.get(`${at}/audit`)).status).toBe(200);
    for (const path of ['checkpoints', `proofs/inclusion?event=${event}`, 'proofs/consistency?from=1']) {
      expect((await limited.get(`${at}/audit/${path}`)).status).toBe(404);
      expect((await staff.get(`${at}/audit/${path}`)).status).toBe(403);
    }
  });

  it('keeps checkpoints out of the trail and out of the tree', async () => {
    await checkpointOver(ann, at, 6);
    const items = (await ann.get(`${at}/audit?limit=200`)).body.items as Json[];
    expect(items.filter(({ type }) => type === 'CheckpointSigned')).toEqual([]);
  });

  it('goes on where it was after a restart, without its file too', async () => {
    const older = openNewest(await checkpointOver(ann, at, 6));
    await server.stop();
    for (const suffix of ['', '-wal', '-shm']) await rm(`${server.folder}/proofs.db${suffix}`, { force: true });
    server = await Server.start({ folder: server.folder });
    ann = ann.at(server.url);
    await ann.post(`${at}/customers`, { name: 'After the restart' });
    const newer = openNewest(await checkpointOver(ann, at, older.size + 1));
    const { body } = await ann.get(`${at}/audit/proofs/consistency?from=${older.size}&to=${newer.size}`);
    expect(verifyConsistency(older.size, newer.size, older.root, newer.root, all(body.hashes))).toBe(true);
  });
});

describe('proofs of two instances over one log', () => {
  itIf(
    embedded,
    'two instances of embedded stores',
    'do not fork: every checkpoint is consistent with the one before',
    async () => {
      const two = await TwoInstances.start();
      try {
        const ann = await signUp(two.server, 'ann@two.example');
        const at = `/v1/organisations/${await found(ann)}`;
        for (let i = 0; i < 20; i++) await ann.at(two.urls[i % 2]!).post(`${at}/customers`, { name: `Customer ${i}` });
        // Each export signs on its own node.
        const exports = [0, 1, 0, 1, 0, 1].map(async (index) => {
          const headers = { authorization: `Bearer ${ann.token!}` };
          const response = await fetch(`${two.urls[index]!}${at}/audit/export?reason=both`, { headers });
          expect(await response.text()).toContain('"kind":"checkpoint"');
        });
        await Promise.all(exports);
        const body = await checkpointOver(ann.at(two.urls[1]), at, 21);
        const heads = (body.items as Json[]).map(({ note }) => openNote(note as string, body.keys[0].verifierKey));
        for (const [index, newer] of heads.slice(0, -1).entries()) {
          const older = heads[index + 1]!;
          const { body: proof } = await ann.get(`${at}/audit/proofs/consistency?from=${older.size}&to=${newer.size}`);
          expect(verifyConsistency(older.size, newer.size, older.root, newer.root, all(proof.hashes))).toBe(true);
        }
      } finally {
        await two.dispose();
      }
    },
  );
});
