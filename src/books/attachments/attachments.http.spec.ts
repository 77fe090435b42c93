import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { copyFile, readdir, readFile, rename } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer, Client, Json } from '../../../test/support/client.js';
import { found, join as joins, signUp } from '../../../test/support/people.js';
import { Server } from '../../../test/support/server.js';
import { embedded } from '../../../test/support/stores.js';

const PDF = Buffer.from('%PDF-1.7\n% the bill of Ink & Co\n');
const PAGE = Buffer.from('<!doctype html><script>alert(1)</script>');

describe('attachments over HTTP', () => {
  let server: Server;
  let ann: Client;
  let organisation: string;
  let at: string;
  let supplier: string;

  const made = async (path: string, body: unknown): Promise<string> => {
    const answer = await ann.post(`${at}/${path}`, body);
    if (answer.status !== 201) throw new Error(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body.id as string;
  };
  const purchase = (more: object = {}): Promise<string> =>
    made('purchases', {
      supplierId: supplier,
      date: '2026-03-01',
      lines: [{ description: 'Ink', quantity: 1, unitPrice: 1 }],
      ...more,
    });
  const attach = (
    by: Client,
    id: string,
    content: Uint8Array,
    {
      type = 'application/pdf',
      name = 'bill.pdf',
      headers = {},
    }: { type?: string; name?: string; headers?: object } = {},
  ): Promise<Answer<Json>> =>
    by.post(`${at}/purchases/${id}/attachments?filename=${encodeURIComponent(name)}`, content, {
      'content-type': type,
      ...headers,
    });
  /** Every file of the folder of attachments. */
  const filesOf = async (folder = join(server.folder, 'attachments')): Promise<string[]> =>
    (await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []))
      .filter((one) => one.isFile())
      .map(({ name }) => name);
  /** Which files of the data folder hold one of the texts. */
  const filesWith = async (texts: readonly string[]): Promise<string[]> => {
    const entries = await readdir(server.folder, { recursive: true, withFileTypes: true });
    const held: string[] = [];
    for (const entry of entries.filter((one) => one.isFile())) {
      const content = await readFile(join(entry.parentPath, entry.name)).catch(() => Buffer.alloc(0));
      held.push(...texts.filter((text) => content.includes(text)).map((text) => `${entry.name}: ${text}`));
    }
    return held;
  };
  const download = (by: Client, path: string): Promise<Response> =>
    fetch(`${by.url}${path}`, { headers: { authorization: `Bearer ${by.token}` } });

  beforeAll(async () => {
    server = await Server.start();
    ann = await signUp(server, 'ann@files.example', 'Ann', 'Hale');
    organisation = await found(ann);
    at = `/v1/organisations/${organisation}`;
    supplier = await made('suppliers', { name: 'Ink & Co' });
  }, 60_000);
  afterAll(() => server.dispose());

  it('are added, listed, and given as downloads that nothing opens', async () => {
    const id = await purchase({ reference: 'INV-1' });
    const added = await attach(ann, id, PDF, { name: '../März "7".pdf' });
    expect(added).toMatchObject({ status: 201, body: { revision: 1 } });
    const file = added.body.id as string;
    expect(added.headers.get('location')).toBe(`${at}/purchases/${id}/attachments/${file}`);
    const list = await ann.get(`${at}/purchases/${id}/attachments`);
    expect(list.body).toEqual({
      items: [
        {
          id: file,
          name: 'März 7.pdf',
          type: 'application/pdf',
          bytes: PDF.length,
          sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
        },
      ],
      next: null,
    });
    const answer = await download(ann, `${at}/purchases/${id}/attachments/${file}`);
    expect(answer.status).toBe(200);
    expect(Buffer.from(await answer.arrayBuffer())).toEqual(PDF);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'application/pdf',
      'content-length': String(PDF.length),
      'content-disposition': `attachment; filename="M_rz 7.pdf"; filename*=UTF-8''M%C3%A4rz%207.pdf`,
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; sandbox",
      'cache-control': 'no-store',
    });
    expect((await ann.get(`${at}/purchases/${id}`)).body).toMatchObject({ attachments: 1, status: 'draft' });
    const trail = (await ann.get(`${at}/audit?record=${id}`)).body.items as Json[];
    expect(trail[0].summary).toBe('Ann Hale attached a file to purchase INV-1');
    // On disk it is sealed, and nothing says what it was called.
    const names = await filesOf();
    expect(names).toContain(`${file}.sealed`);
    const sealed = await readFile(join(server.folder, 'attachments', organisation, supplier, `${file}.sealed`));
    expect(sealed.includes('the bill of')).toBe(false);
  });

  it('are refused where they are too large, empty, or not what they say, and nothing is left of them', async () => {
    const id = await purchase();
    const before = await filesOf();
    const large = Buffer.concat([PDF, Buffer.alloc(10 * 1024 * 1024)]);
    expect(await attach(ann, id, large)).toMatchObject({ status: 413, body: { code: 'too-large' } });
    expect(await attach(ann, id, Buffer.alloc(0))).toMatchObject({ status: 400 });
    expect(await attach(ann, id, PAGE)).toMatchObject({ status: 415, body: { code: 'unsupported-media-type' } });
    expect(await attach(ann, id, PAGE, { type: 'text/html' })).toMatchObject({ status: 415 });
    expect(await attach(ann, id, PDF, { type: 'image/png' })).toMatchObject({ status: 415 });
    expect(await ann.post(`${at}/purchases/${id}/attachments`, {})).toMatchObject({ status: 415 });
    expect(await attach(ann, randomUUID(), PDF)).toMatchObject({ status: 404 });
    expect((await ann.get(`${at}/purchases/${id}/attachments`)).body.items).toEqual([]);
    expect(await filesOf()).toEqual(before);
    // The connection of a refused upload is good for the next one.
    expect(await attach(ann, id, PDF)).toMatchObject({ status: 201 });
  });

  it('leave nothing of an upload that breaks off', async () => {
    const id = await purchase();
    const before = await filesOf();
    const { port } = new URL(server.url);
    const socket = connect(Number(port), '127.0.0.1');
    await once(socket, 'connect');
    const head = [
      `POST ${at}/purchases/${id}/attachments?filename=x.pdf HTTP/1.1`,
      'host: x',
      `authorization: Bearer ${ann.token}`,
      'content-type: application/pdf',
      'content-length: 100000',
      '',
      '',
    ].join('\r\n');
    socket.write(head);
    socket.write(Buffer.concat([PDF, Buffer.alloc(50_000)]));
    let during: string[] = [];
    for (let waited = 0; waited < 10_000 && during.length <= before.length; waited += 20) {
      await sleep(20);
      during = await filesOf();
    }
    expect(during.length).toBe(before.length + 1);
    socket.destroy();
    let after = during;
    for (let waited = 0; waited < 10_000 && after.length > before.length; waited += 20) {
      await sleep(20);
      after = await filesOf();
    }
    expect(after).toEqual(before);
    expect((await ann.get(`${at}/purchases/${id}`)).body).toMatchObject({ attachments: 0, revision: 0 });
  });

  it('are answered the first time again to the same key, and kept once', async () => {
    const id = await purchase();
    const headers = { 'idempotency-key': 'the bill' };
    const [first, again] = [await attach(ann, id, PDF, { headers }), await attach(ann, id, PDF, { headers })];
    expect(again).toMatchObject({ status: 201, body: first.body as object });
    expect(await attach(ann, id, Buffer.concat([PDF, PDF]), { headers })).toMatchObject({ status: 422 });
    expect((await ann.get(`${at}/purchases/${id}/attachments`)).body.items).toHaveLength(1);
    expect((await filesOf()).filter((name) => name.includes(id))).toEqual([]);
  });

  it('are taken off drafts, and stay with what was handed in', async () => {
    const id = await purchase();
    const [one, two] = [(await attach(ann, id, PDF)).body.id as string, (await attach(ann, id, PDF)).body.id as string];
    const of = (file: string) => `${at}/purchases/${id}/attachments/${file}`;
    expect(await ann.post(`${of(one)}/remove`)).toMatchObject({ status: 200 });
    expect((await ann.get(of(one))).status).toBe(404);
    expect(await ann.post(`${of(one)}/remove`)).toMatchObject({ status: 200, body: { revision: 3 } });
    expect(await ann.post(`${of(randomUUID())}/remove`)).toMatchObject({ status: 404 });
    expect(await filesOf()).not.toContain(`${one}.sealed`);
    await ann.post(`${at}/purchases/${id}/submit`);
    expect(await ann.post(`${of(two)}/remove`)).toMatchObject({ status: 409, body: { rule: 'not-a-draft' } });
    expect((await download(ann, of(two))).status).toBe(200);
    expect(await filesOf()).toContain(`${two}.sealed`);
  });

  it('are for whoever may read or edit the purchase', async () => {
    const brandId = await made('brands', { name: 'North' });
    const [theirs, foreign] = [await purchase({ brandId }), await purchase()];
    const files = new Map<string, string>();
    for (const id of [theirs, foreign]) files.set(id, (await attach(ann, id, PDF)).body.id as string);
    const last = (await ann.patch(`${at}/purchases/${foreign}`, { reference: 'x' })).headers.get(
      'countersign-position',
    )!;
    const member = async (email: string, role: unknown): Promise<Client> => {
      const person = await joins(server, ann, organisation, email, [role]);
      person.reflect(last);
      return person;
    };
    const staff = await member('staff@files.example', 'staff');
    const reader = await member('ro@files.example', {
      role: await made('roles', { name: 'Reader', permissions: ['purchases:read'] }),
    });
    const limited = await member('lim@files.example', { role: 'admin', brands: [brandId] });
    const path = (id: string) => `${at}/purchases/${id}/attachments/${files.get(id)!}`;
    expect((await staff.get(path(theirs))).status).toBe(403);
    expect((await staff.get(`${at}/purchases/${theirs}/attachments`)).status).toBe(403);
    expect((await reader.get(path(theirs))).status).toBe(200);
    expect(await attach(reader, theirs, PDF)).toMatchObject({ status: 403, body: { permission: 'purchases:edit' } });
    expect(await reader.post(`${path(theirs)}/remove`)).toMatchObject({ status: 403 });
    expect((await limited.get(path(theirs))).status).toBe(200);
    const told = ({ status, body }: Answer<Json>): unknown => ({ status, body });
    const nowhere = `${at}/purchases/${randomUUID()}/attachments`;
    expect(told(await limited.get(path(foreign)))).toEqual(told(await limited.get(`${nowhere}/${randomUUID()}`)));
    expect(told(await limited.get(`${at}/purchases/${foreign}/attachments`))).toEqual(told(await limited.get(nowhere)));
    expect(told(await attach(limited, foreign, PDF))).toEqual(told(await attach(limited, randomUUID(), PDF)));
    expect((await attach(limited, theirs, PDF)).status).toBe(201);
    // A file of one purchase is none of another.
    expect((await ann.get(`${at}/purchases/${theirs}/attachments/${files.get(foreign)!}`)).status).toBe(404);
  });

  it('are gone with the supplier whom they came from, where nothing has to be kept', async () => {
    const gross = await made('suppliers', { name: 'Zebedee Gross' });
    const [draft, kept] = [await purchase({ supplierId: gross }), await purchase()];
    const file = (await attach(ann, draft, PDF, { name: 'Zebedee.pdf' })).body.id as string;
    const other = (await attach(ann, kept, PDF)).body.id as string;
    // Where views are files, the search itself finds what is there.
    expect((await filesWith(['Zebedee'])).length > 0).toBe(embedded);
    expect((await ann.post(`${at}/privacy/erasures`, { subject: gross, reason: 'They asked' })).status).toBe(201);
    expect(await ann.get(`${at}/purchases/${draft}/attachments/${file}`)).toMatchObject({
      status: 409,
      body: { rule: 'erased' },
    });
    expect((await ann.get(`${at}/purchases/${draft}/attachments`)).body.items).toMatchObject([{ name: 'erased' }]);
    expect(await attach(ann, draft, PDF)).toMatchObject({ status: 409, body: { rule: 'erased' } });
    expect((await download(ann, `${at}/purchases/${kept}/attachments/${other}`)).status).toBe(200);
    // Neither what it is called nor what is in it stands anywhere in the data folder.
    expect(await filesWith(['Zebedee', 'Gross', 'the bill of'])).toEqual([]);
    await server.stop();
    expect(await filesOf()).toEqual(expect.arrayContaining([`${file}.sealed`, `${other}.sealed`]));
    server = await Server.start({ folder: server.folder });
    ann = ann.at(server.url);
    for (let waited = 0; waited < 10_000 && (await filesOf()).includes(`${file}.sealed`); waited += 20) await sleep(20);
    expect(await filesOf()).not.toContain(`${file}.sealed`);
    expect((await download(ann, `${at}/purchases/${kept}/attachments/${other}`)).status).toBe(200);
    expect(await ann.get(`${at}/purchases/${draft}/attachments/${file}`)).toMatchObject({ status: 409 });
  });

  it('are settled by the log after a crash', async () => {
    const id = await purchase();
    const file = (await attach(ann, id, PDF)).body.id as string;
    await server.kill();
    const folder = join(server.folder, 'attachments');
    // A crash between the log and the folder, one before the log, and one within an upload.
    const unsettled = (attachment: string) =>
      join(folder, 'unsettled', `${organisation}_${id}_${supplier}_${attachment}.sealed`);
    await rename(join(folder, organisation, supplier, `${file}.sealed`), unsettled(file));
    await copyFile(unsettled(file), unsettled(randomUUID()));
    await copyFile(unsettled(file), `${unsettled(randomUUID())}.part`);
    server = await Server.start({ folder: server.folder });
    const again = ann.at(server.url);
    expect((await download(again, `${at}/purchases/${id}/attachments/${file}`)).status).toBe(200);
    expect(await readdir(join(folder, 'unsettled'))).toEqual([]);
    expect(await readdir(join(folder, organisation, supplier))).toContain(`${file}.sealed`);
  });
});
