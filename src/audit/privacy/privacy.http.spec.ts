import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join as path } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { inflateRawSync } from 'node:zlib';
import type { Client, Json } from '../../../test/support/client.js';
import { found, join, signUp } from '../../../test/support/people.js';
import { Server } from '../../../test/support/server.js';

/** Files of a zip by their names (APPNOTE 4.3.12: read from the central directory). */
function unzip(bytes: Buffer): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  const end = bytes.lastIndexOf(Buffer.from('PK\x05\x06'));
  let at = bytes.readUInt32LE(end + 16);
  for (let entry = 0; entry < bytes.readUInt16LE(end + 10); entry++) {
    const [packed, nameLength, extra, comment] = [20, 28, 30, 32].map((offset) =>
      offset === 20 ? bytes.readUInt32LE(at + offset) : bytes.readUInt16LE(at + offset),
    ) as [number, number, number, number];
    const start = bytes.readUInt32LE(at + 42);
    const name = bytes.toString('utf8', at + 46, at + 46 + nameLength);
    const content = start + 30 + bytes.readUInt16LE(start + 26) + bytes.readUInt16LE(start + 28);
    files.set(name, inflateRawSync(bytes.subarray(content, content + packed)).toString('utf8'));
    at += 46 + nameLength + extra + comment;
  }
  return files;
}

