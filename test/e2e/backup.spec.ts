import Database from 'better-sqlite3';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cp, mkdir, mkdtemp, open, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join as path } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describeIf } from '../support/available.js';
import type { Answer, Client, Json } from '../support/client.js';
import { found, join, PASSWORD, signIn, signUp } from '../support/people.js';
import { Server } from '../support/server.js';
import { embedded, environmentOf, FILES_ONLY } from '../support/stores.js';

const run = promisify(execFile);
const CLI = fileURLToPath(new URL('../../src/cli.js', import.meta.url));

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const cli = (dataDir: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ran> =>
  run(process.execPath, [CLI, ...args], {
    env: { ...environmentOf(dataDir), DATA_DIR: dataDir, LOG_LEVEL: 'warn', ...env },
  }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: unknown) => error as Ran,
  );

const PDF = Buffer.from('%PDF-1.7\n% the bill of Ink & Co\n');

const manifestOf = async (folder: string): Promise<Json> =>
  JSON.parse(await readFile(path(folder, 'manifest.json'), 'utf8'));

/** Every file below a folder with its permissions. */
async function filesOf(folder: string): Promise<Readonly<Record<string, string>>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => path(entry.parentPath, entry.name));
  const modes = await Promise.all(
    files.map(async (file) => [file.slice(folder.length + 1), ((await stat(file)).mode & 0o777).toString(8)] as const),
  );
  return Object.fromEntries(modes.sort(([a], [b]) => (a < b ? -1 : 1)));
}

