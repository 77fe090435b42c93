import { randomUUID } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join as pathOf } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { streamOf } from '../../src/kernel/decider.js';
import type { StoredEvent } from '../../src/platform/event-store/event-store.port.js';
import { openReader, openSqliteEventStore } from '../../src/platform/event-store/sqlite/sqlite-event-store.js';
import { describeIf } from '../support/available.js';
import type { Answer, Client, Json } from '../support/client.js';
import { FaultyDisk, noFaults } from '../support/faulty-disk.js';
import { waitForImport } from '../support/imports.js';
import { found, join, PASSWORD, signUp } from '../support/people.js';
import { Server } from '../support/server.js';
import { embedded, FILES_ONLY } from '../support/stores.js';

const CSV = { 'content-type': 'text/csv' };
const INVOICES = [
  'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country',
  '536365,85123A,WHITE HANGING HEART T-LIGHT HOLDER,6,2010-12-01 08:26:00,2.55,17850,United Kingdom',
  '',
].join('\n');

/** Calls that need room. */
const FILLING = ['write', 'make'] as const;

const keyed = (key: string): Record<string, string> => ({ 'idempotency-key': key });

/** What a client is told that should come back later. */
function expectUnavailable({ status, body, headers }: Answer<Json>): void {
  expect({ status, body }).toMatchObject({
    status: 503,
    body: { type: 'urn:countersign:problem:unavailable', status: 503, code: 'unavailable' },
  });
  expect(headers.get('content-type')).toBe('application/problem+json');
  expect(Number(headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
}

/** Asks again, as the answer says, until it is another one than 503; up to 30 seconds. */
async function persistently(ask: () => Promise<Answer<Json>>): Promise<Answer<Json>> {
  for (let waited = 0; ; waited += 250) {
    const answer = await ask();
    if (answer.status !== 503 || waited >= 30_000) return answer;
    await sleep(250);
  }
}

async function eventually<T>(look: () => T | undefined | Promise<T | undefined>): Promise<T> {
  for (let waited = 0; waited < 15_000; waited += 50) {
    const seen = await look();
    if (seen !== undefined) return seen;
    await sleep(50);
  }
  throw new Error('waited in vain');
}

/** Every event of a stopped server's log, whose positions have no gap. */
async function logOf(folder: string): Promise<StoredEvent[]> {
  const reader = openReader(folder);
  const events: StoredEvent[] = [];
  for await (const batch of reader.readAll()) events.push(...batch.events);
  await reader.close();
  expect(events.map(({ position }) => Number(position))).toEqual(events.map((_, index) => index + 1));
  return events;
}

const ready = (server: Server): Promise<Answer<Json>> => server.client().get('/health/ready');
const metrics = async (server: Server): Promise<string> => (await server.client().get('/metrics')).body as string;

/** The log line that holds all of these words. */
const logged = (server: Server, ...words: readonly string[]): Promise<string> =>
  eventually(() => server.output.find((line) => words.every((word) => line.includes(word))));

describeIf(embedded && noFaults === undefined, noFaults ?? FILES_ONLY, 'a disk that fails', () => {
  let disk: FaultyDisk;
  let server: Server;
  let owner: Client;
  let organisation: string;
  let at: string;
  /** Keys of commands of which nobody knew whether they had been done. */
  let doubtful: string[];

  beforeAll(async () => {
    disk = new FaultyDisk();
    server = await Server.start({ folder: disk.folder, env: disk.env });
    owner = await signUp(server, 'owner@faults.example');
    organisation = await found(owner);
    at = `/v1/organisations/${organisation}`;
  });
  afterAll(async () => {
    await server.dispose();
    disk.dispose();
  });

  const uploads = (): Promise<string[]> => readdir(pathOf(disk.folder, 'imports')).catch(() => []);
  const addProduct = (key: string, name: string): Promise<Answer<Json>> =>
    owner.post(`${at}/products`, { name }, keyed(key));
  const upload = (key?: string): Promise<Answer<Json>> =>
    owner.post(`${at}/imports/invoices`, INVOICES, { ...CSV, ...(key === undefined ? {} : keyed(key)) });
  /** Of a product that is answered with everything acknowledged so far. */
  const product = (id: string): Promise<Answer<Json>> => persistently(() => owner.get(`${at}/products/${id}`));

  it('answers 503 while it is full, and goes on by itself when there is room again', async () => {
    const clerk = await join(server, owner, organisation, 'clerk@faults.example', ['compliance']);
    const known = (await addProduct(randomUUID(), 'Before')).body.id as string;
    expect((await product(known)).status).toBe(200);
    const keys = Array.from({ length: 20 }, () => randomUUID());
    const [customerKey, editKey, uploadKey] = [randomUUID(), randomUUID(), randomUUID()];
    const addCustomer = () => owner.post(`${at}/customers`, { name: 'Ann Hale' }, keyed(customerKey));
    const edit = () => owner.patch(`${at}/products/${known}`, { name: 'After' }, keyed(editKey));
    const signInAgain = () =>
      server.client().post('/v1/sessions', { email: 'owner@faults.example', password: PASSWORD });
    const register = () =>
      server
        .client()
        .post('/v1/accounts', { email: 'new@faults.example', password: PASSWORD, firstName: 'New', lastName: 'One' });
    const invite = () =>
      owner.post(`${at}/invitations`, { email: 'guest@faults.example', firstName: 'Guest', lastName: 'Hale' });

    await disk.during('ENOSPC', FILLING, '', async () => {
      const answers = await Promise.all([
        ...keys.map((key) => addProduct(key, `Product ${key}`)),
        addCustomer(),
        edit(),
        signInAgain(),
        register(),
        invite(),
        upload(),
        upload(uploadKey),
      ]);
      for (const answer of answers) expectUnavailable(answer);
      expect(answers[0].body.detail).toBe('Nothing was changed; try again');
      expect(await uploads()).toEqual([]);

      expect((await product(known)).body.name).toBe('Before');
      expect((await owner.get(`${at}/products`)).body.items).toHaveLength(1);
      // A refusal stays one, though it cannot be recorded.
      expect((await clerk.post(`${at}/products`, { name: 'x' })).status).toBe(403);
      expect((await server.client().get('/health/live')).status).toBe(200);
      // What is read is as it was; only the views may wait for room, where there was something to fold.
      expect((await ready(server)).body.parts).toEqual({
        'event-store': 'ok',
        vault: 'ok',
        views: expect.stringMatching(/^ok$|restarting/) as string,
        reactors: 'ok',
      });
    });

    const made = await Promise.all(keys.map((key) => addProduct(key, `Product ${key}`)));
    expect(made.map(({ status }) => status)).toEqual(keys.map(() => 201));
    const again = await Promise.all(keys.map((key) => addProduct(key, `Product ${key}`)));
    expect(again.map(({ body }) => body as unknown)).toEqual(made.map(({ body }) => body as unknown));
    expect((await addCustomer()).status).toBe(201);
    expect((await edit()).status).toBe(200);
    expect((await product(known)).body.name).toBe('After');
    expect((await owner.get(`${at}/products?limit=100`)).body.items).toHaveLength(21);
    expect((await signInAgain()).status).toBe(201);
    expect((await register()).status).toBe(201);
    expect(await server.mailToken('new@faults.example', 'verify')).not.toBe('');
    expect((await invite()).status).toBe(201);
    expect(await server.mailToken('guest@faults.example', 'invitations/accept')).not.toBe('');
    const imported = await upload(uploadKey);
    expect(imported.status).toBe(201);
    expect(await waitForImport(owner, organisation, imported.body.id as string)).toMatchObject({
      status: 'done',
      invoices: 1,
      errors: [],
    });
    expect(await uploads()).toEqual([]);
  });

  it('keeps nothing of an upload that the log has no room for', async () => {
    await disk.during('ENOSPC', FILLING, 'events.db', async () => {
      expectUnavailable(await upload());
      expect(await uploads()).toEqual([]);
    });
  });

  it('goes on with an import that ran out of room', async () => {
    const [header] = INVOICES.split('\n');
    const rows = Array.from({ length: 1500 }, (_, index) => `9${index + 10_000},A,x,1,2011-01-04,1,,`);
    const accepted = await owner.post(`${at}/imports/invoices`, [header, ...rows, ''].join('\n'), CSV);
    expect(accepted.status).toBe(201);
    await disk.during('ENOSPC', FILLING, 'events.db', () => logged(server, 'an import was interrupted and will go on'));
    expect(await waitForImport(owner, organisation, accepted.body.id as string)).toMatchObject({
      status: 'done',
      rowsRead: 1500,
      invoices: 1500,
      total: 150_000,
      errors: [],
    });
  });

  it('makes no person without their key', async () => {
    const key = randomUUID();
    const add = () => owner.post(`${at}/customers`, { name: 'Carol Hale' }, keyed(key));
    await disk.during('ENOSPC', FILLING, 'vault.db', async () => {
      expectUnavailable(await add());
      expect((await addProduct(randomUUID(), 'Needs no key')).status).toBe(201);
    });
    const customer = await add();
    expect(customer.status).toBe(201);
    expect((await persistently(() => owner.get(`${at}/customers/${customer.body.id}`))).body.name).toBe('Carol Hale');
  });

  it('sends mails late rather than never', async () => {
    const email = 'late@faults.example';
    await disk.during('ENOSPC', FILLING, '/outbox/', async () => {
      const invited = await owner.post(`${at}/invitations`, { email, firstName: 'Late', lastName: 'Hale' });
      expect(invited.status).toBe(201);
      expect(await logged(server, 'a reaction failed and is tried again', 'invitation-mails')).not.toContain(email);
    });
    expect(await server.mailToken(email, 'invitations/accept')).not.toBe('');
  });

  it.each(['ENOSPC', 'EIO'] as const)('brings the views up again after %s, commands going on', async (fault) => {
    const before = server.output.length;
    const ids = await disk.during(fault, FILLING, 'views.db', async () => {
      const made = await addProduct(randomUUID(), `Unseen ${fault}`);
      expect(made.status).toBe(201);
      await eventually(() => server.output.slice(before).find((line) => line.includes('the projector has died')));
      expectUnavailable(await owner.get(`${at}/products/${made.body.id}`));
      const down = await eventually(async () => {
        const answer = await ready(server);
        return answer.status === 200 ? undefined : answer;
      });
      expect(down).toMatchObject({ status: 503, body: { parts: { 'event-store': 'ok' } } });
      expect(down.body.parts.views).toContain('products restarting');
      const other = await addProduct(randomUUID(), `Unseen too ${fault}`);
      expect(other.status).toBe(201);
      return [made.body.id as string, other.body.id as string];
    });
    for (const id of ids) expect((await product(id)).status).toBe(200);
    await eventually(async () => ((await ready(server)).status === 200 ? true : undefined));
    expect(await metrics(server)).not.toMatch(/countersign_view_stopped\{.*\} 1/);
  });

  it('does not know what became of a command whose sync failed; asking again settles it', async () => {
    const keys = Array.from({ length: 10 }, () => randomUUID());
    doubtful = await disk.during('EIO', ['sync'], 'events.db', async () => {
      const answers = await Promise.all(keys.map((key) => addProduct(key, `Doubtful ${key}`)));
      for (const answer of answers) expectUnavailable(answer);
      expect((await owner.get(`${at}/products`)).status).toBe(200);
      return keys.filter((_, index) => (answers[index]!.body.detail as string).includes('not known'));
    });
    // The others were told that nothing was changed, and are not asked for again.
    expect(doubtful.length).toBeGreaterThan(0);
    const settled = await Promise.all(doubtful.map((key) => addProduct(key, `Doubtful ${key}`)));
    expect(settled.map(({ status }) => status)).toEqual(doubtful.map(() => 201));
    for (const { body } of settled) expect((await product(body.id as string)).status).toBe(200);
    expect((await ready(server)).status).toBe(200);
  });

  it('leaves a log without a gap in which everything stands once', async () => {
    expect(await server.stop()).toBe(0);
    const events = await logOf(disk.folder);
    const names = events.flatMap(({ type, data }) =>
      type === 'ProductCreated' ? [(data as { name: string }).name] : [],
    );
    expect(new Set(names).size).toBe(names.length);
    expect(names.filter((name) => name.startsWith('Doubtful')).sort()).toEqual(
      doubtful.map((key) => `Doubtful ${key}`).sort(),
    );
    const times = (type: string): number => events.filter((event) => event.type === type).length;
    expect([times('InvoiceCreated'), times('ImportAccepted')]).toEqual([1501, 2]);
    const numbers = events.flatMap(({ type, data }) =>
      type === 'InvoiceIssued' ? [(data as { number: number }).number] : [],
    );
    expect(numbers.sort((a, b) => a - b)).toEqual(Array.from({ length: 1501 }, (_, index) => index + 1));
    expect(server.output.filter((line) => line.includes('request failed'))).toEqual([]);
  });
});

describe('an event that a view cannot fold', () => {
  let server: Server;
  afterEach(() => server.dispose());

  it('stops that view, says so everywhere, and leaves the others alone', async () => {
    server = await Server.start();
    const owner = await signUp(server, 'owner@poison.example');
    const organisation = await found(owner);
    const at = `/v1/organisations/${organisation}`;
    const { id } = (await owner.post(`${at}/customers`, { name: 'Sound' })).body as { id: string };
    expect((await owner.get(`${at}/customers/${id}`)).status).toBe(200);
    expect(await server.stop()).toBe(0);

    const customers = { name: 'customer', within: 'organisation' } as const;
    const store = await openSqliteEventStore({ folder: server.folder, clock: Date.now });
    const [created] = await store.newerThan(streamOf(customers, organisation, id), -1);
    const { idempotency: _, ...metadata } = created!.metadata;
    const poison = randomUUID();
    // A customer without a name.
    const data = { customerId: poison, createdBy: owner.userId, notes: 'Jane' };
    await store.append(streamOf(customers, organisation, poison), 'no-stream', [
      { id: poison, type: 'CustomerCreated', schemaVersion: 1, data, metadata },
    ]);
    await store.close();

    server = await Server.start({ folder: server.folder });
    const client = owner.at(server.url);
    const line = await logged(server, 'has stopped', 'customers', 'CustomerCreated', poison);
    expect(JSON.parse(line)).toMatchObject({
      level: 'error',
      view: 'customers',
      event: { id: poison, type: 'CustomerCreated' },
    });
    expect(server.output.join('\n')).not.toMatch(/Jane|poison\.example/);
    const text = await metrics(server);
    expect(text).toContain('countersign_view_stopped{view="customers"} 1');
    expect(text).toContain('countersign_view_stopped{view="products"} 0');
    expect(await ready(server)).toMatchObject({
      status: 503,
      body: { parts: { views: 'customers stopped', 'event-store': 'ok' } },
    });

    const unseen = await client.post(`${at}/customers`, { name: 'Ann Hale' });
    expect(unseen.status).toBe(201);
    const started = performance.now();
    expectUnavailable(await client.get(`${at}/customers/${unseen.body.id}`));
    expect(performance.now() - started).toBeLessThan(1000);
    // Who asks for no position gets what the view reflects.
    const stale = await owner.at(server.url).get(`${at}/customers`);
    expect(stale.status).toBe(200);

    const product = await client.post(`${at}/products`, { name: 'New' });
    expect(product.status).toBe(201);
    expect((await client.get(`${at}/products/${product.body.id}`)).body.name).toBe('New');
    const trail = await client.get(`${at}/audit`);
    expect(trail.status).toBe(200);
    expect((trail.body.items as Json[]).map(({ type }) => type as string)).toContain('ProductCreated');
  });
});
