import { randomUUID } from 'node:crypto';
import type { Answer, Client, Json } from '../../../test/support/client.js';
import { found, join, signUp } from '../../../test/support/people.js';
import { Server } from '../../../test/support/server.js';

const LINE = { description: 'Ink', quantity: 2, unitPrice: '10', vatRate: 2000 };
const told = ({ status, body }: Answer<Json>): unknown => ({ status, body });

describe('purchase orders over HTTP', () => {
  let server: Server;
  let ann: Client;
  let organisation: string;
  let at: string;
  let supplier: string;

  const made = async (path: string, body: unknown): Promise<string> => {
    const answer = await ann.post(`${at}/${path}`, body);
    if (answer.status !== 201) throw new Error(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body.id as string;
  };
  const order = (more: object = {}): Promise<string> =>
    made('purchase-orders', { supplierId: supplier, date: '2026-02-01', lines: [LINE], ...more });

  beforeAll(async () => {
    server = await Server.start();
    ann = await signUp(server, 'ann@orders.example', 'Ann', 'Hale');
    organisation = await found(ann);
    at = `/v1/organisations/${organisation}`;
    supplier = await made('suppliers', { name: 'Ink & Co' });
  }, 60_000);
  afterAll(() => server.dispose());

  it('are drafted, sent and made into a purchase, once', async () => {
    const id = await order({ reference: 'PO-7' });
    expect((await ann.get(`${at}/purchase-orders/${id}`)).body).toMatchObject({
      id,
      status: 'draft',
      supplier: { id: supplier, name: 'Ink & Co' },
      total: 2400,
      reference: 'PO-7',
      purchaseId: null,
    });
    expect((await ann.patch(`${at}/purchase-orders/${id}`, { lines: [{ ...LINE, quantity: 3 }] })).status).toBe(200);
    expect((await ann.post(`${at}/purchase-orders/${id}/send`)).status).toBe(200);
    expect(await ann.patch(`${at}/purchase-orders/${id}`, { reference: 'X' })).toMatchObject({
      status: 409,
      body: { rule: 'not-a-draft' },
    });
    const convert = () => ann.post(`${at}/purchase-orders/${id}/convert`, { date: '2026-03-10', reference: 'INV-9' });
    const [first, again] = await Promise.all([convert(), convert()]);
    expect([first.status, again.status].sort()).toEqual([200, 201]);
    const purchase = first.body.id as string;
    expect(again.body.id).toBe(purchase);
    const made201 = first.status === 201 ? first : again;
    expect(made201.headers.get('location')).toBe(`${at}/purchases/${purchase}`);
    expect((await ann.get(`${at}/purchases/${purchase}`)).body).toMatchObject({
      status: 'draft',
      supplier: { id: supplier },
      date: '2026-03-10',
      total: 3600,
      reference: 'INV-9',
      purchaseOrderId: id,
      createdBy: ann.userId,
    });
    expect((await ann.get(`${at}/purchase-orders/${id}`)).body).toMatchObject({
      status: 'converted',
      purchaseId: purchase,
    });
    expect((await ann.get(`${at}/purchases?supplierId=${supplier}`)).body.items).toHaveLength(1);
    const trail = await ann.get(`${at}/audit?record=${id}`);
    expect((trail.body.items as Json[]).map(({ summary }) => summary)).toEqual([
      'Ann Hale made purchase order PO-7 into a purchase',
      'Ann Hale marked purchase order PO-7 as sent',
      'Ann Hale changed the total of purchase order PO-7 from 24.00 GBP to 36.00 GBP and changed its line 1',
      'Ann Hale drafted purchase order PO-7',
    ]);
  });

  it('stay orders where a purchase could not hold as much', async () => {
    const id = await order({ lines: Array<object>(2000).fill({ ...LINE, description: 'x'.repeat(390) }) });
    expect((await ann.post(`${at}/purchase-orders/${id}/convert`, {})).status).toBe(413);
    expect((await ann.get(`${at}/purchase-orders/${id}`)).body).toMatchObject({ status: 'draft', purchaseId: null });
  });

  it('are cancelled with a reason, and discarded as drafts', async () => {
    const [one, two] = [await order(), await order()];
    await ann.post(`${at}/purchase-orders/${one}/send`);
    expect(await ann.post(`${at}/purchase-orders/${one}/discard`)).toMatchObject({ status: 409 });
    expect((await ann.post(`${at}/purchase-orders/${one}/cancel`, { reason: 'Too late' })).status).toBe(200);
    expect(await ann.post(`${at}/purchase-orders/${one}/convert`)).toMatchObject({ status: 409 });
    expect((await ann.post(`${at}/purchase-orders/${two}/discard`)).status).toBe(200);
    const list = async (status: string) =>
      ((await ann.get(`${at}/purchase-orders?status=${status}`)).body.items as Json[]).map(({ id }) => id as string);
    expect(await list('cancelled')).toEqual([one]);
    expect(await list('discarded')).toEqual([two]);
  });

  it('are for whoever has a say about purchases, as far as it goes', async () => {
    const brandId = await made('brands', { name: 'North' });
    const id = await order();
    const join2 = async (email: string, role: unknown): Promise<Client> => {
      const person = await join(server, ann, organisation, email, [role]);
      person.reflect(
        (await ann.patch(`${at}/suppliers/${supplier}`, { notes: email })).headers.get('countersign-position')!,
      );
      return person;
    };
    const pat = await join2('pat@orders.example', 'purchases');
    expect((await pat.post(`${at}/purchase-orders/${id}/send`)).status).toBe(200);
    expect(await pat.post(`${at}/purchase-orders/${id}/cancel`, { reason: 'x' })).toMatchObject({
      status: 403,
      body: { permission: 'purchases:void' },
    });
    const staff = await join2('staff@orders.example', 'staff');
    expect((await staff.get(`${at}/purchase-orders/${id}`)).status).toBe(403);
    const readOnly = await join2('ro@orders.example', { role: 'purchases', readOnly: true });
    expect((await readOnly.post(`${at}/purchase-orders`, {})).status).toBe(403);
    const limited = await join2('lim@orders.example', { role: 'admin', brands: [brandId] });
    expect((await limited.get(`${at}/purchase-orders`)).body.items).toEqual([]);
    for (const verb of ['', '/send', '/convert', '/discard']) {
      const ask = (one: string) =>
        limited.send(verb === '' ? 'GET' : 'POST', `${at}/purchase-orders/${one}${verb}`, verb === '' ? undefined : {});
      expect(told(await ask(id))).toEqual(told(await ask(randomUUID())));
    }
    // Whoever converts an order has entered the purchase.
    const converted = await pat.post(`${at}/purchase-orders/${id}/convert`);
    ann.reflect(converted.headers.get('countersign-position')!);
    expect((await ann.get(`${at}/purchases/${converted.body.id}`)).body.createdBy).toBe(pat.userId);
  });
});
