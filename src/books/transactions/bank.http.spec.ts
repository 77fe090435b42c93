import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer, Client, Json } from '../../../test/support/client.js';
import { found, join, signUp } from '../../../test/support/people.js';
import { Server } from '../../../test/support/server.js';
import { openSqliteEventStore } from '../../platform/event-store/sqlite/sqlite-event-store.js';

const CSV = { 'content-type': 'text/csv' };
const MAPPING = 'date=Date&description=Narrative&in=Paid%20in&out=Paid%20out';
const HEAD = 'Date,Narrative,Paid in,Paid out,Balance';

/** What a person is told of a refusal. */
const told = ({ status, body }: Answer<Json>): unknown => ({ status, body });
const ids = (answer: Answer<Json>): string[] => (answer.body.items as Json[]).map(({ id }) => id as string);

/** A shop with a current account and savings, whose owner does the bank on Monday morning. */
describe('the bank over HTTP', () => {
  let server: Server;
  let owner: Client;
  let organisation: string;
  let at: string;
  let current: string;
  let savings: string;
  let customerId: string;

  const made = async (path: string, body: unknown): Promise<string> => {
    const answer = await owner.post(`${at}/${path}`, body);
    if (answer.status !== 201) throw new Error(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body.id as string;
  };
  const person = async (email: string, ...roles: readonly unknown[]): Promise<Client> => {
    const client = await join(server, owner, organisation, email, roles);
    const last = await owner.patch(`${at}/customers/${customerId}`, { notes: randomUUID() });
    client.reflect(last.headers.get('countersign-position')!);
    return client;
  };
  const issued = async (unitPrice: string, more: object = {}): Promise<Json> => {
    const line = { description: 'Portraits', quantity: 1, unitPrice };
    const id = await made('invoices', { customerId, date: '2026-03-01', lines: [line], ...more });
    expect((await owner.post(`${at}/invoices/${id}/issue`)).status).toBe(200);
    return (await owner.get(`${at}/invoices/${id}`)).body;
  };
  const transaction = (amount: number, more: object = {}): Promise<string> =>
    made('transactions', { bankAccountId: current, date: '2026-03-05', amount, description: 'A line', ...more });
  const get = async (id: string): Promise<Json> => (await owner.get(`${at}/transactions/${id}`)).body;
  const post = (path: string, body: object = {}): Promise<Answer<Json>> => owner.post(`${at}/${path}`, body);
  const importing = (client: Client, account: string, rows: readonly string[], query = MAPPING) =>
    client.post(`${at}/bank-accounts/${account}/statements?${query}`, [HEAD, ...rows, ''].join('\n'), CSV);

  beforeAll(async () => {
    server = await Server.start();
    owner = await signUp(server, 'owner@bank.example', 'Ann', 'Hale');
    organisation = await found(owner);
    at = `/v1/organisations/${organisation}`;
    current = await made('bank-accounts', { name: 'Current', accountNumber: '1' });
    savings = await made('bank-accounts', { name: 'Savings', accountNumber: '2' });
    customerId = await made('customers', { name: 'Rosa Klein' });
  }, 60_000);
  afterAll(() => server.dispose());

  describe('a statement', () => {
    const MARCH = [
      '01/03/2026,FASTER PAYMENT ROSA KLEIN,150.00,,150.00',
      '02/03/2026,CARD 1234 COFFEE,,3.20,146.80',
      '02/03/2026,CARD 1234 COFFEE,,3.20,143.60',
      '31/02/2026,NO SUCH DAY,1.00,,144.60',
      '03/03/2026,"RENT, MARCH",0.00,"1,100.00",-956.40',
    ];
    let account: string;
    const lines = async (): Promise<Json[]> =>
      (await owner.get(`${at}/transactions?bankAccountId=${account}`)).body.items as Json[];

    beforeAll(async () => {
      account = await made('bank-accounts', { name: 'Of statements', accountNumber: '3' });
    });

    it('says what it would do, and does nothing', async () => {
      const tried = await importing(owner, account, MARCH, `${MAPPING}&dryRun=true`);
      expect(tried).toMatchObject({ status: 200, body: { dryRun: true, rowsRead: 5, added: 4, rowsRejected: 1 } });
      expect(await lines()).toEqual([]);
    });

    it('becomes transactions, bad rows by number; twice in a day is twice', async () => {
      const imported = await importing(owner, account, MARCH);
      expect(imported).toMatchObject({
        status: 201,
        body: {
          from: '2026-03-01',
          to: '2026-03-03',
          rowsRead: 5,
          added: 4,
          known: 0,
          rowsRejected: 1,
          errors: [{ row: 4, code: 'invalid-date' }],
        },
      });
      expect(JSON.stringify(imported.body.errors)).not.toContain('NO SUCH DAY');
      expect((await lines()).map(({ date, amount, description }) => [date, amount, description])).toEqual([
        ['2026-03-03', -110_000, 'RENT, MARCH'],
        ['2026-03-02', -320, 'CARD 1234 COFFEE'],
        ['2026-03-02', -320, 'CARD 1234 COFFEE'],
        ['2026-03-01', 15_000, 'FASTER PAYMENT ROSA KLEIN'],
      ]);
      expect((await lines())[0]).toMatchObject({
        status: 'unexplained',
        origin: 'statement',
        statementId: imported.body.id,
        bankAccountId: account,
        currency: 'GBP',
        explanation: null,
        match: null,
      });
      const shown = await owner.get(imported.headers.get('location')!);
      expect(shown).toMatchObject({ status: 200, body: { id: imported.body.id, added: 4, bankAccountId: account } });
      expect(ids(await owner.get(`${at}/bank-accounts/${account}/statements`))).toEqual([imported.body.id]);
    });

    it('brings nothing again, and of an overlapping one what is new', async () => {
      expect((await importing(owner, account, MARCH)).body).toMatchObject({ added: 0, known: 4 });
      const later = [...MARCH.slice(1, 3), MARCH[1]!.replace('143.60', '140.40'), '04/03/2026,INTEREST,0.01,,1.00'];
      expect((await importing(owner, account, later)).body).toMatchObject({ rowsRead: 4, added: 2, known: 2 });
      expect(await lines()).toHaveLength(6);
    });

    it('answers the first time again to the same key, and takes no other file with it', async () => {
      const row = (amount: string): string => `05/03/2026,KEYED,${amount},,0`;
      const keyed = (rows: readonly string[]) =>
        owner.post(`${at}/bank-accounts/${account}/statements?${MAPPING}`, [HEAD, ...rows].join('\n'), {
          ...CSV,
          'idempotency-key': 'a statement',
        });
      const [first, again, other] = [await keyed([row('1')]), await keyed([row('1')]), await keyed([row('2')])];
      expect(first).toMatchObject({ status: 201, body: { added: 1 } });
      expect(again.body).toEqual(first.body);
      expect(other.status).toBe(422);
    });

    it.each([
      ['without the columns', 'date=Day&description=Narrative&amount=Amount', 'Day, Amount'],
      ['with half of the amounts', 'date=Date&description=Narrative&in=Paid%20in', 'both in and out'],
      ['of an unknown encoding', `${MAPPING}&encoding=ebcdic`, 'encoding'],
    ])('%s is refused', async (_, query, says) => {
      const refused = await importing(owner, account, MARCH, query);
      expect(refused.status).toBe(400);
      expect(JSON.stringify(refused.body)).toContain(says);
    });

    it('is bounded', async () => {
      const large = `${HEAD}\n${'x'.repeat(5 * 1024 * 1024)}`;
      const answer = await owner
        .post(`${at}/bank-accounts/${account}/statements?${MAPPING}`, large, CSV)
        .catch(() => undefined);
      if (answer !== undefined) expect(answer.status).toBe(413);
      expect((await owner.get(`${at}/transactions?limit=1`)).status).toBe(200);
    });

    it('can be of the account that every organisation has, and of none that is not there', async () => {
      const [main] = ids(await owner.get(`${at}/payment-accounts`));
      expect((await importing(owner, main!, MARCH)).body).toMatchObject({ added: 4 });
      expect((await importing(owner, randomUUID(), MARCH)).status).toBe(404);
      expect((await importing(owner, randomUUID(), MARCH, `${MAPPING}&dryRun=true`)).status).toBe(404);
    });

    it('keeps what the bank says', async () => {
      const [line] = await lines();
      const edit = (body: object) => owner.patch(`${at}/transactions/${line!.id}`, body);
      expect(await edit({ amount: 5 })).toMatchObject({ status: 409, body: { rule: 'statement-line' } });
      expect((await edit({ payee: 'Barclays' })).status).toBe(200);
      expect(await get(line!.id as string)).toMatchObject({ payee: 'Barclays', amount: 100 });
    });
  });

  describe('a transaction by hand', () => {
    it('is edited until it is explained, and changed then by taking that back', async () => {
      const id = await transaction(-2_400);
      const edit = (body: object) => owner.patch(`${at}/transactions/${id}`, body);
      expect((await edit({ amount: -3_600, description: 'Frames' })).status).toBe(200);
      expect((await post(`transactions/${id}/explain`, { accountCode: '5000', vatRate: 2000 })).status).toBe(200);
      expect(await get(id)).toMatchObject({
        status: 'explained',
        amount: -3_600,
        explanation: { accountCode: '5000', vatRate: 2000, net: -3_000, vat: -600 },
      });
      expect(await edit({ amount: -1 })).toMatchObject({ status: 409, body: { rule: 'transaction-explained' } });
      expect((await post(`transactions/${id}/unexplain`)).status).toBe(200);
      expect((await post(`transactions/${id}/void`, { reason: 'typed in twice' })).status).toBe(200);
      expect(await get(id)).toMatchObject({ status: 'void', explanation: null, reason: 'typed in twice' });
      const trail = await owner.get(`${at}/audit?record=${id}`);
      expect((trail.body.items as Json[]).map(({ summary }) => summary)).toEqual([
        'Ann Hale voided a bank transaction',
        'Ann Hale took back that account 5000 explains a bank transaction',
        'Ann Hale explained a bank transaction by account 5000',
        expect.stringContaining('changed its amount from -24.00 GBP to -36.00 GBP'),
        'Ann Hale recorded money out of a bank account',
      ]);
    });

    it('is explained at once where it says by what; by accounts of income and costs only (rule 10)', async () => {
      const id = await transaction(999, { accountCode: '4000' });
      expect(await get(id)).toMatchObject({ status: 'explained', explanation: { accountCode: '4000', vatRate: null } });
      for (const accountCode of ['1100', '1200', '2200', '3200', '9999x']) {
        const body = { bankAccountId: current, date: '2026-03-05', amount: 1, description: 'x', accountCode };
        expect(await post('transactions', body)).toMatchObject({
          status: 400,
          body: { errors: [{ field: 'accountCode' }] },
        });
      }
    });
  });

  describe('a match', () => {
    it('to an invoice records its payment, once', async () => {
      const invoice = await issued('150');
      const id = await transaction(15_000, { description: `FP ROSA KLEIN INV ${invoice.number}` });
      const suggested = await owner.get(`${at}/transactions/${id}/suggestions`);
      expect(suggested.body.items[0]).toMatchObject({ kind: 'invoice', id: invoice.id, why: ['amount', 'number'] });
      const key = { 'idempotency-key': 'a match' };
      const matching = () => owner.post(`${at}/transactions/${id}/match`, { invoiceId: invoice.id }, key);
      const matched = await matching();
      expect(matched).toMatchObject({ status: 200, body: { paymentId: expect.any(String) } });
      expect((await matching()).body).toEqual(matched.body);
      expect((await owner.get(`${at}/invoices/${invoice.id}`)).body).toMatchObject({
        status: 'paid',
        paid: 15_000,
        payments: [{ amount: 15_000, date: '2026-03-05', paymentAccountId: current }],
      });
      expect(await get(id)).toMatchObject({
        status: 'matched',
        match: { kind: 'invoice', id: invoice.id, paymentId: matched.body.paymentId },
      });
      expect(await post(`transactions/${id}/explain`, { accountCode: '4000' })).toMatchObject({
        status: 409,
        body: { rule: 'transaction-matched' },
      });
      const trail = await owner.get(`${at}/audit?record=${invoice.id}&limit=1`);
      expect(trail.body.items[0]).toMatchObject({ type: 'PaymentRecorded', actor: { name: 'Ann Hale' } });
    });

    it('to a payment that was recorded by hand is of one transaction at a time', async () => {
      const invoice = await issued('70');
      const payment = { amount: 7_000, date: '2026-03-02', paymentAccountId: current };
      expect((await post(`invoices/${invoice.id}/payments`, payment)).status).toBe(200);
      const [one, other] = [await transaction(7_000), await transaction(7_000)];
      const suggestion = async (id: string): Promise<Json> =>
        ((await owner.get(`${at}/transactions/${id}/suggestions`)).body.items as Json[]).find(
          (item) => item.id === invoice.id,
        );
      const { paymentId } = await suggestion(one);
      const match = (id: string) => post(`transactions/${id}/match`, { paymentId });
      const answers = await Promise.all([match(one), match(other)]);
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
      const [winner, loser] = answers[0].status === 200 ? [one, other] : [other, one];
      // What the loser had begun is taken back behind the answers.
      for (let tries = 0; tries < 100 && (await get(loser)).status === 'matching'; tries++) await sleep(20);
      expect((await get(loser)).status).toBe('unexplained');
      expect(await suggestion(loser)).toBeUndefined();
      // Once it is let go, the other one can have it.
      expect((await post(`transactions/${winner}/unmatch`)).status).toBe(200);
      expect((await match(loser)).status).toBe(200);
      expect((await match(winner)).status).toBe(409);
      expect((await owner.get(`${at}/invoices/${invoice.id}`)).body.paid).toBe(7_000);
      const third = await transaction(7_001);
      expect((await match(third)).status).toBe(400);
    });

    it('of more than is owed, or of money that goes out, leaves both as they were', async () => {
      const invoice = await issued('10');
      const [more, out] = [await transaction(1_001), await transaction(-1_000)];
      expect((await post(`transactions/${more}/match`, { invoiceId: invoice.id })).status).toBe(409);
      expect((await post(`transactions/${out}/match`, { invoiceId: invoice.id })).status).toBe(400);
      for (const id of [more, out]) expect(await get(id)).toMatchObject({ status: 'unexplained', revision: 0 });
      expect((await owner.get(`${at}/invoices/${invoice.id}`)).body.paid).toBe(0);
    });

    it('of more than is owed says so, and a refund is money out that is matched like a payment', async () => {
      const invoice = await issued('40');
      const id = await transaction(5_000);
      const match = (body: object) => post(`transactions/${id}/match`, body);
      expect(await match({ purchaseId: invoice.id, overpayment: true })).toMatchObject({
        status: 400,
        body: { errors: [{ field: 'overpayment' }] },
      });
      expect((await match({ invoiceId: invoice.id, overpayment: true })).status).toBe(200);
      const refund = { amount: 1_000, date: '2026-03-07', paymentAccountId: current };
      expect((await post(`invoices/${invoice.id}/refunds`, refund)).status).toBeLessThan(300);
      const back = await transaction(-1_000);
      const { items } = (await owner.get(`${at}/transactions/${back}/suggestions`)).body;
      const suggestion = (items as Json[]).find((item) => item.id === invoice.id);
      expect(suggestion).toMatchObject({ kind: 'invoice', paymentId: expect.any(String), why: ['amount'] });
      const { paymentId } = suggestion;
      expect((await post(`transactions/${back}/match`, { paymentId })).status).toBe(200);
    });

    it('to a purchase pays it, by the rules of purchases', async () => {
      const supplierId = await made('suppliers', { name: 'Wood & Co' });
      const line = { description: 'Oak', quantity: 1, unitPrice: '24' };
      const id = await made('purchases', { supplierId, date: '2026-03-01', reference: 'W-2041', lines: [line] });
      const paying = await transaction(-2_400, { description: 'WOOD & CO w2041 W 2041' });
      const match = () => post(`transactions/${paying}/match`, { purchaseId: id });
      expect(await match()).toMatchObject({ status: 409, body: { rule: 'not-approved' } });
      for (const step of ['submit', 'approve']) expect((await post(`purchases/${id}/${step}`)).status).toBe(200);
      const { items } = (await owner.get(`${at}/transactions/${paying}/suggestions`)).body;
      expect(items[0]).toMatchObject({ kind: 'purchase', id, why: ['amount', 'reference'] });
      expect((await match()).status).toBe(200);
      expect((await owner.get(`${at}/purchases/${id}`)).body).toMatchObject({ status: 'paid', paid: 2_400 });
      expect(await get(paying)).toMatchObject({ status: 'matched', match: { kind: 'purchase', id } });
    });

    it('to a journal is for what no line of a document may name: tax, loans, wages', async () => {
      const codes = (await owner.get(`${at}/chart-of-accounts`)).body.items as Json[];
      const bankCode = codes.find(({ id }) => id === current)?.code as string;
      const lines = [
        { accountCode: bankCode, credit: 61_700 },
        { accountCode: '2202', debit: 61_700 },
      ];
      const journalId = await made('journals', { date: '2026-03-07', description: 'VAT to HMRC', lines });
      const paid = await transaction(-61_700, { description: 'HMRC VAT' });
      const { items } = (await owner.get(`${at}/transactions/${paid}/suggestions`)).body;
      expect(items).toMatchObject([{ kind: 'journal', id: journalId, why: ['amount'] }]);
      expect((await post(`transactions/${paid}/match`, { journalId })).status).toBe(200);
      expect(await get(paid)).toMatchObject({ status: 'matched', match: { kind: 'journal', id: journalId } });
      const again = await transaction(-61_700);
      expect(await post(`transactions/${again}/match`, { journalId })).toMatchObject({
        status: 409,
        body: { rule: 'already-matched' },
      });
      const other = await transaction(-61_701);
      expect((await post(`transactions/${other}/match`, { journalId })).status).toBe(400);
      const reverse = () => post(`journals/${journalId}/reverse`, { reason: 'twice' });
      expect(await reverse()).toMatchObject({ status: 409, body: { rule: 'journal-matched' } });
      expect((await post(`transactions/${paid}/unmatch`)).status).toBe(200);
      expect((await reverse()).status).toBe(201);
    });

    it('of one transaction to two invoices at once pays one of them', async () => {
      const [one, other] = [await issued('33'), await issued('33')];
      const id = await transaction(3_300);
      const answers = await Promise.all(
        [one, other].map((invoice) => post(`transactions/${id}/match`, { invoiceId: invoice.id })),
      );
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
      const paid = await Promise.all(
        [one, other].map(async (invoice) => (await owner.get(`${at}/invoices/${invoice.id}`)).body.paid as number),
      );
      expect(paid.sort()).toEqual([0, 3_300]);
    });

    it('needs the permission to record payments, on an invoice that one may see', async () => {
      const invoice = await issued('12');
      const id = await transaction(1_200);
      const accountant = await person('accountant@bank.example', 'accountant');
      const match = (invoiceId: string) => accountant.post(`${at}/transactions/${id}/match`, { invoiceId });
      expect(await match(invoice.id as string)).toMatchObject({
        status: 403,
        body: { permission: 'invoices:record-payment' },
      });
      expect(told(await match(randomUUID()))).toEqual(told(await match(invoice.id as string)));
      const brand = await made('brands', { name: 'North' });
      const branded = await person('branded@bank.example', { role: 'accountant' }, { role: 'sales', brands: [brand] });
      const hidden = await branded.post(`${at}/transactions/${id}/match`, { invoiceId: invoice.id });
      const absent = await branded.post(`${at}/transactions/${id}/match`, { invoiceId: randomUUID() });
      expect(hidden.status).toBe(400);
      expect(told(hidden)).toEqual(told(absent));
    });
  });

  describe('a transfer', () => {
    it('posts once, and each end is found on a statement', async () => {
      const id = await made('transfers', { from: current, to: savings, date: '2026-03-06', amount: 50_000 });
      expect((await owner.get(`${at}/transfers/${id}`)).body).toMatchObject({ from: current, to: savings });
      const out = await transaction(-50_000);
      const into = await made('transactions', {
        bankAccountId: savings,
        date: '2026-03-07',
        amount: 50_000,
        description: 'FROM CURRENT',
      });
      const suggested = await owner.get(`${at}/transactions/${into}/suggestions`);
      expect(suggested.body.items[0]).toMatchObject({ kind: 'transfer', id });
      for (const line of [out, into])
        expect((await post(`transactions/${line}/match`, { transferId: id })).status).toBe(200);
      expect(await get(out)).toMatchObject({ match: { kind: 'transfer', id, side: 'from' } });
      expect(await post(`transfers/${id}/void`, { reason: 'x' })).toMatchObject({
        status: 409,
        body: { rule: 'transfer-matched' },
      });
      const again = await transaction(-50_000);
      expect((await post(`transactions/${again}/match`, { transferId: id })).status).toBe(409);
      for (const line of [out, into]) await post(`transactions/${line}/unmatch`);
      expect((await post(`transfers/${id}/void`, { reason: 'never happened' })).status).toBe(200);
      expect((await post(`transactions/${again}/match`, { transferId: id })).status).toBe(400);
      expect((await post('transfers', { from: current, to: current, date: '2026-03-06', amount: 1 })).status).toBe(400);
    });
  });

  describe('a reconciliation', () => {
    it('agrees to the penny, in order, and closes its lines', async () => {
      const account = await made('bank-accounts', { name: 'Reconciled', accountNumber: '4' });
      const line = (date: string, amount: number, more: object = {}): Promise<string> =>
        made('transactions', { bankAccountId: account, date, amount, description: 'x', ...more });
      const first = await line('2026-03-01', 10_000, { accountCode: '4000' });
      const second = await line('2026-03-15', -2_500);
      const late = await line('2026-04-01', 77, { accountCode: '4000' });
      const reconcile = (body: object) => post(`bank-accounts/${account}/reconciliations`, body);
      const march = { through: '2026-03-31', closingBalance: 9_500, openingBalance: 2_000 };
      expect(await reconcile(march)).toMatchObject({
        status: 409,
        body: { rule: 'transactions-unexplained', detail: expect.stringMatching(/^1 transactions/) },
      });
      await post(`transactions/${second}/explain`, { accountCode: '5000' });
      expect(await reconcile({ ...march, closingBalance: 9_999 })).toMatchObject({
        status: 409,
        body: { rule: 'balance-differs', detail: expect.stringContaining('differ by 499') },
      });
      const done = await reconcile(march);
      expect(done.status).toBe(201);
      expect((await owner.get(done.headers.get('location')!)).body).toMatchObject({
        through: '2026-03-31',
        openingBalance: 2_000,
        closingBalance: 9_500,
        transactions: 2,
      });
      for (const id of [first, second]) {
        expect(await get(id)).toMatchObject({ status: 'reconciled', reconciliationId: done.body.id });
        for (const [verb, body] of [
          ['unexplain', {}],
          ['void', { reason: 'x' }],
        ] as const)
          expect(await post(`transactions/${id}/${verb}`, body)).toMatchObject({
            status: 409,
            body: { rule: 'transaction-reconciled' },
          });
      }
      expect(await reconcile({ through: '2026-04-30', closingBalance: 77, openingBalance: 0 })).toMatchObject({
        status: 409,
        body: { rule: 'opening-differs' },
      });
      const one = await post(`transactions/${late}/reconcile`, { closingBalance: 9_577 });
      expect(one).toMatchObject({ status: 200, body: { id: late } });
      expect((await get(late)).status).toBe('reconciled');
      expect(ids(await owner.get(`${at}/bank-accounts/${account}/reconciliations`))).toEqual([
        one.body.reconciliationId,
        done.body.id,
      ]);
      const past = await owner.get(`${at}/records/${done.body.id}?at=${new Date().toISOString()}`);
      expect(past.status).toBe(200);
    });

    it('of two people at once is one', async () => {
      const account = await made('bank-accounts', { name: 'Twice', accountNumber: '5' });
      for (let n = 1; n <= 20; n++)
        await made('transactions', {
          bankAccountId: account,
          date: '2026-03-01',
          amount: n,
          description: 'x',
          accountCode: '4000',
        });
      const reconcile = () =>
        post(`bank-accounts/${account}/reconciliations`, { through: '2026-03-31', closingBalance: 210 });
      const answers = await Promise.all([reconcile(), reconcile(), reconcile()]);
      expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409]);
      const { items } = (await owner.get(`${at}/transactions?bankAccountId=${account}`)).body;
      expect(new Set((items as Json[]).map(({ status }) => status as string))).toEqual(new Set(['reconciled']));
    });
  });

  describe('a person limited to one bank account', () => {
    it('has its transactions, statements and reconciliations, and no others', async () => {
      const hidden = await made('transactions', {
        bankAccountId: savings,
        date: '2026-03-05',
        amount: 5,
        description: 'Secret of savings',
      });
      const moved = await made('transfers', { from: current, to: savings, date: '2026-03-06', amount: 1 });
      const keeper = await person('keeper@bank.example', { role: 'bookkeeper', bankAccounts: [current] });
      const { items } = (await keeper.get(`${at}/transactions?limit=200`)).body;
      expect((items as Json[]).length).toBeGreaterThan(5);
      expect((items as Json[]).filter(({ bankAccountId }) => bankAccountId !== current)).toEqual([]);
      const nowhere = randomUUID();
      for (const path of [
        'transactions/ID',
        'transactions/ID/suggestions',
        'transfers/ID',
        'records/ID/history',
        'bank-accounts/ACCOUNT/statements',
        'bank-accounts/ACCOUNT/reconciliations',
      ]) {
        const url = (id: string, account: string): string =>
          `${at}/${path.replace('ID', path.startsWith('transfers') && id === hidden ? moved : id).replace('ACCOUNT', account)}`;
        expect(told(await keeper.get(url(hidden, savings)))).toEqual(told(await keeper.get(url(nowhere, nowhere))));
      }
      expect((await keeper.get(`${at}/transfers`)).body).toEqual({ items: [], next: null });
      for (const [path, body] of [
        [`transactions/ID/explain`, { accountCode: '4000' }],
        [`transactions/ID/match`, { transferId: moved }],
        [`transactions/ID/void`, { reason: 'x' }],
        [`transactions/ID/reconcile`, {}],
      ] as const) {
        const answers = [hidden, nowhere].map((id) => keeper.post(`${at}/${path.replace('ID', id)}`, body));
        const [theirs, absent] = await Promise.all(answers);
        expect(theirs!.status).toBe(404);
        expect(told(theirs!)).toEqual(told(absent!));
      }
      const line = { date: '2026-03-05', amount: 1, description: 'x' };
      const recording = (bankAccountId: string) => keeper.post(`${at}/transactions`, { ...line, bankAccountId });
      expect(told(await recording(savings))).toEqual(told(await recording(nowhere)));
      expect((await recording(current)).status).toBe(201);
      const moving = (to: string) =>
        keeper.post(`${at}/transfers`, { from: current, to, date: '2026-03-06', amount: 1 });
      expect(told(await moving(savings))).toEqual(told(await moving(nowhere)));
      expect((await importing(keeper, savings, ['01/03/2026,X,1,,1'])).status).toBe(404);
      expect((await importing(keeper, current, ['01/03/2026,X,1,,1'])).status).toBe(201);
      const reconcile = (account: string) =>
        keeper.post(`${at}/bank-accounts/${account}/reconciliations`, { through: '2026-03-31', closingBalance: 0 });
      expect(told(await reconcile(savings))).toEqual(told(await reconcile(nowhere)));
      expect((await keeper.get(`${at}/audit?limit=200`)).status).toBe(403);
    });

    it('reads only, where the grant says so', async () => {
      const reader = await person('reader@bank.example', { role: 'bookkeeper', readOnly: true });
      expect((await reader.get(`${at}/transactions`)).status).toBe(200);
      const id = await transaction(1);
      for (const [path, permission] of [
        ['transactions', 'create'],
        ['transfers', 'create'],
        [`transactions/${id}/explain`, 'edit'],
        [`transactions/${id}/unexplain`, 'edit'],
        [`transactions/${id}/match`, 'edit'],
        [`transactions/${id}/unmatch`, 'edit'],
        [`transactions/${id}/void`, 'edit'],
        [`transactions/${id}/reconcile`, 'reconcile'],
        [`bank-accounts/${current}/reconciliations`, 'reconcile'],
      ] as const)
        expect(await reader.post(`${at}/${path}`)).toMatchObject({
          status: 403,
          body: { permission: `transactions:${permission}` },
        });
      expect((await importing(reader, current, [])).status).toBe(403);
    });
  });

  it('does not have what a confidential account explains, for whoever may not see that', async () => {
    const account = await made('bank-accounts', { name: 'Confidential', accountNumber: '7' });
    const line = (accountCode: string): Promise<string> =>
      made('transactions', { bankAccountId: account, date: '2026-03-05', amount: -5, description: 'x', accountCode });
    const lines = [await line('7502'), await line('7100'), await line('7502')];
    const permissions = ['transactions:read', 'transactions:edit', 'transactions:reconcile'];
    const keeper = await person('confidential@bank.example', await made('roles', { name: 'Bank clerk', permissions }));
    const codes = (await owner.get(`${at}/chart-of-accounts`)).body.items as Json[];
    const { id } = codes.find(({ code }) => code === '7502');
    expect((await post(`chart-of-accounts/${id}/mark-confidential`)).status).toBe(200);
    const list = `${at}/transactions?bankAccountId=${account}&limit=1`;
    expect((await keeper.get(list)).body).toMatchObject({ items: [{ id: lines[1] }], next: null });
    expect(ids(await owner.get(`${at}/transactions?bankAccountId=${account}`))).toHaveLength(3);
    for (const rest of ['', '/suggestions'])
      expect(told(await keeper.get(`${at}/transactions/${lines[0]}${rest}`))).toEqual(
        told(await keeper.get(`${at}/transactions/${randomUUID()}${rest}`)),
      );
    const history = (record: string) => keeper.get(`${at}/records/${record}/history`);
    expect(told(await history(lines[0]!))).toEqual(told(await history(randomUUID())));
    const unexplain = (record: string) => keeper.post(`${at}/transactions/${record}/unexplain`);
    expect(told(await unexplain(lines[0]!))).toEqual(told(await unexplain(randomUUID())));
    const reconcile = (who: Client) =>
      who.post(`${at}/bank-accounts/${account}/reconciliations`, { through: '2026-03-31', closingBalance: -15 });
    expect(await reconcile(keeper)).toMatchObject({ status: 403, body: { permission: 'confidential-accounts:read' } });
    // Taken back, it has been explained by that account all the same: the trail tells.
    expect((await post(`transactions/${lines[0]}/unexplain`)).status).toBe(200);
    expect((await keeper.get(`${at}/transactions/${lines[0]}`)).status).toBe(404);
    await post(`transactions/${lines[0]}/explain`, { accountCode: '7100' });
    // What it is reconciled up to tells of what was hidden in it, by its difference.
    const done = await reconcile(owner);
    keeper.reflect(done.headers.get('countersign-position')!);
    const { status, body } = await keeper.get(`${at}/bank-accounts/${account}/reconciliations`);
    expect({ status, body }).toMatchObject({ status: 403, body: { permission: 'confidential-accounts:read' } });
    expect((await keeper.get(done.headers.get('location')!)).status).toBe(404);
    expect((await keeper.get(`${at}/records/${done.body.id}/history`)).status).toBe(404);
    await line('7100');
    const guess = { through: '2026-03-31', closingBalance: 1, openingBalance: 0 };
    expect((await keeper.post(`${at}/bank-accounts/${account}/reconciliations`, guess)).status).toBe(403);
  });

  it('does not have what is matched to a document on a confidential account, for whoever may not see that', async () => {
    const account = await made('bank-accounts', { name: 'Wages', accountNumber: '8' });
    const codes = (await owner.get(`${at}/chart-of-accounts`)).body.items as Json[];
    const accountCode = codes.find(({ id }) => id === account)?.code as string;
    const lines = [
      { accountCode, credit: 81_234 },
      { accountCode: '7000', debit: 81_234 },
    ];
    const journalId = await made('journals', { date: '2026-03-07', description: 'Wages', lines });
    const paid = await made('transactions', {
      bankAccountId: account,
      date: '2026-03-07',
      amount: -81_234,
      description: 'x',
    });
    const permissions = ['transactions:read', 'audit:read'];
    const clerk = await person('matched@bank.example', await made('roles', { name: 'Sees', permissions }));
    expect((await clerk.get(`${at}/transactions/${paid}`)).status).toBe(200);
    expect((await post(`transactions/${paid}/match`, { journalId })).status).toBe(200);
    clerk.reflect(owner.position!);
    expect((await clerk.get(`${at}/transactions/${paid}`)).status).toBe(404);
    expect(ids(await clerk.get(`${at}/transactions?bankAccountId=${account}`))).toEqual([]);
    expect((await clerk.get(`${at}/records/${paid}`)).status).toBe(404);
    // The trail says that something happened, and nothing of it.
    const history = await clerk.get(`${at}/records/${paid}/history`);
    expect(JSON.stringify(history.body)).not.toMatch(/81234|journal/);
    // It has been matched to that all the same.
    expect((await post(`transactions/${paid}/unmatch`)).status).toBe(200);
    clerk.reflect(owner.position!);
    expect((await clerk.get(`${at}/transactions/${paid}`)).status).toBe(404);
    expect(await get(paid)).toMatchObject({ status: 'unexplained' });
  });

  it('keeps the texts of the bank out of the trail of those who may not see them', async () => {
    const id = await transaction(4, { description: 'PRIVATE NOTE OF ROSA' });
    const compliance = await person('compliance@bank.example', 'compliance');
    const trail = await compliance.get(`${at}/audit?record=${id}`);
    expect(trail.body.items).toHaveLength(1);
    expect(JSON.stringify(trail.body)).not.toContain('PRIVATE');
  });

  it('shows its records as they stood', async () => {
    const account = await made('bank-accounts', { name: 'Past', accountNumber: '8' });
    const statement = await importing(owner, account, ['01/03/2026,ROSA,150.00,,']);
    const [line] = ids(await owner.get(`${at}/transactions?bankAccountId=${account}`));
    const transfer = await made('transfers', { from: account, to: savings, date: '2026-03-03', amount: 2_000 });
    const paths = [
      `transactions/${line}`,
      `transfers/${transfer}`,
      `bank-accounts/${account}/statements/${statement.body.id}`,
    ];
    const all = (): Promise<Json[]> => Promise.all(paths.map(async (path) => (await owner.get(`${at}/${path}`)).body));
    const records = (at_?: string): Promise<Json[]> =>
      Promise.all(
        paths.map(async (path) => {
          const id = path.split('/').at(-1)!;
          return (await owner.get(`${at}/records/${id}${at_ === undefined ? '' : `?at=${at_}`}`)).body;
        }),
      );
    const was = await all();
    const instant = new Date().toISOString();
    await sleep(5);
    expect((await post(`transactions/${line}/explain`, { accountCode: '4000' })).status).toBe(200);
    expect((await post(`transfers/${transfer}/void`, { reason: 'x' })).status).toBe(200);
    const is = await all();
    expect(is[0].status).toBe('explained');
    expect(await records()).toMatchObject(is);
    expect(await records(instant)).toMatchObject(was);
    const history = await owner.get(`${at}/records/${line}/history`);
    expect((history.body.items as Json[]).map(({ type }) => type as string).sort()).toEqual([
      'TransactionExplained',
      'TransactionRecorded',
    ]);
  });

  it('comes to what the ledger has of the account, to the penny', async () => {
    const bank = await made('bank-accounts', { name: 'Ledger', accountNumber: '9' });
    const rows = ['01/03/2026,ROSA,150.00,,', '02/03/2026,RENT,,50.00,', '03/03/2026,TO SAVINGS,,20.00,'];
    expect((await importing(owner, bank, rows)).body.added).toBe(3);
    const { items } = (await owner.get(`${at}/transactions?bankAccountId=${bank}`)).body;
    const [out, rent, rosa] = ids({ body: { items } } as Answer<Json>);
    const invoice = await issued('150');
    const transferId = await made('transfers', { from: bank, to: savings, date: '2026-03-03', amount: 2_000 });
    expect((await post(`transactions/${rosa}/match`, { invoiceId: invoice.id })).status).toBe(200);
    expect((await post(`transactions/${rent}/explain`, { accountCode: '7100' })).status).toBe(200);
    expect((await post(`transactions/${out}/match`, { transferId })).status).toBe(200);
    const reconciled = { through: '2026-03-31', closingBalance: 8_000 };
    expect((await post(`bank-accounts/${bank}/reconciliations`, reconciled)).status).toBe(201);
    const balance = await owner.get(`${at}/reports/trial-balance?at=2026-03-31`);
    expect(balance).toMatchObject({ status: 200 });
    expect(balance.body.accounts).toContainEqual(expect.objectContaining({ name: 'Ledger', debit: 8_000 }));
    expect(balance.body.totals.debit).toBe(balance.body.totals.credit);
  });

  it('posts nothing into a locked period', async () => {
    const id = await transaction(5_500, { date: '2025-12-31' });
    const invoice = await issued('55');
    const locked = await post('periods/lock', { through: '2025-12-31' });
    expect(locked.status).toBeLessThan(300);
    for (const answer of [
      await post(`transactions/${id}/explain`, { accountCode: '4000' }),
      await post(`transactions/${id}/match`, { invoiceId: invoice.id }),
      await owner.patch(`${at}/transactions/${id}`, { amount: 1 }),
      await post('transfers', { from: current, to: savings, date: '2025-12-31', amount: 1 }),
    ])
      expect(answer).toMatchObject({ status: 409, body: { rule: 'period-locked' } });
  });
});