describe('the privacy of people, over HTTP', () => {
  let server: Server;
  let owner: Client;
  let compliance: Client;
  let sales: Client;
  let at: string;
  let customers = 0;

  beforeAll(async () => {
    server = await Server.start();
    owner = await signUp(server, 'owner@hale.example', 'Olive', 'Hale');
    const organisation = await found(owner);
    at = `/v1/organisations/${organisation}`;
    compliance = await join(server, owner, organisation, 'comp@hale.example', ['compliance'], ['Connie', 'Plyant']);
    sales = await join(server, owner, organisation, 'sales@hale.example', ['sales'], ['Sally', 'Salesworth']);
  });
  afterAll(() => server.dispose());

  const customer = async (name = `Rosa Klein ${++customers}`): Promise<string> => {
    const made = await sales.post(`${at}/customers`, {
      name,
      email: `rosa${customers}@klein.example`,
      phone: '0789',
      notes: 'tall <b>',
    });
    expect(made.status).toBe(201);
    return made.body.id as string;
  };
  const draft = (customerId: string, date = '2026-01-01') =>
    sales.post(`${at}/invoices`, { customerId, date, lines: [{ description: 'x', quantity: 1, unitPrice: 5 }] });
  const invoice = async (customerId: string, date?: string): Promise<string> => {
    const { body } = await draft(customerId, date);
    expect((await owner.post(`${at}/invoices/${body.id}/issue`)).status).toBe(200);
    return body.id as string;
  };
  const ready = async (id: string): Promise<Json> => {
    for (let waited = 0; waited < 20_000; waited += 50) {
      const { body } = await owner.get(`${at}/privacy/exports/${id}`);
      if (body.status === 'ready') return body;
      await sleep(50);
    }
    throw new Error(`the export ${id} was not made`);
  };
  const tokenIn = (link: string): string => link.split('#token=')[1]!;
  const download = async (token: string): Promise<{ status: number; bytes: Buffer; type: string | null }> => {
    const response = await fetch(`${server.url}/v1/privacy/exports/download`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token }),
    });
    const bytes = Buffer.from(await response.arrayBuffer());
    return { status: response.status, bytes, type: response.headers.get('content-type') };
  };

  it('is for those with the permission', async () => {
    expect((await sales.get(`${at}/privacy/subjects`)).body).toMatchObject({
      code: 'permission-denied',
      permission: 'privacy:read',
    });
    expect((await sales.post(`${at}/privacy/erasures`, {})).body).toMatchObject({
      code: 'permission-denied',
      permission: 'privacy:manage',
    });
  });

  it('finds the people held: members, invited people, customers', async () => {
    const id = await customer('Zacharias Findable');
    const invited = await owner.post(`${at}/invitations`, {
      email: 'zoe@findable.example',
      firstName: 'Zoe',
      lastName: 'Findable',
    });
    // Lists of the views wait for what their reader has written.
    await sales.get(`${at}/customers`);
    await owner.get(`${at}/members`);
    const people = async (q: string): Promise<Json[]> =>
      (await owner.get(`${at}/privacy/subjects?q=${encodeURIComponent(q)}`)).body.items as Json[];
    const foundPeople = await people('findable');
    expect(foundPeople.map(({ kind, label }) => `${kind} ${label}`).sort()).toEqual([
      'customer Zacharias Findable',
      'invited Zoe Findable',
    ]);
    expect(foundPeople.find(({ kind }) => kind === 'customer')).toEqual({
      id,
      kind: 'customer',
      label: 'Zacharias Findable',
      status: 'active',
      restricted: false,
      onHold: false,
      erasure: null,
    });
    expect(foundPeople.find(({ kind }) => kind === 'invited')?.id).toBe(invited.body.userId);
    expect((await people('plyant')).map(({ kind, status }) => [kind, status])).toEqual([['member', 'active']]);
    expect(await people('nobody-of-this-name')).toEqual([]);
    expect((await people('')).length).toBeGreaterThanOrEqual(5);
  });

  it('lists everybody page by page, and nobody twice, whoever comes in between', async () => {
    for (let n = 0; n < 4; n++) await customer();
    await sales.get(`${at}/customers`);
    await owner.get(`${at}/members`);
    const page = async (query: string): Promise<Json> => {
      const answer = await owner.get(`${at}/privacy/subjects?${query}`);
      expect(answer.status).toBe(200);
      return answer.body;
    };
    const idsOf = ({ items }: Json): string[] => (items as Json[]).map(({ id }) => id as string);
    const everybody = await page('limit=200');
    expect(everybody.next).toBeNull();
    expect(new Set((everybody.items as Json[]).map(({ kind }) => kind as string))).toEqual(
      new Set(['customer', 'invited', 'member']),
    );
    const paged: string[] = [];
    for (let next: string | null = ''; next !== null;) {
      const one: Json = await page(`limit=2${next === '' ? '' : `&after=${next}`}`);
      expect(one.items.length).toBeLessThanOrEqual(2);
      paged.push(...idsOf(one));
      next = one.next as string | null;
      // Newer than all that was listed, so it is on none of the pages to come.
      await customer();
      await sales.get(`${at}/customers`);
    }
    expect(paged).toEqual(idsOf(everybody));
    const first = await page('q=hale&limit=1');
    const second = await page(`q=hale&limit=1&after=${first.next as string}`);
    expect([...idsOf(first), ...idsOf(second)]).toHaveLength(2);
    expect(idsOf(second)).not.toEqual(idsOf(first));
    expect((await owner.get(`${at}/privacy/subjects?after=nonsense`)).body).toMatchObject({
      code: 'validation-failed',
    });
    expect((await owner.get(`${at}/privacy/subjects?limit=201`)).status).toBe(400);
  });

  it('takes requests through their life', async () => {
    const subject = await customer();
    const receivedAt = new Date(Date.now() - 40 * 86_400_000).toISOString();
    const made = await compliance.post(`${at}/privacy/requests`, { subject, kind: 'access', receivedAt });
    expect(made.status).toBe(201);
    expect(made.body.dueAt > receivedAt).toBe(true);
    const path = `${at}/privacy/requests/${made.body.id}`;
    expect((await compliance.get(path)).body).toMatchObject({ status: 'open', overdue: true, kind: 'access' });
    expect((await compliance.post(`${path}/extend`, { reason: 'many' })).body).toMatchObject({ rule: 'overdue' });
    const second = await compliance.post(`${at}/privacy/requests`, { subject, kind: 'erasure' });
    const other = `${at}/privacy/requests/${second.body.id}`;
    expect((await compliance.post(`${other}/extend`, { reason: 'Rosa sent 40 letters' })).status).toBe(200);
    expect((await compliance.post(`${other}/extend`, { reason: 'x' })).body).toMatchObject({
      rule: 'already-extended',
    });
    expect((await compliance.post(`${other}/pause`, {})).status).toBe(200);
    expect((await compliance.get(other)).body).toMatchObject({ status: 'paused', extended: true, overdue: false });
    expect((await compliance.post(`${other}/resume`)).status).toBe(200);
    expect((await compliance.post(`${other}/refuse`, {})).status).toBe(400);
    expect((await compliance.post(`${other}/refuse`, { reason: 'not who they say' })).status).toBe(200);
    expect((await compliance.post(`${path}/complete`, { outcome: 'sent' })).status).toBe(200);
    expect((await compliance.post(`${path}/complete`, { outcome: 'sent' })).body).toMatchObject({
      rule: 'request-closed',
    });
    const { items } = (await compliance.get(`${at}/privacy/requests?subject=${subject}`)).body;
    expect(items).toMatchObject([
      { kind: 'erasure', status: 'refused', reason: 'not who they say', extensionReason: 'Rosa sent 40 letters' },
      { kind: 'access', status: 'completed', outcome: 'sent', overdue: false },
    ]);
    const nobody = '018f0000-0000-7000-8000-000000000000';
    expect((await compliance.post(`${at}/privacy/requests`, { subject: nobody, kind: 'access' })).status).toBe(400);
    expect((await compliance.get(`${at}/privacy/requests/${nobody}`)).status).toBe(404);
  });

  it('holds the use of restricted data back, until the restriction is lifted with notice', async () => {
    const subject = await customer();
    const waiting = await draft(subject);
    const sendable = await invoice(subject);
    const placed = await compliance.post(`${at}/privacy/restrictions`, {
      subject,
      reason: 'says the address is wrong',
    });
    expect(placed.status).toBe(201);
    sales.reflect(placed.body.position as string);
    expect((await sales.get(`${at}/customers/${subject}`)).body).toMatchObject({ restricted: true });
    expect((await draft(subject)).body).toMatchObject({ status: 409, rule: 'restricted' });
    expect((await owner.post(`${at}/invoices/${waiting.body.id}/issue`)).body).toMatchObject({ rule: 'restricted' });
    expect((await owner.post(`${at}/invoices/${sendable}/copy`)).body).toMatchObject({ rule: 'restricted' });
    expect((await sales.patch(`${at}/customers/${subject}`, { phone: '1' })).body).toMatchObject({
      rule: 'restricted',
    });
    const path = `${at}/privacy/restrictions/${placed.body.id}/lift`;
    expect((await compliance.post(path, {})).status).toBe(400);
    expect((await compliance.post(path, { notice: 'told by phone on Monday' })).status).toBe(200);
    expect((await draft(subject)).status).toBe(201);
    expect((await owner.post(`${at}/invoices/${waiting.body.id}/issue`)).status).toBe(200);
    const member = await compliance.post(`${at}/privacy/restrictions`, { subject: sales.userId, reason: 'x' });
    expect(member.body).toMatchObject({ rule: 'not-restrictable' });
  });

  it('hands over what is held about a customer, and nothing of others', async () => {
    const subject = await customer('Ines <script> Export');
    await invoice(subject);
    const ordered = await compliance.post(`${at}/privacy/exports`, { subject, reason: 'their letter of Monday' });
    expect(ordered.status).toBe(201);
    expect(ordered.body).toMatchObject({ status: 'running', expiresAt: expect.stringMatching(/Z$/) });
    expect(Date.parse(ordered.body.expiresAt) - Date.now()).toBeGreaterThan(6.9 * 86_400_000);
    await ready(ordered.body.id);
    const { status, bytes, type } = await download(tokenIn(ordered.body.link));
    expect([status, type]).toEqual([200, 'application/zip']);
    const files = unzip(bytes);
    expect([...files.keys()]).toEqual(['data.json', 'index.html']);
    const data = JSON.parse(files.get('data.json')!);
    expect(data).toMatchObject({
      kind: 'access',
      organisation: { name: 'Hale & Daughters' },
      record: { name: 'Ines <script> Export', notes: 'tall <b>' },
      documents: { invoices: [{ total: 500, status: 'issued' }] },
    });
    const told = (data.eventsAbout as Json[]).map(({ what }) => what as string);
    expect(told).toEqual(
      expect.arrayContaining([
        'Somebody at the organisation added a customer',
        expect.stringMatching(/issued invoice/),
      ]),
    );
    for (const text of files.values()) expect(text).not.toMatch(/Salesworth|Plyant|sales@|Olive/);
    expect(files.get('index.html')).toContain('Ines &lt;script&gt; Export');
    expect(files.get('index.html')).not.toContain('<script');
    expect((await download(`${tokenIn(ordered.body.link)}x`)).status).toBe(400);
    const signedIn = await fetch(`${server.url}${at}/privacy/exports/${ordered.body.id}/download`, {
      headers: { authorization: `Bearer ${compliance.token}` },
    });
    expect(Buffer.from(await signedIn.arrayBuffer()).equals(bytes)).toBe(true);
    const portable = await compliance.post(`${at}/privacy/exports`, { subject, kind: 'portability' });
    await ready(portable.body.id);
    const given = unzip((await download(tokenIn(portable.body.link))).bytes);
    expect(JSON.parse(given.get('data.json')!)).toMatchObject({
      kind: 'portability',
      record: { name: 'Ines <script> Export', phone: '0789' },
      documents: {},
    });
    expect(given.get('data.json')).not.toContain('tall');
  });

  it('says of an export that cannot be made that it has failed, and why', async () => {
    const subject = await customer('Ina Vain');
    const folder = path(server.folder, 'exports');
    await mkdir(folder, { recursive: true });
    await rename(folder, `${folder}.aside`);
    await writeFile(folder, 'in the way');
    const ordered = await compliance.post(`${at}/privacy/exports`, { subject });
    expect(ordered.body).toMatchObject({ status: 'running' });
    const where = `${at}/privacy/exports/${ordered.body.id}`;
    let seen: Json;
    for (let waited = 0; (seen = (await owner.get(where)).body).status === 'running' && waited < 20_000; waited += 50)
      await sleep(50);
    expect(seen).toMatchObject({ status: 'failed', failure: 'it failed 3 times: Error EEXIST', bytes: null });
    const gone = await download(tokenIn(ordered.body.link));
    expect(JSON.parse(gone.bytes.toString())).toMatchObject({ status: 409, rule: 'export-failed' });
    const [told] = (await owner.get(`${at}/audit?record=${ordered.body.id}`)).body.items as Json[];
    expect(told).toMatchObject({
      type: 'DataExportFailed',
      summary: 'Countersign, on behalf of Connie Plyant, could not put together the data of a customer',
      changes: [{ field: 'failure', to: 'it failed 3 times: Error EEXIST' }],
    });
    await rm(folder);
    await rename(`${folder}.aside`, folder);
    const again = await compliance.post(`${at}/privacy/exports`, { subject });
    expect(await ready(again.body.id)).toMatchObject({ status: 'ready', failure: null });
  });

  it('tells members what they did themselves', async () => {
    const ordered = await owner.post(`${at}/privacy/exports`, { subject: sales.userId });
    await ready(ordered.body.id);
    const data = JSON.parse(unzip((await download(tokenIn(ordered.body.link))).bytes).get('data.json')!);
    expect(data.record).toMatchObject({ email: 'sales@hale.example', roles: 'Sales', status: 'active' });
    expect((data.eventsBy as Json[]).some(({ what }) => what === 'You changed a customer')).toBe(true);
    expect((data.eventsBy as Json[]).some(({ source }) => source?.ip === '127.0.0.1')).toBe(true);
    expect(JSON.stringify(data)).not.toMatch(/Rosa Klein|klein\.example/);
  });

  it('erases a customer, and says what is kept, why and until when', async () => {
    const subject = await customer('Erasmus Gone');
    const issued = await invoice(subject);
    const pending = await draft(subject);
    const exported = await compliance.post(`${at}/privacy/exports`, { subject });
    await ready(exported.body.id);
    expect((await compliance.post(`${at}/privacy/erasures`, { subject })).status).toBe(400);

    const hold = await compliance.post(`${at}/privacy/holds`, { subject, reason: 'they sue us' });
    expect(hold.status).toBe(201);
    const refused = await compliance.post(`${at}/privacy/erasures`, { subject, reason: 'asked' });
    expect(refused.body).toMatchObject({ status: 409, rule: 'legal-hold' });
    const releasing = `${at}/privacy/holds/${hold.body.id}/release`;
    expect((await compliance.post(releasing, { reason: 'settled' })).status).toBe(200);

    const erased = await compliance.post(`${at}/privacy/erasures`, { subject, reason: 'asked by letter' });
    expect(erased.status).toBe(201);
    expect(erased.body).toMatchObject({
      id: expect.any(String),
      status: 'done',
      erased: expect.arrayContaining([
        { record: { kind: 'customer', id: subject }, what: 'contact data' },
        { record: { kind: 'privacy-export', id: exported.body.id }, what: 'data export' },
      ]),
      kept: [
        {
          record: { kind: 'invoice', id: issued, label: expect.stringMatching(/^Invoice \d+$/) },
          basis: expect.stringMatching(/VAT/),
          until: '2032-12-31',
        },
      ],
    });
    expect((await sales.get(`${at}/customers/${subject}`)).body).toMatchObject({
      name: 'erased',
      email: 'erased',
      phone: 'erased',
      notes: 'erased',
      status: 'erased',
    });
    expect((await owner.get(`${at}/invoices/${issued}`)).body.customer).toEqual({ id: subject, name: 'erased' });
    expect((await draft(subject)).body).toMatchObject({ status: 409, rule: 'erased' });
    expect((await owner.post(`${at}/invoices/${pending.body.id}/issue`)).body).toMatchObject({ rule: 'erased' });
    expect((await download(tokenIn(exported.body.link))).status).toBe(409);
    expect((await compliance.post(`${at}/privacy/erasures`, { subject, reason: 'again' })).body).toMatchObject({
      rule: 'erased',
    });
    const again = await compliance.get(`${at}/privacy/erasures/${erased.body.id}`);
    expect(again.body).toMatchObject({ status: 'done', reason: 'asked by letter', kept: erased.body.kept });
    const trail = (await compliance.get(`${at}/audit?subject=${subject}&limit=200`)).body.items as Json[];
    expect(JSON.stringify(trail)).not.toMatch(/Erasmus|Gone/);
    expect(trail.map(({ summary }) => summary)).toContain('Connie Plyant ordered to erase the data of a customer');
  });

  it('destroys what retention does not ask for any more, at once', async () => {
    const subject = await customer('Old Documents');
    await invoice(subject, '2015-06-01');
    const erased = await compliance.post(`${at}/privacy/erasures`, { subject, reason: 'asked' });
    expect(erased.body).toMatchObject({ status: 'done', kept: [] });
    expect((await compliance.get(`${at}/privacy/erasures/${erased.body.id}`)).body).toMatchObject({
      documents: 1,
      documentsUntil: '2021-12-31',
      destroyed: ['documents'],
    });
  });

  it('erases an invited person; a member only when they have gone, and never their account', async () => {
    const invited = await owner.post(`${at}/invitations`, {
      email: 'ivy@x.example',
      firstName: 'Ivy',
      lastName: 'Vited',
    });
    const subject = invited.body.userId as string;
    await server.mail('ivy@x.example', /invited/);
    const erased = await compliance.post(`${at}/privacy/erasures`, { subject, reason: 'asked' });
    expect(erased.body).toMatchObject({ status: 'done', kept: [] });
    expect(erased.body.erased).toContainEqual({
      record: { kind: 'invited', id: subject },
      what: 'mails in the outbox',
    });
    expect((await owner.get(`${at}/invitations`)).body.items.map(({ userId }: Json) => userId)).not.toContain(subject);

    const leaver = await join(server, owner, at.split('/')[3]!, 'leaver@x.example', ['sales'], ['Lea', 'Ver']);
    const early = await compliance.post(`${at}/privacy/erasures`, { subject: leaver.userId, reason: 'asked' });
    expect(early.body).toMatchObject({
      status: 409,
      rule: 'still-a-member',
      detail: expect.stringMatching(/DELETE \/v1\/me/),
    });
    expect((await owner.post(`${at}/members/${leaver.userId}/remove`, {})).status).toBe(200);
    const { items } = (await compliance.get(`${at}/privacy/subjects?q=lea%20ver`)).body;
    expect(items).toMatchObject([{ id: leaver.userId, kind: 'member', label: 'Lea Ver', status: 'former' }]);
    const gone = await compliance.post(`${at}/privacy/erasures`, { subject: leaver.userId, reason: 'asked' });
    expect(gone.body).toMatchObject({
      status: 'done',
      kept: [
        {
          record: { kind: 'member' },
          basis: expect.stringMatching(/claims/),
          until: expect.stringMatching(/^\d{4}-12-31$/),
        },
        { record: { kind: 'account' }, basis: expect.stringMatching(/DELETE \/v1\/me/), until: null },
      ],
    });
    expect((await leaver.get('/v1/me')).body).toMatchObject({ firstName: 'Lea' });
  });

  it('asks a second person where that is switched on', async () => {
    expect((await compliance.put(`${at}/privacy/settings`, { secondApproval: true })).status).toBe(200);
    const subject = await customer('Twice Looked');
    const ordered = await compliance.post(`${at}/privacy/erasures`, { subject, reason: 'asked' });
    expect(ordered.body).toMatchObject({ status: 'pending', erased: [] });
    expect((await sales.get(`${at}/customers/${subject}`)).body.name).toBe('Twice Looked');
    const path = `${at}/privacy/erasures/${ordered.body.id}`;
    expect((await compliance.post(`${path}/approve`)).body).toMatchObject({ status: 409, rule: 'second-person' });
    const exporting = await compliance.post(`${at}/privacy/exports`, { subject: sales.userId });
    expect(exporting.body).toMatchObject({ status: 'pending', link: null });
    const exported = `${at}/privacy/exports/${exporting.body.id}`;
    expect((await compliance.post(`${exported}/approve`)).body).toMatchObject({ rule: 'second-person' });
    const allowed = await owner.post(`${exported}/approve`);
    expect(allowed.body.link).toMatch(/#token=/);
    await ready(exporting.body.id);
    expect((await owner.post(`${path}/approve`)).body).toMatchObject({ status: 'done' });
    expect((await sales.get(`${at}/customers/${subject}`)).body.name).toBe('erased');
    const off = await compliance.put(`${at}/privacy/settings`, { secondApproval: false });
    expect(off.body).toMatchObject({ status: 409, rule: 'primary-only' });
    expect((await owner.put(`${at}/privacy/settings`, { secondApproval: false })).status).toBe(200);
  });

  it('lists what was decided, page by page', async () => {
    const first = (await compliance.get(`${at}/privacy/erasures?limit=2`)).body;
    expect(first.items).toHaveLength(2);
    const second = (await compliance.get(`${at}/privacy/erasures?limit=2&after=${first.next}`)).body;
    expect(second.items).toHaveLength(2);
    const ids = [...first.items, ...second.items].map(({ id }: Json) => id as string);
    expect(new Set(ids).size).toBe(4);
    expect((await compliance.get(`${at}/privacy/holds?after=nothing`)).status).toBe(400);
    for (const list of ['holds', 'restrictions', 'exports'])
      expect((await compliance.get(`${at}/privacy/${list}`)).body.items.length).toBeGreaterThan(0);
  });
});
