import { setTimeout as sleep } from 'node:timers/promises';
import { itIf } from '../support/available.js';
import type { Client, Json } from '../support/client.js';
import { found, join, signUp } from '../support/people.js';
import { Server } from '../support/server.js';
import { embedded, tooSlowForImports } from '../support/stores.js';
import { hasRetailFile, RETAIL_ANSWERS, RETAIL_MISSING, retailFile } from '../support/shared.js';
import { upload, waitForImport } from '../support/imports.js';

describe('a small business puts its books behind Countersign', () => {
  let server: Server;
  let owner: Client;
  let bookkeeper: Client;
  let sales: Client;
  let organisation: string;
  let at: string;

  beforeAll(async () => {
    server = await Server.start();
    owner = await signUp(server, 'ann@hale.example', 'Ann', 'Hale');
    organisation = await found(owner, 'Hale & Daughters');
    at = `/v1/organisations/${organisation}`;
    bookkeeper = await join(server, owner, organisation, 'bob@hale.example', ['bookkeeper'], ['Bob', 'Hale']);
    sales = await join(server, owner, organisation, 'sue@hale.example', ['sales'], ['Sue', 'Low']);
  });

  afterAll(() => server.dispose());

  it('lists its people with their roles', async () => {
    const listed = () => owner.get(`${at}/members`);
    let members = await listed();
    // They accepted by themselves, which the owner has been told no position of.
    const isActive = ({ status }: Json): boolean => status === 'active';
    for (let tries = 0; tries < 100 && !(members.body.items as Json[]).every(isActive); tries++) {
      await sleep(50);
      members = await listed();
    }
    expect(members.status).toBe(200);
    const people = (members.body.items as Json[]).map(({ email, firstName, status, isPrimary }) => ({
      email,
      firstName,
      status,
      isPrimary,
    }));
    expect(people).toEqual(
      expect.arrayContaining([
        { email: 'ann@hale.example', firstName: 'Ann', status: 'active', isPrimary: true },
        { email: 'bob@hale.example', firstName: 'Bob', status: 'active', isPrimary: false },
        { email: 'sue@hale.example', firstName: 'Sue', status: 'active', isPrimary: false },
      ]),
    );
    expect((await bookkeeper.get('/v1/me/organisations')).body.items).toMatchObject([
      { id: organisation, currency: 'GBP', status: 'active' },
    ]);
  });

  it('makes, issues and gets paid an invoice', async () => {
    const customer = await sales.post(`${at}/customers`, { name: 'Rosa Klein', email: 'rosa@klein.example' });
    expect(customer.status).toBe(201);
    const draft = await sales.post(`${at}/invoices`, {
      customerId: customer.body.id,
      date: '2026-03-01',
      lines: [
        { description: 'Portraits', quantity: '2', unitPrice: 62.5, vatRate: 2000 },
        { description: 'Travel', quantity: 1, unitPrice: '12.345' },
      ],
    });
    expect(draft.status).toBe(201);
    expect(draft.headers.get('location')).toBe(`${at}/invoices/${draft.body.id}`);
    expect(draft.headers.get('etag')).toBe(`"${draft.body.revision}"`);
    const path = `${at}/invoices/${draft.body.id}`;
    expect((await sales.post(`${path}/issue`)).status).toBe(200);
    const accounts = await sales.get(`${at}/payment-accounts`);
    const paid = await sales.post(`${path}/payments`, {
      amount: 10_000,
      date: '2026-03-10',
      paymentAccountId: accounts.body.items[0].id,
    });
    expect(paid.status).toBe(200);
    expect((await sales.get(path)).body).toMatchObject({
      number: 1,
      kind: 'invoice',
      status: 'part-paid',
      customer: { id: customer.body.id, name: 'Rosa Klein' },
      currency: 'GBP',
      net: 13_735,
      vat: 2_500,
      total: 16_235,
      paid: 10_000,
      outstanding: 6_235,
      lines: [
        { description: 'Portraits', quantity: '2', unitPrice: '62.5', net: 12_500, vat: 2_500 },
        { description: 'Travel', quantity: '1', unitPrice: '12.345', net: 1_235, vat: 0 },
      ],
    });
  });

  it('refuses those who may not, and says which permission is missing', async () => {
    const refused = await sales.post(`${at}/imports/invoices`, 'InvoiceNo\n', { 'content-type': 'text/csv' });
    expect(refused.status).toBe(403);
    expect(refused.headers.get('content-type')).toContain('application/problem+json');
    expect(refused.body).toMatchObject({ code: 'permission-denied', permission: 'invoices:import' });
    expect((await sales.get(`${at}/audit`)).status).toBe(403);
    const stranger = await signUp(server, 'eve@else.example', 'Eve', 'Else');
    const hidden = await stranger.get(`${at}/invoices`);
    const nowhere = await stranger.get('/v1/organisations/01999999-9999-7999-8999-999999999999/invoices');
    expect([hidden.status, nowhere.status]).toEqual([404, 404]);
    expect(hidden.body).toEqual(nowhere.body);
    expect((await server.client().get(`${at}/invoices`)).status).toBe(401);
  });

  itIf(
    hasRetailFile && embedded,
    embedded ? RETAIL_MISSING : tooSlowForImports,
    "imports a retailer's invoices to the penny, once",
    async () => {
      const file = retailFile();
      const id = await upload(bookkeeper, organisation, file);
      const done = await waitForImport(bookkeeper, organisation, id);
      const { rowsRead, rowsRejected, invoices, creditNotes, products, total } = RETAIL_ANSWERS;
      const customers = RETAIL_ANSWERS.customers + 1;
      expect(done).toMatchObject({
        status: 'done',
        rowsRead,
        rowsRejected,
        invoices,
        creditNotes,
        customers,
        products,
        total,
        errors: [],
      });

      const again = await waitForImport(bookkeeper, organisation, await upload(bookkeeper, organisation, file));
      expect(again).toMatchObject({
        status: 'done',
        rowsRead,
        invoices: 0,
        creditNotes: 0,
        customers: 0,
        products: 0,
        total: 0,
      });

      const numbers = new Set<number>();
      for (let next = ''; ;) {
        const page: Json = (await bookkeeper.get(`${at}/invoices?limit=200${next}`)).body;
        for (const { number } of page.items as { number: number }[]) numbers.add(number);
        if (page.next === null) break;
        next = `&after=${page.next}`;
      }
      expect(numbers.size).toBe(invoices + 1);
      expect(Math.max(...numbers)).toBe(invoices + 1);
    },
    600_000,
  );

  it('tells the owner who did what, by which permission, granted by whom', async () => {
    const issued = await owner.get(`${at}/audit?type=InvoiceIssued&actor=${sales.userId}`);
    expect(issued.status).toBe(200);
    expect(issued.body.items).toHaveLength(1);
    const [entry] = issued.body.items as Json[];
    expect(entry).toMatchObject({
      type: 'InvoiceIssued',
      outcome: 'accepted',
      actor: { id: sales.userId, kind: 'user', name: 'Sue Low' },
      record: { kind: 'invoice' },
      authority: { permission: 'invoices:issue', role: 'sales', grantedBy: owner.userId },
      source: { ip: '127.0.0.1' },
    });
    const grant = await owner.get(`${at}/audit?record=${sales.userId}`);
    expect((grant.body.items as Json[]).map(({ eventId }) => eventId)).toContain(entry.authority.grantEventId);
    const refusals = await owner.get(`${at}/audit?outcome=refused`);
    expect(refusals.body.items).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          outcome: 'refused',
          type: 'AccessRefused',
          actor: expect.objectContaining({ id: sales.userId }),
        }),
      ]),
    );
  });
});
