import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join as path } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ahead } from '../support/ahead.js';
import type { Client, Json } from '../support/client.js';
import { found, join, signIn, signUp } from '../support/people.js';
import { Server } from '../support/server.js';
import { embedded } from '../support/stores.js';

/** Names of the files of a folder that hold one of the texts, whatever they are. */
async function filesWith(folder: string, texts: readonly string[]): Promise<readonly string[]> {
  const found: string[] = [];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = path(entry.parentPath, entry.name);
    // One that went in between holds nothing.
    const bytes = await readFile(file).catch(() => Buffer.alloc(0));
    for (const text of texts) if (bytes.includes(text)) found.push(`${entry.name}: ${text}`);
  }
  return found;
}

/** Enough of them that pages of the views are full, and split. */
async function manyCustomers(client: Client, at: string): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let n = 0; n < 60; n++) {
    const made = await client.post(`${at}/customers`, { name: `Somebody Else ${n}`, notes: 'nothing '.repeat(40) });
    ids.push(made.body.id as string);
  }
  return ids;
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let waited = 0; waited < 30_000; waited += 50) {
    if (await holds()) return;
    await sleep(50);
  }
  throw new Error('it did not come to that within 30 s');
}

describe('personal data', () => {
  it('stands in plain text in the views and in mails only, never in the log, the vault or what the server prints', async () => {
    const server = await Server.start({ env: { LOG_LEVEL: 'trace' } });
    try {
      const owner = await signUp(server, 'zebulon@plain.example', 'Zebulon', 'Quackenbush');
      const organisation = await found(owner);
      const at = `/v1/organisations/${organisation}`;
      await join(
        server,
        owner,
        organisation,
        'wilhelmina@plain.example',
        ['sales'],
        ['Wilhelmina', 'Featherstonehaugh'],
      );
      const customer = await owner.post(`${at}/customers`, {
        name: 'Bartholomew Cholmondeley',
        email: 'bart@plain.example',
        phone: '+44 20 7946 0123',
        notes: 'prefers peppermint',
      });
      await owner.patch(`${at}/customers/${customer.body.id}`, { name: 'Bartholomew Marjoribanks' });
      await owner.patch('/v1/me', { phone: '+44 20 7946 0999' });
      const line = { description: 'x', quantity: 1, unitPrice: 1 };
      const draft = await owner.post(`${at}/invoices`, {
        customerId: customer.body.id,
        date: '2026-01-01',
        lines: [line],
      });
      await owner.post(`${at}/invoices/${draft.body.id}/issue`);
      expect((await owner.get(`${at}/audit`)).status).toBe(200);
      await server.client().post('/v1/sessions', { email: 'zebulon@plain.example', password: 'wrong but long enough' });
      await server.stop();

      const secrets = ['correct horse battery', 'wrong but long enough', owner.token!];
      const personal = [
        ...['Zebulon', 'Quackenbush', 'Wilhelmina', 'Featherstonehaugh', 'Cholmondeley', 'Marjoribanks'],
        ...['@plain.example', '20 7946', 'peppermint', '"ip":"127.0.0.1"'],
      ];
      const files = await filesWith(server.folder, [...personal, ...secrets]);
      expect(files.filter((file) => !file.startsWith('views.db') && !/\.eml: /.test(file))).toEqual([]);
      expect(files.filter((file) => secrets.some((secret) => file.includes(secret)))).toEqual([]);
      // The search itself finds what is there.
      expect(files.some((file) => file.startsWith('views.db'))).toBe(embedded);
      expect(server.output.length).toBeGreaterThan(10);
      for (const text of [...personal, ...secrets]) expect(server.output.join('\n')).not.toContain(text);
    } finally {
      await server.dispose();
    }
  });

  it('is in no file any more once its person was erased: log, views, vault, their WALs, outbox, exports', async () => {
    const server = await Server.start();
    try {
      const owner = await signUp(server, 'zebulon@plain.example', 'Zebulon', 'Quackenbush');
      const at = `/v1/organisations/${await found(owner)}`;
      const others = await manyCustomers(owner, at);
      const customer = await owner.post(`${at}/customers`, {
        name: 'Bartholomew Cholmondeley',
        email: 'bart@gone.example',
        phone: '+44 20 7946 0123',
        notes: 'peppermint '.repeat(800),
      });
      const subject = customer.body.id as string;
      const line = { description: 'x', quantity: 1, unitPrice: 1 };
      const draft = await owner.post(`${at}/invoices`, { customerId: subject, date: '2026-01-01', lines: [line] });
      expect((await owner.post(`${at}/invoices/${draft.body.id}/issue`)).status).toBe(200);
      // What was overwritten has to be gone as well.
      await owner.patch(`${at}/customers/${subject}`, { name: 'Bartholomew Marjoribanks', notes: 'spearmint' });
      await owner.patch(`${at}/customers/${subject}`, { email: 'marj@gone.example', notes: 'liquorice '.repeat(50) });
      await manyCustomers(owner, at);
      const exported = await owner.post(`${at}/privacy/exports`, { subject });
      await until(async () => (await owner.get(`${at}/privacy/exports/${exported.body.id}`)).body.status === 'ready');
      const invited = await owner.post(`${at}/invitations`, {
        email: 'wilhelmina@gone.example',
        firstName: 'Wilhelmina',
        lastName: 'Featherstonehaugh',
      });
      await server.mail('wilhelmina@gone.example', /invited/);

      const personal = [
        ...['Bartholomew', 'Cholmondeley', 'Marjoribanks', 'cholmondeley', 'marjoribanks', '7946 0123'],
        ...['@gone.example', 'peppermint', 'spearmint', 'liquorice', 'Wilhelmina', 'Featherstonehaugh'],
      ];
      const before = await filesWith(server.folder, personal);
      expect(before.some((file) => file.startsWith('views.db'))).toBe(embedded);
      expect(before.some((file) => /\.eml: Wilhelmina/.test(file))).toBe(true);
      expect((await readdir(path(server.folder, 'exports'))).length).toBe(1);

      for (const id of [subject, invited.body.userId as string]) {
        const erased = await owner.post(`${at}/privacy/erasures`, { subject: id, reason: 'Bartholomew asked for it' });
        expect(erased.body).toMatchObject({ status: 'done' });
      }
      expect(await filesWith(server.folder, personal)).toEqual([]);
      expect(await readdir(path(server.folder, 'exports'))).toEqual([]);
      // The rest is where it was.
      expect((await owner.get(`${at}/customers/${others[0]!}`)).body.name).toMatch(/^Somebody Else/);
      expect(await server.stop()).toBe(0);
      expect(await filesWith(server.folder, personal)).toEqual([]);

      // A rebuild brings nothing back, and comes to what was there.
      if (embedded)
        for (const name of ['views.db', 'views.db-wal', 'views.db-shm'])
          await rm(path(server.folder, name), { force: true });
      const again = await Server.start({ folder: server.folder });
      try {
        const signedIn = await signIn(again, 'zebulon@plain.example');
        await until(async () => (await signedIn.get(`${at}/customers/${subject}`)).status === 200);
        expect((await signedIn.get(`${at}/customers/${subject}`)).body).toMatchObject({
          name: 'erased',
          email: 'erased',
          notes: 'erased',
          status: 'erased',
        });
        expect(await filesWith(server.folder, personal)).toEqual([]);
      } finally {
        await again.stop();
      }
    } finally {
      await server.dispose();
    }
  }, 120_000);
});