describe('a server that was killed in the middle', () => {
  let server: Server;
  let owner: Client;
  let at: string;
  let organisation: string;
  let bankAccountId: string;

  beforeAll(async () => {
    server = await Server.start();
    owner = await signUp(server, 'owner@broken.example');
    organisation = await found(owner);
    at = `/v1/organisations/${organisation}`;
    bankAccountId = (await owner.post(`${at}/bank-accounts`, { name: 'Current', accountNumber: '1' })).body
      .id as string;
  }, 60_000);
  afterAll(() => server.dispose());

  /** The first event of a command, and nothing of what follows from it: as a kill leaves it. */
  async function broken(
    aggregate: { name: string; id: string; like: string },
    type: string,
    data: object,
  ): Promise<void> {
    await server.stop();
    const store = await openSqliteEventStore({ folder: server.folder, clock: Date.now });
    const [before] = await store.newerThan(aggregate.like, -1);
    const { idempotency: _, ...metadata } = before!.metadata;
    const stream = aggregate.name === 'transaction' ? aggregate.like : `${aggregate.name}-${aggregate.id}`;
    await store.append(stream, 'any', [{ id: randomUUID(), type, schemaVersion: 1, data, metadata }]);
    await store.close();
    server = await Server.start({ folder: server.folder });
    owner = owner.at(server.url);
  }

  const line = async (amount: number, more: object = {}): Promise<string> => {
    const body = { bankAccountId, date: '2026-03-05', amount, description: 'A line', ...more };
    return (await owner.post(`${at}/transactions`, body)).body.id as string;
  };
  const until = async (id: string, status: string): Promise<Json> => {
    for (;;) {
      const { body } = await owner.get(`${at}/transactions/${id}`);
      if (body.status === status) return body;
      await sleep(20);
    }
  };
  const streamOfLine = (id: string): string => `transaction-${organisation}/${id}`;

  it('pays the invoice of a match that was begun, once, in the name of whoever asked', async () => {
    const customerId = (await owner.post(`${at}/customers`, { name: 'Rosa Klein' })).body.id as string;
    const lines = [{ description: 'Day', quantity: 1, unitPrice: '150' }];
    const invoice = (await owner.post(`${at}/invoices`, { customerId, date: '2026-03-01', lines })).body.id as string;
    await owner.post(`${at}/invoices/${invoice}/issue`);
    const id = await line(15_000);
    const matchId = randomUUID();
    const match = { matchId, to: { kind: 'invoice', id: invoice }, slot: matchId, makes: true };
    await broken({ name: 'transaction', id, like: streamOfLine(id) }, 'TransactionMatchBegun', match);
    expect(await until(id, 'matched')).toMatchObject({ match: { paymentId: matchId } });
    expect((await owner.get(`${at}/invoices/${invoice}`)).body).toMatchObject({ status: 'paid', paid: 15_000 });
    const trail = await owner.get(`${at}/audit?type=PaymentRecorded`);
    expect(trail.body.items).toMatchObject([
      { actor: { kind: 'system', id: 'matching' }, onBehalfOf: { id: owner.userId } },
    ]);
  });

  it('lets the transaction go where the invoice does not take the payment any more', async () => {
    const id = await line(99);
    const matchId = randomUUID();
    const match = { matchId, to: { kind: 'transfer', id: randomUUID() }, slot: 'to', makes: false };
    await broken({ name: 'transaction', id, like: streamOfLine(id) }, 'TransactionMatchBegun', match);
    expect(await until(id, 'unexplained')).toMatchObject({ match: null, revision: 2 });
  });

  it('finishes the reconciliation of lines that are as they were, and of no others', async () => {
    const ids = [await line(10, { accountCode: '4000' }), await line(20, { accountCode: '4000' })];
    const agreed = { bankAccountId, through: '2026-03-31', opening: 0, closing: 30, createdBy: owner.userId };
    const begin = (revisions: readonly number[]): Promise<void> => {
      const lines = ids.map((id, index) => ({ id, revision: revisions[index]! }));
      const data = { ...agreed, reconciliationId: randomUUID(), lines };
      const like = streamOfLine(ids[0]!);
      return broken({ name: 'reconciliations', id: organisation, like }, 'ReconciliationBegun', data);
    };
    const now = (): Promise<Json[]> =>
      Promise.all(ids.map(async (id) => (await owner.get(`${at}/transactions/${id}`)).body));
    await begin([1, 0]);
    while ((await owner.get(`${at}/audit?type=ReconciliationAborted`)).body.items.length === 0) await sleep(20);
    expect((await now()).map(({ status }) => status as string)).toEqual(['explained', 'explained']);
    await begin((await now()).map(({ revision }) => revision as number));
    for (const id of ids) await until(id, 'reconciled');
    while ((await owner.get(`${at}/bank-accounts/${bankAccountId}/reconciliations`)).body.items.length === 0)
      await sleep(20);
    expect((await owner.get(`${at}/audit?type=ReconciliationAborted`)).body.items).toHaveLength(1);
  });
});
