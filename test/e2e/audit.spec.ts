import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, Json } from '../support/client.js';
import { found, join as joinAs, signUp } from '../support/people.js';
import { Server } from '../support/server.js';
import { documentsOf } from '../support/view-documents.js';

/** Owner and bookkeeping, a salesperson, and compliance staff who see the trail but none of the books. */
describe('the trail of a small business', () => {
  let server: Server;
  let ann: Client;
  let sue: Client;
  let carl: Client;
  let organisation: string;
  let at: string;
  let customerId: string;
  let invoiceId: string;
  let lastPosition: string;

  beforeAll(async () => {
    server = await Server.start();
    ann = await signUp(server, 'ann@hale.example', 'Ann', 'Hale');
    organisation = await found(ann, 'Hale & Daughters');
    at = `/v1/organisations/${organisation}`;
    sue = await joinAs(server, ann, organisation, 'sue@hale.example', ['sales'], ['Sue', 'Low']);
    carl = await joinAs(server, ann, organisation, 'carl@hale.example', ['compliance'], ['Carl', 'Stone']);
    const customer = await sue.post(`${at}/customers`, { name: 'Rosa Klein', email: 'rosa@klein.example' });
    customerId = customer.body.id as string;
    const draft = await sue.post(`${at}/invoices`, {
      customerId,
      date: '2026-03-01',
      lines: [{ description: 'Portraits', quantity: '2', unitPrice: '62.5' }],
    });
    invoiceId = draft.body.id as string;
    await sue.patch(`${at}/invoices/${invoiceId}`, { dueDate: '2026-04-01' });
    const issued = await sue.post(`${at}/invoices/${invoiceId}/issue`);
    expect(issued.status).toBe(200);
    lastPosition = issued.body.position as string;
  });

  afterAll(() => server.dispose());

  /** A page of the trail that reflects everything that happened above. */
  const page = async (reader: Client, query = ''): Promise<Json> => {
    const answer = await reader.get(`${at}/audit?${query}`, { 'countersign-at-least': lastPosition });
    expect(answer.status).toBe(200);
    return answer.body;
  };
  const items = async (reader: Client, query = ''): Promise<Json[]> => (await page(reader, query)).items as Json[];
  const types = async (reader: Client, query: string): Promise<string[]> =>
    (await items(reader, query)).map(({ type }) => type as string);

  it('tells the owner what happened to a record, step by step', async () => {
    const history = await items(ann, `record=${invoiceId}`);
    expect(history.map(({ type }) => type)).toEqual(['InvoiceIssued', 'InvoiceEdited', 'InvoiceCreated']);
    const [issued, edited] = history;
    expect(issued).toEqual({
      id: issued.eventId,
      eventId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      position: expect.any(String),
      at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      type: 'InvoiceIssued',
      summary: 'Sue Low issued invoice 1',
      actor: { id: sue.userId, kind: 'user', name: 'Sue Low' },
      record: { kind: 'invoice', id: invoiceId, label: 'Invoice 1' },
      changes: expect.arrayContaining([{ field: 'number', from: null, to: 1 }]),
      authority: {
        permission: 'invoices:issue',
        role: 'sales',
        grantEventId: expect.any(String),
        grantedBy: ann.userId,
      },
      outcome: 'accepted',
      correlationId: expect.any(String),
      source: { ip: '127.0.0.1', userAgent: expect.any(String) },
    });
    expect(edited.changes).toEqual([{ field: 'dueDate', from: null, to: '2026-04-01' }]);
    const again = await ann.get(`${at}/audit`, { 'countersign-at-least': issued.position as string });
    expect(again.status).toBe(200);
  });

  it('is filtered by person, type, record, subject, permission, outcome and time', async () => {
    expect(new Set((await items(ann, `actor=${sue.userId}&outcome=accepted`)).map(({ actor }) => actor.id))).toEqual(
      new Set([sue.userId]),
    );
    expect(await types(ann, 'type=CustomerCreated')).toEqual(['CustomerCreated']);
    expect(await types(ann, `subject=${customerId}`)).toEqual(['InvoiceIssued', 'InvoiceCreated', 'CustomerCreated']);
    expect(await types(ann, 'permission=invoices:edit')).toEqual(['InvoiceEdited']);
    expect(await types(ann, `subject=${sue.userId}`)).toEqual(['InvitationAccepted', 'UserInvited']);
    const [created] = await items(ann, 'type=InvoiceCreated');
    const when = created.at as string;
    const sameMoment = await items(ann, `from=${when}&to=${new Date(Date.parse(when) + 1).toISOString()}`);
    expect(sameMoment.map(({ eventId }) => eventId)).toContain(created.eventId);
    expect((await items(ann, `to=${when}`)).map(({ eventId }) => eventId)).not.toContain(created.eventId);
    const offset = encodeURIComponent(when.replace('Z', '+00:00'));
    expect((await items(ann, `from=${offset}`)).map(({ eventId }) => eventId)).toContain(created.eventId);
  });

  it.each([
    'actor=bob',
    'record=1',
    'subject=',
    'permission=invoices:burn',
    'outcome=maybe',
    'from=yesterday',
    'to=2026-13-01T00:00:00Z',
    'from=2026-03-02T00:00:00Z&to=2026-03-01T00:00:00Z',
    'limit=0',
    'limit=201',
    'after=x',
    'after=x~y&q=sue',
    'colour=red',
    'type=A&type=B',
  ])('refuses ?%s', async (query) => {
    const answer = await ann.get(`${at}/audit?${query}`);
    expect([answer.status, answer.body.code]).toEqual([400, 'validation-failed']);
  });

  it('shows compliance staff that it happened, and nothing of what they may not read', async () => {
    const issued = (await items(carl, `record=${invoiceId}`))[0];
    expect(issued).toMatchObject({
      type: 'InvoiceIssued',
      summary: 'Sue Low changed an invoice',
      actor: { id: sue.userId, name: 'Sue Low' },
      record: { kind: 'invoice', id: invoiceId, label: null },
      changes: [],
      authority: { permission: 'invoices:issue', role: 'sales' },
    });
    expect(JSON.stringify(await items(carl))).not.toMatch(/Rosa|Klein|Portraits|Invoice 1|dueDate/);
    const invitation = (await items(carl, `record=${sue.userId}&type=UserInvited`))[0];
    expect(invitation).toMatchObject({ record: { kind: 'member', label: 'Sue Low' } });
    expect(invitation.changes).toContainEqual({ field: 'email', from: null, to: 'sue@hale.example' });
  });

  it('finds people by their own documents, for those who may read these', async () => {
    expect(await types(ann, 'q=klein&outcome=accepted')).toEqual([
      'InvoiceIssued',
      'InvoiceCreated',
      'CustomerCreated',
    ]);
    expect(await types(carl, 'q=klein&outcome=accepted')).toEqual([]);
    const bySue = await items(carl, 'q=sue%20low&type=InvoiceCreated');
    expect(bySue.map(({ actor }) => actor.name)).toEqual(['Sue Low']);
  });

  it('holds a refusal once a minute, however often it is tried', async () => {
    for (let tried = 0; tried < 10; tried++) expect((await sue.get(`${at}/audit`)).status).toBe(403);
    const refused = async (): Promise<Json[]> =>
      (await ann.get(`${at}/audit?outcome=refused&actor=${sue.userId}&permission=audit:read`)).body.items as Json[];
    for (let waited = 0; waited < 2000 && (await refused()).length === 0; waited += 20) await sleep(20);
    const entries = await refused();
    // Two where a minute ended in between.
    expect([1, 2]).toContain(entries.length);
    expect(entries[0]).toMatchObject({
      type: 'AccessRefused',
      summary: 'Sue Low was refused: the permission audit:read is missing',
      actor: { id: sue.userId },
      authority: null,
      outcome: 'refused',
      source: { ip: '127.0.0.1' },
    });
  });

  it('holds who read it, by which grant', async () => {
    await page(carl);
    const reads = async (): Promise<Json[]> =>
      (await ann.get(`${at}/audit?outcome=read&actor=${carl.userId}`)).body.items as Json[];
    for (let waited = 0; waited < 2000 && (await reads()).length === 0; waited += 20) await sleep(20);
    expect((await reads())[0]).toMatchObject({
      type: 'SensitiveDataRead',
      summary: 'Carl Stone read the trail',
      authority: { permission: 'audit:read', role: 'compliance', grantedBy: ann.userId },
    });
  });

  it("is nobody else's business", async () => {
    expect((await sue.get(`${at}/audit`)).body).toMatchObject({ code: 'permission-denied', permission: 'audit:read' });
    const eve = await signUp(server, 'eve@else.example', 'Eve', 'Else');
    expect((await eve.get(`${at}/audit`)).status).toBe(404);
    expect((await server.client().get(`${at}/audit`)).status).toBe(401);
    const elsewhere = await found(eve, 'Else Ltd');
    const hers = await eve.get(`/v1/organisations/${elsewhere}/audit?outcome=accepted`);
    expect((hers.body.items as Json[]).map(({ type }) => type)).toEqual(['OrganisationFounded']);
    // A stranger's refusal is in the security log, not in the organisation's.
    expect(await items(ann, `actor=${eve.userId}`)).toEqual([]);
    const told = (): boolean => server.output.some((line) => line.includes('"security"') && line.includes(eve.userId!));
    for (let waited = 0; waited < 2000 && !told(); waited += 20) await sleep(20);
    expect(told()).toBe(true);
  });

  it('keeps its pages while events arrive', async () => {
    const before = (await items(ann, `outcome=accepted&limit=200`)).map(({ id }) => id as string);
    const seen: string[] = [];
    for (let after = ''; ;) {
      const { items: entries, next } = await page(ann, `outcome=accepted&limit=3${after}`);
      seen.push(...(entries as Json[]).map(({ id }) => id as string));
      if (next === null) break;
      after = `&after=${next as string}`;
      await sue.post(`${at}/customers`, { name: `Newcomer ${seen.length}` });
    }
    expect(seen).toEqual(before);
    const bySearch: Json = await page(ann, 'q=sue&limit=2&outcome=accepted');
    const more = await page(ann, `q=sue&limit=2&outcome=accepted&after=${bySearch.next as string}`);
    expect(new Set([...bySearch.items, ...more.items].map(({ id }: Json) => id)).size).toBe(4);
    expect((await ann.get(`${at}/audit?q=carl&after=${bySearch.next as string}`)).status).toBe(400);
  });

  it("leaves the text of a person in that person's own document only", async () => {
    const documents = await documentsOf(server.folder);
    const holding = (pattern: RegExp): Set<string> =>
      new Set(documents.flatMap(({ view, held }) => (pattern.test(held) ? [view] : [])));
    expect(documents.filter(({ view }) => view === 'trail').length).toBeGreaterThan(10);
    expect([...holding(/rosa|klein/i)]).toEqual(['customers']);
    expect(holding(/hale\.example|Low|127\.0\.0\.1|Portraits/)).not.toContain('trail');
  });
});
