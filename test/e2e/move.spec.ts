import { execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import Database from 'better-sqlite3';
import type { NewEvent, StoredEvent } from '../../src/platform/event-store/event-store.port.js';
import { openReader, openSqliteEventStore } from '../../src/platform/event-store/sqlite/sqlite-event-store.js';
import { describeIf } from '../support/available.js';
import { found, signUp } from '../support/people.js';
import { Server } from '../support/server.js';
import { embedded, environmentOf } from '../support/stores.js';
import { documentTexts } from '../support/view-documents.js';

/** Each step is a process of its own. */
const SLOW_MS = 150_000;

const run = promisify(execFile);
const CLI = fileURLToPath(new URL('../../src/cli.js', import.meta.url));

const environment = (folder: string): NodeJS.ProcessEnv => ({
  ...environmentOf(folder),
  DATA_DIR: folder,
  LOG_LEVEL: 'warn',
});
const move = (from: string, to: string): Promise<{ stdout: string; stderr: string }> =>
  run(process.execPath, [CLI, 'move', '--to', to], { env: environment(from) });

async function eventsOf(folder: string): Promise<StoredEvent[]> {
  const reader = openReader(folder);
  const events: StoredEvent[] = [];
  for await (const batch of reader.readAll()) events.push(...batch.events);
  await reader.close();
  return events;
}

describeIf(embedded, 'what is moved is an embedded log', 'moving a log', () => {
  const folders: string[] = [];
  const folder = async (): Promise<string> => {
    const made = await mkdtemp(join(tmpdir(), 'countersign-move-spec-'));
    folders.push(made);
    return made;
  };
  afterAll(() => Promise.all(folders.map((one) => rm(one, { recursive: true, force: true }))));

  /** A log of so many events in some streams of two organisations, a few of them of none. */
  async function logOf(count: number): Promise<string> {
    const made = await folder();
    let now = Date.UTC(2026, 0, 1);
    const store = await openSqliteEventStore({ folder: made, clock: () => (now += 7) });
    const organisations = [randomUUID(), randomUUID()];
    const append = (n: number): Promise<unknown> => {
      const organisation = n % 7 === 0 ? undefined : organisations[n % 2];
      const events: NewEvent[] = Array.from({ length: 10 }, (_, index) => ({
        id: randomUUID(),
        type: index % 2 === 0 ? 'Even' : 'Odd',
        schemaVersion: 1 + (n % 2),
        data: { n, text: 'Zoë “quoted” 東京', $personal: 'c2VhbGVk', 10: 'a key like a number' },
        metadata: {
          ...(organisation === undefined ? {} : { organisation }),
          actor: { kind: 'system', id: 'spec' },
          command: 'Spec',
          correlationId: 'c',
          requestId: 'r',
        },
      }));
      return store.append(`thing-${n % 50}`, 'any', events);
    };
    for (let n = 0; n < count / 10; n += 100)
      await Promise.all(Array.from({ length: Math.min(100, count / 10 - n) }, (_, index) => append(n + index)));
    await store.close();
    return made;
  }

  it(
    'keeps ids, order, metadata and instants, and so everything that is served from it',
    async () => {
      const server = await Server.start();
      const other = await folder();
      try {
        const ann = await signUp(server, 'ann@move.example');
        const organisation = await found(ann);
        const at = `/v1/organisations/${organisation}`;
        const customer = await ann.post(`${at}/customers`, { name: 'Rosa', email: 'rosa@klein.example' });
        const supplierId = (await ann.post(`${at}/suppliers`, { name: 'Ink & Co' })).body.id as string;
        const bill = await ann.post(`${at}/purchases`, { supplierId, date: '2026-03-01', lines: [] });
        const attachments = `${at}/purchases/${bill.body.id}/attachments`;
        const pdf = Buffer.from('%PDF-1.7\n% the bill of Ink & Co\n');
        const attached = await ann.post(attachments, pdf, { 'content-type': 'application/pdf' });
        expect(attached.status).toBe(201);
        const checkpoints = async (client = ann) => (await client.get(`${at}/audit/checkpoints`)).body;
        for (let tries = 0; tries < 200 && (await checkpoints()).items.length === 0; tries++) await sleep(50);
        await server.stop();
        const events = await eventsOf(server.folder);
        const { stdout } = await move(server.folder, other);
        expect(stdout).toContain(`moved: ${events.length} events, 0 of them by an earlier move`);
        expect(stdout).toContain('the tree of each of 1 organisations');
        expect(await eventsOf(other)).toEqual(events);
        // What has to come along is what it says.
        const [, names = ''] = /copy (.*) of /.exec(stdout) ?? [];
        expect(names).toBe('vault.db, master.key, attachments');
        for (const name of names.split(', '))
          await cp(join(server.folder, name), join(other, name), { recursive: true });
        const moved = await Server.start({ folder: other });
        const there = ann.at(moved.url);
        expect((await there.get(`${at}/customers/${customer.body.id}`)).body).toMatchObject({ name: 'Rosa' });
        const { items } = await checkpoints(there);
        expect(items.length).toBeGreaterThan(0);
        expect((await there.get(`${at}/audit`)).body.items.length).toBeGreaterThan(1);
        const file = await fetch(`${moved.url}${attachments}/${attached.body.id}`, {
          headers: { authorization: `Bearer ${ann.token}` },
        });
        expect(Buffer.from(await file.arrayBuffer())).toEqual(pdf);
        expect((await there.post(`${at}/customers`, { name: 'Emil' })).status).toBe(201);
        await moved.stop();
        const before = await documentTexts(other);
        await run(process.execPath, [CLI, 'rebuild'], { env: environment(other) });
        expect(await documentTexts(other)).toEqual(before);
      } finally {
        await server.dispose();
      }
    },
    SLOW_MS,
  );

  it(
    'goes on where it was when it is killed, as often as that happens',
    async () => {
      const from = await logOf(20_000);
      const to = await folder();
      const written = (): number => {
        try {
          const db = new Database(join(to, 'events.db'), { readonly: true });
          try {
            return db.prepare('SELECT count(*) FROM events').pluck().get() as number;
          } finally {
            db.close();
          }
        } catch {
          return 0;
        }
      };
      const kills: number[] = [];
      for (const enough of [1, 10_000]) {
        const child = spawn(process.execPath, [CLI, 'move', '--to', to], { env: environment(from), stdio: 'ignore' });
        const exited = once(child, 'exit');
        while (written() < enough && child.exitCode === null) await sleep(2);
        child.kill('SIGKILL');
        await exited;
        kills.push(written());
      }
      expect(kills[0]).toBeGreaterThan(0);
      expect(kills[1]).toBeGreaterThanOrEqual(10_000);
      expect(kills[1]).toBeLessThan(20_000);
      const { stdout, stderr } = await move(from, to);
      expect(stdout).toContain(`moved: 20000 events, ${kills[1]} of them by an earlier move that was interrupted`);
      expect(stderr).toContain('moving: ');
      expect(await eventsOf(to)).toEqual(await eventsOf(from));
      // Moved already, it is found to be whole.
      expect((await move(from, to)).stdout).toContain('moved: 20000 events, 20000 of them');
    },
    SLOW_MS,
  );

  it(
    'finds a copy that is not the log, and writes nothing into another log',
    async () => {
      const [from, to] = [await logOf(1000), await folder()];
      await move(from, to);
      const db = new Database(join(to, 'events.db'));
      db.prepare(`UPDATE events SET body = replace(body, '"n":42', '"n":43')`).run();
      db.close();
      await expect(move(from, to)).rejects.toMatchObject({
        stderr: expect.stringContaining('The store holds another log: its event '),
      });
      const another = await logOf(20);
      const before = await eventsOf(another);
      await expect(move(from, another)).rejects.toMatchObject({
        stderr: expect.stringContaining('its event 1 is not that of the log to move'),
      });
      // One that holds more than the log to move is another one, too.
      await expect(move(another, from)).rejects.toMatchObject({ code: 1 });
      expect(await eventsOf(another)).toEqual(before);
    },
    SLOW_MS,
  );

  it(
    'says what cannot be moved',
    async () => {
      const [empty, from] = [await folder(), await logOf(10)];
      await expect(move(empty, await folder())).rejects.toMatchObject({
        stderr: expect.stringContaining('is DATA_DIR right?'),
      });
      await expect(move(from, from)).rejects.toMatchObject({
        stderr: expect.stringContaining('in this folder already'),
      });
      const open = await openSqliteEventStore({ folder: from, clock: Date.now });
      await expect(move(from, await folder())).rejects.toMatchObject({ stderr: expect.stringContaining(from) });
      await open.close();
    },
    SLOW_MS,
  );
});
