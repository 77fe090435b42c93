import fc from 'fast-check';
import { setTimeout as sleep } from 'node:timers/promises';
import { itIf } from '../../../test/support/available.js';
import type { Answer, Client, Json } from '../../../test/support/client.js';
import { found, join, signUp } from '../../../test/support/people.js';
import { Server } from '../../../test/support/server.js';
import { embedded, tooSlowForImports } from '../../../test/support/stores.js';

const CSV = { 'content-type': 'text/csv' };
const NONE = { rowsRead: 0, rowsRejected: 0, created: 0, existing: 0 };
const lines = (...rows: readonly string[]): string => `${rows.join('\n')}\n`;

describe('imports of every kind, over HTTP', () => {
  let server: Server;
  let owner: Client;
  let organisation: string;
  let at: string;

  beforeAll(async () => {
    server = await Server.start();
    owner = await signUp(server, 'owner@mapped.example', 'Ann', 'Hale');
  });
  afterAll(() => server.dispose());

  beforeEach(async () => {
    organisation = await found(owner);
    at = `/v1/organisations/${organisation}`;
  });

  const ok = (answer: Answer<Json>, status: number): Json => {
    expect({ status: answer.status, body: answer.body }).toEqual({ status, body: expect.anything() });
    return answer.body;
  };
  /** Whether what somebody wrote shows for this client. */
  const catchUp = async (...clients: readonly Client[]): Promise<void> => {
    const last = await owner.post(`${at}/products`, { name: 'Later' });
    for (const client of [owner, ...clients]) client.reflect(last.headers.get('countersign-position')!);
  };
  const ended = async (location: string, by = owner): Promise<Json> => {
    for (let waited = 0; waited < 60_000; waited += 50) {
      const answer = await by.get(location);
      if (answer.status === 200 && answer.body.status !== 'running') return answer.body;
      await sleep(50);
    }
    throw new Error('the import did not end');
  };
  const importing = async (path: string, file: string, by = owner): Promise<Json> => {
    const accepted = await by.post(`${at}/imports/${path}`, file, CSV);
    ok(accepted, 201);
    return ended(accepted.headers.get('location')!, by);
  };
  const rehearsal = async (path: string, file: string, by = owner): Promise<Json> =>
    ok(await by.post(`${at}/imports/${path}${path.includes('?') ? '&' : '?'}dryRun=true`, file, CSV), 200);
  const list = async (area: string, by = owner): Promise<Json[]> =>
    (await by.get(`${at}/${area}?limit=200`)).body.items;
  const codes = ({ errors }: Json): string[] => (errors as Json[]).map(({ row, code }) => `${row} ${code}`).sort();
  describe('of customers', () => {
    const file = lines(
      'Kundennr,Firma,E-Mail,Country',
      'K1,Rosa Klein,rosa@klein.example,France',
      'K2,"Wood, Hale & Co",,',
      ',Jo,jo@jo.example,',
      ',,nobody@x.example,',
      'K3,Bad,no address,',
      'K1,Rosa again,,',
      'K4,Too,many,cells,here',
    );
    const path = 'customers?reference=Kundennr&name=Firma';
    const wrong = ['4 invalid-field', '5 invalid-field', '7 malformed-row'];

    it('takes the names of columns from the query, says which rows are wrong, and adds nothing the second time', async () => {
      const done = await importing(path, file);
      expect(done).toMatchObject({ kind: 'customers', status: 'done', reason: null, rowsRead: 7, rowsRejected: 3 });
      expect(done).toMatchObject({ created: 3, existing: 1 });
      expect(codes(done)).toEqual(wrong);
      expect(JSON.stringify(done)).not.toContain('no address');
      await catchUp();
      const made = await list('customers');
      expect(made.map(({ name, email, reference, country }) => [name, email, reference, country])).toEqual(
        expect.arrayContaining([
          ['Rosa Klein', 'rosa@klein.example', 'K1', 'France'],
          ['Wood, Hale & Co', null, 'K2', null],
          ['Jo', 'jo@jo.example', null, null],
        ]),
      );
      expect(made).toHaveLength(3);
      expect(await importing(path, file)).toMatchObject({ created: 0, existing: 4, rowsRejected: 3 });
      expect(await list('customers')).toHaveLength(3);
    });

    it('can be tried out, which writes nothing', async () => {
      const would = await rehearsal(path, file);
      expect(would).toMatchObject({ kind: 'customers', dryRun: true, status: 'done', rowsRead: 7, rowsRejected: 3 });
      expect(would).toMatchObject({ created: 3, existing: 1 });
      expect(codes(would)).toEqual(wrong);
      await catchUp();
      expect(await list('customers')).toEqual([]);
      expect((await owner.get(`${at}/audit?type=ImportAccepted`)).body.items).toEqual([]);
      await importing(path, file);
      expect(await rehearsal(path, file)).toMatchObject({ created: 0, existing: 4 });
    });

    it('finds those that were made by hand, by reference or address', async () => {
      ok(await owner.post(`${at}/customers`, { name: 'By hand', email: 'Hand@x.example' }), 201);
      ok(await owner.post(`${at}/customers`, { name: 'Other', reference: 'R 1' }), 201);
      const again = lines('name,email,reference', 'A,hand@X.example,', 'B,,r  1', 'C,,R2');
      expect(await rehearsal('customers', again)).toMatchObject({ created: 1, existing: 2 });
      expect(await importing('customers', again)).toMatchObject({ created: 1, existing: 2 });
    });

    it('tells nobody of customers whom they may not open, and brings nobody back who was erased', async () => {
      const permissions = [
        { permission: 'customers:create', scope: 'own' },
        { permission: 'customers:read', scope: 'own' },
      ];
      const role = ok(await owner.post(`${at}/roles`, { name: 'Own', permissions }), 201).id as string;
      const own = await join(server, owner, organisation, `own-${organisation}@mapped.example`, [role]);
      const rows = lines('name,email,reference', 'A,a@x.example,', 'B,,R1');
      await importing('customers', rows);
      await catchUp(own);
      expect(await list('customers', own)).toEqual([]);
      const would = await rehearsal('customers', rows, own);
      expect(would).toMatchObject({ created: 2, existing: 0 });
      expect(await importing('customers', rows, own)).toMatchObject({ created: 2, existing: 0 });
      expect(await importing('customers', rows, own)).toMatchObject({ created: 0, existing: 2 });
      await catchUp(own);
      expect(await list('customers')).toHaveLength(4);

      for (const { id } of (await list('customers')).filter(({ reference }) => reference === 'R1'))
        ok(await owner.post(`${at}/privacy/erasures`, { subject: id, reason: 'asked' }), 201);
      await catchUp();
      const back = await importing('customers', rows);
      expect(back).toMatchObject({ created: 0, existing: 1, rowsRejected: 1 });
      expect(codes(back)).toEqual(['2 erased']);
      await catchUp();
      expect(await list('customers')).toHaveLength(4);
    });

    it('is looked at by whoever may add customers, and by nobody else', async () => {
      const sales = await join(server, owner, organisation, `sales-${organisation}@mapped.example`, ['sales']);
      const done = await importing('customers', lines('name', 'A'), sales);
      expect(done).toMatchObject({ created: 1 });
      await catchUp(sales);
      expect((await sales.get(`${at}/imports/customers/${done.id}`)).status).toBe(200);
      // Each kind has its own route, whose permission is that kind's.
      for (const kind of ['invoices/', 'products/', 'suppliers/', ''])
        expect((await owner.get(`${at}/imports/${kind}${done.id}`)).status).toBe(404);
      // An import is of no brand, tried out or not.
      const brand = ok(await owner.post(`${at}/brands`, { name: 'North' }), 201).id as string;
      const grant = { role: 'sales', brands: [brand] };
      const limited = await join(server, owner, organisation, `limited-${organisation}@mapped.example`, [grant]);
      for (const more of ['', '?dryRun=true'])
        expect((await limited.post(`${at}/imports/customers${more}`, lines('name', 'A'), CSV)).status).toBe(404);
      expect((await limited.get(`${at}/imports/customers/${done.id}`)).status).toBe(404);
      const trail = (await owner.get(`${at}/audit?record=${done.id}&outcome=accepted`)).body.items as Json[];
      expect(trail.map(({ record, summary }) => [record.kind, summary])).toEqual([
        ['customer-import', expect.stringContaining('1 made, 0 there before, 0 rows rejected')],
        ['customer-import', expect.stringContaining('began')],
      ]);
    });
  });

  it('makes suppliers and products, which later imports of invoices know', async () => {
    const suppliers = lines('Name,Email', 'Paper Ltd,hi@paper.example', 'Paper Ltd,hi@paper.example');
    expect(await importing('suppliers', suppliers)).toMatchObject({ created: 1, existing: 1, rowsRejected: 0 });
    expect(await importing('suppliers', suppliers)).toMatchObject({ created: 0, existing: 2 });
    const products = lines(
      'Code,Name,Unit price,VAT rate,Account code',
      'A1,Lamp,2.50,2000,4000',
      'A2,Shade,0.335,,',
      ',Bulb,1,,',
      'A3,Wire,cheap,,',
      'A4,Wire,1,20001,',
      'A5,Wire,1,,1100',
    );
    const done = await importing('products', products);
    expect(done).toMatchObject({ created: 3, existing: 0, rowsRejected: 3 });
    expect(codes(done)).toEqual(['4 invalid-field', '5 invalid-field', '6 invalid-account']);
    expect(await importing('products', products)).toMatchObject({ created: 0, existing: 3 });
    const retail = lines(
      'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country',
      '1,A1,Lamp,1,2026-03-01,2.5,,',
    );
    expect(await importing('invoices', retail)).toMatchObject({ invoices: 1, products: 0, customers: 1 });
    await catchUp();
    expect(await list('suppliers')).toHaveLength(1);
    expect((await list('products')).map(({ name, unitPrice, vatRate }) => [name, unitPrice, vatRate])).toEqual(
      expect.arrayContaining([
        ['Lamp', '2.5', 2000],
        ['Shade', '0.335', null],
        ['Bulb', '1', null],
      ]),
    );
  });

  describe('of opening balances', () => {
    const path = 'opening-balances?date=2026-03-31';
    const file = lines('accountCode,debit,credit', '1200,1000.50,', '2100,,200.5', '4000,,', '1100,0,0');

    it('posts one journal, with the other side of what they come to, and once', async () => {
      expect(await rehearsal(path, file)).toMatchObject({ rowsRead: 4, created: 1, existing: 0 });
      expect(await importing(path, file)).toMatchObject({ rowsRead: 4, rowsRejected: 0, created: 1, existing: 0 });
      await catchUp();
      const [journal, ...more] = await list('journals');
      expect(more).toEqual([]);
      const { body } = await owner.get(`${at}/journals/${journal!.id}`);
      expect(body.date).toBe('2026-03-31');
      expect((body.lines as Json[]).map(({ accountCode, debit, credit }) => [accountCode, debit, credit])).toEqual([
        ['1200', 100_050, null],
        ['2100', null, 20_050],
        ['3000', null, 80_000],
      ]);
      expect(await rehearsal(path, file)).toMatchObject({ created: 0, existing: 1 });
      expect(await importing(path, file)).toMatchObject({ created: 0, existing: 1 });
      ok(await owner.post(`${at}/journals/${journal!.id}/reverse`, { reason: 'wrong' }), 201);
      expect(await importing(path, file)).toMatchObject({ created: 1, existing: 0 });
    });

    it('posts nothing where a row is wrong, and says which', async () => {
      const bad = await importing(
        path,
        lines('accountCode,debit,credit', '1200,1,', '7777,,1', '2100,1,1', '1200,-1,'),
      );
      expect(bad).toMatchObject({ created: 0, rowsRead: 4, rowsRejected: 2 });
      expect(codes(bad)).toEqual(['1 document-rejected', '2 document-rejected', '3 invalid-field', '4 invalid-field']);
      const unknown = await importing(path, lines('accountCode,debit,credit', '1200,1,', '7777,,1'));
      expect(unknown).toMatchObject({ created: 0, rowsRejected: 1 });
      expect(codes(unknown)).toEqual(['1 document-rejected', '2 invalid-field']);
      await catchUp();
      expect(await list('journals')).toEqual([]);
    });

    it('is refused on a locked day', async () => {
      ok(await owner.post(`${at}/periods/lock`, { through: '2026-03-31' }), 200);
      const done = await importing(path, file);
      expect(done).toMatchObject({ status: 'failed', created: 0 });
      expect(done.reason).toContain('locked');
    });
  });

  describe('of invoices with columns of their own', () => {
    const path = 'invoices?InvoiceNo=Number&InvoiceDate=Issued&UnitPrice=Price&CustomerName=Client&VatRate=VAT';
    const header = 'Number,Issued,Client,CustomerEmail,Description,Quantity,Price,VAT,AccountCode,DueDate';

    it('makes invoices to customers who are there or are made, with VAT', async () => {
      ok(
        await owner.post(`${at}/customers`, { name: 'Rosa Klein', email: 'rosa@klein.example', country: 'Spain' }),
        201,
      );
      const file = lines(
        header,
        'INV-7,2026-03-01,R. Klein,rosa@klein.example,Portrait,2,100,20%,4000,2026-03-31',
        'INV-8,2026-03-02,Jo,,Album,1,50,,,',
        'INV-7,2026-03-01,R. Klein,rosa@klein.example,Print,1,10,2000,,',
        'C9,2026-03-03,Jo,,Album back,-1,50,,,',
        'INV-10,2026-03-03,Jo,,Control,1,50,,1100,',
        'INV-11,2026-03-03,Jo,,Sum,1,50,x,,',
        'INV-12,01/03/2026,Jo,,Date,1,50,,,',
      );
      const counts = { rowsRead: 7, rowsRejected: 3, invoices: 2, creditNotes: 1, customers: 1, products: 0 };
      const wrong = ['5 invalid-account', '6 invalid-field', '7 invalid-date'];
      const would = await rehearsal(path, file);
      expect(would).toMatchObject({ ...counts, total: 25_200 + 5000 - 5000 });
      expect(codes(would)).toEqual(wrong);
      const done = await importing(path, file);
      expect(done).toMatchObject({ ...counts, total: 25_200 + 5000 - 5000, kind: 'invoices' });
      expect(codes(done)).toEqual(wrong);
      await catchUp();
      expect(await list('customers')).toHaveLength(2);
      const invoices = await list('invoices');
      const seven = invoices.find(({ reference }) => reference === 'INV-7')!;
      expect(seven).toMatchObject({ net: 21_000, vat: 4200, total: 25_200, dueDate: '2026-03-31' });
      expect(seven.customer.name).toBe('Rosa Klein');
      expect(seven.lines[0]).toMatchObject({ accountCode: '4000', vatRate: 2000 });
      const nothing = { invoices: 0, creditNotes: 0, customers: 0, products: 0, total: 0, rowsRejected: 3 };
      expect(await importing(path, file)).toMatchObject(nothing);
      expect(await rehearsal(path, file)).toMatchObject(nothing);
    });
  });

  describe('of invoices, where something stands against one', () => {
    const header = 'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country';
    const row = (number: number, customer: string, date = '2026-03-01'): string =>
      `${number},A,x,1,${date},1,${customer},`;

    it('rejects those of customers whose data may only be stored, or was erased', async () => {
      await importing('invoices', lines(header, row(1, '1'), row(2, '2'), row(3, '3')));
      await catchUp();
      const byReference = new Map((await list('customers')).map(({ reference, id }) => [reference, id as string]));
      const restricted = byReference.get('1')!;
      const placed = await owner.post(`${at}/privacy/restrictions`, { subject: restricted, reason: 'asked' });
      ok(placed, 201);
      ok(await owner.post(`${at}/privacy/erasures`, { subject: byReference.get('2'), reason: 'asked' }), 201);
      const file = lines(header, row(1, '1'), row(2, '2'), row(4, '1'), row(4, '1'), row(5, '2'), row(6, '3'));
      for (const done of [await rehearsal('invoices', file), await importing('invoices', file)]) {
        // What was there before stays there, and is no error.
        expect(done).toMatchObject({ invoices: 1, rowsRejected: 2 });
        expect(codes(done)).toEqual(['3 customer-restricted', '4 document-rejected', '5 customer-erased']);
      }
      ok(await owner.post(`${at}/privacy/restrictions/${placed.body.id}/lift`, { notice: 'told' }), 200);
      expect(await importing('invoices', file)).toMatchObject({ invoices: 1, rowsRejected: 1 });
    });

    it('rejects those of a day on which the books are locked', async () => {
      await importing('invoices', lines(header, row(1, '1', '2026-01-31')));
      ok(await owner.post(`${at}/periods/lock`, { through: '2026-01-31' }), 200);
      const file = lines(header, row(1, '1', '2026-01-31'), row(2, '1', '2026-01-31'), row(3, '1', '2026-02-01'));
      for (const done of [await rehearsal('invoices', file), await importing('invoices', file)]) {
        expect(done).toMatchObject({ invoices: 1, rowsRejected: 1 });
        expect(codes(done)).toEqual(['2 period-locked']);
      }
    });
  });

  it('refuses what cannot be read so, while somebody is there to hear it', async () => {
    const refused = async (path: string, file: string): Promise<Json> => {
      const [real, tried] = [
        await owner.post(`${at}/imports/${path}`, file, CSV),
        await owner.post(`${at}/imports/${path}${path.includes('?') ? '&' : '?'}dryRun=true`, file, CSV),
      ];
      expect([path, real.status, tried.status]).toEqual([path, 400, 400]);
      expect(real.body).toEqual(tried.body);
      return real.body;
    };
    for (const file of ['', 'a,b\n1,2\n', Buffer.from([0x89, 0x50, 0, 1, 255]).toString('latin1'), 'name,name\nx,y\n'])
      for (const kind of ['customers', 'suppliers', 'products', 'opening-balances?date=2026-01-01'])
        expect(await refused(kind, file)).toMatchObject({ code: 'validation-failed' });
    await refused('customers?name=Firma', 'name\nx\n');
    await refused('customers?colour=Farbe', 'name\nx\n');
    await refused('opening-balances', 'accountCode\n1200\n');
    await refused('opening-balances?date=2026-02-30', 'accountCode\n1200\n');
    await refused('invoices?UnitPrice=Price', 'InvoiceNo,InvoiceDate\n1,2026-01-01\n');
    const reader = await join(server, owner, organisation, `r-${organisation}@mapped.example`, ['compliance']);
    for (const kind of ['customers', 'suppliers', 'products', 'opening-balances?date=2026-01-01', 'invoices'])
      for (const more of ['', 'dryRun=true'])
        expect(
          (await reader.post(`${at}/imports/${kind}${kind.includes('?') ? '&' : '?'}${more}`, 'x', CSV)).status,
        ).toBe(403);
  });

  it('has no fault, whatever is in the file', async () => {
    const cell = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 12 }),
      fc.constantFrom(
        '',
        '1',
        '-1',
        '"',
        '""',
        'a@b.example',
        '20%',
        '1200',
        '2026-03-01',
        '\u0000',
        '\ufffd',
        '\t',
        "=cmd|' /C calc'!A0",
      ),
    );
    const headers = fc.constantFrom(
      'name,email,reference',
      'Name,E-Mail,Reference,country,phone,notes',
      'code,name,unitPrice,vatRate,accountCode',
      'accountCode,debit,credit,description',
      'InvoiceNo,InvoiceDate,UnitPrice,Description,CustomerName,CustomerEmail,VatRate,DueDate',
    );
    const kinds = fc.constantFrom(
      'customers',
      'suppliers',
      'products',
      'opening-balances?date=2026-03-31',
      'invoices?InvoiceNo=InvoiceNo',
    );
    await fc.assert(
      fc.asyncProperty(
        kinds,
        headers,
        fc.array(fc.array(cell, { maxLength: 8 }), { maxLength: 6 }),
        async (kind, header, rows) => {
          const file = [header, ...rows.map((row) => row.join(','))].join('\n');
          const would = await owner.post(
            `${at}/imports/${kind}${kind.includes('?') ? '&' : '?'}dryRun=true`,
            file,
            CSV,
          );
          expect([200, 400]).toContain(would.status);
          const accepted = await owner.post(`${at}/imports/${kind}`, file, CSV);
          expect(accepted.status).toBe(would.status === 200 ? 201 : 400);
          if (accepted.status !== 201) return;
          const done = await ended(accepted.headers.get('location')!);
          const { id: _, revision: __, ...answer } = done;
          const { dryRun: ___, ...told } = would.body;
          expect(answer).toEqual(told);
        },
      ),
      { numRuns: 60 },
    );
    expect(server.output.filter((line) => /"level":"(error|fatal)"/.test(line))).toEqual([]);
  }, 120_000);

  itIf(
    embedded,
    tooSlowForImports,
    'goes on after kill -9, and ends as if nothing had happened',
    async () => {
      const rows = Array.from({ length: 6000 }, (_, index) =>
        index % 3 === 0 ? `Name ${index},n${index}@x.example,` : `Name ${index},,R${index % 3000}`,
      );
      const file = lines('name,email,reference', ...rows);
      const accepted = await owner.post(`${at}/imports/customers`, file, CSV);
      const location = accepted.headers.get('location')!;
      let rounds = 0;
      for (; rounds < 3; rounds++) {
        await sleep(700);
        await server.kill();
        server = await Server.start({ folder: server.folder });
        owner = owner.at(server.url);
        if ((await owner.get(location)).body.status !== 'running') break;
      }
      expect(rounds).toBeGreaterThan(0);
      const done = await ended(location);
      expect(done).toMatchObject({
        ...NONE,
        status: 'done',
        rowsRead: 6000,
        created: 4000,
        existing: 2000,
        errors: [],
      });
      const again = await owner.post(`${at}/imports/customers`, file, CSV);
      expect(await ended(again.headers.get('location')!)).toMatchObject({ created: 0, existing: 6000 });
    },
    180_000,
  );
});
