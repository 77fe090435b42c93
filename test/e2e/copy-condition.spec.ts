import type { Client, Json } from '../support/client.js';
import { found, signUp } from '../support/people.js';
import { Server } from '../support/server.js';

describe('a copy that names the revision of what it copies', () => {
  let server: Server;
  let owner: Client;
  let at: string;

  beforeAll(async () => {
    server = await Server.start();
    owner = await signUp(server, 'owner@copies.example');
    at = `/v1/organisations/${await found(owner)}/invoices`;
  });

  afterAll(() => server.dispose());

  it('is made of that revision, and of no other', async () => {
    const customer = await owner.post(at.replace('invoices', 'customers'), { name: 'Rosa' });
    const source = await owner.post(at, { customerId: customer.body.id, date: '2026-01-01', lines: [] });
    const edited = await owner.patch(`${at}/${source.body.id}`, { reference: 'second thoughts' });
    const copy = (revision: unknown): Promise<Json> =>
      owner.post(
        `${at}/${source.body.id}/copy`,
        {},
        { 'if-match': `"${revision as number}"`, 'idempotency-key': 'copy' },
      );
    const stale = await copy(source.body.revision);
    expect(stale).toMatchObject({ status: 412, body: { code: 'precondition-failed' } });
    const made = await copy(edited.body.revision);
    expect(made).toMatchObject({ status: 201, body: { revision: 0 } });
    expect((await copy(edited.body.revision)).body).toEqual(made.body);
    expect((await owner.get(`${at}/${made.body.id}`)).body).toMatchObject({ reference: 'second thoughts' });
  });
});
