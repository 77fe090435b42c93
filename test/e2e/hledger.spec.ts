import { describeIf, itIf } from '../support/available.js';
import type { Client, Json } from '../support/client.js';
import { Hledger, HLEDGER_MISSING, hasHledger } from '../support/hledger.js';
import { upload, waitForImport } from '../support/imports.js';
import { found, join, signUp } from '../support/people.js';
import { Server } from '../support/server.js';
import { hasRetailFile, RETAIL_ANSWERS, RETAIL_MISSING, retailFile } from '../support/shared.js';
import { embedded, tooSlowForImports } from '../support/stores.js';

/** Another program adds up the same ledger. */
describeIf(hasHledger, HLEDGER_MISSING, 'the ledger in the eyes of hledger', () => {
  let server: Server;
  let owner: Client;

  beforeAll(async () => {
    server = await Server.start();
    owner = await signUp(server, 'owner@hledger.example');
  }, 60_000);

  afterAll(() => server.dispose());

  async function exported(organisation: string): Promise<Hledger> {
    const answer = await owner.get(`/v1/organisations/${organisation}/journals/export?format=hledger`);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/plain; charset=utf-8']);
    return new Hledger(answer.body as string);
  }

  /** Checks the export, and that it comes to what the reports say. Answers how much is owed. */
  async function compare(organisation: string): Promise<{ readonly customers: number; readonly owed: number }> {
    const journal = await exported(organisation);
    try {
      journal.run('check', '--strict');
      journal.run('check', 'ordereddates');
      const reports = `/v1/organisations/${organisation}/reports`;
      const trial = (await owner.get(`${reports}/trial-balance?at=2100-01-01`)).body;
      const accounts = (trial.accounts as Json[]).map(({ code, debit, credit }) => [code, debit - credit] as const);
      const theirs = Object.entries(journal.balances()).map(
        ([name, balance]) => [name.split(' ')[0], balance] as const,
      );
      expect(Object.fromEntries(theirs)).toEqual(Object.fromEntries(accounts));
      expect(theirs).toHaveLength(accounts.length);
      const debtors = (await owner.get(`${reports}/aged-debtors?at=2100-01-01`)).body;
      const parties = (debtors.parties as Json[]).filter(({ total }) => total !== 0);
      expect(journal.balances('--pivot', 'customer', 'tag:^customer$')).toEqual(
        Object.fromEntries(parties.map(({ id, total }) => [id, total])),
      );
      return { customers: parties.length, owed: debtors.totals.total as number };
    } finally {
      journal.dispose();
    }
  }

  itIf(
    hasRetailFile && embedded,
    hasRetailFile ? tooSlowForImports : RETAIL_MISSING,
    'has the same balance on each account and for each customer of a retailer',
    async () => {
      const organisation = await found(owner, 'Retail');
      const done = await waitForImport(owner, organisation, await upload(owner, organisation, retailFile()));
      expect(done).toMatchObject({ status: 'done', invoices: RETAIL_ANSWERS.invoices });
      const position = (await owner.post(`/v1/organisations/${organisation}/customers`, { name: 'Later' })).headers;
      owner.reflect(position.get('countersign-position')!);
      const { customers, owed } = await compare(organisation);
      expect(owed).toBe(RETAIL_ANSWERS.total);
      expect(customers).toBeGreaterThan(1500);
    },
    600_000,
  );

  it.each([['GBP'], ['JPY'], ['KWD']])('takes no text of anybody for anything else, in %s', async (currency) => {
    const organisation = await found(owner, 'Nasty', currency);
    const at = `/v1/organisations/${organisation}`;
    const made = async (path: string, body: unknown): Promise<string> => {
      const answer = await owner.post(`${at}/${path}`, body);
      if (answer.status >= 300) throw new Error(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
      return answer.body.id as string;
    };
    const bank = await made('bank-accounts', { name: '1  999999.99 GBP ; type: L' });
    const names = [
      'include /etc/passwd',
      '2026-01-01 * pay',
      'Klein, customer:other',
      'a:b:c ; x:y',
      '=1 @ "2" {3}',
      '名前 Żółć',
    ];
    for (const [index, name] of names.entries()) {
      const customerId = await made('customers', { name });
      const lines = [
        { description: name, quantity: '3', unitPrice: '0.335', vatRate: 2000 },
        { description: 'back', quantity: '-1', unitPrice: `${index}`, vatRate: 0, accountCode: '4900' },
      ];
      const document = { customerId, date: '2028-02-29', lines, reference: name };
      const invoice = await made('invoices', document);
      await made(`invoices/${invoice}/issue`, {});
      const { total } = (await owner.get(`${at}/invoices/${invoice}`)).body;
      if (total > 1)
        await made(`invoices/${invoice}/payments`, { amount: 1, date: '2028-03-01', paymentAccountId: bank });
      const note = await made('credit-notes', { ...document, lines: lines.slice(0, 1), date: '2028-12-31' });
      await made(`credit-notes/${note}/issue`, {});
      const wrong = await made('invoices', document);
      await made(`invoices/${wrong}/issue`, {});
      await made(`invoices/${wrong}/void`, { reason: '\n;'.trim() });
    }
    await compare(organisation);
  });

  it('is for whoever reads all journals, and is in the trail', async () => {
    const organisation = await found(owner, 'Closed');
    const at = `/v1/organisations/${organisation}`;
    const brand = (await owner.post(`${at}/brands`, { name: 'North' })).body.id as string;
    const member = (name: string, roles: readonly unknown[]) =>
      join(server, owner, organisation, `${name}@hledger.example`, roles, [name, 'Low']);
    const role = (await owner.post(`${at}/roles`, { name: 'Journals', permissions: ['journals:read'] })).body
      .id as string;
    const [sue, lee, jo] = [
      await member('sue', ['sales']),
      await member('lee', [{ role: 'admin', brands: [brand] }]),
      await member('jo', [role]),
    ];
    const refused = await sue.get(`${at}/journals/export`);
    expect([refused.status, refused.body.permission]).toEqual([403, 'journals:read']);
    expect((await lee.get(`${at}/journals/export`)).status).toBe(404);
    expect((await owner.get(`${at}/journals/export?format=xls`)).status).toBe(400);

    const customerId = (await owner.post(`${at}/customers`, { name: 'Rosa Klein' })).body.id as string;
    const line = { description: 'x', quantity: 1, unitPrice: '5' };
    const draft = await owner.post(`${at}/invoices`, { customerId, date: '2026-01-01', lines: [line] });
    const issued = await owner.post(`${at}/invoices/${draft.body.id}/issue`);
    jo.reflect(issued.headers.get('countersign-position')!);
    const [hers, theirs] = [
      (await owner.get(`${at}/journals/export`)).body as string,
      (await jo.get(`${at}/journals/export`)).body as string,
    ];
    expect(hers).toContain(`customer:${customerId}, customer-name:Rosa Klein`);
    // Whoever does not read customers has their ids.
    expect(theirs).toContain(`customer:${customerId}\n`);
    expect(theirs).not.toContain('Rosa');

    const wages = [
      { accountCode: '7000', debit: 100 },
      { accountCode: '1200', credit: 100 },
    ];
    const posted = await owner.post(`${at}/journals`, { date: '2026-01-31', lines: wages });
    expect(posted.status).toBe(201);
    jo.reflect(posted.headers.get('countersign-position')!);
    const hidden = await jo.get(`${at}/journals/export`);
    expect([hidden.status, hidden.body.permission]).toEqual([403, 'confidential-accounts:read']);
    expect((await owner.get(`${at}/journals/export`)).body).toContain('7000 Gross wages  1.00 GBP');
    await owner.post(`${at}/customers`, { name: 'Later' });
    const reads = (await owner.get(`${at}/audit?actor=${jo.userId}&outcome=read`)).body.items as Json[];
    expect(reads.map(({ summary }) => summary as string)).toContain('jo Low read the export of the ledger');
  });
});
