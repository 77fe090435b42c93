import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { canonicalText } from '../../src/platform/proofs/canonical.js';
import { views } from '../../src/views.js';
import type { Client } from '../support/client.js';
import { upload, waitForImport } from '../support/imports.js';
import { found, join, signUp } from '../support/people.js';
import { Server } from '../support/server.js';
import { embedded, environmentOf } from '../support/stores.js';
import { deleteViews, documentTexts, documentsOf } from '../support/view-documents.js';

const run = promisify(execFile);
const CLI = fileURLToPath(new URL('../../src/cli.js', import.meta.url));

/** FerretDB looks at all documents of a collection for each that is asked for. */
const [ROWS, DOCUMENTS] = embedded ? [300, 700] : [30, 300];

/** Documents with their fields sorted: what an erasure adds to a live one stands at its end, and in a new one where it was declared. */
const inOneOrder = (texts: readonly string[]): readonly string[] =>
  texts.map((text) => {
    const begins = text.indexOf('{');
    return text.slice(0, begins) + canonicalText(JSON.parse(text.slice(begins)));
  });

describe('a rebuild', () => {
  let server: Server;
  let owner: Client;
  let at: string;

  beforeAll(async () => {
    server = await Server.start();
    owner = await signUp(server, 'owner@rebuild.example');
    const organisation = await found(owner);
    at = `/v1/organisations/${organisation}`;
    const bob = await join(server, owner, organisation, 'bob@rebuild.example', ['bookkeeper']);
    const customer = await bob.post(`${at}/customers`, { name: 'Rosa', email: 'rosa@klein.example' });
    await bob.patch(`${at}/customers/${customer.body.id}`, { phone: '030 1234' });
    const line = { description: 'x', quantity: 3, unitPrice: '1.5' };
    const draft = await bob.post(`${at}/invoices`, { customerId: customer.body.id, date: '2026-01-01', lines: [line] });
    await bob.post(`${at}/invoices/${draft.body.id}/issue`);
    await bob.post(`${at}/invoices/${draft.body.id}/void`, { reason: 'not theirs to void' });
    await inEveryRoom(bob.userId!);
    await owner.post(`${at}/members/${bob.userId}/disable`, {});
    const rows = Array.from(
      { length: ROWS },
      (_, index) => `${index + 1},P${index % 40},x,1,2011-01-04,1.25,${index % 7},`,
    );
    const file = ['InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country', ...rows].join(
      '\n',
    );
    await waitForImport(owner, organisation, await upload(owner, organisation, file));
    // That the trail was read is in the trail, too: the views are whole once it shows.
    const reads = async (): Promise<unknown[]> =>
      ((await owner.get(`${at}/audit?outcome=read&limit=1`)).body.items ?? []) as unknown[];
    for (let tries = 0; tries < 400 && (await reads()).length === 0; tries++) await sleep(25);
    expect(await reads()).toHaveLength(1);
    await server.stop();
  });

  afterAll(() => server.dispose());

  /** Something for the views of each room: brands, accounts, templates, roles, keys, projects, tasks, settings, webhooks. */
  async function inEveryRoom(colleague: string): Promise<void> {
    const make = async (path: string, body: object): Promise<string> => {
      const made = await owner.post(`${at}/${path}`, body);
      expect([path, made.status, made.body]).toMatchObject([path, 201, {}]);
      return made.body.id as string;
    };
    const brandId = await make('brands', { name: 'North' });
    await make('bank-accounts', { name: 'Current', brandId });
    await make('document-templates', { name: 'Plain', kind: 'invoice', brandId });
    await make('roles', { name: 'Junior', permissions: ['customers:read'] });
    await make('api-keys', { name: 'Shop', permissions: ['customers:read'] });
    const projectId = await make('projects', { title: 'Wedding', assigned: [colleague] });
    await make('tasks', { title: 'Order frames', projectId, assignees: [colleague] });
    const hook = await make('webhooks', { url: 'https://hooks.rebuild.example/', types: ['InvoiceVoided'] });
    expect((await owner.post(`${at}/webhooks/${hook}/pause`)).status).toBe(200);
  }

  /** When the running server has folded all that it and its reactors have written. */
  async function settled(): Promise<readonly string[]> {
    let before: readonly string[] = [];
    for (let tries = 0; tries < 60; tries++) {
      await sleep(500);
      const metrics = (await server.client().get('/metrics')).body as string;
      const lags = [...metrics.matchAll(/^countersign_view_lag_seconds\{.*\} (\S+)$/gm)].map(([, lag]) => Number(lag));
      const now = await documentTexts(server.folder);
      const rests = now.length === before.length && now.every((text, index) => text === before[index]);
      if (rests && lags.length > 0 && lags.every((lag) => lag === 0)) return now;
      before = now;
    }
    throw new Error('the views did not come to rest');
  }

  const cli = (...args: string[]): Promise<{ stdout: string; stderr: string }> =>
    run(process.execPath, [CLI, ...args], {
      env: { ...environmentOf(server.folder), DATA_DIR: server.folder, LOG_LEVEL: 'warn' },
    });

  it('finds no tie in a sort that says it has none', async () => {
    const documents = await documentsOf(server.folder);
    const fields = views.flatMap(({ name, sorts }) =>
      [...new Set(Object.values(sorts).flatMap(({ field, unique }) => (unique === true ? [field] : [])))].map(
        (field) => [name, field] as const,
      ),
    );
    for (const [name, field] of fields) {
      const own = documents.filter(({ view }) => view === name);
      const values = own.map(({ doc }) => (JSON.parse(doc) as Readonly<Record<string, unknown>>)[field]);
      expect([name, field, new Set(values).size]).toEqual([name, field, own.length]);
    }
    expect(fields.map(([name]) => name)).toEqual(expect.arrayContaining(['trail', 'ledger-entries', 'invoices']));
  });

  it('of all views, and of views that were deleted, brings back the same documents', async () => {
    const before = await documentTexts(server.folder);
    expect(before.length).toBeGreaterThan(DOCUMENTS);
    await cli('rebuild');
    expect(await documentTexts(server.folder)).toEqual(before);
    await deleteViews(server.folder);
    await cli('rebuild');
    expect(await documentTexts(server.folder)).toEqual(before);
  });

  it('after the erasure of a customer and of a member brings back what is left of them, and nothing more', async () => {
    server = await Server.start({ folder: server.folder });
    owner = owner.at(server.url);
    const organisation = at.split('/').at(-1)!;
    const zoe = await join(server, owner, organisation, 'zoe@gone.example', ['sales'], ['Zoe', 'Vanishing']);
    const customer = await zoe.post(`${at}/customers`, { name: 'Orla Evanescent', email: 'orla@gone.example' });
    const id = customer.body.id as string;
    const line = { description: 'x', quantity: 1, unitPrice: '5' };
    const draft = await owner.post(`${at}/invoices`, { customerId: id, date: '2026-01-01', lines: [line] });
    expect((await owner.post(`${at}/invoices/${draft.body.id}/issue`)).status).toBe(200);
    expect((await settled()).join('\n')).toContain('Evanescent');
    const erasure = await owner.post(`${at}/privacy/erasures`, { subject: id, reason: 'asked for it' });
    expect(erasure.status).toBe(201);
    expect((await owner.post(`${at}/members/${zoe.userId}/remove`, {})).status).toBe(200);
    expect((await zoe.delete('/v1/me')).status).toBe(200);
    const customerNow = async () => (await owner.get(`${at}/customers/${id}`)).body;
    for (let tries = 0; tries < 400 && (await customerNow()).name !== 'erased'; tries++) await sleep(50);
    expect((await customerNow()).name).toBe('erased');
    await settled();
    await server.stop();
    const before = await documentTexts(server.folder);
    for (const text of ['Evanescent', 'orla@', 'zoe@']) expect(before.join('\n')).not.toContain(text);
    await deleteViews(server.folder);
    await cli('rebuild');
    expect(inOneOrder(await documentTexts(server.folder))).toEqual(inOneOrder(before));
  }, 120_000);

  it('goes on beside a server that answers meanwhile', async () => {
    const running = await Server.start({ folder: server.folder });
    try {
      const before = await documentTexts(server.folder);
      const rebuilt = new AbortController();
      const answers: number[] = [];
      const loop = (async () => {
        while (!rebuilt.signal.aborted) answers.push((await owner.at(running.url).get(`${at}/invoices`)).status);
      })();
      const { stderr } = await cli('rebuild', 'invoices');
      rebuilt.abort();
      await loop;
      expect(stderr).toContain('rebuilding invoices');
      expect(new Set(answers)).toEqual(new Set([200]));
      expect(await documentTexts(server.folder)).toEqual(before);
    } finally {
      await running.stop();
    }
  });

  it('of a view that there is not says which there are', async () => {
    await expect(cli('rebuild', 'nothing')).rejects.toMatchObject({
      stderr: expect.stringContaining('There is no view nothing: '),
    });
  });
});