describeIf(embedded, FILES_ONLY, 'backup and restore', () => {
  let root: string;
  let server: Server;
  let owner: Client;
  let at: string;
  let invoice: string;
  let customer: string;
  /** Paths of a bill that came with a file, and of the file. */
  let bill: string;
  let attachment: string;
  /** Of the server before it was lost, for everything that was there before the backup began. */
  let answers: readonly Json[];
  /** Products that were acknowledged before the backup began. */
  let early: readonly string[];
  let monday: string;
  let tuesday: string;
  let firstRun: Ran;
  let duringBackup: number;

  const folder = (name: string): string => path(root, name);
  const see = async (client: Client): Promise<readonly Json[]> =>
    Promise.all(
      [
        ...['/v1/me', at, `${at}/members`, `${at}/invoices/${invoice}`, `${at}/customers/${customer}`],
        ...[`${bill}/attachments`, attachment],
      ].map(async (where) => {
        const { status, body } = await client.get(where);
        return { where, status, body };
      }),
    );
  const attach = (to: string, content = PDF): Promise<Answer<Json>> =>
    owner.post(`${to}/attachments?filename=bill.pdf`, content, { 'content-type': 'application/pdf' });
  /** Where a part of a backup or a data folder has the file. */
  const attached = async (part: string): Promise<string> => {
    const id = attachment.split('/').at(-1)!;
    const name = Object.keys(await filesOf(part)).find((file) => file.endsWith(`/${id}.sealed`));
    return path(part, name ?? 'nowhere');
  };

  /** A new data folder with the master key in it. */
  async function newData(name: string): Promise<string> {
    const data = folder(name);
    await mkdir(data, { mode: 0o700 });
    await cp(path(server.folder, 'master.key'), path(data, 'master.key'));
    return data;
  }

  beforeAll(async () => {
    root = await mkdtemp(path(tmpdir(), 'countersign-backup-'));
    [monday, tuesday] = [folder('monday'), folder('tuesday')];
    server = await Server.start();
    owner = await signUp(server, 'owner@backup.example', 'Olga', 'Hale');
    const organisation = await found(owner);
    at = `/v1/organisations/${organisation}`;
    await join(server, owner, organisation, 'gone@backup.example', ['bookkeeper'], ['Gustav', 'Gone']);
    const made = await owner.post(`${at}/customers`, { name: 'Rosa Klein', email: 'rosa@klein.example' });
    customer = made.body.id as string;
    const line = { description: 'x', quantity: 3, unitPrice: '1.5' };
    const draft = await owner.post(`${at}/invoices`, { customerId: customer, date: '2026-01-01', lines: [line] });
    invoice = draft.body.id as string;
    await owner.post(`${at}/invoices/${invoice}/issue`);
    const supplier = (await owner.post(`${at}/suppliers`, { name: 'Ink & Co' })).body.id as string;
    const purchase = async (): Promise<string> => {
      const entered = await owner.post(`${at}/purchases`, { supplierId: supplier, date: '2026-03-01', lines: [line] });
      return `${at}/purchases/${entered.body.id}`;
    };
    bill = await purchase();
    attachment = `${bill}/attachments/${(await attach(bill)).body.id}`;
    const taken = (await attach(bill)).body.id as string;
    expect((await owner.post(`${bill}/attachments/${taken}/remove`)).status).toBe(200);
    answers = await see(owner);
    expect(answers.map(({ status }) => status as number)).toEqual([200, 200, 200, 200, 200, 200, 200]);

    // The backup runs while commands do.
    const acknowledged: string[] = [];
    const stop = new AbortController();
    const load = Promise.all([
      ...Array.from({ length: 8 }, async () => {
        while (!stop.signal.aborted) {
          const { status, body } = await owner.post(`${at}/products`, { name: `P${acknowledged.length}` });
          expect(status).toBe(201);
          acknowledged.push(body.id as string);
        }
      }),
      (async () => {
        while (!stop.signal.aborted) expect((await attach(await purchase())).status).toBe(201);
      })(),
    ]);
    while (acknowledged.length < 100) await sleep(10);
    early = [...acknowledged];
    firstRun = await cli(server.folder, ['backup', monday]);
    duringBackup = acknowledged.length - early.length;
    stop.abort();
    await load;

    // An erasure after Monday's backup, and Tuesday's.
    const gone = await signIn(server, 'gone@backup.example');
    expect((await gone.delete('/v1/me')).status).toBe(200);
    for (let tries = 0; ; tries++) {
      expect(await cli(server.folder, ['backup', tuesday])).toMatchObject({ code: 0 });
      if ((await manifestOf(path(tuesday, 'vault'))).facts.erasures > 0) break;
      if (tries === 40) throw new Error('the account was not erased');
      await rm(tuesday, { recursive: true, force: true });
    }
    await server.stop();
  }, 120_000);

  afterAll(async () => {
    await server.dispose();
    await rm(root, { recursive: true, force: true });
  });

  it('copies log and vault apart, for their owner only, while commands go on', async () => {
    expect(firstRun).toMatchObject({ code: 0 });
    expect(firstRun.stdout).toMatch(/The master key is not in it/);
    expect(duringBackup).toBeGreaterThan(0);
    const log = await manifestOf(path(monday, 'log'));
    const [database, ...attachments] = (log.files as { name: string }[]).map(({ name }) => name);
    expect(attachments.length).toBeGreaterThan(1);
    expect(Object.entries(await filesOf(monday)).sort()).toEqual(
      [
        ...attachments.map((name) => `log/${name}`),
        ...[`log/${database}`, 'log/manifest.json', 'vault/erasures.json', 'vault/manifest.json', 'vault/vault.db'],
      ]
        .sort()
        .map((name) => [name, '600']),
    );
    expect(firstRun.stdout).toContain(`attachments: ${attachments.length} files, sealed`);
    const vault = await manifestOf(path(monday, 'vault'));
    expect(log.backup).toBe(vault.backup);
    expect(log.facts.events).toBeGreaterThan(100);
    const bytes = await readFile(path(monday, 'log/events.db'));
    expect(log.files[0]).toEqual({
      name: 'events.db',
      bytes: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
    });
    const key = (await readFile(path(server.folder, 'master.key'), 'utf8')).trim();
    for (const file of Object.keys(await filesOf(monday))) {
      const content = await readFile(path(monday, file));
      expect([file, content.includes(key), content.includes(Buffer.from(key, 'base64'))]).toEqual([file, false, false]);
    }
  });

  it('brings back a server that answers the same, signed-in people included', async () => {
    const data = await newData('restored');
    const restored = await cli(data, ['restore', monday]);
    expect(restored).toMatchObject({ code: 0, stdout: expect.stringContaining('no gap, each can be read') });
    const files = Object.keys(await filesOf(data)).filter((file) => !file.startsWith('lock.db'));
    expect(files.filter((file) => !file.startsWith('attachments/'))).toEqual(['events.db', 'master.key', 'vault.db']);
    // Every file that the copy of the log names, those that came in while it was made included.
    const count = files.length - 3;
    expect(restored.stdout).toContain(`attachments: ${count} files, each as the log says\n`);
    const again = await Server.start({ folder: data });
    try {
      const person = owner.at(again.url);
      for (let tries = 0; (await person.get('/health/ready')).status !== 200; tries++) {
        if (tries === 200) throw new Error('never ready');
        await sleep(50);
      }
      expect(await see(person)).toEqual(answers);
      const file = await fetch(`${again.url}${attachment}`, { headers: { authorization: `Bearer ${owner.token}` } });
      expect(Buffer.from(await file.arrayBuffer())).toEqual(PDF);
      for (const id of early) expect((await person.get(`${at}/products/${id}`)).status).toBe(200);
      // It goes on where the log ends.
      expect((await person.post(`${at}/products`, { name: 'After' })).status).toBe(201);
      // Without a newer register the account is as it was.
      expect((await signIn(again, 'gone@backup.example')).userId).toBeDefined();
    } finally {
      await again.stop();
    }
  });

  it('does again what was erased after the vault was copied', async () => {
    const data = await newData('erased');
    const register = path(tuesday, 'vault/erasures.json');
    const restored = await cli(data, ['restore', monday, '--erasures', register]);
    expect(restored).toMatchObject({ code: 0, stdout: expect.stringContaining('1 newer erasures were done again') });
    const again = await Server.start({ folder: data });
    try {
      const login = { email: 'gone@backup.example', password: PASSWORD };
      expect((await again.client().post('/v1/sessions', login)).status).toBe(401);
      expect(await see(owner.at(again.url)).then((seen) => seen[0])).toEqual(answers[0]);
    } finally {
      await again.stop();
    }
    const db = new Database(path(data, 'vault.db'), { readonly: true });
    const { erasures } = JSON.parse(await readFile(register, 'utf8'));
    expect(db.prepare('SELECT organisation, subject, erased_at AS erasedAt FROM erasures').all()).toEqual(erasures);
    db.close();
    // The register is found beside the vault, too, and in a vault.
    const other = folder('vault-with-register');
    await cp(path(monday, 'vault'), other, { recursive: true });
    await cp(register, path(other, 'erasures-of-tuesday.json'));
    for (const [name, args] of [
      ['beside', ['--vault', other]],
      ['of-a-vault', ['--erasures', path(tuesday, 'vault/vault.db')]],
    ] as const) {
      const { code, stdout } = await cli(await newData(name), ['restore', monday, ...args]);
      expect([code, stdout]).toEqual([0, expect.stringContaining('1 newer erasures')]);
    }
  });

  it('names the attachments that were not there to be backed up, and brings back the rest', async () => {
    // A data folder that has lost one, and one that was damaged.
    const data = folder('lost');
    await cp(server.folder, data, { recursive: true });
    await rm(await attached(data));
    const [other = ''] = Object.keys(await filesOf(path(data, 'attachments')));
    const damaged = await readFile(path(data, 'attachments', other));
    damaged[damaged.length - 1]! ^= 1;
    await writeFile(path(data, 'attachments', other), damaged);
    const lost = folder('lost-backup');
    const copied = await cli(data, ['backup', lost]);
    const purchases = bill.split('/').at(-1)!;
    const id = attachment.split('/').at(-1)!;
    expect(copied).toMatchObject({ code: 0, stdout: expect.stringContaining('1 lacking') });
    expect(copied.stdout).toMatch(new RegExp(`lacking: ${id} of purchase ${purchases} `));
    const restored = await cli(await newData('lost-restored'), ['restore', lost]);
    expect(restored).toMatchObject({ code: 0, stdout: expect.stringContaining('1 lacking, 1 damaged') });
    expect(restored.stdout).toMatch(new RegExp(`lacking: ${id} of purchase ${purchases} `));
    const damagedId = other.split('/').at(-1)!.replace('.sealed', '');
    expect(restored.stdout).toMatch(new RegExp(`damaged: ${damagedId} of purchase `));
  });

  describe('refuses, in one line, and leaves nothing behind:', () => {
    const refused = async (data: string, args: readonly string[], env?: Readonly<Record<string, string>>) => {
      const { code, stderr } = await cli(data, args, env);
      const lines = stderr.trim().split('\n');
      expect(code).toBe(1);
      // Progress of long work stands before it.
      const [problem = '', ...more] = lines.filter((line) => !/^(verifying|reading|copying)/.test(line));
      expect(more).toEqual([]);
      return problem;
    };
    const left = async (data: string): Promise<string[]> =>
      (await readdir(data)).filter((name) => name !== 'master.key' && !name.startsWith('lock.db'));

    /** Monday's backup with something done to a part. */
    async function damaged(name: string, part: 'log' | 'vault', damage: (folder: string) => Promise<void>) {
      const copy = folder(name);
      await cp(monday, copy, { recursive: true });
      await damage(path(copy, part));
      const data = await newData(`${name}-data`);
      const problem = await refused(data, ['restore', copy]);
      expect(await left(data)).toEqual([]);
      return problem;
    }

    /** Changes the database of a part, and its manifest so that the checksum is right. */
    async function altered(part: string, file: string, sql: string): Promise<void> {
      const db = new Database(path(part, file));
      db.exec(sql);
      db.close();
      const bytes = await readFile(path(part, file));
      const manifest = await manifestOf(part);
      manifest.files[0] = { name: file, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
      await writeFile(path(part, 'manifest.json'), JSON.stringify(manifest));
    }

    it('a data folder that is not empty', async () => {
      const problem = await refused(server.folder, ['restore', monday]);
      expect(problem).toMatch(/is not empty .*nothing is overwritten/);
    });

    it('a folder without a finished backup', async () => {
      expect(await refused(await newData('none'), ['restore', folder('nowhere')])).toMatch(/holds no finished backup/);
    });

    it('a missing master key, and another one', async () => {
      const data = folder('keyless');
      expect(await refused(data, ['restore', monday])).toMatch(/needs its master key: set MASTER_KEY/);
      const other = Buffer.alloc(32, 1).toString('base64');
      expect(await refused(data, ['restore', monday], { MASTER_KEY: other })).toMatch(
        /vault\.db does not open with this master key/,
      );
      expect(await left(data)).toEqual([]);
    });

    it('a flipped bit', async () => {
      const problem = await damaged('flipped', 'log', async (part) => {
        const file = await open(path(part, 'events.db'), 'r+');
        const { size } = await file.stat();
        const { buffer } = await file.read(Buffer.alloc(1), 0, 1, Math.floor(size / 2));
        await file.write(Buffer.from([buffer[0]! ^ 1]), 0, 1, Math.floor(size / 2));
        await file.close();
      });
      expect(problem).toMatch(/events\.db is damaged: it is not what was backed up/);
    });

    it('a file that was cut off', async () => {
      const problem = await damaged('cut', 'vault', async (part) => {
        const file = await open(path(part, 'vault.db'), 'r+');
        await file.truncate(4096);
        await file.close();
      });
      expect(problem).toMatch(/vault\.db should have \d+ bytes, it has 4096/);
    });

    it('an attachment that the backup had', async () => {
      const gone = await damaged('no-attachment', 'log', async (part) => rm(await attached(part)));
      expect(gone).toMatch(new RegExp(`${attachment.split('/').at(-1)}\\.sealed is missing`));
      const other = await damaged('other-attachment', 'log', async (part) => {
        const file = await attached(part);
        const content = await readFile(file);
        content[content.length - 1]! ^= 1;
        await writeFile(file, content);
      });
      expect(other).toMatch(/\.sealed is damaged: it is not what was backed up/);
    });

    it('a manifest that names a file outside of the backup', async () => {
      const problem = await damaged('outside', 'log', async (part) => {
        const manifest = await manifestOf(part);
        await writeFile(path(part, '..', 'outside.txt'), 'x');
        manifest.files.push({
          name: '../outside.txt',
          bytes: 1,
          sha256: createHash('sha256').update('x').digest('hex'),
        });
        await writeFile(path(part, 'manifest.json'), JSON.stringify(manifest));
      });
      expect(problem).toMatch(/manifest\.json is damaged/);
    });

    it('an event that is missing', async () => {
      const problem = await damaged('gap', 'log', (part) =>
        altered(part, 'events.db', 'DELETE FROM events WHERE position = 20'),
      );
      expect(problem).toMatch(/is damaged: it has \d+ events at positions 1 to \d+, so some are missing/);
    });

    it('a stream whose revisions have a gap', async () => {
      const problem = await damaged('revision', 'log', (part) =>
        altered(part, 'events.db', 'UPDATE events SET revision = revision + 7 WHERE position = 20'),
      );
      expect(problem).toMatch(/is damaged: stream \d+ has \d+ events and its last revision is \d+/);
    });

    it('a vault that lacks a key which the log needs', async () => {
      const problem = await damaged('keyless-event', 'vault', (part) =>
        altered(part, 'vault.db', "DELETE FROM subject_keys WHERE organisation <> '' AND subject NOT LIKE '%:%'"),
      );
      expect(problem).toMatch(/Not every event can be read: .*is the vault of the same backup/);
    });

    it('to back up into a folder that is not empty, into the data, or what is not there', async () => {
      expect(await refused(server.folder, ['backup', monday])).toMatch(/is not empty/);
      expect(await refused(server.folder, ['backup', path(server.folder, 'backup')])).toMatch(/outside of the data/);
      expect(await refused(folder('nothing'), ['backup', folder('new')])).toMatch(/There is nothing to back up/);
    });

    it('stores that are servers', async () => {
      const env = { VAULT_URL: 'mongodb://127.0.0.1' };
      expect(await refused(server.folder, ['backup', folder('new')], env)).toMatch(
        /VAULT_URL is set: back that server/,
      );
    });
  });
});
