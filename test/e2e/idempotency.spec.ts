import type { Answer, Client, Json } from '../support/client.js';
import { waitForImport } from '../support/imports.js';
import { found, join, signUp } from '../support/people.js';
import { Server } from '../support/server.js';

describe('one idempotency key that comes back', () => {
  let server: Server;
  let owner: Client;
  let organisation: string;
  let at: string;
  let customerId: string;
  let keys = 0;

  beforeAll(async () => {
    server = await Server.start();
    owner = await signUp(server, 'owner@keys.example');
    organisation = await found(owner);
    at = `/v1/organisations/${organisation}`;
    customerId = (await owner.post(`${at}/customers`, { name: 'Rosa' })).body.id as string;
  });

  afterAll(() => server.dispose());

  const newKey = (): Record<string, string> => ({ 'idempotency-key': `key-${++keys}` });
  const draft = async (description: string): Promise<string> => {
    const lines = [{ description, quantity: 1, unitPrice: 10 }];
    return (await owner.post(`${at}/invoices`, { customerId, date: '2026-01-01', lines })).body.id as string;
  };
  const statusOf = async (userId: string | undefined): Promise<string> =>
    ((await owner.get(`${at}/members`)).body.items as Json[]).find((one) => one.userId === userId).status as string;

  it('for another member does to that one what was asked', async () => {
    const [one, two] = [
      await join(server, owner, organisation, 'one@keys.example', ['sales']),
      await join(server, owner, organisation, 'two@keys.example', ['sales']),
    ];
    const key = newKey();
    const disable = ({ userId }: Client): Promise<Answer<Json>> =>
      owner.post(`${at}/members/${userId}/disable`, {}, key);
    const first = await disable(one);
    const second = await disable(two);
    expect([first.status, second.status]).toEqual([200, 200]);
    expect([await statusOf(one.userId), await statusOf(two.userId)]).toEqual(['disabled', 'disabled']);
    expect((await disable(one)).body).toEqual(first.body);
    expect((await two.get(`${at}/customers`)).status).toBe(404);
  });

  it('for another invoice copies and issues that one', async () => {
    const [one, two] = [await draft('one'), await draft('two')];
    const key = newKey();
    const copies = [];
    for (const id of [one, two]) copies.push(await owner.post(`${at}/invoices/${id}/copy`, {}, key));
    expect(copies.map(({ status }) => status)).toEqual([201, 201]);
    const copied = await owner.get(`${at}/invoices/${copies[1]!.body.id}`);
    expect(copied.body).toMatchObject({ lines: [{ description: 'two' }] });

    const issued = [];
    for (const id of [one, two, one]) issued.push(await owner.post(`${at}/invoices/${id}/issue`, {}, key));
    expect(issued.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(issued[2]!.body).toEqual(issued[0]!.body);
    // The newest position, where the repeat answered an older one.
    owner.reflect(issued[1]!.body.position as string);
    const numbers = await Promise.all(
      [one, two].map(async (id) => (await owner.get(`${at}/invoices/${id}`)).body.number),
    );
    expect(numbers).toEqual([1, 2]);
  });

  it('for an invitation of another organisation accepts that one', async () => {
    const guest = await signUp(server, 'guest@keys.example');
    const key = newKey();
    for (const inviter of [owner, await signUp(server, 'other@keys.example')]) {
      const into = inviter === owner ? organisation : await found(inviter);
      const body = { email: 'guest@keys.example', firstName: 'Guy', lastName: 'Est', roles: ['sales'] };
      const invited = await inviter.post(`/v1/organisations/${into}/invitations`, body);
      const sent = async (): Promise<string> => server.mailToken('guest@keys.example', 'invitations/accept');
      let accepted = await guest.post('/v1/invitations/accept', { token: await sent() }, key);
      // The mail before may still be the newest one.
      for (let tries = 0; accepted.body.organisation !== into && tries < 50; tries++)
        accepted = await guest.post('/v1/invitations/accept', { token: await sent() }, key);
      expect(invited.status).toBe(201);
      expect(accepted).toMatchObject({ status: 200, body: { organisation: into } });
      expect((await guest.get(`/v1/organisations/${into}/customers`)).status).toBe(200);
    }
  });

  it('with two bodies at the same moment answers one of them, and refuses the other', async () => {
    for (let round = 0; round < 10; round++) {
      const key = newKey();
      const answers = await Promise.all(
        ['Ann', 'Bob'].map((name) => owner.post(`${at}/customers`, { name: `${name} ${round}` }, key)),
      );
      expect(answers.map(({ status }) => status).sort()).toEqual([201, 422]);
      const patches = await Promise.all(
        ['1', '2'].map((phone) => owner.patch(`${at}/customers/${customerId}`, { phone: `${phone}-${round}` }, key)),
      );
      expect(patches.map(({ status }) => status).sort()).toEqual([200, 422]);
    }
  });

  it('with another file is refused, and the first import stays what it was', async () => {
    const key = { ...newKey(), 'content-type': 'text/csv' };
    const header = 'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country';
    const file = (row: string): Promise<Answer<Json>> =>
      owner.post(`${at}/imports/invoices`, `${header}\n${row}\n`, key);
    const first = await file('900,A,x,1,2011-01-04,1,,');
    expect(first.status).toBe(201);
    expect(await file('901,A,x,1,2011-01-04,1,,')).toMatchObject({
      status: 422,
      body: { code: 'idempotency-mismatch' },
    });
    expect((await file('900,A,x,1,2011-01-04,1,,')).body).toEqual(first.body);
    expect(await waitForImport(owner, organisation, first.body.id as string)).toMatchObject({ invoices: 1 });
  });
});
