import { setTimeout as sleep } from 'node:timers/promises';
import { randomUUID } from 'node:crypto';
import type { Answer, Client, Json } from '../support/client.js';
import { upload, waitForImport } from '../support/imports.js';
import { found, join, signUp } from '../support/people.js';
import { Server } from '../support/server.js';

const DATE = '2026-03-01';
const LINE = { description: 'Portraits', quantity: 1, unitPrice: '10' };
const NONE = { items: [], next: null };

/** What a person is told of a refusal. */
const told = ({ status, body }: Answer<Json>): unknown => ({ status, body });

/** Where the limits of one feature meet the records of another. */
describe('people with limits', () => {
  let server: Server;
  let owner: Client;
  let organisation: string;
  let at: string;
  let brand: string;
  let people = 0;

  const made = async (path: string, body: unknown): Promise<string> => {
    const answer = await owner.post(`${at}/${path}`, body);
    if (answer.status !== 201) throw new Error(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body.id as string;
  };

  const member = (...roles: readonly unknown[]): Promise<Client> =>
    join(server, owner, organisation, `person-${++people}@limits.example`, roles);

  /** From now on these people see at least what everybody did so far. */
  async function catchUp(...clients: readonly Client[]): Promise<void> {
    const last = await owner.post(`${at}/customers`, { name: 'Later' });
    for (const client of clients) client.reflect(last.headers.get('countersign-position')!);
  }

  beforeAll(async () => {
    server = await Server.start();
    owner = await signUp(server, 'owner@limits.example', 'Ann', 'Hale');
    organisation = await found(owner);
    at = `/v1/organisations/${organisation}`;
    brand = await made('brands', { name: 'North' });
  });

  afterAll(() => server.dispose());

  /** Rule 5: what is of no brand does not exist for people limited to some. */
  describe('to brands', () => {
    let limited: Client;

    beforeAll(async () => {
      limited = await member({ role: 'admin', brands: [brand] });
    });

    it('do not see imports, which are of none', async () => {
      const columns = 'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country';
      const id = await upload(owner, organisation, `${columns}\n1,A,Thing,1,01/12/2010 08:26,2.5,7,France\n`);
      await waitForImport(owner, organisation, id);
      expect((await owner.get(`${at}/imports/${id}`)).status).toBe(200);
      await catchUp(limited);
      const [theirs, absent] = [
        await limited.get(`${at}/imports/${id}`),
        await limited.get(`${at}/imports/${randomUUID()}`),
      ];
      expect(theirs.status).toBe(404);
      expect(told(theirs)).toEqual(told(absent));
      // A refusal is recorded behind its answer, which tells no position of it.
      const refused = async () =>
        (await owner.get(`${at}/audit?outcome=refused&actor=${limited.userId}`)).body.items as Json[];
      const isShown = async () => (await refused()).some(({ record }) => record.id === id);
      for (let tries = 0; tries < 100 && !(await isShown()); tries++) await sleep(50);
      expect(await isShown()).toBe(true);
    });

    it('do not see people, whose list is as empty to them as each of them is not there', async () => {
      const sue = await member('staff');
      const invitation = { email: 'guest@limits.example', firstName: 'Guest', lastName: 'Low', roles: ['staff'] };
      const guest = (await owner.post(`${at}/invitations`, invitation)).body.userId as string;
      await catchUp(limited, owner);
      expect((await owner.get(`${at}/invitations`)).body.items).toHaveLength(1);
      for (const list of ['members', 'invitations']) expect((await limited.get(`${at}/${list}`)).body).toEqual(NONE);
      for (const answers of ['who-can?permission=customers:read', 'matrix', `matrix?user=${sue.userId}`])
        expect((await limited.get(`${at}/access/${answers}`)).body).toEqual({ items: [] });
      const check = (user: string) => limited.get(`${at}/access/check?permission=customers:read&user=${user}`);
      expect(told(await check(sue.userId!))).toEqual(told(await check(randomUUID())));
      const suppose = (user: string) =>
        limited.post(`${at}/access/what-if`, { changes: [{ user, roles: ['accountant'] }] });
      for (const user of [sue.userId!, guest, owner.userId!])
        expect(told(await suppose(user))).toEqual(told(await suppose(randomUUID())));
      // About themselves they may ask.
      const oneself = await limited.get(`${at}/access/check?permission=customers:read&user=${limited.userId}`);
      expect(oneself.body).toMatchObject({ allowed: true, because: [{ role: 'admin' }] });
    });

    it('do not see who pays for the account, which they could not change either', async () => {
      const role = await made('roles', {
        name: 'Payer',
        permissions: ['account-billing:read', 'account-billing:edit'],
      });
      const [whole, some] = [await member(role), await member({ role, brands: [brand] })];
      const billing = { plan: 'team', billingEmail: 'pay@limits.example' };
      expect((await some.put(`${at}/account-billing`, billing)).status).toBe(404);
      expect((await whole.put(`${at}/account-billing`, billing)).status).toBe(200);
      await catchUp(whole, some);
      expect((await whole.get(`${at}/account-billing`)).body).toEqual(billing);
      expect((await some.get(`${at}/account-billing`)).status).toBe(404);
    });

    it("do not see the organisation's own roles", async () => {
      const role = await made('roles', { name: 'Clerk', permissions: ['brands:read'] });
      expect((await owner.get(`${at}/roles?limit=200`)).body.items[0]).toMatchObject({ id: role, builtIn: false });
      const { items } = (await limited.get(`${at}/roles?limit=200`)).body;
      expect((items as Json[]).filter(({ builtIn }) => !builtIn)).toEqual([]);
      expect(items).toHaveLength(11);
      expect(told(await limited.get(`${at}/roles/${role}`))).toEqual(
        told(await limited.get(`${at}/roles/${randomUUID()}`)),
      );
      expect((await limited.get(`${at}/roles/sales`)).status).toBe(200);
      // 403 is for a closed area only, and both areas are open to them.
      const edit = (id: string) => limited.put(`${at}/roles/${id}`, { name: 'Clark', permissions: ['brands:read'] });
      expect((await edit(role)).status).toBe(404);
      expect(told(await edit(role))).toEqual(told(await edit(randomUUID())));
    });
  });

  /** A payment leads to a bank account, though it is recorded on an invoice, which is of none. */
  describe('to bank accounts', () => {
    let one: string;
    let other: string;
    let invoice: string;

    const labels = async (client: Client): Promise<string[]> =>
      ((await client.get(`${at}/payment-accounts`)).body.items as Json[]).map(({ label }) => label as string);
    const pay = (client: Client, paymentAccountId: string): Promise<Answer<Json>> =>
      client.post(`${at}/invoices/${invoice}/payments`, { amount: 1, date: DATE, paymentAccountId });

    beforeAll(async () => {
      one = await made('bank-accounts', { name: 'One', accountNumber: '1' });
      other = await made('bank-accounts', { name: 'Other', accountNumber: '2' });
      const customerId = await made('customers', { name: 'Wood & Co' });
      invoice = await made('invoices', { customerId, date: DATE, lines: [LINE] });
      await owner.post(`${at}/invoices/${invoice}/issue`);
    });

    it('record payments into these, also where they have no say about bank accounts themselves', async () => {
      const sales = await member({ role: 'sales', bankAccounts: [one] });
      await catchUp(sales);
      expect(await labels(sales)).toEqual(['Current account', 'One']);
      expect(told(await pay(sales, other))).toEqual(told(await pay(sales, randomUUID())));
      expect((await pay(sales, other)).status).toBe(400);
      expect((await pay(sales, one)).status).toBe(200);
      // Another grant without the limit counts, as ever.
      await owner.put(`${at}/members/${sales.userId}/roles`, {
        roles: [{ role: 'sales', bankAccounts: [one] }, 'sales'],
      });
      expect((await pay(sales, other)).status).toBe(200);
    });

    it('do not get around it by an API key, nor by the limit of a key', async () => {
      const admin = await member('admin');
      await catchUp(admin, owner);
      const key = async (maker: Client, body: object): Promise<Client> => {
        const answer = await maker.post(`${at}/api-keys`, { name: 'Till', ...body });
        if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
        const client = server.client().as(answer.body.key as string);
        client.reflect(answer.headers.get('countersign-position')!);
        return client;
      };
      const permissions = ['invoices:record-payment'];
      const [theirs, ours] = [
        await key(admin, { permissions }),
        await key(owner, { roles: [{ role: 'sales', bankAccounts: [one] }] }),
      ];
      await owner.put(`${at}/members/${admin.userId}/roles`, { roles: [{ role: 'admin', bankAccounts: [one] }] });
      expect((await admin.post(`${at}/api-keys`, { name: 'Till', permissions })).body.rule).toBe('beyond-own-rights');
      for (const client of [theirs, ours]) {
        expect(await labels(client)).toEqual(['Current account', 'One']);
        expect((await pay(client, other)).status).toBe(400);
        expect((await pay(client, one)).status).toBe(200);
      }
    });

    it('give nobody payments into others', async () => {
      const admin = await member({ role: 'admin', bankAccounts: [one] });
      const invite = (...roles: readonly unknown[]): Promise<Answer<Json>> =>
        admin.post(`${at}/invitations`, {
          email: `g-${randomUUID()}@limits.example`,
          firstName: 'G',
          lastName: 'L',
          roles,
        });
      expect(await invite('sales')).toMatchObject({ status: 409, body: { rule: 'beyond-own-rights' } });
      expect(await invite({ role: 'sales', bankAccounts: [one, other] })).toMatchObject({ status: 409 });
      expect((await invite({ role: 'sales', bankAccounts: [one] })).status).toBe(201);
      expect((await invite('staff')).status).toBe(201);
    });
  });

  it('are not told by a precondition whether somebody else has a notification', async () => {
    const [sue, bob] = [await member('staff'), await member('staff')];
    await owner.put(`${at}/members/${sue.userId}/roles`, { roles: ['sales'] });
    let mine: Json[] = [];
    for (let tries = 0; tries < 200 && mine.length === 0; tries++)
      mine = (await sue.get(`${at}/notifications`)).body.items as Json[];
    const read = (id: string, revision: string) =>
      bob.post(`${at}/notifications/${id}/read`, {}, { 'if-match': `"${revision}"` });
    for (const revision of ['0', '7'])
      expect(told(await read(mine[0].id as string, revision))).toEqual(told(await read(randomUUID(), revision)));
    const stale = await sue.post(`${at}/notifications/${mine[0].id}/read`, {}, { 'if-match': '"7"' });
    expect(stale.status).toBe(412);
  });

  it('are not told by the user id of whom they invite whether the address has an account', async () => {
    await signUp(server, 'known@limits.example');
    const [known, unknown] = await Promise.all(
      ['known', 'unknown'].map(async (name) => {
        const email = `${name}@limits.example`;
        const answer = await owner.post(`${at}/invitations`, { email, firstName: 'K', lastName: 'L' });
        return answer.body.userId as string;
      }),
    );
    const age = (id: string): number => Math.abs(Date.now() - Number.parseInt(id.replace('-', '').slice(0, 12), 16));
    for (const id of [known!, unknown!]) expect(age(id)).toBeGreaterThan(24 * 60 * 60 * 1000);
  });

  it('bring no new record into an archived project by a copy', async () => {
    const customerId = await made('customers', { name: 'Hill & Co' });
    const projectId = await made('projects', { title: 'Wedding' });
    const id = await made('invoices', { customerId, projectId, date: DATE, lines: [LINE] });
    expect((await owner.post(`${at}/projects/${projectId}/archive`)).status).toBe(200);
    expect(await owner.post(`${at}/invoices/${id}/copy`, {})).toMatchObject({
      status: 409,
      body: { rule: 'project-archived' },
    });
  });
});
