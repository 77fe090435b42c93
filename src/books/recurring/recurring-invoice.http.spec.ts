import { randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join as joined } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ahead } from '../../../test/support/ahead.js';
import type { Client, Json } from '../../../test/support/client.js';
import { hurried } from '../../../test/support/hurried.js';
import { found, join, signIn, signUp } from '../../../test/support/people.js';
import { Server } from '../../../test/support/server.js';
import { addDays } from '../../kernel/dates.js';

const OWNER = 'owner@recurring.example';
const SAM = 'sam@recurring.example';
const LINE = { description: 'Retainer', quantity: 1, unitPrice: '100', vatRate: 2000 };

/** Node that ends at once, as a power cut would end it, when an event of this type is handed to the thread that writes the log. */
const dyingBefore = (type: string): readonly string[] => [
  '--import',
  `data:text/javascript,${encodeURIComponent(`
    import { Worker } from 'node:worker_threads';
    const post = Worker.prototype.postMessage;
    Worker.prototype.postMessage = function (message, ...rest) {
      if (message?.kind === 'append' && message.packed.includes('${type}')) process.kill(process.pid, 'SIGKILL');
      return post.call(this, message, ...rest);
    };`)}`,
];

describe('recurring invoices over HTTP', () => {
  let server: Server;
  let owner: Client;
  let sam: Client;
  let organisation: string;
  let at: string;
  let customerId: string;
  let today: string;

  const made = async (path: string, body: unknown, by: Client = owner): Promise<string> => {
    const answer = await by.post(`${at}/${path}`, body);
    if (answer.status !== 201) throw new Error(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body.id as string;
  };
  const read = async (id: string): Promise<Json> => (await owner.get(`${at}/recurring-invoices/${id}`)).body;
  const invoicesOf = async (customer: string): Promise<readonly Json[]> =>
    (await owner.get(`${at}/invoices?customerId=${customer}`)).body.items as Json[];
  const until = async (condition: () => Promise<boolean>): Promise<void> => {
    for (let waited = 0; !(await condition()); waited += 100) {
      if (waited > 20_000) throw new Error('it does not happen');
      await sleep(100);
    }
  };
  /** The same server, so many days later. */
  const later = async (days: number): Promise<void> => {
    await server.kill();
    server = await Server.start({ folder: server.folder, preload: [...ahead(days), ...hurried] });
    owner = await signIn(server, OWNER);
  };

  beforeAll(async () => {
    server = await Server.start({ preload: hurried });
    owner = await signUp(server, OWNER, 'Ann', 'Hale');
    organisation = await found(owner);
    at = `/v1/organisations/${organisation}`;
    sam = await join(server, owner, organisation, SAM, [{ role: 'sales' }], ['Sam', 'Sales']);
    customerId = await made('customers', { name: 'Rosa Klein', email: 'rosa@klein.example' });
    today = new Date().toISOString().slice(0, 10);
  }, 60_000);
  afterAll(() => server.dispose());

  it('are set up by whoever may do now what they will do', async () => {
    const body = { customerId, lines: [LINE], every: 'month', from: addDays(today, 400), issue: true, send: true };
    const post = (over: object, by: Client = owner) => by.post(`${at}/recurring-invoices`, { ...body, ...over });
    const staff = await join(server, owner, organisation, 'stu@recurring.example', [{ role: 'staff' }]);
    expect((await post({}, staff)).body).toMatchObject({ status: 403, permission: 'invoices:issue' });
    expect((await post({ issue: false, send: false }, staff)).status).toBe(201);
    for (const over of [
      { from: addDays(today, -1) },
      { issue: false },
      { every: 'day' },
      { until: today },
      { customerId: undefined },
      { customerId: randomUUID() },
      { sourceInvoiceId: randomUUID() },
    ])
      expect((await post(over)).status).toBe(400);
    const unknown = { every: 'year', from: today, sourceInvoiceId: randomUUID() };
    expect((await owner.post(`${at}/recurring-invoices`, unknown)).body.errors[0].field).toBe('sourceInvoiceId');
    const id = await made('recurring-invoices', body);
    expect(await read(id)).toMatchObject({ status: 'active', next: body.from, every: 'month', made: null });
    expect((await owner.post(`${at}/recurring-invoices/${id}/pause`)).status).toBe(200);
    expect(await read(id)).toMatchObject({ status: 'paused' });
    const resumed = await staff.post(`${at}/recurring-invoices/${id}/resume`);
    expect(resumed.body).toMatchObject({ status: 403, permission: 'invoices:issue' });
    expect((await owner.post(`${at}/recurring-invoices/${id}/resume`)).status).toBe(200);
    expect((await owner.post(`${at}/recurring-invoices/${id}/end`)).status).toBe(200);
    expect(await read(id)).toMatchObject({ status: 'ended', next: null });
    expect((await owner.post(`${at}/recurring-invoices/${id}/resume`)).body).toMatchObject({ rule: 'has-ended' });
    expect((await owner.get(`${at}/recurring-invoices`)).body.items).toHaveLength(2);
    const trail = await owner.get(`${at}/audit?record=${id}`);
    expect((trail.body.items as Json[]).map(({ summary }) => summary)).toEqual([
      expect.stringMatching(/^Ann Hale ended/),
      expect.stringMatching(/^Ann Hale/),
      expect.stringMatching(/^Ann Hale paused/),
      expect.stringMatching(/^Ann Hale set up an invoice for every month/),
    ]);
    expect((await owner.get(`${at}/records/${id}?at=${new Date().toISOString()}`)).status).toBe(200);
  });

  it('that name a confidential account are not there for whoever does not see that', async () => {
    const code = '4050';
    const account = await made('chart-of-accounts', { code, name: 'Tips', type: 'income' });
    const order = { customerId, every: 'year', from: addDays(today, 400), lines: [{ ...LINE, accountCode: code }] };
    const hidden = await made('recurring-invoices', order);
    expect((await read(hidden)).status).toBe('active');
    expect((await sam.get(`${at}/recurring-invoices/${hidden}`)).status).toBe(200);
    const marked = await owner.post(`${at}/chart-of-accounts/${account}/mark-confidential`);
    expect(marked.status).toBe(200);
    sam.reflect(marked.headers.get('countersign-position')!);
    expect((await sam.get(`${at}/recurring-invoices/${hidden}`)).status).toBe(404);
    expect((await sam.post(`${at}/recurring-invoices/${hidden}/pause`)).status).toBe(404);
    const listed = (await sam.get(`${at}/recurring-invoices`)).body.items as Json[];
    expect(listed.map(({ id }) => id as string)).not.toContain(hidden);
    expect((await sam.get(`${at}/recurring-invoices?limit=1`)).body.items).toHaveLength(1);
    expect((await owner.get(`${at}/recurring-invoices/${hidden}`)).status).toBe(200);
  });

  it('are made each once on their days, issued and sent as whoever set them up, whatever crashes', async () => {
    const source = await made('invoices', {
      ...{ customerId, date: today, dueDate: addDays(today, 14), lines: [LINE], reference: 'Retainer' },
    });
    const body = { sourceInvoiceId: source, every: 'week', from: today, until: addDays(today, 34) };
    const id = await made('recurring-invoices', { ...body, issue: true, send: true }, sam);
    await until(async () => (await read(id)).made !== null);
    // Four are due; a process dies right before it writes such an event, having written all that comes before it.
    for (const type of ['InvoiceSent', 'RecurringInvoiceMade']) {
      await server.kill();
      const { folder } = server;
      const dying = Server.start({ folder, preload: [...ahead(40), ...hurried, ...dyingBefore(type)] });
      // It may die before it listens.
      server = await dying.catch(() => server);
      await until(async () => server.process.signalCode === 'SIGKILL');
    }
    await later(40);
    await until(async () => (await read(id)).status === 'ended');
    const invoices = (await invoicesOf(customerId)).filter((invoice) => invoice.id !== source);
    const dates = [28, 21, 14, 7, 0].map((days) => addDays(today, days));
    expect(invoices.map(({ date }) => date)).toEqual(dates);
    expect(invoices.map(({ number }) => number)).toEqual([5, 4, 3, 2, 1]);
    for (const invoice of invoices)
      expect(invoice).toMatchObject({
        ...{ status: 'sent', dueDate: addDays(invoice.date as string, 14), total: 12_000 },
        ...{ createdBy: sam.userId, reference: 'Retainer' },
      });
    const trail = await owner.get(`${at}/audit?record=${invoices[0].id}`);
    expect(
      (trail.body.items as Json[]).map(({ type, actor, onBehalfOf }) => [type, actor.kind, onBehalfOf.name]),
    ).toEqual([
      ['InvoiceSent', 'system', 'Sam Sales'],
      ['InvoiceIssued', 'system', 'Sam Sales'],
      ['InvoiceCreated', 'system', 'Sam Sales'],
    ]);
    const sentOnce = async (): Promise<ReadonlySet<string | undefined>> => {
      const outbox = joined(server.folder, 'outbox');
      const names = (await readdir(outbox)).filter((name) => name.endsWith('.eml'));
      const mails = await Promise.all(names.map((name) => readFile(joined(outbox, name), 'utf8')));
      const mine = mails.filter((mail) => mail.includes('<rosa@klein.example>'));
      return new Set(mine.map((mail) => /^Message-ID: (.*)$/im.exec(mail)?.[1]));
    };
    await until(async () => (await sentOnce()).size >= 5);
    expect((await sentOnce()).size).toBe(5);
  }, 240_000);

  it('stop where a rule or a lost right stands against them, and go on when it is gone', async () => {
    const customer = await made('customers', { name: 'Arthur Archived' });
    const start = addDays(today, 41);
    const order = { customerId: customer, lines: [LINE], every: 'year', from: start };
    sam = await signIn(server, SAM);
    const stopping = await made('recurring-invoices', order);
    const losing = await made('recurring-invoices', order, sam);
    expect((await owner.post(`${at}/customers/${customer}/archive`)).status).toBe(200);
    expect((await owner.post(`${at}/members/${sam.userId}/disable`, { reason: 'left' })).status).toBe(200);
    await later(42);
    await until(async () => (await read(stopping)).status === 'stopped' && (await read(losing)).status === 'stopped');
    expect(await read(stopping)).toMatchObject({ reason: 'customer-archived', next: start, made: null });
    expect(await read(losing)).toMatchObject({ reason: 'rights-lost', next: start, made: null });
    expect(await invoicesOf(customer)).toEqual([]);
    expect((await owner.post(`${at}/members/${sam.userId}/enable`, {})).status).toBe(200);
    const other = await made('customers', { name: 'Rita Restricted', email: 'rita@klein.example' });
    const draft = await made('recurring-invoices', { ...order, customerId: other, from: addDays(today, 42) });
    await until(async () => (await read(draft)).made !== null);
    expect(await invoicesOf(other)).toMatchObject([{ status: 'draft', date: addDays(today, 42), number: null }]);
  }, 240_000);
});
