import type { Client, Json } from '../../../test/support/client.js';
import { found, join, signUp } from '../../../test/support/people.js';
import { Server } from '../../../test/support/server.js';

const LINE = { description: 'Portraits', quantity: 1, unitPrice: '100', vatRate: 2000 };

describe('statements of account over HTTP', () => {
  let server: Server;
  let owner: Client;
  let organisation: string;
  let at: string;
  let customer: string;
  let brandId: string;
  let account: string;

  const made = async (path: string, body: unknown): Promise<string> => {
    const answer = await owner.post(`${at}/${path}`, body);
    if (answer.status !== 201) throw new Error(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body.id as string;
  };
  const invoiced = async (date: string, body: object = {}): Promise<string> => {
    const id = await made('invoices', { customerId: customer, date, lines: [LINE], ...body });
    expect((await owner.post(`${at}/invoices/${id}/issue`)).status).toBe(200);
    return id;
  };

  beforeAll(async () => {
    server = await Server.start();
    owner = await signUp(server, 'owner@statements.example', 'Ann', 'Hale');
    organisation = await found(owner);
    at = `/v1/organisations/${organisation}`;
    brandId = await made('brands', { name: 'Hale Portraits' });
    customer = await made('customers', { name: 'Rosa Klein', email: 'rosa@klein.example', brandId });
    account = (await owner.get(`${at}/payment-accounts`)).body.items[0].id as string;
    const first = await invoiced('2026-01-10', { dueDate: '2026-02-09', brandId });
    await invoiced('2026-03-05');
    const wrong = await invoiced('2026-03-06');
    await owner.post(`${at}/invoices/${wrong}/void`, { reason: 'wrong' });
    await made('invoices', { customerId: customer, date: '2026-03-07', lines: [LINE] });
    const payment = { amount: 5000, date: '2026-03-10', paymentAccountId: account };
    expect((await owner.post(`${at}/invoices/${first}/payments`, payment)).status).toBe(200);
    const note = await made('credit-notes', { customerId: customer, date: '2026-03-20', lines: [LINE] });
    await owner.post(`${at}/credit-notes/${note}/issue`);
  }, 60_000);
  afterAll(() => server.dispose());

  it('tell what was owed, what changed, and what is owed', async () => {
    const { status, body } = await owner.get(`${at}/customers/${customer}/statement?from=2026-03-01&to=2026-03-31`);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      customer: { id: customer, name: 'Rosa Klein' },
      currency: 'GBP',
      ...{ from: '2026-03-01', to: '2026-03-31', opening: 12_000, closing: 7_000, overdue: 7_000 },
    });
    expect((body.lines as Json[]).map(({ date, type, amount, balance }) => [date, type, amount, balance])).toEqual([
      ['2026-03-05', 'invoice', 12_000, 24_000],
      ['2026-03-10', 'payment', -5_000, 19_000],
      ['2026-03-20', 'credit-note', -12_000, 7_000],
    ]);
    const whole = await owner.get(`${at}/customers/${customer}/statement`);
    expect(whole.body).toMatchObject({ from: null, opening: 0, closing: 7_000 });
    expect(whole.body.lines).toHaveLength(4);
    expect((await owner.get(`${at}/customers/${customer}/statement?from=2026-03-02&to=2026-03-01`)).status).toBe(400);
    const trail = await owner.get(`${at}/audit?outcome=read`);
    expect((trail.body.items as Json[]).map(({ summary }) => summary)).toContain(
      'Ann Hale read the statement of a customer',
    );
  });

  it('are files, too', async () => {
    const csv = await owner.get(`${at}/customers/${customer}/statement?from=2026-03-01&to=2026-03-31&format=csv`);
    expect(csv.headers.get('content-disposition')).toBe('attachment; filename="statement-2026-03-31.csv"');
    const [, , second, third] = (csv.body as unknown as string).split('\r\n');
    expect(second).toMatch(/^2026-03-05,Invoice,Invoice,\d+,,120\.00,240\.00$/);
    expect(third).toMatch(/^2026-03-10,Payment,Invoice,\d+,,-50\.00,190\.00$/);
    const pdf = await owner.get(`${at}/customers/${customer}/statement?format=pdf`);
    expect(pdf.headers.get('content-type')).toBe('application/pdf');
    expect(String(pdf.body)).toMatch(/^%PDF-/);
  });

  it('are for those who see what all customers owe, as far as they see', async () => {
    const limited = [{ role: 'sales', brands: [brandId] }];
    const sam = await join(server, owner, organisation, 'sam@statements.example', limited);
    const staff = await join(server, owner, organisation, 'stu@statements.example', [{ role: 'staff' }]);
    // What they may read of it, and nothing of what they may not.
    const { body } = await sam.get(`${at}/customers/${customer}/statement`);
    expect(body).toMatchObject({ closing: 7_000 });
    expect(body.lines).toHaveLength(2);
    const hidden = await made('customers', { name: 'Of no brand' });
    expect((await sam.get(`${at}/customers/${hidden}/statement`)).status).toBe(404);
    const refused = await staff.get(`${at}/customers/${customer}/statement`);
    expect(refused.body).toMatchObject({ status: 403, permission: 'sales-reports:read' });
  });

  it('go out by mail', async () => {
    const days = { from: '2026-03-01', to: '2026-03-31' };
    const sent = await owner.post(`${at}/customers/${customer}/statement/send`, days);
    expect(sent).toMatchObject({ status: 200, body: { id: customer } });
    const [mail] = await server.mail('rosa@klein.example', /[^]*The balance is £70\.00\.[^]*/);
    expect(mail).toMatch(/^Subject: Statement from Hale Portraits\r$/m);
    expect(mail).toMatch(/filename=statement-2026-03-31\.pdf/);
    await owner.post(`${at}/customers/${customer}/statement/send`, { ...days, email: 'books@klein.example' });
    await server.mail('books@klein.example', /Statement/);
    const trail = await owner.get(`${at}/audit?record=${customer}&type=StatementSent`);
    expect(trail.body.items).toHaveLength(2);
    expect(trail.body.items[1]).toMatchObject({
      record: { kind: 'customer', id: customer },
      changes: [{ field: 'to', from: null, to: 'rosa@klein.example' }],
    });
    for (const body of [{}, { from: '2026-03-01' }, { ...days, to: '2026-02-01' }, { ...days, email: 'x' }])
      expect((await owner.post(`${at}/customers/${customer}/statement/send`, body)).status).toBe(400);
    const nobody = await made('customers', { name: 'No Mail' });
    expect((await owner.post(`${at}/customers/${nobody}/statement/send`, days)).body).toMatchObject({
      status: 400,
      errors: [{ field: 'email' }],
    });
    const absent = '01990000-0000-7000-8000-000000000000';
    expect((await owner.post(`${at}/customers/${absent}/statement/send`, days)).status).toBe(404);
  });

  it('are not sent by who may not see them', async () => {
    const days = { from: '2026-03-01', to: '2026-03-31' };
    const basic = await join(server, owner, organisation, 'bea@statements.example', [
      { role: 'basic', switches: ['invoices'] },
    ]);
    expect((await basic.post(`${at}/customers/${customer}/statement/send`, days)).status).toBe(404);
    const accountant = await join(server, owner, organisation, 'ada@statements.example', [{ role: 'accountant' }]);
    expect((await accountant.post(`${at}/customers/${customer}/statement/send`, days)).body).toMatchObject({
      status: 403,
      permission: 'invoices:send',
    });
  });
});
