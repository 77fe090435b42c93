import { randomUUID } from 'node:crypto';
import type { Answer, Client, Json } from '../../../test/support/client.js';
import { found, join, signUp } from '../../../test/support/people.js';
import { Server } from '../../../test/support/server.js';

const ids = (answer: Answer<Json>): string[] => (answer.body.items as Json[]).map(({ id }) => id as string);

describe('customers and their contacts over HTTP', () => {
  let server: Server;
  let owner: Client;
  let sam: Client;
  let organisation: string;
  let at: string;

  const written = (answer: Answer<Json>, status = 200): string => {
    expect({ status: answer.status, body: answer.body }).toEqual({ status, body: expect.anything() });
    for (const client of [owner, sam]) client.reflect(answer.headers.get('countersign-position')!);
    return answer.body.id as string;
  };
  const customer = async (fields: object = {}): Promise<string> =>
    written(await owner.post(`${at}/customers`, { name: 'Hale Ltd', ...fields }), 201);
  const contact = async (of: string, fields: object = {}): Promise<string> =>
    written(await owner.post(`${at}/customers/${of}/contacts`, { name: 'Rosa Klein', ...fields }), 201);

  beforeAll(async () => {
    server = await Server.start();
    owner = await signUp(server, 'owner@customers.example', 'Ann', 'Hale');
    organisation = await found(owner);
    at = `/v1/organisations/${organisation}`;
    sam = await join(server, owner, organisation, 'sam@customers.example', ['sales']);
  }, 60_000);
  afterAll(() => server.dispose());

  it('have contacts, who are added, edited and removed by whoever may edit the customer', async () => {
    const id = await customer();
    const fields = { name: 'Rosa Klein', role: 'accounts', email: 'rosa@hale.example', phone: '0789', notes: 'tall' };
    const added = await sam.post(`${at}/customers/${id}/contacts`, fields);
    const contactId = written(added, 201);
    expect(added.headers.get('location')).toBe(`${at}/customers/${id}/contacts/${contactId}`);
    const shown = { id: contactId, ...fields, restricted: false };
    expect((await sam.get(`${at}/customers/${id}`)).body).toMatchObject({ revision: 1, contacts: [shown] });
    const one = await sam.get(`${at}/customers/${id}/contacts/${contactId}`);
    expect(one.body).toEqual({ ...shown, revision: 1 });
    const path = `${at}/customers/${id}/contacts/${contactId}`;
    const stale = await sam.send('PATCH', path, { name: 'X' }, { 'if-match': '"0"' });
    expect(stale.status).toBe(412);
    written(await sam.send('PATCH', path, { name: 'Rosa Gross', role: null }, { 'if-match': '"1"' }));
    expect((await sam.get(path)).body).toMatchObject({ name: 'Rosa Gross', role: null, email: 'rosa@hale.example' });
    written(await sam.post(`${path}/remove`));
    written(await sam.post(`${path}/remove`));
    expect((await sam.get(path)).status).toBe(404);
    expect((await sam.patch(path, { name: 'X' })).body.rule).toBe('contact-removed');
    expect((await sam.get(`${at}/customers/${id}`)).body.contacts).toEqual([]);
    expect((await sam.patch(`${at}/customers/${id}/contacts/${randomUUID()}`, {})).status).toBe(404);
    const reader = await join(server, owner, organisation, 'reader@customers.example', [
      { role: 'sales', readOnly: true },
    ]);
    expect((await reader.post(`${at}/customers/${id}/contacts`, { name: 'X' })).status).toBe(403);
    expect((await reader.post(`${path}/remove`)).status).toBe(403);
  });

  it('are in the address book with their contacts, and found by the beginning of a name', async () => {
    const id = await customer({ name: 'Quill & Sons' });
    const contactId = await contact(id, { name: 'Wilhelmina Ferris', email: 'w@quill.example' });
    for (const q of ['quil', 'wilhel', 'ferris%20quill', 'w%40quill.example']) {
      const { items } = (await sam.get(`${at}/address-book?q=${q}`)).body as { items: Json[] };
      expect([q, items]).toEqual([
        q,
        [
          expect.objectContaining({
            id,
            kind: 'customer',
            name: 'Quill & Sons',
            contacts: [{ id: contactId, name: 'Wilhelmina Ferris', role: null, email: 'w@quill.example', phone: null }],
          }),
        ],
      ]);
    }
    written(await owner.post(`${at}/customers/${id}/contacts/${contactId}/remove`));
    expect((await sam.get(`${at}/address-book?q=wilhel`)).body.items).toEqual([]);
  });

  it('are archived and taken out again; in between nothing is made out to them', async () => {
    const id = await customer({ name: 'Dusty' });
    const draft = () =>
      owner.post(`${at}/estimates`, {
        customerId: id,
        date: '2026-01-02',
        lines: [{ description: 'x', quantity: 1, unitPrice: 1 }],
      });
    written(await owner.post(`${at}/customers/${id}/archive`));
    expect((await draft()).body.rule).toBe('customer-archived');
    expect((await sam.post(`${at}/customers/${id}/restore`)).status).toBe(403);
    written(await owner.post(`${at}/customers/${id}/restore`));
    expect((await owner.get(`${at}/customers/${id}`)).body.status).toBe('active');
    expect((await draft()).status).toBe(201);
    const { items } = (await owner.get(`${at}/audit?record=${id}`)).body as { items: Json[] };
    expect(items[0]!.summary).toBe('Ann Hale took the customer Dusty out of the archive');
  });

  describe('whose contacts have rights', () => {
    const rosa = { name: 'Rosamunde Klein', email: 'rosamunde@klein.example', phone: '0789', notes: 'blue eyes' };

    it('are found, told what is held of them, restricted, and erased by themselves', async () => {
      const id = await customer({ name: 'Firma Klein' });
      const contactId = await contact(id, rosa);
      const other = await contact(id, { name: 'Otto Klein' });
      const listed = await owner.get(`${at}/privacy/subjects?q=rosamunde`);
      expect(listed.body.items).toMatchObject([
        { id: contactId, kind: 'contact', label: 'Rosamunde Klein', status: 'active' },
      ]);

      const restriction = await owner.post(`${at}/privacy/restrictions`, { subject: contactId, reason: 'disputed' });
      written(restriction, 201);
      const book = () => sam.get(`${at}/address-book?q=firma`);
      const until = async (look: () => Promise<boolean>): Promise<void> => {
        for (let tries = 0; tries < 100 && !(await look()); tries++) await new Promise((done) => setTimeout(done, 50));
      };
      await until(async () => (((await book()).body.items as Json[])[0]!.contacts as Json[]).length === 1);
      expect((await book()).body.items).toMatchObject([{ contacts: [{ id: other }] }]);
      expect((await owner.patch(`${at}/customers/${id}/contacts/${contactId}`, { name: 'X' })).body.rule).toBe(
        'restricted',
      );

      const erasure = await owner.post(`${at}/privacy/erasures`, { subject: contactId, reason: 'asked for it' });
      expect(erasure.status).toBe(201);
      expect(erasure.body).toMatchObject({ kept: expect.any(Array) });
      for (const client of [owner, sam]) client.reflect(erasure.headers.get('countersign-position')!);
      await until(async () => !JSON.stringify((await owner.get(`${at}/customers/${id}`)).body).includes('Rosamunde'));
      const after = (await owner.get(`${at}/customers/${id}`)).body;
      expect(after).toMatchObject({ name: 'Firma Klein', contacts: [{ id: other, name: 'Otto Klein' }] });
      const trail = JSON.stringify((await owner.get(`${at}/audit?record=${id}&limit=200`)).body);
      expect(trail).toContain('Otto Klein');
      for (const text of Object.values(rosa)) expect(trail).not.toContain(text);
      expect((await owner.get(`${at}/privacy/subjects?q=erased`)).body.items).toMatchObject([
        { id: contactId, kind: 'contact', label: 'erased', erasure: 'done' },
      ]);
    });

    it('do not lose their data with their customer, nor the customer with them', async () => {
      const id = await customer({ name: 'Anselm Vogel' });
      const contactId = await contact(id, { name: 'Berta Vogel' });
      expect((await owner.post(`${at}/privacy/erasures`, { subject: id, reason: 'asked' })).status).toBe(201);
      expect((await owner.get(`${at}/privacy/subjects?q=berta`)).body.items).toMatchObject([{ id: contactId }]);
      expect(ids(await owner.get(`${at}/privacy/subjects?q=anselm`))).toEqual([]);
    });
  });
});
