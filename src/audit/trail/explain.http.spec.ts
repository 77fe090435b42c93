import { setTimeout as sleep } from 'node:timers/promises';
import { randomUUID } from 'node:crypto';
import type { Client, Json } from '../../../test/support/client.js';
import { found, join, signUp } from '../../../test/support/people.js';
import { Server } from '../../../test/support/server.js';
import { leafText } from '../../platform/proofs/canonical.js';
import { leafHash, verifyInclusion } from '../../platform/proofs/merkle.js';

describe('one event of the trail, and the trail by all filters', () => {
  let server: Server;
  let ann: Client;
  let carl: Client;
  let dan: Client;
  let organisation: string;
  let at: string;
  let invoice: string;
  let customer: string;

  beforeAll(async () => {
    server = await Server.start();
    ann = await signUp(server, 'ann@hale.example', 'Ann', 'Hale');
    organisation = await found(ann);
    at = `/v1/organisations/${organisation}`;
    carl = await join(server, ann, organisation, 'carl@hale.example', ['compliance'], ['Carl', 'Stone']);
    dan = await join(server, ann, organisation, 'dan@hale.example', ['admin'], ['Dan', 'Lee']);
    customer = (await ann.post(`${at}/customers`, { name: 'Rosa Klein', email: 'rosa@klein.example' })).body
      .id as string;
    const lines = [{ description: 'Portraits', quantity: '2', unitPrice: '62.5' }];
    const draft = await dan.post(`${at}/invoices`, {
      customerId: customer,
      date: '2026-03-01',
      dueDate: '2026-05-01',
      lines,
    });
    invoice = draft.body.id as string;
    const edited = await dan.patch(`${at}/invoices/${invoice}`, { dueDate: '2026-06-01' });
    for (const client of [ann, carl]) client.reflect(edited.body.position as string);
  }, 60_000);

  afterAll(() => server.dispose());

  const eventOf = async (client: Client, query: string): Promise<Json> => {
    const { body } = await client.get(`${at}/audit?${query}`);
    return body.items[0];
  };
  const explained = async (client: Client, id: string): Promise<Json> => {
    const answer = await client.get(`${at}/audit/${id}`);
    expect(answer.status).toBe(200);
    return answer.body;
  };

  it('is the item of the list, with what is stored and its proof, which hold together', async () => {
    const item = await eventOf(ann, `record=${invoice}&type=InvoiceEdited`);
    expect(item.summary).toBe(
      `Dan Lee changed the due date of the draft invoice from 1 May${yearUnless(item)} to 1 June${yearUnless(item)}`,
    );
    expect(item.changes).toEqual([{ field: 'dueDate', from: '2026-05-01', to: '2026-06-01' }]);
    expect(item.authority).toMatchObject({ permission: 'invoices:edit', role: 'admin', grantedBy: ann.userId });
    const { event, causes, consequences, related, grant, proof, ...rest } = await explained(
      ann,
      item.eventId as string,
    );
    expect(rest).toEqual(item);
    expect([causes, consequences, related]).toEqual([[], [], []]);
    expect(grant).toMatchObject({
      eventId: item.authority.grantEventId,
      type: 'UserInvited',
      summary: 'Ann Hale invited a person as Admin',
    });
    expect(event).toMatchObject({
      id: item.eventId,
      type: 'InvoiceEdited',
      metadata: { organisation, command: 'EditInvoice' },
    });
    const leaf = leafHash(Buffer.from(leafText(event as never)));
    expect(proof).toMatchObject({ event: item.eventId, leafHash: Buffer.from(leaf).toString('base64') });
    const bytes = (text: string): Uint8Array => Buffer.from(text, 'base64');
    const hashes = (proof.hashes as string[]).map(bytes);
    expect(
      verifyInclusion(leaf, proof.leafIndex as number, proof.treeSize as number, hashes, bytes(proof.root as string)),
    ).toBe(true);
  });

  it('holds personal fields as ciphertext where it is stored, and as text where it is told', async () => {
    const item = await eventOf(ann, `record=${customer}`);
    const { event, changes } = await explained(ann, item.eventId as string);
    expect(JSON.stringify(event)).not.toMatch(/Rosa|klein/);
    expect(changes).toContainEqual({ field: 'email', from: null, to: 'rosa@klein.example' });
  });

  it('has no content for whoever may not read the record', async () => {
    const item = await eventOf(carl, `record=${invoice}&type=InvoiceEdited`);
    const body = await explained(carl, item.eventId as string);
    expect(body).toMatchObject({
      event: null,
      changes: [],
      summary: 'Dan Lee changed an invoice',
      proof: { leafIndex: expect.any(Number) },
    });
    expect(JSON.stringify(body)).not.toMatch(/dueDate|2026-06-01|Portraits/);
  });

  it('names causes and consequences of what the system did', async () => {
    const csv =
      'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n1,a,Print,1,2026-03-01 10:00,2.5,7,UK\n';
    const begun = await ann.send('POST', `${at}/imports/invoices`, csv, { 'content-type': 'text/csv' });
    expect(begun.status).toBe(201);
    let made: Json[] = [];
    for (let waited = 0; waited < 10_000 && made.length === 0; waited += 50) {
      await sleep(50);
      made = (await ann.get(`${at}/audit?type=InvoiceIssued`)).body.items as Json[];
    }
    const issued = await explained(ann, made[0].eventId as string);
    expect(issued).toMatchObject({
      actor: { id: ann.userId, name: 'Ann Hale' },
      causes: [{ type: 'ImportAccepted' }],
    });
    const accepted = await explained(ann, issued.causes[0].eventId as string);
    const followed = (accepted.consequences as Json[]).map(({ type }) => type as string);
    expect(followed).toEqual(
      expect.arrayContaining(['CustomerCreated', 'ProductCreated', 'InvoiceCreated', 'InvoiceIssued']),
    );
    expect(followed).not.toContain('ImportAccepted');
  });

  it('is not there for others', async () => {
    const item = await eventOf(ann, `record=${invoice}`);
    const eve = await signUp(server, 'eve@else.example', 'Eve', 'Else');
    const hers = await found(eve, 'Else');
    expect((await eve.get(`${at}/audit/${item.eventId}`)).status).toBe(404);
    const absent = await ann.get(`${at}/audit/${randomUUID()}`);
    const foreign = await eve.get(`/v1/organisations/${hers}/audit/${item.eventId}`);
    expect([foreign.status, foreign.body]).toEqual([404, absent.body]);
    const brand = (await ann.post(`${at}/brands`, { name: 'North' })).body.id as string;
    const nora = await join(server, ann, organisation, 'nora@hale.example', [{ role: 'compliance', brands: [brand] }]);
    expect((await nora.get(`${at}/audit/${item.eventId}`)).body).toEqual(absent.body);
  });

  it('is found by all filters together', async () => {
    const item = await eventOf(ann, `record=${invoice}&type=InvoiceEdited`);
    const until = new Date(Date.parse(item.at as string) + 1).toISOString();
    const filters: Readonly<Record<string, string>> = {
      actor: dan.userId!,
      type: 'InvoiceEdited',
      record: invoice,
      permission: 'invoices:edit',
      from: item.at as string,
      to: until,
      outcome: 'accepted',
      q: 'dan lee',
    };
    const all = await ann.get(`${at}/audit?${new URLSearchParams(filters).toString()}`);
    expect(all.body.items.map(({ eventId }: Json) => eventId as string)).toEqual([item.eventId]);
    const others: Readonly<Record<string, string>> = {
      actor: ann.userId!,
      type: 'InvoiceIssued',
      record: customer,
      permission: 'invoices:issue',
      from: until,
      to: item.at as string,
      outcome: 'refused',
      q: 'carl',
      subject: carl.userId!,
    };
    for (const [name, value] of Object.entries(others)) {
      const { [name === 'to' ? 'from' : '']: _, ...rest } = filters;
      const none = await ann.get(
        `${at}/audit?${new URLSearchParams({ ...rest, ...(name === 'from' ? { to: '2999-01-01T00:00:00Z' } : {}), [name]: value }).toString()}`,
      );
      expect([name, none.status, none.body.items]).toEqual([name, 200, []]);
    }
  });

  it('keeps the account’s billing from those who may not read that', async () => {
    const changed = await ann.put(`${at}/account-billing`, { plan: 'yearly', billingEmail: 'bills@hale.example' });
    dan.reflect(changed.body.position as string);
    const seen = await eventOf(dan, 'type=AccountBillingChanged');
    expect(seen).toMatchObject({ record: { kind: 'account-billing', label: null }, changes: [] });
    expect(JSON.stringify(seen)).not.toMatch(/yearly|bills@/);
    ann.reflect(changed.body.position as string);
    const own = await eventOf(ann, 'type=AccountBillingChanged');
    expect(own.changes).toContainEqual({ field: 'plan', from: null, to: 'yearly' });
  });
});

/** Dates are told without the year in which the event was recorded. */
const yearUnless = ({ at }: Json): string => (String(at).startsWith('2026') ? '' : ' 2026');