/** One server with one story after the other, stopped, killed and started later and later by them. */
describe('on a server that goes on,', () => {
  let server: Server;
  /** Days that its clock is ahead. */
  let passed = 0;
  /** Of a story, and of each time that it is told: nobody and nothing in it is there already. */
  let story = 1000;
  let domain: string;

  /** Starts it again after it was stopped or killed, so many days later. */
  const again = async (days = 0): Promise<void> => {
    passed += days;
    server = await Server.start({ folder: server.folder, preload: ahead(passed) });
  };

  beforeAll(async () => void (server = await Server.start()));
  beforeEach(async () => {
    domain = `story${++story}.example`;
    // One that ended where it should not is no server for the next one.
    if (server.process.exitCode !== null || server.process.signalCode !== null) await again();
  });
  afterAll(() => server.dispose());

  it('history can be deleted or edited by no route, by nobody', async () => {
    const owner = await signUp(server, `zebulon@${domain}`);
    const at = `/v1/organisations/${await found(owner)}`;
    const { body: document } = await server.client().get('/openapi.json');
    const changing = Object.entries(document.paths as Record<string, Record<string, Json>>).flatMap(
      ([route, methods]) =>
        Object.keys(methods).flatMap((method) => (['get', 'head'].includes(method) ? [] : [`${method} ${route}`])),
    );
    const ofHistory = changing.filter((route) => /\/(audit|activity|records|privacy)(\/|$)/.test(route));
    // What is added to the log by asking is all that may be there: nothing that takes away or edits.
    expect(ofHistory.filter((route) => /^(delete|patch)/.test(route))).toEqual([]);
    expect(ofHistory.filter((route) => /^put/.test(route))).toEqual(['put /v1/organisations/{org}/privacy/settings']);
    expect(ofHistory.filter((route) => route.includes('/audit'))).toEqual([]);
    const eventId = (await owner.get(`${at}/audit`)).body.items[0].eventId as string;
    for (const method of ['DELETE', 'PATCH', 'PUT', 'POST']) {
      for (const where of ['', `/${eventId}`, '/export', '/checkpoints', `/../events/${eventId}`]) {
        const { status } = await owner.send(method, `${at}/audit${where}`, {});
        expect({ method, where, status }).toEqual({ method, where, status: 404 });
      }
    }
    const there = (await owner.get(`${at}/audit`)).body.items.map((item: Json) => item.eventId as string);
    expect(there).toContain(eventId);
  });

  it('personal data of an account is in no file any more once its holder erased it', async () => {
    const names = [`Wilhelmina${story}`, `Featherstonehaugh${story}`, `Marjoribanks${story}`] as const;
    const holder = await signUp(server, `wilhelmina@${domain}`, names[0], names[1]);
    await holder.patch('/v1/me', { lastName: names[2], phone: `+44 20 7946 ${story}` });
    const personal = [...names, `20 7946 ${story}`, `@${domain}`];
    expect((await filesWith(server.folder, personal)).length).toBeGreaterThan(0);
    expect((await holder.delete('/v1/me')).status).toBe(200);
    await until(async () => (await filesWith(server.folder, personal)).length === 0);
  }, 120_000);

  it('personal data of an erasure that a crash interrupted is gone after the next start', async () => {
    const owner = await signUp(server, `zebulon@${domain}`);
    const at = `/v1/organisations/${await found(owner)}`;
    const subjects: string[] = [];
    for (let n = 0; n < 12; n++) {
      const made = await owner.post(`${at}/customers`, {
        name: `Canary${n} Bird${story}`,
        email: `canary${n}@${domain}`,
      });
      subjects.push(made.body.id as string);
    }
    const asked = subjects.map((subject) =>
      owner.post(`${at}/privacy/erasures`, { subject, reason: 'asked' }).catch(() => undefined),
    );
    // Some have answered by now, some are in between, some were not heard.
    await Promise.race(asked);
    await server.kill();
    await Promise.all(asked);
    await again();
    const signedIn = await signIn(server, `zebulon@${domain}`);
    const erasures = async (): Promise<Json[]> =>
      (await signedIn.get(`${at}/privacy/erasures?limit=50`)).body.items as Json[];
    expect((await erasures()).length).toBeGreaterThan(0);
    await until(async () => (await erasures()).every(({ status }) => status === 'done'));
    const gone = (await erasures()).map(({ subject }) => subjects.indexOf(subject.id as string));
    const canaries = gone.flatMap((n) => [`Canary${n} Bird${story}`, `canary${n}@${domain}`]);
    expect(await filesWith(server.folder, canaries)).toEqual([]);
  }, 120_000);

  it('exports that a crash interrupted are made after the next start, and nothing half done is left', async () => {
    const owner = await signUp(server, `zebulon@${domain}`);
    const organisation = await found(owner);
    const at = `/v1/organisations/${organisation}`;
    const subject = (await owner.post(`${at}/customers`, { name: 'Bartholomew Cholmondeley' })).body.id as string;
    for (let n = 0; n < 40; n++)
      await owner.patch(`${at}/customers/${subject}`, { notes: `${n} ${'peppermint '.repeat(800)}` });
    const asked: string[] = [];
    for (let n = 0; n < 6; n++) asked.push((await owner.post(`${at}/privacy/exports`, { subject })).body.id as string);
    const exports = path(server.folder, 'exports');
    const names = async (): Promise<readonly string[]> =>
      (await readdir(exports).catch(() => [])).filter((name) => name.startsWith(organisation));
    // Looked at as often as can be: one is half done for milliseconds.
    const patience = Date.now() + 60_000;
    const halfDone = async (): Promise<boolean> => (await names()).some((name) => name.endsWith('.part'));
    while (!(await halfDone()) && Date.now() < patience);
    await server.kill();
    const left = await names();
    // Of one that this node had begun when another one finished it.
    const orphan = `${organisation}_${asked[0]!}.zip.sealed.part`;
    await writeFile(path(exports, orphan), 'half of a zip');
    await again();
    const signedIn = await signIn(server, `zebulon@${domain}`);
    const statuses = async (): Promise<string[]> => {
      const { items } = (await signedIn.get(`${at}/privacy/exports`)).body;
      return (items as Json[]).map(({ status }) => status as string);
    };
    await until(async () => (await statuses()).every((status) => status === 'ready'));
    expect(await statuses()).toHaveLength(6);
    await until(async () => (await names()).every((name) => !name.endsWith('.part')));
    expect(await names()).toHaveLength(6);
    // It was interrupted indeed.
    expect(left.filter((name) => !name.endsWith('.part')).length).toBeLessThan(6);
  }, 120_000);

  it('exports whose days are over read expired, be they made or approved', async () => {
    const owner = await signUp(server, `zebulon@${domain}`);
    const organisation = await found(owner);
    const at = `/v1/organisations/${organisation}`;
    const second = await join(server, owner, organisation, `yolanda@${domain}`, ['compliance']);
    const subject = (await owner.post(`${at}/customers`, { name: 'Ann Late' })).body.id as string;
    const where = `${at}/privacy/exports/${(await owner.post(`${at}/privacy/exports`, { subject })).body.id}`;
    await until(async () => (await owner.get(where)).body.status === 'ready');
    expect((await owner.put(`${at}/privacy/settings`, { secondApproval: true })).status).toBe(200);
    const asked = (await owner.post(`${at}/trail-exports`, { reason: 'tax' })).body.id as string;
    expect((await second.post(`${at}/trail-exports/${asked}/approve`)).status).toBe(200);
    const days = async (count: number): Promise<Client> => {
      await server.stop();
      await again(count);
      return signIn(server, `zebulon@${domain}`);
    };
    const inTime = await days(6);
    expect((await inTime.get(where)).body).toMatchObject({ status: 'ready', failure: null });
    expect((await inTime.get(`${at}/trail-exports/${asked}`)).body).toMatchObject({ status: 'approved' });
    const late = await days(2);
    expect((await late.get(where)).body).toMatchObject({ status: 'expired', failure: null });
    expect((await late.get(`${at}/privacy/exports`)).body.items).toMatchObject([{ status: 'expired' }]);
    expect((await late.get(`${where}/download`)).body).toMatchObject({ status: 409, rule: 'export-expired' });
    expect((await late.get(`${at}/trail-exports/${asked}`)).body).toMatchObject({ status: 'expired' });
    const taken = await late.get(`${at}/audit/export?reason=tax&approval=${asked}`);
    expect(taken.body).toMatchObject({ status: 409, rule: 'approval-expired' });
  }, 120_000);
});

