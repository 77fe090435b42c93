import { setTimeout as sleep } from 'node:timers/promises';
import { parse } from 'csv-parse/sync';
import type { Answer, Client, Json } from '../../../test/support/client.js';
import { found, join, signUp } from '../../../test/support/people.js';
import { Server } from '../../../test/support/server.js';

const line = (unitPrice: string, more: object = {}) => ({
  description: 'Portraits',
  quantity: 1,
  unitPrice,
  vatRate: 2000,
  ...more,
});

describe('reports over HTTP', () => {
  let server: Server;
  let owner: Client;
  let organisation: string;
  let at: string;
  let currentAccount: string;
  let customer: string;
  let other: string;

  const made = async (path: string, body: unknown): Promise<string> => {
    const answer = await owner.post(`${at}/${path}`, body);
    if (answer.status >= 300) throw new Error(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body.id as string;
  };
  const issued = async (
    date: string,
    lines: readonly object[],
    more: object = {},
    kind = 'invoices',
  ): Promise<string> => {
    const id = await made(kind, { customerId: customer, date, lines, ...more });
    await made(`${kind}/${id}/issue`, {});
    return id;
  };
  const report = async (path: string, client = owner): Promise<Json> => {
    const answer = await client.get(`${at}/reports/${path}`);
    if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  const balances = async (query: string): Promise<Record<string, number>> => {
    const { accounts, totals } = await report(`trial-balance?${query}`);
    expect(totals.debit).toBe(totals.credit);
    return Object.fromEntries((accounts as Json[]).map(({ code, debit, credit }) => [code, debit - credit]));
  };

  beforeAll(async () => {
    server = await Server.start();
    owner = await signUp(server, 'ann@reports.example', 'Ann', 'Hale');
    organisation = await found(owner);
    at = `/v1/organisations/${organisation}`;
    currentAccount = (await owner.get(`${at}/payment-accounts`)).body.items[0].id as string;
    customer = await made('customers', { name: '=Rosa Klein' });
    other = await made('customers', { name: 'Wood & Co' });
  }, 60_000);

  afterAll(() => server.dispose());

  const told = ({ status, body }: Answer<Json>): unknown => ({ status, code: body.code, permission: body.permission });

  it('say what invoices, payments, credit notes and voids come to, at any day', async () => {
    const first = await issued('2026-01-31', [line('100'), line('50', { vatRate: 0, accountCode: '4900' })], {
      dueDate: '2026-02-28',
    });
    await made(`invoices/${first}/payments`, { amount: 7000, date: '2026-02-10', paymentAccountId: currentAccount });
    await issued('2026-02-05', [line('10')], { invoiceId: first }, 'credit-notes');
    const wrong = await issued('2026-02-28', [line('999')]);
    await made(`invoices/${wrong}/void`, { reason: 'wrong customer' });
    await issued('2026-03-01', [line('20')], { customerId: other });

    expect(await balances('at=2026-01-30')).toEqual({});
    expect(await balances('at=2026-01-31')).toEqual({ '1100': 17_000, '2200': -2000, '4000': -10_000, '4900': -5000 });
    expect(await balances('at=2026-02-28')).toEqual({
      '1100': 8800,
      '1200': 7000,
      '2200': -1800,
      '4000': -9000,
      '4900': -5000,
    });
    expect(await balances('at=2026-12-31')).toEqual({
      '1100': 11_200,
      '1200': 7000,
      '2200': -2200,
      '4000': -11_000,
      '4900': -5000,
    });

    expect((await report('profit-and-loss?from=2026-02-01&to=2026-02-28')).totals).toEqual({
      ...{ income: -1000, costOfSales: 0, grossProfit: -1000, overheads: 0, netProfit: -1000 },
    });
    expect((await report('profit-and-loss?from=2026-01-01&to=2026-12-31')).income).toEqual([
      { code: '4000', name: 'Sales', amount: 11_000 },
      expect.objectContaining({ code: '4900', amount: 5000 }),
    ]);
    expect(await report('balance-sheet?at=2026-12-31')).toMatchObject({
      currentEarnings: 16_000,
      totals: { netAssets: 16_000, equity: 16_000 },
    });
    expect(await report('vat-return?from=2026-01-01&to=2026-03-31')).toMatchObject({
      ...{ box1: 2200, box3: 2200, box4: 0, box5: 2200, box6: 16_000, box7: 0, payable: true, currency: 'GBP' },
    });
    expect(await report('bank-summary?at=2026-02-28')).toMatchObject({
      accounts: [{ bankAccountId: currentAccount, code: '1200', balance: 7000 }],
      total: 7000,
    });
    const debtors = await report('aged-debtors?at=2026-03-05');
    expect(debtors).toMatchObject({
      parties: [
        { id: customer, name: '=Rosa Klein', days30: 8800, total: 8800 },
        { id: other, name: 'Wood & Co', days30: 2400, total: 2400 },
      ],
      totals: { notDue: 0, total: 11_200 },
    });
    // On 31 January nothing was due, and nothing paid.
    expect((await report('aged-debtors?at=2026-01-31')).totals).toMatchObject({ notDue: 17_000, total: 17_000 });
    expect((await report('aged-creditors?at=2026-03-05')).parties).toEqual([]);
    expect(await report('sales-by-customer?from=2026-01-01&to=2026-03-31')).toMatchObject({
      customers: [
        { id: customer, documents: 2, net: 14_000, vat: 1800, total: 15_800 },
        { id: other, documents: 1, net: 2000, vat: 400, total: 2400 },
      ],
      totals: { net: 16_000, vat: 2200, total: 18_200, documents: 3 },
    });
  });

  it('say what was sold of each product', async () => {
    const product = await made('products', { name: 'A frame', unitPrice: '3' });
    await issued('2025-05-01', [line('3', { productId: product, quantity: '2.5' }), line('4')]);
    await issued('2025-05-31', [line('3', { productId: product, quantity: 1 })], {}, 'credit-notes');
    expect(await report('sales-by-product?from=2025-05-01&to=2025-05-31')).toMatchObject({
      products: [
        { id: product, name: 'A frame', quantity: '1.5', net: 450, vat: 90, total: 540 },
        { id: null, name: null, quantity: '1', net: 400 },
      ],
      totals: { net: 850, vat: 170, total: 1020 },
    });
  });

  it('say what was known at an instant', async () => {
    await issued('2024-03-01', [line('100')]);
    const before = new Date().toISOString();
    await sleep(5);
    const late = await issued('2024-03-02', [line('10')]);
    const between = new Date().toISOString();
    await sleep(5);
    await made(`invoices/${late}/void`, { reason: 'a mistake' });
    const query = async (known: string) => {
      const suffix = known === '' ? '' : `&known=${known}`;
      const [trial, pl, vat, debtors, sales] = [
        await balances(`at=2024-12-31${suffix}`),
        await report(`profit-and-loss?from=2024-03-01&to=2024-03-31${suffix}`),
        await report(`vat-return?from=2024-03-01&to=2024-03-31${suffix}`),
        await report(`aged-debtors?at=2024-12-31${suffix}`),
        await report(`sales-by-customer?from=2024-01-01&to=2024-12-31${suffix}`),
      ];
      return [trial['4000'], pl.totals.income, vat.box1, debtors.totals.total, sales.totals.net];
    };
    expect(await query(before)).toEqual([-10_000, 10_000, 2000, 12_000, 10_000]);
    expect(await query(between)).toEqual([-11_000, 11_000, 2200, 13_200, 11_000]);
    expect(await query('')).toEqual([-10_000, 10_000, 2000, 12_000, 10_000]);
    expect(await balances('at=2024-12-31&known=2020-01-01T00:00:00Z')).toEqual({});
    const future = new Date(Date.now() + 3_600_000).toISOString();
    expect((await owner.get(`${at}/reports/trial-balance?known=${future}`)).status).toBe(400);
  });

  it('come as tables that no text turns into a formula', async () => {
    const answer = await owner.get(`${at}/reports/aged-debtors?at=2026-03-05&format=csv`);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/csv; charset=utf-8']);
    expect(answer.headers.get('countersign-position')).not.toBeNull();
    const rows: string[][] = parse(answer.body as unknown as string, { bom: true, record_delimiter: '\r\n' });
    expect(rows.find(([id]) => id === customer)![1]).toBe("'=Rosa Klein");
    for (const name of ['trial-balance', 'balance-sheet', 'bank-summary', 'aged-creditors'])
      expect((await owner.get(`${at}/reports/${name}?format=csv`)).status).toBe(200);
    for (const name of ['profit-and-loss', 'vat-return', 'sales-by-customer', 'sales-by-product']) {
      expect((await owner.get(`${at}/reports/${name}?from=2024-01-01&to=2026-12-31&format=csv`)).status).toBe(200);
      expect((await owner.get(`${at}/reports/${name}?from=2026-12-31&to=2026-01-01`)).status).toBe(400);
      expect((await owner.get(`${at}/reports/${name}`)).status).toBe(400);
    }
  });

  it('come as PDFs', async () => {
    for (const query of ['trial-balance?', 'balance-sheet?', 'profit-and-loss?from=2024-01-01&to=2026-12-31&']) {
      const { status, headers, body } = await owner.get(`${at}/reports/${query}format=pdf`);
      expect([status, headers.get('content-type')]).toEqual([200, 'application/pdf']);
      expect(headers.get('content-disposition')).toBe(`attachment; filename="${query.split('?')[0]}.pdf"`);
      expect(String(body)).toMatch(/^%PDF-/);
    }
  });

  it('are in the trail, once a minute', async () => {
    const accountant = await join(server, owner, organisation, 'acc@reports.example', ['accountant'], ['Al', 'Low']);
    await report('trial-balance', accountant);
    await report('trial-balance?at=2026-01-31', accountant);
    await report('vat-return?from=2026-01-01&to=2026-03-31', accountant);
    await made('customers', { name: 'Later' });
    const reads = (await owner.get(`${at}/audit?actor=${accountant.userId}&outcome=read`)).body.items as Json[];
    const summaries = reads.map(({ summary }) => summary as string);
    expect(summaries).toContain('Al Low read the VAT return');
    // The minute may have turned in between.
    expect([1, 2]).toContain(summaries.filter((summary) => summary === 'Al Low read the trial balance').length);
  });

  it('are for those whose permission has no limits, but for sales and bank accounts within these', async () => {
    const brand = await made('brands', { name: 'North' });
    const bank = await made('bank-accounts', { name: 'North bank', brandId: brand });
    await issued('2023-05-01', [line('30')], { brandId: brand });
    await issued('2023-05-01', [line('5')]);
    const limited = await join(server, owner, organisation, 'lim@reports.example', [
      { role: 'admin', brands: [brand] },
    ]);
    limited.reflect((await owner.post(`${at}/customers`, { name: 'Later' })).headers.get('countersign-position')!);
    for (const name of ['trial-balance', 'balance-sheet', 'aged-debtors', 'aged-creditors'])
      expect(told(await limited.get(`${at}/reports/${name}`))).toMatchObject({ status: 404 });
    for (const name of ['profit-and-loss', 'vat-return'])
      expect((await limited.get(`${at}/reports/${name}?from=2023-01-01&to=2023-12-31`)).status).toBe(404);
    const sales = 'sales-by-customer?from=2023-01-01&to=2023-12-31';
    expect((await report(sales, limited)).totals.net).toBe(3000);
    expect((await report(sales)).totals.net).toBe(3500);
    expect((await report('bank-summary', limited)).accounts).toEqual([
      { bankAccountId: bank, code: '1201', name: 'North bank', balance: 0 },
    ]);
    expect((await report('bank-summary')).accounts).toHaveLength(2);
    // Whoever may look at one bank account only is not told of the others by what covers all of them.
    await made('bank-accounts', { name: 'South bank' });
    const ofOne = await join(server, owner, organisation, 'one@reports.example', [
      { role: 'admin', bankAccounts: [bank] },
    ]);
    ofOne.reflect((await owner.post(`${at}/customers`, { name: 'Last' })).headers.get('countersign-position')!);
    for (const path of ['reports/trial-balance', 'reports/balance-sheet', 'journals/export'])
      expect({ path, status: (await ofOne.get(`${at}/${path}`)).status }).toEqual({ path, status: 404 });
    expect(((await report('bank-summary', ofOne)).accounts as Json[]).map(({ name }) => name as string)).toEqual([
      'Current account',
      'North bank',
    ]);
  });

  it('are refused as a whole where they include an account that is confidential to whoever asks', async () => {
    const permissions = ['financial-reports:read', 'sales-reports:read'];
    const role = await made('roles', { name: 'Analyst', permissions });
    const clerk = await join(server, owner, organisation, 'clerk@reports.example', [role]);
    const posted = await owner.post(`${at}/journals`, {
      date: '2022-06-30',
      lines: [
        { accountCode: '7000', debit: 100 },
        { accountCode: '1200', credit: 100 },
      ],
    });
    expect(posted.status).toBe(201);
    clerk.reflect(posted.headers.get('countersign-position')!);
    const refused = { status: 403, code: 'permission-denied', permission: 'confidential-accounts:read' };
    for (const path of [
      'trial-balance?at=2022-06-30',
      'balance-sheet?at=2022-06-30',
      'profit-and-loss?from=2022-06-01&to=2022-06-30',
      'bank-summary?at=2022-06-30',
    ]) {
      expect(told(await clerk.get(`${at}/reports/${path}`))).toEqual(refused);
      expect((await owner.get(`${at}/reports/${path}`)).status).toBe(200);
    }
    // What has nothing to do with it is answered: other days, and what was known before.
    for (const path of [
      'trial-balance?at=2022-06-29',
      'profit-and-loss?from=2022-07-01&to=2022-07-31',
      'vat-return?from=2022-06-01&to=2022-06-30',
      'aged-debtors?at=2022-06-30',
      `trial-balance?at=2022-06-30&known=2020-01-01T00:00:00Z`,
    ])
      expect((await clerk.get(`${at}/reports/${path}`)).status).toBe(200);
    await made('customers', { name: 'Later still' });
    const refusals = (await owner.get(`${at}/audit?outcome=refused&actor=${clerk.userId}`)).body.items as Json[];
    expect(refusals.map(({ summary }) => summary as string).join()).toContain('confidential-accounts:read');
  });

  it('say what is owed to suppliers, what the VAT on purchases is, and what closing a year leaves of it', async () => {
    const supplierId = await made('suppliers', { name: 'Timber Ltd' });
    const bought = async (date: string, unitPrice: string): Promise<string> => {
      const id = await made('purchases', { supplierId, date, dueDate: date, lines: [line(unitPrice)] });
      for (const step of ['submit', 'approve']) await made(`purchases/${id}/${step}`, {});
      return id;
    };
    const first = await bought('2021-02-01', '100');
    await bought('2021-06-01', '10');
    await issued('2021-06-01', [line('500')]);
    await made(`purchases/${first}/pay`, { amount: 5000, date: '2021-03-01', paymentAccountId: currentAccount });
    expect(await report('aged-creditors?at=2021-06-30')).toMatchObject({
      parties: [{ id: supplierId, name: 'Timber Ltd', days30: 1200, older: 7000, total: 8200 }],
    });
    expect(await report('vat-return?from=2021-01-01&to=2021-12-31')).toMatchObject({
      ...{ box1: 10_000, box3: 10_000, box4: 2200, box5: 7800, payable: true, box6: 50_000, box7: 11_000 },
    });
    expect(await balances('at=2021-06-30')).toEqual({
      ...{
        '1100': 60_000,
        '1200': -5000,
        '2100': -8200,
        '2200': -10_000,
        '2201': 2200,
        '4000': -50_000,
        '5000': 11_000,
      },
    });
    const before = await report('profit-and-loss?from=2021-01-01&to=2021-12-31');
    expect(before.totals).toMatchObject({ grossProfit: 39_000, netProfit: 39_000 });
    await made('journals/year-end', { date: '2021-12-31' });
    expect(await report('profit-and-loss?from=2021-01-01&to=2021-12-31')).toEqual(before);
    expect(await balances('at=2021-12-31')).toMatchObject({ '3200': -39_000 });
    expect(Object.keys(await balances('at=2021-12-31')).filter((code) => code >= '4000')).toEqual([]);
    expect(await report('balance-sheet?at=2021-12-31')).toMatchObject({
      equity: [{ code: '3200', amount: 39_000 }],
      currentEarnings: 0,
      totals: { netAssets: 39_000, equity: 39_000 },
    });
  });
});
