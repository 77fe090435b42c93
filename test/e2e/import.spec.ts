import { randomUUID } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join as path } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, Json } from '../support/client.js';
import { describeIf, itIf } from '../support/available.js';
import { upload, waitForImport } from '../support/imports.js';
import { found, join, signUp } from '../support/people.js';
import { Server } from '../support/server.js';
import { embedded, tooSlowForImports } from '../support/stores.js';
import { hasRetailFile, RETAIL_ANSWERS, RETAIL_MISSING, retailFile } from '../support/shared.js';

const HEADER = 'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country';
const csv = (...rows: string[]): string => `${[HEADER, ...rows].join('\n')}\n`;

describeIf(embedded, tooSlowForImports, 'the import of invoices', () => {
  let server: Server;
  let owner: Client;
  let organisation: string;
  let at: string;

  beforeAll(async () => {
    server = await Server.start();
    owner = await signUp(server, 'owner@import.example');
  });

  afterAll(() => server.dispose());

  beforeEach(async () => {
    organisation = await found(owner);
    at = `/v1/organisations/${organisation}`;
  });

  const importing = async (file: string | Uint8Array): Promise<Json> =>
    waitForImport(owner, organisation, await upload(owner, organisation, file));

  it('forms documents from rows wherever they stand', async () => {
    const done = await importing(
      csv(
        '1001,A,Lamp,2,2011-01-04 10:00:00,2.5,17850.0,France',
        'C1002,A,Lamp,-1,2011-01-05 10:00:00,2.5,17850.0,France',
        '1003,B,,1,2011-01-05 11:00:00,0.0,,France',
        '1001,B,Shade,3,2011-01-04 10:00:00,0.335,17850.0,France',
      ),
    );
    expect(done).toMatchObject({
      status: 'done',
      rowsRead: 4,
      rowsRejected: 0,
      invoices: 2,
      creditNotes: 1,
      customers: 2,
      products: 2,
      total: 500 + 101 - 250,
      errors: [],
    });
    const invoices: Json[] = (await owner.get(`${at}/invoices`)).body.items;
    expect(
      invoices.map(({ number, reference, total, status, date }) => ({ number, reference, total, status, date })),
    ).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ number: 1, reference: '1001', total: 601, date: '2011-01-04' }),
        expect.objectContaining({ number: 2, reference: '1003', total: 0 }),
      ]),
    );
    const lamp = invoices.find(({ number }) => number === 1);
    expect(lamp.customer).toMatchObject({ name: 'Customer 17850' });
    expect((await owner.get(`${at}/invoices/${lamp.id}`)).body.lines).toMatchObject([
      { description: 'Lamp', quantity: '2', unitPrice: '2.5', net: 500, vat: 0 },
      { description: 'Shade', quantity: '3', unitPrice: '0.335', net: 101, vat: 0 },
    ]);
    const nameless = invoices.find(({ number }) => number === 2);
    expect(nameless.customer.name).toBe('No customer given');
    expect((await owner.get(`${at}/invoices/${nameless.id}`)).body.lines).toMatchObject([{ description: 'B' }]);
    const notes: Json[] = (await owner.get(`${at}/credit-notes`)).body.items;
    expect(notes).toMatchObject([{ kind: 'credit-note', number: 1, reference: 'C1002', total: -250 }]);
  });

  it('rejects documents with a bad row, and says which rows and why', async () => {
    const done = await importing(
      csv(
        '1,A,x,1,2011-01-04,1,,',
        '2,A,x,one,2011-01-04,1,,',
        '2,B,x,1,2011-01-04,1,,',
        'A3,A,x,1,2011-01-04,1,,',
        '4,A,x,1,2011-02-29,1,,',
        '5,A,x,1,2011-01-04,1',
        '6,A,x,999999999999999,2011-01-04,999999999,,',
      ),
    );
    expect(done).toMatchObject({ status: 'done', rowsRead: 7, rowsRejected: 5, invoices: 1, total: 100 });
    const errors = (done.errors as Json[]).map(({ row, code }) => `${row} ${code}`).sort();
    expect(errors).toEqual([
      '2 invalid-quantity',
      '3 document-rejected',
      '4 unknown-document-kind',
      '5 invalid-date',
      '6 malformed-row',
      '7 amount-too-large',
    ]);
    for (const { detail } of done.errors as Json[]) expect(detail).toEqual(expect.any(String));
  });

  it('leaves no gap in the numbers, and adds nothing the second time', async () => {
    const rows = Array.from({ length: 250 }, (_, index) => `${1000 + index},A,x,1,2011-01-04,1,,`);
    const [first, second] = await Promise.all([importing(csv(...rows)), importing(csv(...rows))]);
    expect(Number(first.invoices) + Number(second.invoices)).toBe(250);
    expect(await importing(csv(...rows))).toMatchObject({
      invoices: 0,
      customers: 0,
      products: 0,
      total: 0,
      rowsRead: 250,
    });
    const numbers: number[] = [];
    for (let next = ''; ;) {
      const page: Json = (await owner.get(`${at}/invoices?limit=200${next}`)).body;
      numbers.push(...(page.items as Json[]).map(({ number }) => number as number));
      if (page.next === null) break;
      next = `&after=${page.next}`;
    }
    expect(numbers.sort((a, b) => a - b)).toEqual(Array.from({ length: 250 }, (_, index) => index + 1));
  });

  it.each([
    ['nothing', ''],
    ['another file', 'a,b,c\n1,2,3\n'],
    ['a picture', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 1, 2, 3, 255])],
    ['JSON', '{"InvoiceNo":1}'],
  ])('refuses %s in place of the file', async (_, file) => {
    const refused = await owner.post(`${at}/imports/invoices`, file, { 'content-type': 'text/csv' });
    expect(refused.status).toBe(400);
    expect(refused.body.code).toBe('validation-failed');
  });

  it('fails, and says where, when the file stops being CSV', async () => {
    const done = await importing(csv('1,A,x,1,2011-01-04,1,,', '2,A,"never closed,1,2011-01-04,1,,'));
    expect(done).toMatchObject({ status: 'failed', invoices: 0 });
    expect(done.reason).toMatch(/stops being CSV in line \d+/);
  });

  it('takes a quotation mark inside a cell for itself', async () => {
    const done = await importing(csv('1,A,a 3" nail,1,2011-01-04,1,,', '2,B,"a ""big"" nail",1,2011-01-04,1,,'));
    expect(done).toMatchObject({ status: 'done', rowsRead: 2, invoices: 2, errors: [] });
  });

  it('takes CSV only', async () => {
    expect((await owner.post(`${at}/imports/invoices`, { a: 1 })).status).toBe(415);
  });

  it('repeats its first answer for the same idempotency key', async () => {
    const headers = { 'content-type': 'text/csv', 'idempotency-key': 'once' };
    const file = csv('1,A,x,1,2011-01-04,1,,');
    const first = await owner.post(`${at}/imports/invoices`, file, headers);
    const again = await owner.post(`${at}/imports/invoices`, file, headers);
    expect(again.body).toEqual(first.body);
  });

  it('stops when its person loses the right, and says so', async () => {
    const bob = await join(server, owner, organisation, `${randomUUID()}@import.example`, ['bookkeeper']);
    const rows = Array.from({ length: 30_000 }, (_, index) => `${index},P${index},x,1,2011-01-04,1,${index},`);
    const id = await upload(bob, organisation, csv(...rows));
    await owner.put(`${at}/members/${bob.userId}/roles`, { roles: ['compliance'] });
    const done = await waitForImport(owner, organisation, id);
    expect(done).toMatchObject({ status: 'failed' });
    expect(done.reason).toContain('may not import');
  }, 120_000);
});

