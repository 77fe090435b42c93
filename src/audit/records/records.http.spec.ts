import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, Json } from '../../../test/support/client.js';
import { found, join, signUp } from '../../../test/support/people.js';
import { Server } from '../../../test/support/server.js';

/** An owner with the books, a salesperson, compliance staff who see none of the books, and somebody with little. */
describe('records as they were', () => {
  let server: Server;
  let ann: Client;
  let sue: Client;
  let carl: Client;
  let bob: Client;
  let organisation: string;
  let at: string;

  beforeAll(async () => {
    server = await Server.start();
    ann = await signUp(server, 'ann@hale.example', 'Ann', 'Hale');
    organisation = await found(ann);
    at = `/v1/organisations/${organisation}`;
    sue = await join(server, ann, organisation, 'sue@hale.example', ['sales'], ['Sue', 'Low']);
    carl = await join(server, ann, organisation, 'carl@hale.example', ['compliance'], ['Carl', 'Stone']);
    bob = await join(server, ann, organisation, 'bob@hale.example', ['basic'], ['Bob', 'Hale']);
  }, 60_000);

  afterAll(() => server.dispose());

  /** An instant between what came before and what comes after. */
  const moment = async (): Promise<string> => {
    await sleep(3);
    const now = new Date().toISOString();
    await sleep(3);
    return now;
  };
  const make = async (area: string, body: object, client = ann): Promise<string> => {
    const made = await client.post(`${at}/${area}`, body);
    expect({ area, ...made }).toMatchObject({ area, status: 201 });
    return made.body.id as string;
  };
  const record = (client: Client, id: string, when?: string): Promise<{ status: number; body: Json }> =>
    client.get(`${at}/records/${id}${when === undefined ? '' : `?at=${when}`}`);
  const shown = async (client: Client, id: string, when?: string): Promise<Json> => {
    const { status, body } = await record(client, id, when);
    expect(status).toBe(200);
    const { recordKind: _, at: __, ...rest } = body;
    return rest;
  };
  const lines = [{ description: 'Portraits', quantity: '2', unitPrice: '62.5' }];

  it('reads an invoice at every step as its own GET read it then', async () => {
    const customerId = await make('customers', { name: 'Rosa Klein' });
    const before = await moment();
    const id = await make('invoices', { customerId, date: '2026-03-01', lines });
    const steps: { readonly when: string; readonly was: Json }[] = [];
    const step = async (): Promise<void> => {
      steps.push({ when: await moment(), was: (await ann.get(`${at}/invoices/${id}`)).body });
    };
    await step();
    await ann.patch(`${at}/invoices/${id}`, { dueDate: '2026-04-01' });
    await step();
    await ann.post(`${at}/invoices/${id}/issue`);
    await step();
    const [account] = (await ann.get(`${at}/payment-accounts`)).body.items as Json[];
    await ann.post(`${at}/invoices/${id}/payments`, { amount: 2500, date: '2026-03-09', paymentAccountId: account.id });
    await step();
    const creditNote = await make('credit-notes', { invoiceId: id, customerId, date: '2026-03-10', lines });
    const credited = await ann.post(`${at}/credit-notes/${creditNote}/issue`);
    expect([200, 409]).toContain(credited.status);
    await step();
    for (const { when, was } of steps) expect(await shown(ann, id, when)).toEqual(was);
    expect(await shown(ann, id)).toEqual(steps.at(-1)!.was);
    expect(await record(ann, id, before)).toMatchObject({ status: 404 });
    expect((await record(ann, id)).body).toMatchObject({ recordKind: 'invoice', at: expect.stringMatching(/Z$/) });

    const difference = await ann.get(`${at}/records/${id}/difference?from=${steps[0]!.when}&to=${steps[2]!.when}`);
    expect(difference.body).toMatchObject({
      id,
      recordKind: 'invoice',
      changes: [
        { field: 'number', from: null, to: 1 },
        { field: 'status', from: 'draft', to: 'issued' },
        { field: 'dueDate', from: null, to: '2026-04-01' },
        { field: 'overdue', from: false, to: true },
      ],
    });
    const paid = await ann.get(`${at}/records/${id}/difference?from=${steps[2]!.when}`);
    expect(paid.body.changes.map(({ field }: Json) => field)).toEqual(
      expect.arrayContaining(['status', 'paid', 'outstanding', 'payments']),
    );
    expect((await ann.get(`${at}/records/${id}/difference?from=${steps[2]!.when}&to=${steps[0]!.when}`)).status).toBe(
      400,
    );
    expect((await ann.get(`${at}/records/${id}/difference`)).status).toBe(400);
  });

  it('reads an invoice that is due one day as not overdue, by the days of today and of then', async () => {
    const customerId = await make('customers', { name: 'Rosa Spät' });
    const id = await make('invoices', { customerId, date: '2026-03-01', dueDate: '2099-01-01', lines });
    await ann.post(`${at}/invoices/${id}/issue`);
    const when = await moment();
    const was = (await ann.get(`${at}/invoices/${id}`)).body;
    expect([was.status, was.overdue]).toEqual(['issued', false]);
    expect([await shown(ann, id), await shown(ann, id, when)]).toEqual([was, was]);
    expect((await ann.get(`${at}/records/${id}/difference?from=${when}`)).body.changes).toEqual([]);
  });

  it('reads every other kind as its own GET reads it, now and before its last change', async () => {
    const customer = await make('customers', { name: 'Karl Kurz', email: 'karl@kurz.example' });
    const project = await make('projects', { title: 'Ball', customerId: customer, assigned: [bob.userId] });
    const brand = await make('brands', { name: 'North' });
    const made: readonly (readonly [string, string, object | undefined])[] = [
      ['customers', customer, { phone: '01234' }],
      ['products', await make('products', { name: 'Print' }), { name: 'Large print' }],
      ['brands', brand, { website: 'north.example' }],
      ['bank-accounts', await make('bank-accounts', { name: 'Current' }), { name: 'Savings' }],
      ['document-templates', await make('document-templates', { name: 'Plain', kind: 'invoice' }), { name: 'Fancy' }],
      ['projects', project, { title: 'Summer ball' }],
      ['tasks', await make('tasks', { title: 'Call', projectId: project }), { title: 'Call again' }],
      ['credit-notes', await make('credit-notes', { customerId: customer, date: '2026-03-01', lines }), undefined],
    ];
    for (const [area, id, patch] of made) {
      const was = (await ann.get(`${at}/${area}/${id}`)).body;
      const when = await moment();
      if (patch !== undefined) expect((await ann.patch(`${at}/${area}/${id}`, patch)).status).toBe(200);
      const is = (await ann.get(`${at}/${area}/${id}`)).body;
      expect([area, await shown(ann, id, when), await shown(ann, id)]).toEqual([area, was, is]);
    }
    const role = await make('roles', { name: 'Clerk', permissions: ['brands:read'] });
    const { revision: _, ...roleNow } = (await ann.get(`${at}/roles/${role}`)).body;
    expect(await shown(ann, role)).toEqual(roleNow);
    const { revision: __, ...organisationNow } = (await ann.get(at)).body;
    expect(await shown(ann, organisation)).toEqual(organisationNow);
    const members = (await ann.get(`${at}/members`)).body.items as Json[];
    for (const member of members) expect(await shown(ann, member.userId as string)).toEqual(member);
    const key = await make('api-keys', { name: 'Shop', permissions: ['brands:read'] });
    expect(await shown(ann, key)).toEqual((await ann.get(`${at}/api-keys/${key}`)).body);
  });

  it('tells who was a member with which roles at an instant', async () => {
    const then = await moment();
    const was = (await ann.get(`${at}/members`)).body.items as Json[];
    await ann.put(`${at}/members/${bob.userId}/roles`, { roles: ['basic', 'purchases'] });
    const tom = await join(server, ann, organisation, 'tom@hale.example', ['sales'], ['Tom', 'New']);
    const now = (await ann.get(`${at}/access/members`)).body.items as Json[];
    expect(now.map(({ userId }) => userId as string)).toContain(tom.userId);
    const before = (await ann.get(`${at}/access/members?at=${then}`)).body.items as Json[];
    const byUser = (items: Json[]): Json[] => items.toSorted((a, b) => (a.userId < b.userId ? -1 : 1));
    expect(byUser(before)).toEqual(byUser(was));
    expect((await bob.get(`${at}/access/members`)).status).toBe(403);
    await ann.put(`${at}/members/${bob.userId}/roles`, { roles: ['basic'] });
  });

  it('is a record that is not there for whoever may not read it, in whatever way it is asked for', async () => {
    const project = await make('projects', { title: 'Secret' });
    const customer = await make('customers', { name: 'Somebody' });
    await ann.get(`${at}/records/${project}`);
    const since = await moment();
    const ways = (id: string): readonly string[] => [
      `${at}/records/${id}`,
      `${at}/records/${id}?at=${since}`,
      `${at}/records/${id}/difference?from=${since}`,
      `${at}/records/${id}/history`,
    ];
    const eve = await signUp(server, 'eve@else.example', 'Eve', 'Else');
    const hers = await found(eve, 'Else');
    const foreign = (await eve.post(`/v1/organisations/${hers}/customers`, { name: 'Hers' })).body.id as string;
    const absent = await Promise.all(ways(randomUUID()).map((way) => bob.get(way)));
    expect(absent.map(({ status }) => status)).toEqual([404, 404, 404, 404]);
    for (const id of [project, customer, foreign, 'nonsense']) {
      const answers = await Promise.all(ways(id).map((way) => bob.get(way)));
      expect(answers.map(({ body }) => body as object)).toEqual(absent.map(({ body }) => body as object));
    }
    for (const way of ways(project)) expect((await eve.get(way)).status).toBe(404);
    for (const way of ways(foreign)) expect((await ann.get(way)).status).toBe(404);
    // It is in the trail that somebody tried.
    const tried = (await ann.get(`${at}/audit?record=${project}&outcome=refused`)).body.items as Json[];
    expect(tried).toMatchObject([{ actor: { id: bob.userId } }]);
  });

  it('asks for the right then and now', async () => {
    const project = await make('projects', { title: 'Moved', assigned: [ann.userId] });
    const beforeBob = await moment();
    expect((await ann.post(`${at}/projects/${project}/assign`, { assigned: [bob.userId] })).status).toBe(200);
    const detail = (await ann.get(`${at}/projects/${project}`)).body;
    expect(detail.assigned).toEqual([bob.userId]);
    const withBob = await moment();
    expect((await record(bob, project)).status).toBe(200);
    expect((await record(bob, project, withBob)).status).toBe(200);
    // Bob was not assigned then, and the difference would tell what he was not to see.
    expect((await record(bob, project, beforeBob)).status).toBe(404);
    expect((await bob.get(`${at}/records/${project}/difference?from=${beforeBob}`)).status).toBe(404);
    expect((await ann.post(`${at}/projects/${project}/assign`, { assigned: [] })).status).toBe(200);
    // He was then, and is not now.
    expect((await record(bob, project, withBob)).status).toBe(404);
    expect((await bob.get(`${at}/records/${project}/history`)).status).toBe(404);
    expect((await record(ann, project, new Date(Date.now() + 60_000).toISOString())).status).toBe(400);
  });

  it('tells the history with its content to readers, and without it to those who read the trail', async () => {
    const id = await make('customers', { name: 'Rosa Lang', email: 'rosa@lang.example' }, sue);
    await sue.patch(`${at}/customers/${id}`, { phone: '0777' });
    const lena = await join(server, ann, organisation, 'lena@hale.example', ['basic'], ['Lena', 'Oak']);
    expect((await record(lena, id)).status).toBe(404);
    const history = async (client: Client): Promise<Json[]> => {
      const answer = await client.get(`${at}/records/${id}/history`);
      expect(answer.status).toBe(200);
      return answer.body.items as Json[];
    };
    const hers = await history(sue);
    expect(hers.map(({ type, source }) => [type, source])).toEqual([
      ['CustomerEdited', null],
      ['CustomerCreated', null],
    ]);
    expect(hers[0]).toMatchObject({
      summary: 'Sue Low set the phone of the customer Rosa Lang to 0777',
      changes: [{ field: 'phone', from: null, to: '0777' }],
    });
    const all = await history(ann);
    expect(all.map(({ type }) => type as string)).toEqual(
      expect.arrayContaining(['AccessRefused', 'CustomerEdited', 'CustomerCreated']),
    );
    const his = await history(carl);
    expect(his.length).toBe(all.length);
    expect(JSON.stringify(his)).not.toMatch(/Rosa|0777|lang\.example/);
    const pages: string[] = [];
    for (let after = ''; ;) {
      const page = (await sue.get(`${at}/records/${id}/history?limit=1${after}`)).body;
      pages.push(...(page.items as Json[]).map(({ eventId }) => eventId as string));
      if (page.next === null) break;
      after = `&after=${page.next as string}`;
    }
    expect(pages).toEqual(hers.map(({ eventId }) => eventId as string));
  });

  const keyOf = async (maker: Client, permissions: readonly unknown[]): Promise<Client> => {
    const made = await maker.post(`${at}/api-keys`, { name: 'Reader', permissions });
    expect(made.status).toBe(201);
    return server.client().as(made.body.key as string);
  };

  it('is read by an API key with what it and its maker both may read', async () => {
    const customer = await make('customers', { name: 'Rosa Kurz' });
    const then = await moment();
    await ann.patch(`${at}/customers/${customer}`, { phone: '0777' });
    const product = await make('products', { name: 'Print' });
    const key = await keyOf(ann, ['customers:read']);
    expect(await shown(key, customer)).toEqual(await shown(ann, customer));
    // What it could have read had it been there: its powers are what they were made.
    expect(await shown(key, customer, then)).toEqual(await shown(ann, customer, then));
    const difference = await key.get(`${at}/records/${customer}/difference?from=${then}`);
    expect(difference.body.changes).toEqual([{ field: 'phone', from: null, to: '0777' }]);
    const told = (await key.get(`${at}/records/${customer}/history`)).body.items as Json[];
    expect(told.map(({ summary, source }) => [summary, source])).toEqual([
      ['Ann Hale set the phone of the customer Rosa Kurz to 0777', null],
      ['Ann Hale added the customer Rosa Kurz', null],
    ]);
    const absent = (await key.get(`${at}/records/${randomUUID()}`)).body as object;
    for (const id of [product, ann.userId!]) {
      expect((await record(key, id)).body).toEqual(absent);
      expect((await key.get(`${at}/records/${id}/history`)).status).toBe(404);
    }
    const own = await keyOf(ann, [{ permission: 'customers:read', scope: 'own' }]);
    expect((await record(own, customer)).status).toBe(200);
    const sues = await make('customers', { name: 'Sue’s' }, sue);
    expect((await record(own, sues)).status).toBe(404);
    // By the trail it is told what happened, and nothing of what.
    const auditor = await keyOf(ann, ['audit:read']);
    expect((await record(auditor, customer)).status).toBe(404);
    const bare = (await auditor.get(`${at}/records/${customer}/history`)).body.items as Json[];
    expect(bare.length).toBeGreaterThanOrEqual(2);
    expect(JSON.stringify(bare)).not.toMatch(/Rosa|0777/);
  });

  it('asks an API key for its maker’s right then and now', async () => {
    const permissions = ['api-keys:edit', 'products:read', 'customers:read'];
    const role = await make('roles', { name: 'Integrator', permissions });
    const customer = await make('customers', { name: 'Early' });
    const max = await join(server, ann, organisation, 'max@hale.example', ['basic'], ['Max', 'Ray']);
    const before = await moment();
    await ann.put(`${at}/members/${max.userId}/roles`, { roles: [role] });
    const key = await keyOf(max, ['customers:read']);
    const since = await moment();
    expect((await record(key, customer)).status).toBe(200);
    expect((await record(key, customer, since)).status).toBe(200);
    expect((await record(key, customer, before)).status).toBe(404);
    expect((await key.get(`${at}/records/${customer}/difference?from=${before}`)).status).toBe(404);
    await ann.put(`${at}/roles/${role}`, { name: 'Integrator', permissions: permissions.slice(0, 2) });
    for (const when of [undefined, since]) expect((await record(key, customer, when)).status).toBe(404);
  });

  it('records a look at bank details, whoever has it', async () => {
    const id = await make('bank-accounts', { name: 'Savings', sortCode: '20-00-00', accountNumber: '55779911' });
    const key = await keyOf(ann, ['bank-accounts:read']);
    const looks: readonly (readonly [Client, string, string])[] = [
      [await join(server, ann, organisation, 'dora@hale.example', ['bookkeeper'], ['Dora', 'Ray']), 'Dora Ray', 'user'],
      [key, 'Ann Hale, by the API key Reader,', 'api-key'],
    ];
    for (const [reader, who, kind] of looks) {
      const read = await record(reader, id);
      expect([read.status, read.body.accountNumber]).toEqual([200, '55779911']);
      const reads = async (): Promise<Json[]> => {
        const { items } = (await ann.get(`${at}/audit?outcome=read&limit=200`)).body;
        return (items as Json[]).filter(({ summary }) => summary === `${who} read the bank details`);
      };
      for (let waited = 0; waited < 5000 && (await reads()).length === 0; waited += 20) await sleep(20);
      expect(await reads()).toMatchObject([{ actor: { kind }, authority: { permission: 'bank-accounts:read' } }]);
    }
  });
});
