import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer, Client, Json } from '../../../test/support/client.js';
import { upload, waitForImport } from '../../../test/support/imports.js';
import { found, join, signUp } from '../../../test/support/people.js';
import { Server } from '../../../test/support/server.js';

const NOBODY = '01999999-9999-7999-8999-999999999999';
const CSV = [
  'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country',
  '1001,A,Lamp,2,2011-01-04 10:00:00,2.5,17850.0,France',
  '1002,A,Lamp,1,2011-01-05 10:00:00,2.5,17850.0,France',
].join('\n');

describe('notifications over HTTP', () => {
  let server: Server;
  let owner: Client;
  let organisation: string;
  let at: string;
  let customerId: string;
  let brand: string;
  let otherBrand: string;
  /** Somebody whose roles are changed to see that everything before has been handled. */
  let marker: Client;
  let marks = 0;
  let changes = 0;

  beforeAll(async () => {
    server = await Server.start();
    owner = await signUp(server, 'ann@notes.example', 'Ann', 'Hale');
  });
  afterAll(() => server.dispose());

  beforeEach(async () => {
    organisation = await found(owner);
    at = `/v1/organisations/${organisation}`;
    customerId = (await owner.post(`${at}/customers`, { name: 'Rosa Klein' })).body.id;
    brand = (await owner.post(`${at}/brands`, { name: 'Hale Portraits' })).body.id;
    otherBrand = (await owner.post(`${at}/brands`, { name: 'Hale Weddings' })).body.id;
    marker = await member('marker', ['staff']);
    marks = 0;
  });

  const member = (name: string, roles: readonly unknown[]): Promise<Client> =>
    join(server, owner, organisation, `${name}@${organisation}.example`, roles, [name, 'Low']);
  const ok = (answer: Answer<Json>): Json => {
    if (answer.status >= 300) throw new Error(`${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  const set = async (client: Client, ...items: Json[]): Promise<Answer<Json>> =>
    client.put(`${at}/notification-settings`, {
      items: items.map((item) => ({ inApp: true, mail: false, ...item })),
    });
  const settings = async (client: Client): Promise<Json[]> => ok(await client.get(`${at}/notification-settings`)).items;
  const changeRoles = async (client: Client, ...roles: unknown[]): Promise<void> => {
    ok(await owner.put(`${at}/members/${client.userId}/roles`, { roles }));
  };
  /** With a change of its own first: what reflects that has everything before. */
  const list = async (client: Client, query = ''): Promise<Json> => {
    client.reflect(ok(await owner.patch(at, { name: `Hale ${++changes}` })).position as string);
    return ok(await client.get(`${at}/notifications${query}`));
  };
  const sentences = async (client: Client): Promise<string[]> =>
    ((await list(client)).items as Json[]).map(({ sentence }) => sentence as string);
  /** Resolves when everything that happened before has been told, or not. */
  const settled = async (): Promise<void> => {
    marks += 1;
    await changeRoles(marker, marks % 2 === 0 ? 'staff' : 'sales');
    while (((await marker.get(`${at}/notifications`)).body.items as Json[]).length < marks) await sleep(10);
  };
  const issue = async (brandId?: string): Promise<string> => {
    const lines = [{ description: 'Portraits', quantity: 1, unitPrice: 10 }];
    const body = { customerId, date: '2026-03-01', lines, ...(brandId === undefined ? {} : { brandId }) };
    const { id } = ok(await owner.post(`${at}/invoices`, body));
    ok(await owner.post(`${at}/invoices/${id}/issue`));
    return id as string;
  };

  it('offers what a role may see, and nothing else', async () => {
    const [sales, basic, limited] = await Promise.all([
      member('sales', ['sales']),
      member('basic', ['basic']),
      member('limited', [{ role: 'sales', brands: [brand] }]),
    ]);
    const offered = async (client: Client): Promise<string[]> => (await settings(client)).map(({ id }) => id as string);
    const invoices = ['invoice-issued', 'payment-recorded', 'invoice-voided'];
    const ofAll = invoices.flatMap((kind) => [kind, `${kind}/${brand}`, `${kind}/${otherBrand}`]);
    expect(await offered(sales)).toEqual([...ofAll, 'own-roles-changed', 'project-assigned']);
    expect(await offered(basic)).toEqual(['own-roles-changed', 'project-assigned', 'task-assigned', 'task-completed']);
    expect(await offered(limited)).toEqual([
      ...invoices.map((kind) => `${kind}/${brand}`),
      'own-roles-changed',
      'project-assigned',
    ]);
    expect((await offered(owner)).length).toBeGreaterThan(18);
    expect((await settings(sales)).slice(0, 2)).toEqual([
      {
        id: 'invoice-issued',
        kind: 'invoice-issued',
        label: 'An invoice is issued',
        brandId: null,
        inApp: false,
        mail: false,
      },
      expect.objectContaining({ brandId: brand }),
    ]);
    expect((await settings(basic))[0]).toMatchObject({ kind: 'own-roles-changed', inApp: true, mail: false });
    await changeRoles(sales, 'compliance');
    expect(await offered(sales)).toContain('roles-changed');
    expect(await offered(sales)).not.toContain('invoice-issued');
  });

  it('refuses what is not offered in the words for what does not exist', async () => {
    const limited = await member('limited', [{ role: 'sales', brands: [brand] }]);
    const told = async (...items: Json[]): Promise<string> => {
      const { status, body } = await set(limited, ...items);
      return `${status} ${JSON.stringify(body)}`;
    };
    expect(await told({ kind: 'member-disabled' })).toBe(await told({ kind: 'no-such-kind' }));
    expect(await told({ kind: 'member-disabled', brandId: brand })).toBe(
      await told({ kind: 'no-such-kind', brandId: NOBODY }),
    );
    const refused = await told({ kind: 'invoice-issued', brandId: otherBrand });
    expect(refused).toMatch(/^400 .*"field":"items.0.brandId"/);
    expect(refused).toBe(await told({ kind: 'invoice-issued', brandId: NOBODY }));
    expect(refused).toBe(await told({ kind: 'invoice-issued', brandId: null }));
    expect(await told({ kind: 'invoice-issued', brandId: brand }, { kind: 'nothing' })).toMatch(/^400 .*items.1.kind/);
    expect((await settings(limited)).filter(({ inApp }) => inApp).map(({ kind }) => kind)).toEqual([
      'own-roles-changed',
      'project-assigned',
    ]);
    for (const body of [
      {},
      { items: 'all' },
      { items: [{ kind: 'invoice-issued' }] },
      { items: [], userId: owner.userId },
    ])
      expect((await limited.put(`${at}/notification-settings`, body)).status).toBe(400);
  });

  it('tells whoever asked for it, once, and nobody of their own deeds', async () => {
    const [sales, other] = await Promise.all([member('sales', ['sales']), member('other', ['sales'])]);
    expect(await set(sales, { kind: 'invoice-issued' }, { kind: 'payment-recorded' })).toMatchObject({
      status: 200,
      body: { id: sales.userId, revision: 0 },
    });
    expect(await set(sales, { kind: 'invoice-issued' })).toMatchObject({ status: 200, body: { revision: 0 } });
    ok(await set(owner, { kind: 'invoice-issued' }));
    const invoice = await issue();
    await settled();
    expect(await list(sales)).toEqual({
      items: [
        {
          id: expect.any(String),
          revision: 0,
          kind: 'invoice-issued',
          sentence: 'Invoice 1 was issued',
          record: { kind: 'invoice', id: invoice, label: 'Invoice 1' },
          at: expect.stringMatching(/Z$/),
          readAt: null,
        },
      ],
      next: null,
    });
    expect([await sentences(owner), await sentences(other)]).toEqual([[], []]);
  });

  it('is read by its own person only', async () => {
    const sales = await member('sales', ['sales']);
    ok(await set(sales, { kind: 'invoice-issued' }));
    for (let n = 0; n < 3; n++) await issue();
    await settled();
    const count = async (): Promise<Json> => ok(await sales.get(`${at}/notifications/unread-count`));
    const [first] = (await list(sales)).items as Json[];
    expect(await count()).toEqual({ count: 3, more: false });
    for (const client of [owner, marker]) {
      expect((await client.post(`${at}/notifications/${first.id}/read`)).status).toBe(404);
      ok(await client.post(`${at}/notifications/read-all`));
    }
    expect((await sales.post(`${at}/notifications/${NOBODY}/read`)).status).toBe(404);
    expect((await sales.post(`${at}/notifications/nothing/read`)).status).toBe(404);
    const elsewhere = await found(sales, 'Elsewhere');
    expect((await sales.post(`/v1/organisations/${elsewhere}/notifications/${first.id}/read`)).status).toBe(404);
    expect((await list(sales, '?unread=true')).items).toHaveLength(3);

    expect(await sales.post(`${at}/notifications/${first.id}/read`)).toMatchObject({
      status: 200,
      body: { id: first.id, revision: 1 },
    });
    expect(await sales.post(`${at}/notifications/${first.id}/read`)).toMatchObject({
      status: 200,
      body: { id: first.id, revision: 1 },
    });
    expect((await sales.get(`${at}/notifications?unread=false`)).body.items).toMatchObject([
      { id: first.id, readAt: expect.stringMatching(/Z$/) },
    ]);
    expect(await count()).toEqual({ count: 2, more: false });
    expect(ok(await sales.post(`${at}/notifications/read-all`))).toMatchObject({ read: 2 });
    expect(await count()).toEqual({ count: 0, more: false });
    expect(ok(await sales.post(`${at}/notifications/read-all`))).toMatchObject({ read: 0 });
    expect((await sales.get(`${at}/notifications?unread=maybe`)).status).toBe(400);
    expect((await sales.get(`${at}/notifications?user=${owner.userId}`)).status).toBe(400);
  });

  it('keeps to brands, when it is made and when it is shown', async () => {
    const limited = await member('limited', [{ role: 'sales', brands: [brand] }]);
    ok(await set(limited, { kind: 'invoice-issued', brandId: brand }));
    const [mine] = [await issue(brand), await issue(otherBrand), await issue()];
    await settled();
    // They are told of their own roles as well, some time after those were changed.
    const shown = async (): Promise<string[]> =>
      ((await list(limited)).items as Json[])
        .filter(({ kind }) => kind === 'invoice-issued')
        .map(({ record }) => record.id as string);
    expect(await shown()).toEqual([mine]);
    await changeRoles(limited, { role: 'sales', brands: [otherBrand] });
    expect(await shown()).toEqual([]);
    // What was asked for while it was offered counts for nothing while it is not.
    await issue(brand);
    await settled();
    await changeRoles(limited, 'sales');
    await settled();
    expect((await sentences(limited)).filter((sentence) => sentence.startsWith('Invoice'))).toEqual([
      'Invoice 1 was issued',
    ]);
  });

  it('shows nothing of an area that is closed today, be it by a list, a count or a cursor', async () => {
    const sales = await member('sales', ['sales']);
    ok(await set(sales, { kind: 'invoice-issued' }));
    for (let n = 0; n < 3; n++) await issue();
    await settled();
    const { items } = await list(sales);
    const page = await list(sales, '?limit=2');
    expect([page.items.length, page.next]).toEqual([2, expect.any(String)]);
    expect(await list(sales, `?limit=2&after=${page.next}`)).toEqual({ items: [items[2]], next: null });
    expect((await owner.get(`${at}/invoices?limit=1&after=${page.next}`)).status).toBe(400);
    expect((await sales.get(`${at}/notifications?after=nothing`)).status).toBe(400);

    await changeRoles(sales, 'basic');
    await settled();
    const own = { kind: 'own-roles-changed', sentence: 'Your roles were changed: Sales -> Basic' };
    expect(await list(sales, '?limit=1')).toEqual({ items: [expect.objectContaining(own)], next: null });
    expect((await sales.get(`${at}/notifications/unread-count`)).body).toEqual({ count: 1, more: false });
    expect((await sales.post(`${at}/notifications/${items[0].id}/read`)).status).toBe(404);
    expect(ok(await sales.post(`${at}/notifications/read-all`))).toMatchObject({ read: 1 });
    expect(await list(sales, `?limit=1&after=${page.next}`)).toEqual({ items: [], next: null });

    await changeRoles(sales, 'sales');
    expect(await sentences(sales)).toEqual(expect.arrayContaining(['Invoice 3 was issued', 'Invoice 2 was issued']));
    expect((await sales.get(`${at}/notifications?unread=true`)).body.items.length).toBeGreaterThanOrEqual(3);
  });

  it('tells disabled people nothing, then or later', async () => {
    const sales = await member('sales', ['sales']);
    ok(await set(sales, { kind: 'invoice-issued' }));
    ok(await owner.post(`${at}/members/${sales.userId}/disable`));
    await issue();
    await settled();
    expect((await sales.get(`${at}/notifications`)).status).toBe(404);
    expect((await set(sales, { kind: 'invoice-issued' })).status).toBe(404);
    ok(await owner.post(`${at}/members/${sales.userId}/enable`));
    await issue();
    await settled();
    expect(await sentences(sales)).toEqual(['Invoice 2 was issued']);
    ok(await owner.post(`${at}/members/${sales.userId}/remove`));
    await issue();
    await settled();
    expect((await sales.get(`${at}/notifications`)).status).toBe(404);
  });

  it('tells of members whoever may see them, of people who have gone as well', async () => {
    const [admin, bob] = await Promise.all([member('admin', ['admin']), member('bob', ['sales'])]);
    for (const kind of ['member-disabled', 'member-removed', 'roles-changed', 'invitation-accepted'])
      ok(await set(admin, { kind }));
    await changeRoles(bob, { role: 'sales', readOnly: true });
    ok(await owner.post(`${at}/members/${bob.userId}/disable`));
    ok(await owner.post(`${at}/members/${bob.userId}/remove`));
    await member('cid', ['staff']);
    await settled();
    expect((await sentences(admin)).filter((sentence) => !sentence.startsWith('marker'))).toEqual([
      'cid Low accepted an invitation',
      'bob Low is no member any more',
      'bob Low was disabled',
      'bob Low has other roles: Sales -> Sales (read only)',
    ]);
  });

  it('tells people what they are assigned to, as long as they are', async () => {
    const basic = await member('basic', ['basic']);
    const project = ok(await owner.post(`${at}/projects`, { title: 'Wedding', assigned: [basic.userId] })).id as string;
    ok(await owner.post(`${at}/tasks`, { title: 'Call', projectId: project, assignees: [basic.userId] }));
    await settled();
    expect(await sentences(basic)).toEqual([
      'You were assigned to the task Call',
      'You were assigned to the project Wedding',
    ]);
    ok(await owner.post(`${at}/projects/${project}/assign`, { assigned: [] }));
    expect((await sentences(basic)).filter((sentence) => sentence.includes('project'))).toEqual([]);
  });

  it('tells of an import once, when it has ended', async () => {
    const sales = await member('sales', ['sales-and-purchases']);
    ok(await set(sales, { kind: 'invoice-issued' }));
    ok(await set(owner, { kind: 'invoice-issued' }));
    await waitForImport(owner, organisation, await upload(owner, organisation, CSV));
    await settled();
    expect(await sentences(sales)).toEqual([]);
    expect(await sentences(owner)).toEqual([
      'Your import of invoices has ended: 2 invoices and 0 credit notes made, 0 rows rejected',
    ]);
  });

  it('goes by mail where that is wanted', async () => {
    const sales = await member('sales', ['sales']);
    ok(await set(sales, { kind: 'invoice-issued', inApp: false, mail: true }));
    await issue();
    await settled();
    const [mail] = await server.mail(
      `sales@${organisation}.example`,
      /Invoice 1 was issued\.[^]*notification settings/,
    );
    expect(mail).not.toMatch(/Rosa|Portraits/);
    expect(await sentences(sales)).toEqual([]);
    expect((await sales.get(`${at}/notifications/unread-count`)).body).toMatchObject({ count: 0 });
  });

  it('is in the trail by its settings, not by what was told and read', async () => {
    const sales = await member('sales', ['sales']);
    ok(await set(sales, { kind: 'invoice-issued', brandId: brand }));
    await issue(brand);
    await settled();
    ok(await sales.post(`${at}/notifications/read-all`));
    await list(owner);
    const { items } = ok(await owner.get(`${at}/audit?actor=${sales.userId}`));
    expect(items).toMatchObject([
      {
        type: 'NotificationSettingsChanged',
        summary: `sales Low changed a notification setting: An invoice is issued (brand ${brand}): off -> in the app`,
        record: { kind: 'notification-settings', id: sales.userId, label: 'Notification settings of sales Low' },
      },
      { type: 'InvitationAccepted' },
    ]);
    const all = ok(await owner.get(`${at}/audit?limit=200`)).items as Json[];
    expect(all.filter(({ type }) => type === 'NotificationMade' || type === 'NotificationRead')).toEqual([]);
  });

  it('tells nothing twice after a crash', async () => {
    const sales = await member('sales', ['sales']);
    ok(await set(sales, { kind: 'invoice-issued' }));
    for (let n = 0; n < 5; n++) await issue();
    await server.kill();
    server = await Server.start({ folder: server.folder });
    [owner, marker] = [owner.at(server.url), marker.at(server.url)];
    await settled();
    await issue();
    await settled();
    expect(await sentences(sales.at(server.url))).toEqual([6, 5, 4, 3, 2, 1].map((n) => `Invoice ${n} was issued`));
  });
});