describe('what an erasure had to leave', () => {
  it('is destroyed by the first start after its last day, unless a legal hold is on it', async () => {
    const server = await Server.start();
    const { folder } = server;
    let running = server;
    try {
      const owner = await signUp(server, 'zebulon@plain.example');
      const at = `/v1/organisations/${await found(owner)}`;
      const line = { description: 'x', quantity: 1, unitPrice: 1 };
      const erasures: string[] = [];
      const subjects: string[] = [];
      for (const name of ['Ann Kept', 'Bea Held']) {
        const subject = (await owner.post(`${at}/customers`, { name })).body.id as string;
        const draft = await owner.post(`${at}/invoices`, { customerId: subject, date: '2026-01-01', lines: [line] });
        expect((await owner.post(`${at}/invoices/${draft.body.id}/issue`)).status).toBe(200);
        const erased = await owner.post(`${at}/privacy/erasures`, { subject, reason: `${name} asked` });
        expect(erased.body).toMatchObject({ status: 'done', kept: [{ until: '2032-12-31' }] });
        erasures.push(erased.body.id as string);
        subjects.push(subject);
      }
      const hold = await owner.post(`${at}/privacy/holds`, { subject: subjects[1], reason: 'she sues us' });
      expect(hold.status).toBe(201);
      await server.stop();

      const years = async (count: number): Promise<readonly Json[]> => {
        running = await Server.start({ folder, preload: ahead(count * 366) });
        const signedIn = await signIn(running, 'zebulon@plain.example');
        const read = async (id: string): Promise<Json> => (await signedIn.get(`${at}/privacy/erasures/${id}`)).body;
        const due = new Date(Date.now() + count * 366 * 86_400_000).toISOString() > '2033-01-02';
        if (due) await until(async () => ((await read(erasures[0]!)).destroyed as string[]).length > 0);
        const answers = [await read(erasures[0]!), await read(erasures[1]!)];
        await running.stop();
        return answers;
      };
      for (const erasure of await years(1)) {
        expect(erasure).toMatchObject({ destroyed: [], kept: [{ until: '2032-12-31' }] });
      }
      const [ann, bea] = await years(9);
      expect(ann).toMatchObject({ destroyed: ['documents', 'records'], kept: [], reason: 'erased' });
      expect(bea).toMatchObject({ destroyed: [], kept: [{ until: '2032-12-31' }], reason: 'Bea Held asked' });
    } finally {
      await running.kill();
      await server.dispose();
    }
  }, 120_000);
});
