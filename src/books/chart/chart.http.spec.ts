import { randomUUID } from 'node:crypto';
import type { Answer, Client, Json } from '../../../test/support/client.js';
import { found, join, signUp } from '../../../test/support/people.js';
import { Server } from '../../../test/support/server.js';

/** What a person is told, but for what differs by nature. */
const told = ({ status, body, headers }: Answer<Json>): unknown => ({ status, body, etag: headers.get('etag') });

describe('the chart of accounts over HTTP', () => {
  let server: Server;
  let owner: Client;
  /** Reads and edits the chart and journals, and no confidential account; reads the trail. */
  let kim: Client;
  /** Sees confidential accounts, and changes none. */
  let ada: Client;
  /** Marks accounts, and sees none that is marked. */
  let max: Client;
  let at: string;

  const written = (answer: Answer<Json>, status = 200): string => {
    expect({ status: answer.status, body: answer.body }).toEqual({ status, body: expect.anything() });
    const position = answer.headers.get('countersign-position')!;
    for (const client of [owner, kim, ada, max]) client.reflect(position);
    return answer.body.id as string;
  };
  const chartOf = async (client: Client): Promise<readonly Json[]> => {
    const { status, body } = await client.get(`${at}/chart-of-accounts`);
    expect(status).toBe(200);
    return body.items as Json[];
  };
  const account = async (code: string, client = owner): Promise<Json> =>
    (await chartOf(client)).find((one) => one.code === code);
  const idOf = async (code: string): Promise<string> => (await account(code)).id as string;
  const role = async (name: string, permissions: readonly string[]): Promise<string> =>
    (
      await owner.post(`${at}/roles`, {
        name,
        permissions: permissions.map((permission) => ({ permission, scope: 'all' })),
      })
    ).body.id as string;

  beforeAll(async () => {
    server = await Server.start();
    owner = await signUp(server, 'ann@chart.example', 'Ann', 'Hale');
    const organisation = await found(owner);
    at = `/v1/organisations/${organisation}`;
    const narrow = await role('Bookkeeping', [
      'chart-of-accounts:read',
      'chart-of-accounts:edit',
      'journals:read',
      'journals:create',
      'journals:reverse',
      'audit:read',
    ]);
    const marker = await role('Marking', ['chart-of-accounts:read', 'confidential-accounts:edit']);
    kim = await join(server, owner, organisation, 'kim@chart.example', [{ role: narrow }], ['Kim', 'Lee']);
    ada = await join(server, owner, organisation, 'ada@chart.example', ['accountant'], ['Ada', 'Moss']);
    max = await join(server, owner, organisation, 'max@chart.example', [{ role: marker }], ['Max', 'Orr']);
  }, 60_000);
  afterAll(() => server.dispose());

  it('begins with the default chart, in which wages are confidential', async () => {
    const all = await chartOf(owner);
    const codes = all.map(({ code }) => code as string);
    expect(codes).toEqual([...codes].sort());
    expect(codes).toEqual(expect.arrayContaining(['1100', '1200', '2100', '2200', '3000', '4000', '5000', '9998']));
    expect(await account('7000')).toMatchObject({ name: 'Gross wages', type: 'overhead', confidential: true });
    expect(await account('1200')).toMatchObject({ name: 'Current account', bank: true, type: 'current-asset' });
    const shown = await owner.get(`${at}/chart-of-accounts/${await idOf('4000')}`);
    expect(shown.body).toEqual({
      id: await idOf('4000'),
      revision: 0,
      code: '4000',
      name: 'Sales',
      type: 'income',
      vatTreatment: 'standard',
      control: false,
      bank: false,
      confidential: false,
      archived: false,
    });
  });

  it('has accounts added, edited, archived and restored, and the trail says so', async () => {
    const id = written(
      await owner.post(`${at}/chart-of-accounts`, { code: '4010', name: 'Weddings', type: 'income' }),
      201,
    );
    expect((await owner.get(`${at}/chart-of-accounts/${id}`)).body).toMatchObject({
      code: '4010',
      revision: 0,
      vatTreatment: 'standard',
    });
    written(await owner.patch(`${at}/chart-of-accounts/${id}`, { name: 'Balls' }, { 'if-match': '"0"' }));
    expect((await owner.patch(`${at}/chart-of-accounts/${id}`, { name: 'X' }, { 'if-match': '"0"' })).status).toBe(412);
    written(await owner.post(`${at}/chart-of-accounts/${id}/archive`));
    expect((await owner.patch(`${at}/chart-of-accounts/${id}`, { name: 'X' })).body).toMatchObject({
      rule: 'account-archived',
    });
    written(await owner.post(`${at}/chart-of-accounts/${id}/restore`));
    expect((await owner.get(`${at}/chart-of-accounts/${id}`)).headers.get('etag')).toBe('"3"');
    const trail = await owner.get(`${at}/audit?record=${id}&outcome=accepted`);
    expect((trail.body.items as Json[]).map(({ summary }) => summary)).toEqual([
      'Ann Hale took the account 4010 Balls out of the archive',
      'Ann Hale archived the account 4010 Balls',
      'Ann Hale renamed the chart account Weddings to Balls',
      'Ann Hale added the account 4010 Weddings',
    ]);
    const first = (await owner.get(`${at}/records/${id}?at=${trail.body.items[3].at as string}`)).body;
    expect(first).toMatchObject({ recordKind: 'chart-account', code: '4010', name: 'Weddings', revision: 0 });
    const again = { code: '4010', name: 'Other', type: 'income' };
    expect((await owner.post(`${at}/chart-of-accounts`, again)).body).toMatchObject({ rule: 'account-code-taken' });
    expect((await owner.post(`${at}/chart-of-accounts`, { ...again, code: '1250' })).status).toBe(400);
    expect((await owner.post(`${at}/chart-of-accounts/${await idOf('1100')}/archive`)).body).toMatchObject({
      rule: 'account-needed',
    });
  });

  it('gives bank accounts their codes in the order of their making', async () => {
    written(await owner.post(`${at}/bank-accounts`, { name: 'Savings' }), 201);
    const till = written(await owner.post(`${at}/bank-accounts`, { name: 'Till' }), 201);
    expect(await account('1201')).toMatchObject({ name: 'Savings', bank: true });
    expect(await account('1202')).toMatchObject({ id: till, name: 'Till', bank: true });
    expect((await owner.patch(`${at}/chart-of-accounts/${till}`, { name: 'X' })).body).toMatchObject({
      rule: 'bank-account',
    });
  });

  it('tells people limited to some bank accounts of no others', async () => {
    const [savings, till] = [await idOf('1201'), await idOf('1202')];
    const organisation = at.split('/')[3]!;
    const grant = { role: 'bookkeeper', bankAccounts: [savings] };
    const bob = await join(server, owner, organisation, 'bob@chart.example', [grant]);
    const lines = (code: string) => [
      { accountCode: code, debit: 500 },
      { accountCode: '3000', credit: 500 },
    ];
    const seen = written(await owner.post(`${at}/journals`, { date: '2026-03-01', lines: lines('1201') }), 201);
    const hidden = await owner.post(`${at}/journals`, { date: '2026-03-01', lines: lines('1202') });
    bob.reflect(hidden.headers.get('countersign-position')!);
    const codes = (await chartOf(bob)).map(({ code }) => code as string);
    expect(codes).toEqual(expect.arrayContaining(['1200', '1201', '7000']));
    expect(codes).not.toContain('1202');
    expect((await bob.get(`${at}/chart-of-accounts/${till}`)).status).toBe(404);
    expect((await bob.get(`${at}/journals`)).body).toMatchObject({ items: [{ id: seen }], next: null });
    expect((await bob.get(`${at}/records/${hidden.body.id as string}`)).status).toBe(404);
    expect((await bob.get(`${at}/records/${seen}`)).status).toBe(200);
  });

  describe('a confidential account', () => {
    let wages: string;
    beforeAll(async () => {
      wages = await idOf('7000');
    });

    it('is not there for whoever may not see it', async () => {
      expect((await chartOf(kim)).filter(({ confidential }) => confidential === true)).toEqual([]);
      expect(await account('7000', kim)).toBeUndefined();
      const path = (id: string, verb = '') => `${at}/chart-of-accounts/${id}${verb}`;
      const nowhere = randomUUID();
      expect(told(await kim.get(path(wages)))).toEqual(told(await kim.get(path(nowhere))));
      expect(told(await kim.patch(path(wages), { name: 'X' }))).toEqual(
        told(await kim.patch(path(nowhere), { name: 'X' })),
      );
      expect(told(await kim.post(path(wages, '/archive')))).toEqual(told(await kim.post(path(nowhere, '/archive'))));
      for (const verb of ['/mark-confidential', '/unmark-confidential'])
        expect(told(await max.post(path(wages, verb)))).toEqual(told(await max.post(path(nowhere, verb))));
      expect((await kim.get(`${at}/records/${wages}`)).status).toBe(404);
    });

    it('does not tell whether its code is taken', async () => {
      const add = (code: string) => kim.post(`${at}/chart-of-accounts`, { code, name: 'X', type: 'overhead' });
      const [taken, free] = [await add('7000'), await add('7999')];
      expect(told(taken)).toEqual(told(free));
      expect(taken).toMatchObject({ status: 409, body: { rule: 'needs-confidential-accounts' } });
      // Of the others, somebody who sees all is told.
      expect(
        (await ada.post(`${at}/chart-of-accounts`, { code: '7000', name: 'X', type: 'overhead' })).body,
      ).toMatchObject({
        rule: 'account-code-taken',
      });
    });

    it('is changed by those alone who may change confidential ones', async () => {
      const answer = await ada.patch(`${at}/chart-of-accounts/${wages}`, { name: 'Pay' });
      expect(answer).toMatchObject({ status: 403, body: { permission: 'confidential-accounts:edit' } });
      written(await owner.patch(`${at}/chart-of-accounts/${wages}`, { name: 'Pay' }));
      expect(await account('7000', ada)).toMatchObject({ name: 'Pay', confidential: true, revision: 1 });
    });

    it('keeps its name out of the trail of others', async () => {
      const { body } = await kim.get(`${at}/audit?record=${wages}&outcome=accepted`);
      expect(body.items).toHaveLength(1);
      expect(body.items[0]).toMatchObject({ summary: 'Ann Hale changed a chart account', changes: [] });
      expect(JSON.stringify(body)).not.toMatch(/wages|Pay|7000/);
    });

    it('is made by a mark, and unmade, at once', async () => {
      const id = written(
        await owner.post(`${at}/chart-of-accounts`, { code: '8900', name: 'Gifts', type: 'overhead' }),
        201,
      );
      expect((await kim.get(`${at}/chart-of-accounts/${id}`)).status).toBe(200);
      written(await max.post(`${at}/chart-of-accounts/${id}/mark-confidential`));
      expect((await kim.get(`${at}/chart-of-accounts/${id}`)).status).toBe(404);
      expect((await max.get(`${at}/chart-of-accounts/${id}`)).status).toBe(404);
      expect((await kim.get(`${at}/records/${id}`)).status).toBe(404);
      written(await owner.post(`${at}/chart-of-accounts/${id}/unmark-confidential`));
      expect((await kim.get(`${at}/chart-of-accounts/${id}`)).status).toBe(200);
      const trail = await owner.get(`${at}/audit?record=${id}&outcome=accepted`);
      expect((trail.body.items as Json[]).map(({ summary }) => summary)).toEqual([
        'Ann Hale took the mark of confidentiality off the account 8900 Gifts',
        'Max Orr marked the account 8900 Gifts as confidential',
        'Ann Hale added the account 8900 Gifts',
      ]);
      // What customers were sent tells of its accounts already.
      const tips = written(
        await owner.post(`${at}/chart-of-accounts`, { code: '4020', name: 'Tips', type: 'income' }),
        201,
      );
      const customerId = written(await owner.post(`${at}/customers`, { name: 'Rosa Klein' }), 201);
      const lines = [{ description: 'Day', quantity: 1, unitPrice: '9', accountCode: '4020' }];
      const invoice = written(await owner.post(`${at}/invoices`, { customerId, date: '2026-03-01', lines }), 201);
      const mark = async (): Promise<Json> =>
        (await owner.post(`${at}/chart-of-accounts/${tips}/mark-confidential`)).body;
      const named = { rule: 'account-of-documents' };
      // Drafts and products are read by people who are told of no confidential account.
      expect(await mark()).toMatchObject(named);
      const bare = [{ description: 'Day', quantity: 1, unitPrice: '9' }];
      written(await owner.patch(`${at}/invoices/${invoice}`, { lines: bare }));
      const product = written(await owner.post(`${at}/products`, { name: 'Day', accountCode: '4020' }), 201);
      expect(await mark()).toMatchObject(named);
      written(await owner.patch(`${at}/products/${product}`, { accountCode: null }));
      expect(await mark()).toMatchObject({ revision: 1 });
      written(await owner.post(`${at}/chart-of-accounts/${tips}/unmark-confidential`));
      written(await owner.patch(`${at}/invoices/${invoice}`, { lines }));
      written(await owner.post(`${at}/invoices/${invoice}/issue`));
      expect(await mark()).toMatchObject(named);
      const debtors = await owner.post(`${at}/chart-of-accounts/${await idOf('1100')}/mark-confidential`);
      expect(debtors.body).toMatchObject({ rule: 'account-of-documents' });
    });
  });
});
