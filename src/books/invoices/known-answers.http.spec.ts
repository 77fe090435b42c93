import type { Answer, Client, Json } from '../../../test/support/client.js';
import { found, join, signUp } from '../../../test/support/people.js';
import { Server } from '../../../test/support/server.js';

const DATE = '2026-03-01';
const line = (quantity: number, unitPrice: string) => ({ description: 'Lantern', quantity, unitPrice, vatRate: 2000 });

/** What known-answers.spec.ts works out, from a request to the reports. Each case has an organisation of its own. */
describe('known answers over HTTP', () => {
  let server: Server;
  let owner: Client;
  let organisation: string;
  let at: string;
  let customerId: string;
  let paymentAccountId: string;

  const written = (answer: Answer<Json>, status = 200): string => {
    expect({ status: answer.status, body: answer.body }).toEqual({ status, body: expect.anything() });
    return answer.body.id as string;
  };
  const issued = async (area: 'invoices' | 'credit-notes', lines: readonly object[], more: object = {}) => {
    const id = written(await owner.post(`${at}/${area}`, { customerId, date: DATE, lines, ...more }), 201);
    written(await owner.post(`${at}/${area}/${id}/issue`));
    return id;
  };
  const money = (amount: number, more: object = {}) => ({ amount, date: DATE, paymentAccountId, ...more });
  /** Debits are positive. */
  const trialBalance = async (): Promise<Readonly<Record<string, number>>> => {
    const { body } = await owner.get(`${at}/reports/trial-balance?at=${DATE}`);
    expect(body.totals.debit).toBe(body.totals.credit);
    const accounts = body.accounts as { code: string; debit: number; credit: number }[];
    return Object.fromEntries(accounts.map(({ code, debit, credit }) => [code, debit - credit]));
  };
  const owed = async (): Promise<unknown> => {
    const { parties, totals } = (await owner.get(`${at}/reports/aged-debtors?at=${DATE}`)).body;
    return { parties: (parties as Json[]).map(({ id, total }) => ({ id, total })), total: totals.total };
  };

  beforeAll(async () => {
    server = await Server.start();
    owner = await signUp(server, 'owner@answers.example', 'Ann', 'Hale');
  }, 60_000);
  afterAll(() => server.dispose());

  beforeEach(async () => {
    organisation = await found(owner);
    at = `/v1/organisations/${organisation}`;
    customerId = written(await owner.post(`${at}/customers`, { name: 'Rosa Klein' }), 201);
    paymentAccountId = (await owner.get(`${at}/payment-accounts`)).body.items[0].id as string;
  });

  it('2,000 lines come to what they come to, and 2,001 are refused', async () => {
    const lines = Array.from({ length: 2000 }, (_, index) => line(index + 1, '0.01'));
    const id = await issued('invoices', lines);
    const invoice = (await owner.get(`${at}/invoices/${id}`)).body;
    expect(invoice.lines).toHaveLength(2000);
    expect(invoice).toMatchObject({ net: 2_001_000, vat: 400_200, total: 2_401_200, outstanding: 2_401_200 });
    expect(await trialBalance()).toEqual({ 1100: 2_401_200, 2200: -400_200, 4000: -2_001_000 });
    const many = await owner.post(`${at}/invoices`, { customerId, date: DATE, lines: [...lines, line(1, '1')] });
    expect(many.status).toBe(400);
  });

  it('what is paid too much is owed to the customer, and refunded', async () => {
    const id = await issued('invoices', [line(1, '100')]);
    const pay = (amount: number, more: object = {}) => owner.post(`${at}/invoices/${id}/payments`, money(amount, more));
    const refund = (amount: number, by = owner) => by.post(`${at}/invoices/${id}/refunds`, money(amount));
    written(await pay(5000));
    expect((await pay(7001)).body.rule).toBe('payment-exceeds-outstanding');
    expect((await refund(1)).body.rule).toBe('refund-exceeds-credit');
    written(await pay(7500, { overpayment: true }));
    expect((await owner.get(`${at}/invoices/${id}`)).body).toMatchObject({ outstanding: -500, status: 'paid' });
    expect(await owed()).toEqual({ parties: [{ id: customerId, total: -500 }], total: -500 });

    const [sales, staff] = [
      await join(server, owner, organisation, 'sales@answers.example', ['sales']),
      await join(server, owner, organisation, 'staff@answers.example', ['staff']),
    ];
    const refused = await refund(500, staff);
    expect(refused.body).toMatchObject({ code: 'permission-denied', permission: 'invoices:record-payment' });
    const done = await refund(500, sales);
    written(done);
    owner.reflect(done.headers.get('countersign-position')!);
    expect((await owner.get(`${at}/invoices/${id}`)).body).toMatchObject({
      ...{ outstanding: 0, paid: 12_000, status: 'paid' },
      payments: [{ amount: 5000 }, { amount: 7500 }, { amount: -500 }],
    });
    expect(await trialBalance()).toEqual({ 1200: 12_000, 2200: -2000, 4000: -10_000 });
    expect(await owed()).toEqual({ parties: [], total: 0 });
    const { items } = (await owner.get(`${at}/audit?record=${id}`)).body as { items: Json[] };
    expect(items[0]!.summary).toMatch(/^Bob Hale recorded a refund of invoice 1$/i);
  });

  it('a credit note may take off more than is left to pay; what is over is refunded on the invoice', async () => {
    const id = await issued('invoices', [line(2, '50')]);
    written(await owner.post(`${at}/invoices/${id}/payments`, money(10_000)));
    const note = await issued('credit-notes', [line(1, '50')], { invoiceId: id });
    expect((await owner.get(`${at}/invoices/${id}`)).body).toMatchObject({ credited: 6000, outstanding: -4000 });
    expect(await owed()).toEqual({ parties: [{ id: customerId, total: -4000 }], total: -4000 });
    expect((await owner.post(`${at}/credit-notes/${note}/refunds`, money(1))).body.rule).toBe('credit-of-an-invoice');
    written(await owner.post(`${at}/invoices/${id}/refunds`, money(4000)));
    expect(await trialBalance()).toEqual({ 1200: 6000, 2200: -1000, 4000: -5000 });
    expect(await owed()).toEqual({ parties: [], total: 0 });
  });

  it('a credit note of no invoice is refunded by itself, in parts, and not voided after that', async () => {
    const id = await issued('credit-notes', [line(1, '10')]);
    const refund = (amount: number) => owner.post(`${at}/credit-notes/${id}/refunds`, money(amount));
    written(await refund(700));
    expect((await owner.get(`${at}/credit-notes/${id}`)).body).toMatchObject({
      ...{ total: -1200, paid: -700, outstanding: -500, status: 'part-paid' },
      payments: [{ amount: -700 }],
    });
    expect((await refund(501)).body.rule).toBe('refund-exceeds-credit');
    written(await refund(500));
    expect((await owner.get(`${at}/credit-notes/${id}`)).body).toMatchObject({ outstanding: 0, status: 'paid' });
    expect((await owner.post(`${at}/credit-notes/${id}/void`, { reason: 'x' })).body.rule).toBe('has-refunds');
    expect(await trialBalance()).toEqual({ 1200: -1200, 2200: 200, 4000: 1000 });
    expect(await owed()).toEqual({ parties: [], total: 0 });
  });

  it('nothing is refunded into a locked period', async () => {
    const id = await issued('invoices', [line(-1, '10')]);
    written(await owner.post(`${at}/periods/lock`, { through: DATE }));
    const refused = await owner.post(`${at}/invoices/${id}/refunds`, money(1200));
    expect(refused.body).toMatchObject({ status: 409, rule: 'period-locked' });
    written(await owner.post(`${at}/invoices/${id}/refunds`, money(1200, { date: '2026-03-02' })));
  });
});
