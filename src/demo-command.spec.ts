import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Client, Json } from '../test/support/client.js';
import { signIn } from '../test/support/people.js';
import { Server } from '../test/support/server.js';
import { FILES_ONLY, embedded, environmentOf } from '../test/support/stores.js';
import { describeIf } from '../test/support/available.js';

const run = promisify(execFile);
const CLI = fileURLToPath(new URL('./cli.js', import.meta.url));
const PEOPLE = ['ann', 'bob', 'sue', 'tom', 'ivy', 'max'].map((name) => `${name}@hale.example`);
const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

/** Makes a demo and serves it; `said` is what the command printed. */
async function demo(folder: string, seed: number): Promise<{ readonly said: string; readonly password: string }> {
  const env = { ...environmentOf(folder), DATA_DIR: folder };
  const { stdout } = await run(process.execPath, [CLI, 'demo', '--seed', String(seed)], { env });
  return { said: stdout, password: /with the password (\S+)/.exec(stdout)![1]! };
}

/** All items of a list, in its order. */
async function all(client: Client, path: string): Promise<Json[]> {
  const items: Json[] = [];
  for (let after = ''; ;) {
    const { status, body } = await client.get(`${path}${path.includes('?') ? '&' : '?'}limit=200${after}`);
    expect([path, status]).toEqual([path, 200]);
    items.push(...(body.items as Json[]));
    if (body.next === null) return items;
    after = `&after=${body.next}`;
  }
}

/** What the trail tells, with ids by the order in which they first come up. */
function story(items: readonly Json[]): readonly string[] {
  const ids = new Map<string, string>();
  const named = (id: string): string => {
    if (!ids.has(id)) ids.set(id, `#${ids.size}`);
    return ids.get(id)!;
  };
  return [...items]
    .reverse()
    .map(({ at, type, summary, actor, changes, outcome }) =>
      JSON.stringify({ at, type, summary, actor: actor.name, changes, outcome }).replace(UUID, named),
    );
}

describeIf(embedded, FILES_ONLY, 'the demo', () => {
  let folder: string;
  let made: Awaited<ReturnType<typeof demo>>[];
  let server: Server;
  let owner: Client;
  let at: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'countersign-demo-'));
    made = await Promise.all(['one', 'two'].map((name) => demo(join(folder, name), 7)));
    server = await Server.start({ folder: join(folder, 'one') });
    owner = await signIn(server, 'ann@hale.example', made[0]!.password);
    at = `/v1/organisations/${(await owner.get('/v1/me/organisations')).body.items[0].id}`;
  }, 240_000);
  afterAll(async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('says how to sign in as each of the six, and that is so', async () => {
    for (const email of PEOPLE) {
      expect(made[0]!.said).toContain(email);
      await signIn(server, email, made[0]!.password);
    }
  });

  it('has a year of refusals, voids, reconciliations and one erased customer, in books that balance', async () => {
    const trail = await all(owner, `${at}/audit`);
    const count = (wanted: (item: Json) => boolean): number => trail.filter(wanted).length;
    expect(trail.length).toBeGreaterThan(900);
    expect(count(({ outcome }) => outcome === 'refused')).toBeGreaterThan(10);
    expect(count(({ type }) => type === 'InvoiceVoided')).toBeGreaterThan(0);
    expect(count(({ type }) => type === 'ReconciliationFinished')).toBeGreaterThanOrEqual(11);
    const customers = await all(owner, `${at}/customers`);
    expect(customers.filter(({ name }) => name === 'erased')).toHaveLength(1);
    const { body } = await owner.get(`${at}/reports/trial-balance?at=2025-12-31`);
    expect(body.totals.debit).toBeGreaterThan(5_000_000);
    expect(body.totals.debit).toBe(body.totals.credit);
  });

  it('gives the same log for the same seed', async () => {
    const first = story(await all(owner, `${at}/audit`));
    const other = await Server.start({ folder: join(folder, 'two') });
    try {
      const ann = await signIn(other, 'ann@hale.example', made[1]!.password);
      const there = `/v1/organisations/${(await ann.get('/v1/me/organisations')).body.items[0].id}`;
      const second = story(await all(ann, `${there}/audit`));
      // What this test has read itself stands at the end, at another time.
      const year = (told: readonly string[]) => told.filter((line) => line.startsWith('{"at":"2025'));
      expect(year(second)).toEqual(year(first));
    } finally {
      await other.stop();
    }
  });

  it('leaves a folder alone that is in use', async () => {
    await expect(demo(join(folder, 'one'), 7)).rejects.toThrow(/holds a log already/);
  });
});