describeIf(embedded, tooSlowForImports, 'an import that is interrupted by kill -9', () => {
  itIf(
    hasRetailFile,
    RETAIL_MISSING,
    'goes on after the next start, and ends as if nothing had happened',
    async () => {
      let server = await Server.start();
      const { folder } = server;
      try {
        let owner = await signUp(server, 'owner@crash-import.example');
        const organisation = await found(owner);
        const id = await upload(owner, organisation, retailFile());
        let rounds = 0;
        for (; rounds < 5; rounds++) {
          await sleep(1200);
          await server.kill();
          server = await Server.start({ folder });
          owner = owner.at(server.url);
          const { body } = await owner.get(`/v1/organisations/${organisation}/imports/${id}`);
          if (body.status !== 'running') break;
        }
        expect(rounds).toBeGreaterThan(0);
        const done = await waitForImport(owner, organisation, id);
        const { rowsRead, rowsRejected, invoices, creditNotes, products, total } = RETAIL_ANSWERS;
        expect(done).toMatchObject({
          status: 'done',
          rowsRead,
          rowsRejected,
          invoices,
          creditNotes,
          customers: RETAIL_ANSWERS.customers + 1,
          products,
          total,
        });
        const numbers = new Set<number>();
        for (let next = ''; ;) {
          const page: Json = (await owner.get(`/v1/organisations/${organisation}/invoices?limit=200${next}`)).body;
          for (const { number } of page.items as Json[]) numbers.add(number as number);
          if (page.next === null) break;
          next = `&after=${page.next}`;
        }
        expect([numbers.size, Math.max(...numbers)]).toEqual([invoices, invoices]);
        expect(await readdir(path(folder, 'imports'))).toEqual([]);
      } finally {
        await server.dispose();
      }
    },
    180_000,
  );
});
