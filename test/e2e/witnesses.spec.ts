import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { jest } from '@jest/globals';
import Database from 'better-sqlite3';
import { ahead } from '../support/ahead.js';
import type { Client, Json } from '../support/client.js';
import { found, signIn, signUp } from '../support/people.js';
import { Server } from '../support/server.js';
import { embedded, environmentOf } from '../support/stores.js';
import { notesIn, openNote, readNote } from '../../src/platform/proofs/note.js';

const run = promisify(execFile);
const CLI = fileURLToPath(new URL('../../src/cli.js', import.meta.url));

/** Milliseconds. On FerretDB a folded event takes a hundred, and most of what is waited for follows from several. */
const PATIENCE_MS = embedded ? 10_000 : 60_000;

async function until<T>(look: () => Promise<T | undefined> | T | undefined): Promise<T> {
  for (const begun = performance.now(); performance.now() - begun < PATIENCE_MS;) {
    const seen = await look();
    if (seen !== undefined) return seen;
    await sleep(25);
  }
  throw new Error('it did not come');
}

jest.setTimeout(embedded ? 60_000 : 240_000);

describe('checkpoints that go outside', () => {
  let elsewhere: string;
  let file: string;
  let hook: HttpServer;
  const posted: string[] = [];
  let env: Record<string, string>;
  let server: Server;
  let ann: Client;
  let organisation: string;
  let at: string;
  /** The event that a test has changed in the file of the log. */
  let altered = '';

  beforeAll(async () => {
    elsewhere = await mkdtemp(join(tmpdir(), 'countersign-elsewhere-'));
    file = join(elsewhere, 'notes.txt');
    hook = createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      request.on('end', () => {
        posted.push(body);
        response.end();
      });
    });
    await new Promise<void>((resolve) => hook.listen(0, '127.0.0.1', resolve));
    env = {
      WITNESS_FILE: file,
      WITNESS_WEBHOOK: `http://127.0.0.1:${(hook.address() as AddressInfo).port}/`,
      WITNESS_MAIL: 'weekly',
    };
    server = await Server.start({ env });
    ann = await signUp(server, 'ann@witness.example', 'Ann', 'Hale');
    organisation = await found(ann);
    at = `/v1/organisations/${organisation}`;
    for (let i = 0; i < 5; i++) await ann.post(`${at}/customers`, { name: `Customer ${i}` });
  });
  afterAll(async () => {
    await server.dispose();
    await new Promise((resolve) => hook.close(resolve));
    await rm(elsewhere, { recursive: true, force: true });
  });

  const checkpoints = async (): Promise<Json> => (await ann.get(`${at}/audit/checkpoints`)).body;
  /** The notes that a file or a webhook got about the organisation, once there is one over so many events. */
  const seen = (
    notes: () => Promise<readonly string[]> | readonly string[],
    size: number,
  ): Promise<readonly string[]> =>
    until(async () => {
      const mine = (await notes()).filter((note) => readNote(note).origin.endsWith(organisation));
      return mine.some((note) => readNote(note).size >= size) ? mine : undefined;
    });
  const inFile = async () => notesIn(await readFile(file, 'utf8').catch(() => ''));
  const safely = () => inFile().catch(() => []);

  async function verifyStore(...options: string[]): Promise<{ code: number; output: string }> {
    try {
      const { stdout } = await run(process.execPath, [CLI, 'verify', '--store', ...options], {
        env: { ...environmentOf(server.folder), DATA_DIR: server.folder },
      });
      return { code: 0, output: stdout };
    } catch (error) {
      const { code, stderr } = error as { code: number; stderr: string };
      return { code, output: stderr };
    }
  }

  it('reach the file and the webhook, as they were signed', async () => {
    const { keys } = await checkpoints();
    const [written, sent] = await Promise.all([seen(safely, 6), seen(() => posted, 6)]);
    for (const note of [...written, ...sent]) expect(openNote(note, keys[0].verifierKey).size).toBeGreaterThan(0);
  });

  it('reach the Primary once a week', async () => {
    const pattern = /countersign\/\S+\r?\n\d+\r?\n\S+\r?\n\r?\n— [^\r\n]+\r?\n/u;
    const [mail] = await server.mail('ann@witness.example', pattern);
    const { keys } = await checkpoints();
    expect(openNote(notesIn(mail)[0]!, keys[0].verifierKey).size).toBeGreaterThan(0);
  });

  it('reach the Primary of a quiet organisation in each week, once, whenever the server was started', async () => {
    const outbox = join(server.folder, 'outbox');
    /** Names of the files of mails end with their ids, which name the week. */
    const weeks = async (): Promise<readonly string[]> =>
      (await readdir(outbox)).flatMap(
        (name) => new RegExp(`-checkpoint-${organisation}-(.*)\\.eml$`).exec(name)?.[1] ?? [],
      );
    const before = await until(async () => ((await weeks()).length > 0 ? weeks() : undefined));
    expect(before).toHaveLength(1);
    await server.stop();
    for (const [days, count] of [
      [8, 2],
      [8, 2],
      [16, 3],
    ] as const) {
      const later = await Server.start({ folder: server.folder, env, preload: ahead(days) });
      await until(async () => ((await weeks()).length >= count ? true : undefined));
      await later.stop();
      expect(await weeks()).toHaveLength(count);
    }
    expect(new Set(await weeks()).size).toBe(3);
    server = await Server.start({ folder: server.folder, env });
    ann = await signIn(server, 'ann@witness.example');
  });

  it('are what the log goes on from, while the server goes on, too', async () => {
    await seen(safely, 6);
    const { code, output } = await verifyStore('--against', file);
    expect([code, output]).toEqual([0, expect.stringMatching(/goes on from \d+ checkpoints of a witness/)]);
    expect(output).toContain('self-consistent only');
    const key = (await checkpoints()).keys[0].verifierKey as string;
    expect(await verifyStore('--key', key)).toMatchObject({
      code: 0,
      output: expect.stringContaining('signed by the key that you gave'),
    });
    expect((await verifyStore('--key', 'no key')).output).toMatch(/^--key needs a verifier key/);
  });

  it('go on with a new key after a rotation, the old one stays for what it has signed', async () => {
    const before = await checkpoints();
    await server.stop();
    const rotate = () =>
      run(process.execPath, [CLI, 'rotate-signing-key'], {
        env: { ...environmentOf(server.folder), DATA_DIR: server.folder },
      });
    expect((await rotate()).stdout).toContain('signing key 2 signs from now on');
    server = await Server.start({ folder: server.folder, env });
    await expect(rotate()).rejects.toMatchObject({ stderr: expect.stringMatching(/\S/) });
    ann = ann.at(server.url);
    await ann.post(`${at}/customers`, { name: 'After the rotation' });
    const after = await until(async () => {
      const body = await checkpoints();
      return body.items[0].size > before.items[0].size ? body : undefined;
    });
    expect(after.keys.map(({ generation }: Json) => generation)).toEqual([1, 2]);
    const [old, current] = after.keys.map(({ verifierKey }: Json) => verifierKey as string);
    expect(openNote(after.items[0].note as string, current as string).size).toBe(after.items[0].size);
    expect(() => openNote(after.items[0].note as string, old as string)).toThrow('is not signed by this key');
    expect(openNote(before.items[0].note as string, old as string).size).toBe(before.items[0].size);
    expect(await verifyStore()).toMatchObject({ code: 0 });
  });

  it('show what was changed in the file of the log, when it starts and on request', async () => {
    await until(async () => ((await checkpoints()).items.length > 0 ? true : undefined));
    await server.stop();
    const db = new Database(join(server.folder, 'events.db'));
    const id = db
      .prepare(`SELECT id FROM events WHERE type = (SELECT key FROM types WHERE name = 'CustomerCreated') LIMIT 1`)
      .pluck()
      .get() as string;
    db.prepare('UPDATE events SET recorded_at = recorded_at - 1000 WHERE id = ?').run(id);
    altered = id;
    db.close();
    expect(await verifyStore()).toMatchObject({ code: 1, output: expect.stringContaining(`event ${id} was changed`) });
    server = await Server.start({ folder: server.folder, env });
    await until(() => server.output.find((line) => line.includes(`event ${id} was changed`)));
    const broken = await until(async () => {
      const text = (await server.client().get('/metrics')).body as unknown as string;
      return text.includes('countersign_proofs_broken 1') ? text : undefined;
    });
    expect(broken).toContain('countersign_log_cut 0');
    // It goes on serving, and signs nothing more of that organisation.
    ann = ann.at(server.url);
    expect((await ann.post(`${at}/customers`, { name: 'Later' })).status).toBe(201);
    expect((await ann.get(`${at}/audit/export?reason=why`)).status).toBe(503);
  });

  it('show that the end of the log is gone', async () => {
    await server.stop();
    const notes = join(elsewhere, 'mine.txt');
    const mine = (await inFile()).filter((note) => readNote(note).origin.endsWith(organisation));
    await writeFile(notes, mine.join('\n'));
    const db = new Database(join(server.folder, 'events.db'));
    db.prepare('UPDATE events SET recorded_at = recorded_at + 1000 WHERE id = ?').run(altered);
    const head = db.prepare('SELECT max(position) FROM events').pluck().get() as number;
    db.prepare('DELETE FROM events WHERE position > ?').run(head - 10);
    db.close();
    // Views would say so, too; whoever cuts a log takes them away.
    for (const suffix of ['', '-wal', '-shm']) await rm(join(server.folder, `views.db${suffix}`), { force: true });
    server = await Server.start({ folder: server.folder, env });
    await until(() => server.output.find((line) => line.includes('its end was cut off')));
    expect(await verifyStore()).toMatchObject({ code: 1, output: expect.stringContaining('its end was cut off') });
    await server.stop();
    for (const suffix of ['', '-wal', '-shm']) await rm(join(server.folder, `proofs.db${suffix}`), { force: true });
    expect(await verifyStore('--against', notes)).toMatchObject({
      code: 1,
      output: expect.stringMatching(/a witness has seen/),
    });
  });
});
