import { readdir, readFile } from 'node:fs/promises';
import { join as joined } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ahead } from '../../../test/support/ahead.js';
import type { Client, Json } from '../../../test/support/client.js';
import { found, join, signIn, signUp } from '../../../test/support/people.js';
import { Server } from '../../../test/support/server.js';
import { addDays } from '../../kernel/dates.js';

const OWNER = 'owner@reminders.example';
const LINE = { description: 'Portraits', quantity: 1, unitPrice: '100' };

describe('reminders of overdue invoices over HTTP', () => {
  let server: Server;
  let owner: Client;
  let at: string;
  let today: string;

  const made = async (path: string, body: unknown): Promise<string> => {
    const answer = await owner.post(`${at}/${path}`, body);
    if (answer.status !== 201) throw new Error(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body.id as string;
  };
  const invoiced = async (customer: { readonly name: string; readonly email?: string }): Promise<string> => {
    const customerId = await made('customers', customer);
    const id = await made('invoices', { customerId, date: today, dueDate: today, lines: [LINE] });
    expect((await owner.post(`${at}/invoices/${id}/issue`)).status).toBe(200);
    return id;
  };
  const pay = async (invoice: string, amount: number): Promise<void> => {
    const account = (await owner.get(`${at}/payment-accounts`)).body.items[0].id as string;
    const payment = { amount, date: today, paymentAccountId: account };
    expect((await owner.post(`${at}/invoices/${invoice}/payments`, payment)).status).toBe(200);
  };
  const remindersTo = async (address: string): Promise<readonly string[]> => {
    const outbox = joined(server.folder, 'outbox');
    const names = (await readdir(outbox)).filter((name) => name.endsWith('.eml')).sort();
    const mails = await Promise.all(names.map((name) => readFile(joined(outbox, name), 'utf8')));
    return mails.filter((mail) => mail.includes(`<${address}>`) && mail.includes('Subject: Reminder'));
  };
  const until = async (condition: () => Promise<boolean>): Promise<void> => {
    for (let waited = 0; !(await condition()); waited += 50) {
      if (waited > 15_000) throw new Error('it does not happen');
      await sleep(50);
    }
  };
  /** The same server, so many days later. */
  const later = async (days: number): Promise<void> => {
    await server.stop();
    server = await Server.start({ folder: server.folder, preload: ahead(days) });
    owner = await signIn(server, OWNER);
  };

  beforeAll(async () => {
    server = await Server.start();
    owner = await signUp(server, OWNER, 'Ann', 'Hale');
    const organisation = await found(owner);
    at = `/v1/organisations/${organisation}`;
    today = new Date().toISOString().slice(0, 10);
  }, 60_000);
  afterAll(() => server.dispose());

  it('are set by whoever sets what the organisation does', async () => {
    expect((await owner.get(`${at}/invoice-reminders`)).body).toEqual({ daysAfterDue: [], brands: [] });
    const brandId = await made('brands', { name: 'North' });
    const plan = { daysAfterDue: [7, 1], brands: [{ brandId, daysAfterDue: [] }] };
    expect((await owner.put(`${at}/invoice-reminders`, plan)).status).toBe(200);
    expect((await owner.get(`${at}/invoice-reminders`)).body).toEqual({ ...plan, daysAfterDue: [1, 7] });
    expect((await owner.put(`${at}/invoice-reminders`, plan)).body.revision).toBe(0);
    const [organisation] = /[0-9a-f-]{36}/.exec(at)!;
    const sam = await join(server, owner, organisation, 'sam@reminders.example', [{ role: 'sales' }]);
    expect((await sam.put(`${at}/invoice-reminders`, plan)).body).toMatchObject({ permission: 'organisation:edit' });
    const unknown = { daysAfterDue: [], brands: [{ brandId: organisation, daysAfterDue: [1] }] };
    expect((await owner.put(`${at}/invoice-reminders`, unknown)).body).toMatchObject({
      status: 400,
      errors: [{ field: 'brands.0.brandId' }],
    });
    for (const daysAfterDue of [[0], [1.5], ['1'], Array(11).fill(1), undefined])
      expect((await owner.put(`${at}/invoice-reminders`, { daysAfterDue })).status).toBe(400);
  });

  it('go out once each, on their days, while something is owed', async () => {
    const unpaid = await invoiced({ name: 'Una Unpaid', email: 'una@klein.example' });
    const paid = await invoiced({ name: 'Pia Paid', email: 'pia@klein.example' });
    const restricted = await invoiced({ name: 'Rita Restricted', email: 'rita@klein.example' });
    await invoiced({ name: 'No Mail' });
    await invoiced({ name: 'Quinn Quoted', email: '"quinn q"@klein.example' });
    const overdue = async (): Promise<string[]> =>
      ((await owner.get(`${at}/invoices?overdue=true`)).body.items as Json[]).map(({ id }) => id as string);
    expect(await overdue()).toEqual([]);
    expect((await owner.get(`${at}/invoices/${unpaid}`)).body).toMatchObject({ status: 'issued', overdue: false });
    await pay(paid, 10_000);
    const { body } = await owner.get(`${at}/invoices/${restricted}`);
    const restriction = { subject: body.customer.id, reason: 'asked' };
    expect((await owner.post(`${at}/privacy/restrictions`, restriction)).status).toBe(201);

    await later(2);
    await until(async () => (await remindersTo('una@klein.example')).length === 1);
    expect(await overdue()).toHaveLength(4);
    const invoice = (await owner.get(`${at}/invoices/${unpaid}`)).body;
    expect(invoice).toMatchObject({ status: 'sent', overdue: true });
    expect(invoice.remindedAt.slice(0, 10)).toBe(addDays(today, 2));
    expect((await owner.get(`${at}/invoices/${paid}`)).body).toMatchObject({ status: 'paid', overdue: false });
    const [mail] = await remindersTo('una@klein.example');
    expect(mail).toContain(`Subject: Reminder: invoice ${invoice.number} from Hale & Daughters`);
    expect(mail).toContain('and £100.00 of it is still to be paid.');
    expect(mail).toMatch(/filename=invoice-\d+\.pdf/);
    const trail = await owner.get(`${at}/audit?record=${unpaid}&type=InvoiceReminderSent`);
    expect(trail.body.items).toMatchObject([
      { actor: { kind: 'system' }, onBehalfOf: { name: 'Ann Hale' }, changes: [{ to: 'una@klein.example' }] },
    ]);

    await later(2);
    await pay(unpaid, 4_000);
    await later(8);
    await until(async () => (await remindersTo('una@klein.example')).length === 2);
    expect((await remindersTo('una@klein.example'))[1]).toContain('and £60.00 of it is still to be paid.');
    await pay(unpaid, 6_000);
    await later(30);
    await owner.get(`${at}/invoices`);
    await sleep(500);
    expect(await remindersTo('una@klein.example')).toHaveLength(2);
    for (const address of ['pia@klein.example', 'rita@klein.example']) expect(await remindersTo(address)).toEqual([]);
    const all = await owner.get(`${at}/audit?type=InvoiceReminderSent`);
    expect(all.body.items).toHaveLength(2);
  }, 60_000);
});
