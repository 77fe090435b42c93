import { readFile } from 'node:fs/promises';
import { join as path } from 'node:path';
import type { Answer, Client, Json } from '../../../test/support/client.js';
import { found, join, signUp } from '../../../test/support/people.js';
import { Server } from '../../../test/support/server.js';
import { embedded } from '../../../test/support/stores.js';

const DATE = '2026-03-01';
const LINE = { description: 'Portraits', quantity: 1, unitPrice: '10' };

describe('the search over HTTP', () => {
  let server: Server;
  let owner: Client;
  let organisation: string;
  let at: string;
  let clients: Client[] = [];

  beforeAll(async () => {
    server = await Server.start();
    owner = await signUp(server, 'owner@search.example', 'Ann', 'Hale');
  });
  afterAll(() => server.dispose());

  beforeEach(async () => {
    organisation = await found(owner);
    at = `/v1/organisations/${organisation}`;
    clients = [owner];
  });

  const written = (answer: Answer<Json>, status = 201): string => {
    expect({ status: answer.status, body: answer.body }).toEqual({ status, body: expect.anything() });
    const position = answer.headers.get('countersign-position')!;
    for (const client of clients) client.reflect(position);
    return answer.body.id as string;
  };
  const make = async (area: string, body: object): Promise<string> => written(await owner.post(`${at}/${area}`, body));
  const member = async (...roles: readonly unknown[]): Promise<Client> => {
    const person = await join(server, owner, organisation, `p-${organisation}-${clients.length}@search.example`, roles);
    clients.push(person);
    return person;
  };
  const invoice = async (customerId: string, fields: object = {}, area = 'invoices'): Promise<string> =>
    make(area, { customerId, date: DATE, lines: [LINE], ...fields });
  const search = async (q: string, { by = owner, more = '' } = {}): Promise<Json> => {
    const { status, body } = await by.get(`${at}/search?q=${encodeURIComponent(q)}${more}`);
    expect({ q, status }).toEqual({ q, status: 200 });
    return body;
  };
  const ids = async (q: string, options: Parameters<typeof search>[1] = {}): Promise<string[]> =>
    ((await search(q, options)).items as Json[]).map(({ id }) => id as string);

  /** Whether a file of views holds the text. */
  const held = async (text: string): Promise<boolean> => {
    const files = ['', '-wal'].map((suffix) => readFile(path(server.folder, `views.db${suffix}`)));
    const read = await Promise.allSettled(files);
    return read.some((file) => file.status === 'fulfilled' && file.value.includes(text));
  };

  it('finds records of every kind by the words that they are known by, the newest first', async () => {
    const customer = await make('customers', { name: 'Rosa Klein', email: 'rosa@klein.example', reference: 'K-7' });
    const product = await make('products', { name: 'Klein bottle', code: 'KB1' });
    const draft = await invoice(customer, { reference: 'PO 991' });
    written(await owner.post(`${at}/invoices/${draft}/issue`), 200);
    const note = await invoice(customer, {}, 'credit-notes');

    const { items, next } = await search('klein');
    expect(next).toBeNull();
    expect(items).toEqual([
      expect.objectContaining({ id: note, kind: 'credit-note', label: 'Credit note (draft)', customerId: customer }),
      expect.objectContaining({ id: draft, kind: 'invoice', label: 'Invoice 1', number: 1, reference: 'PO 991' }),
      { id: product, kind: 'product', label: 'Klein bottle', code: 'KB1', reference: null, status: 'active' },
      {
        id: customer,
        kind: 'customer',
        label: 'Rosa Klein',
        reference: 'K-7',
        email: 'rosa@klein.example',
        status: 'active',
      },
    ]);
    expect(await ids('kl bott')).toEqual([product]);
    expect(await ids('ROS kle')).toEqual([note, draft, customer]);
    expect(await ids('k-7')).toEqual([note, draft, customer]);
    expect(await ids('po 991')).toEqual([draft]);
    expect(await ids('991')).toEqual([draft]);
    expect(await ids('99')).toEqual([]);
    expect(await ids('klein', { more: '&kinds=customer&kinds=product' })).toEqual([product, customer]);
    expect(await ids('klein lamp')).toEqual([]);
    expect(await ids('?!')).toEqual([]);
  });

  it('finds every kind of record that the books and the studio have', async () => {
    const line = { description: 'Paper', quantity: 1, unitPrice: '5' };
    const customerId = await make('customers', { name: 'Rosa' });
    const supplierId = await make('suppliers', { name: 'Walnut Paper', email: 'hi@walnut.example' });
    const dated = { date: DATE, lines: [line] };
    const payment = { date: DATE, amount: -500, description: 'WALNUT PAPER LTD' };
    const accounts = (await owner.get(`${at}/payment-accounts`)).body.items as Json[];
    const made = [
      ['supplier', supplierId],
      ['purchase', await make('purchases', { supplierId, ...dated })],
      ['purchase-order', await make('purchase-orders', { supplierId, ...dated, reference: 'PO-5' })],
      ['estimate', await make('estimates', { customerId, ...dated, reference: 'Walnut album' })],
      ['project', await make('projects', { title: 'Walnut wedding' })],
      [
        'journal',
        await make('journals', {
          date: DATE,
          description: 'Walnut stock',
          lines: [
            { accountCode: '5000', debit: 5 },
            { accountCode: '1200', credit: 5 },
          ],
        }),
      ],
      ['transaction', await make('transactions', { ...payment, bankAccountId: accounts[0]!.id as string })],
    ];
    const { items } = await search('walnut');
    expect((items as Json[]).map(({ kind, id }) => [kind, id])).toEqual([...made].reverse());
    for (const { label } of items as Json[]) expect(label).toEqual(expect.stringMatching(/\S/));
    for (const [kind, id] of made) expect(await ids('walnut', { more: `&kinds=${kind}` })).toEqual([id]);
  });

  it('finds nothing that tells of a confidential account, and no page shows a gap', async () => {
    const role = await make('roles', { name: 'Journals', permissions: ['journals:read'] });
    const kim = await member(role);
    const journal = (accountCode: string, description: string): Promise<string> =>
      make('journals', {
        date: DATE,
        description,
        lines: [
          { accountCode, debit: 5 },
          { accountCode: '1200', credit: 5 },
        ],
      });
    const open: string[] = [];
    // Below what they may see there is something as well.
    const all = [await journal('7000', 'Lunch with the staff')];
    for (let index = 0; index < 4; index++) {
      open.unshift(await journal('5000', 'Lunch'));
      all.unshift(open[0]!);
      // Wages are confidential in the default chart.
      for (let more = 0; more < 3; more++) all.unshift(await journal('7000', 'Lunch with the staff'));
    }
    expect(await ids('lunch')).toEqual(all);
    expect(await ids('staff', { by: kim })).toEqual([]);
    for (const limit of [1, 2, 3, 200]) {
      const seen: string[] = [];
      for (let after = ''; ;) {
        const { items, next } = await search('lunch', { by: kim, more: `&limit=${limit}${after}` });
        seen.push(...(items as Json[]).map(({ id }) => id as string));
        if (next === null) break;
        expect(items).toHaveLength(limit);
        after = `&after=${next}`;
      }
      expect({ limit, seen }).toEqual({ limit, seen: open });
    }
  });

  it('follows what is edited', async () => {
    const customer = await make('customers', { name: 'Rosa Klein' });
    const bill = await invoice(customer);
    written(await owner.patch(`${at}/customers/${customer}`, { name: 'Rosa Gross' }), 200);
    expect(await ids('klein')).toEqual([]);
    expect(await ids('gross')).toEqual([bill, customer]);
  });

  it('goes on where the page before ended, over all kinds, each record once', async () => {
    const made: string[] = [];
    for (let index = 0; index < 5; index++) {
      const customer = await make('customers', { name: `Lamp ${index}` });
      made.unshift(customer);
      made.unshift(await invoice(customer, { reference: 'lamp' }));
      made.unshift(await make('products', { name: `Lamp no ${index}` }));
    }
    for (const limit of [1, 2, 4, 15, 200]) {
      const seen: string[] = [];
      for (let after = ''; ;) {
        const { items, next } = await search('lamp', { more: `&limit=${limit}${after}` });
        expect(items.length).toBeLessThanOrEqual(limit);
        seen.push(...(items as Json[]).map(({ id }) => id as string));
        if (next === null) break;
        after = `&after=${next}`;
      }
      expect({ limit, seen }).toEqual({ limit, seen: made });
    }
  });

  it('finds nothing that its reader may not open, and hints at nothing', async () => {
    const brand = await make('brands', { name: 'North' });
    const [north, other] = [
      await make('customers', { name: 'Wood North', brandId: brand }),
      await make('customers', { name: 'Wood' }),
    ];
    const [inBrand, outside] = [await invoice(north, { brandId: brand }), await invoice(other)];
    const product = await make('products', { name: 'Wood' });
    const mine = await make('projects', { title: 'x', customerId: other });
    const limited = await member({ role: 'sales', brands: [brand] });
    const purchaser = await member('purchases');
    const assigned = await member({ role: 'basic', switches: ['invoices'] });
    const clerk = await member('compliance');
    expect((await ids('wood')).sort()).toEqual([north, other, inBrand, outside, product, mine].sort());
    expect(await ids('wood', { by: limited })).toEqual([inBrand, north]);
    expect(await ids('wood', { by: limited, more: '&kinds=product' })).toEqual(await ids('nothing', { by: limited }));
    // They see products only.
    expect(await ids('wood', { by: purchaser })).toEqual([product]);
    expect(await ids('wood', { by: assigned })).toEqual([]);
    written(await owner.post(`${at}/projects/${mine}/assign`, { assigned: [assigned.userId] }), 200);
    const theirs = await invoice(other, { projectId: mine });
    // The client of their project, and what of that is theirs.
    expect(await ids('wood', { by: assigned })).toEqual([theirs, mine, other]);
    expect(await search('wood', { by: clerk })).toEqual({ items: [], next: null });
  });

  it('finds for an API key what that may read', async () => {
    const customer = await make('customers', { name: 'Till' });
    await make('products', { name: 'Till' });
    const made = await owner.post(`${at}/api-keys`, { name: 'Till', permissions: ['customers:read'] });
    const key = server.client().as(made.body.key as string);
    key.reflect(made.headers.get('countersign-position')!);
    expect(await ids('till', { by: key })).toEqual([customer]);
  });

  it('finds an erased customer no more, and the views have forgotten them', async () => {
    const customer = await make('customers', { name: 'Zebediah Quill', email: 'zq@quill.example', reference: 'ZQ1' });
    const bill = await invoice(customer);
    expect(await ids('zebed')).toEqual([bill, customer]);
    expect(await held('zebed')).toBe(embedded);
    const erasure = { subject: `customer:${customer}`, reason: 'asked' };
    const subject =
      ((await owner.get(`${at}/privacy/subjects?q=zebediah`)).body.items as Json[])[0]?.id ?? erasure.subject;
    written(await owner.post(`${at}/privacy/erasures`, { ...erasure, subject }));
    for (const q of ['zebediah', 'ze', 'quill', 'erased', 'ZQ1'])
      expect({ q, ids: await ids(q) }).toEqual({ q, ids: [] });
    expect(await held('zebed')).toBe(false);
    expect(await held('quill')).toBe(false);
  });

  it('refuses what is no search', async () => {
    const refusal = async (query: string, by = owner): Promise<number> => (await by.get(`${at}/search${query}`)).status;
    expect(await refusal('')).toBe(400);
    expect(await refusal('?q=')).toBe(400);
    expect(await refusal(`?q=${'x'.repeat(201)}`)).toBe(400);
    expect(await refusal('?q=x&kinds=nonsense')).toBe(400);
    expect(await refusal('?q=x&after=nonsense')).toBe(400);
    expect(await refusal('?q=x', await signUp(server, 'stranger@search.example'))).toBe(404);
  });
});
