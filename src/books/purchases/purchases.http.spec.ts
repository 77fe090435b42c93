import { randomUUID } from 'node:crypto';
import type { Answer, Client, Json } from '../../../test/support/client.js';
import { found, join, signUp } from '../../../test/support/people.js';
import { Server } from '../../../test/support/server.js';

const DATE = '2026-03-01';
const LINE = { description: 'Ink', quantity: 2, unitPrice: '10', vatRate: 2000 };

const ids = (answer: Answer<Json>): string[] => (answer.body.items as Json[]).map(({ id }) => id as string);
/** What a person is told of a refusal. */
const told = ({ status, body }: Answer<Json>): unknown => ({ status, body });

describe('purchases over HTTP', () => {
  let server: Server;
  let ann: Client;
  let organisation: string;
  let at: string;
  let supplier: string;
  let account: string;
  let last: string;

  const made = async (path: string, body: unknown, by: Client = ann): Promise<string> => {
    const answer = await by.post(`${at}/${path}`, body);
    if (answer.status !== 201) throw new Error(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    last = answer.headers.get('countersign-position')!;
    return answer.body.id as string;
  };
  const member = async (email: string, ...roles: readonly unknown[]): Promise<Client> => {
    const person = await join(server, ann, organisation, `${email}@purchases.example`, roles, ['Sue', email]);
    person.reflect(last);
    return person;
  };
  const keyOf = async (maker: Client, ...permissions: string[]): Promise<Client> => {
    const answer = await maker.post(`${at}/api-keys`, { name: 'Till', permissions });
    if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
    const client = server.client().as(answer.body.key as string);
    client.reflect(answer.headers.get('countersign-position')!);
    return client;
  };
  const enter = (by: Client = ann, more: object = {}): Promise<string> =>
    made('purchases', { supplierId: supplier, date: DATE, dueDate: '2026-03-31', lines: [LINE], ...more }, by);
  const step = async (by: Client, id: string, verb: string, body: object = {}): Promise<Answer<Json>> =>
    by.post(`${at}/purchases/${id}/${verb}`, body);
  const done = async (by: Client, id: string, verb: string, body: object = {}): Promise<void> => {
    const answer = await step(by, id, verb, body);
    expect({ verb, ...answer }).toMatchObject({ verb, status: 200 });
    last = answer.headers.get('countersign-position')!;
  };
  const shown = async (id: string, by: Client = ann): Promise<Json> => {
    by.reflect(last);
    return (await by.get(`${at}/purchases/${id}`)).body;
  };
  const payment = (amount: number) => ({ amount, date: '2026-03-10', paymentAccountId: account });

  beforeAll(async () => {
    server = await Server.start();
    ann = await signUp(server, 'ann@purchases.example', 'Ann', 'Hale');
    organisation = await found(ann);
    at = `/v1/organisations/${organisation}`;
    supplier = await made('suppliers', { name: 'Ink & Co', email: 'hello@ink.example', country: 'Germany' });
    account = ((await ann.get(`${at}/payment-accounts`)).body.items as Json[])[0].id as string;
  }, 60_000);
  afterAll(() => server.dispose());

  describe('a supplier', () => {
    it('is made, shown, edited, archived and restored, and the trail says so', async () => {
      const id = await made('suppliers', { name: 'Paper Ltd', phone: '01', notes: 'Ask for Jo' });
      const shownOne = await ann.get(`${at}/suppliers/${id}`);
      expect(shownOne.body).toEqual({
        id,
        revision: 0,
        status: 'active',
        restricted: false,
        name: 'Paper Ltd',
        email: null,
        phone: '01',
        notes: 'Ask for Jo',
        country: null,
        reference: null,
        hasBankDetails: false,
        brandId: null,
      });
      expect((await ann.patch(`${at}/suppliers/${id}`, { name: 'Paper & Sons' }, { 'if-match': '"0"' })).status).toBe(
        200,
      );
      expect((await ann.post(`${at}/suppliers/${id}/archive`)).status).toBe(200);
      expect((await ann.get(`${at}/suppliers/${id}`)).body).toMatchObject({ status: 'archived', name: 'Paper & Sons' });
      expect(await ann.post(`${at}/purchases`, { supplierId: id, date: DATE, lines: [] })).toMatchObject({
        status: 409,
        body: { rule: 'supplier-archived' },
      });
      expect((await ann.post(`${at}/suppliers/${id}/restore`)).status).toBe(200);
      const trail = await ann.get(`${at}/audit?record=${id}`);
      expect((trail.body.items as Json[]).map(({ summary }) => summary)).toEqual([
        'Ann Hale took the supplier Paper & Sons out of the archive',
        'Ann Hale archived the supplier Paper & Sons',
        'Ann Hale renamed the supplier Paper Ltd to Paper & Sons',
        'Ann Hale added the supplier Paper & Sons',
      ]);
      expect(ids(await ann.get(`${at}/suppliers`))).toContain(id);
    });

    it('has bank details apart: for few, never in a list, each change mailed to the Primary', async () => {
      const id = await made('suppliers', { name: 'Glue Ltd' });
      const [sal, pat] = [await member('sal', 'sales-and-purchases'), await member('pat', 'purchases')];
      const details = { accountName: 'Glue Ltd', sortCode: '20-00-00', accountNumber: '55779911' };
      expect(await pat.put(`${at}/suppliers/${id}/bank-details`, details)).toMatchObject({
        status: 403,
        body: { permission: 'suppliers:edit-bank-details' },
      });
      expect(
        await sal.put(`${at}/suppliers/${id}/bank-details`, { ...details, iban: 'GB34BUKB20201555555555' }),
      ).toMatchObject({ status: 400, body: { errors: [{ field: 'iban' }] } });
      const set = await sal.put(`${at}/suppliers/${id}/bank-details`, details);
      expect(set).toMatchObject({ status: 200, body: { id, revision: 1 } });
      expect((await sal.get(`${at}/suppliers/${id}/bank-details`)).body).toEqual({
        ...details,
        iban: null,
        bic: null,
      });
      expect((await pat.get(`${at}/suppliers/${id}/bank-details`)).status).toBe(403);
      expect((await sal.get(`${at}/suppliers/${randomUUID()}/bank-details`)).status).toBe(404);
      for (const person of [ann, sal, pat]) {
        person.reflect(set.headers.get('countersign-position')!);
        for (const path of ['suppliers', `suppliers/${id}`, `records/${id}`, `records/${id}/history`]) {
          const answer = await person.get(`${at}/${path}`);
          expect([path, answer.status, JSON.stringify(answer.body).includes('55779911')]).toEqual([path, 200, false]);
        }
      }
      const trail = (await ann.get(`${at}/audit?record=${id}`)).body.items as Json[];
      expect(trail[0]).toMatchObject({
        summary: 'Sue sal changed the supplier bank account Glue Ltd',
        record: { kind: 'supplier-bank-account', id, label: 'Glue Ltd' },
        changes: expect.arrayContaining([{ field: 'accountNumber', from: null, to: '•••911' }]),
      });
      const reads = (await ann.get(`${at}/audit?outcome=read&actor=${sal.userId}`)).body.items as Json[];
      expect(reads.map(({ summary }) => summary)).toContain('Sue sal read the bank details');
      const [mail] = await server.mail('ann@purchases.example', /[^]*your supplier Glue Ltd[^]*/);
      expect(mail).toContain('Sue sal changed the bank details of your supplier Glue Ltd');
      expect(mail).toContain('•••911');
      expect(mail).not.toContain('55779911');
    });

    it('is a person of whom data is held, and gone after an erasure', async () => {
      const id = await made('suppliers', { name: 'Zebedee Gross', email: 'zeb@gross.example' });
      const details = { accountName: 'Z Gross', sortCode: '20-00-00', accountNumber: '55779911' };
      await ann.put(`${at}/suppliers/${id}/bank-details`, details);
      const purchase = await enter(ann, { supplierId: id, reference: 'Z1' });
      await done(ann, purchase, 'submit');
      await done(ann, purchase, 'approve');
      const people = (await ann.get(`${at}/privacy/subjects?q=zebedee`)).body.items as Json[];
      expect(people).toEqual([expect.objectContaining({ id, kind: 'supplier', label: 'Zebedee Gross' })]);
      const erasure = await ann.post(`${at}/privacy/erasures`, { subject: id, reason: 'They asked' });
      expect(erasure.status).toBe(201);
      expect((await ann.get(`${at}/suppliers/${id}`)).body).toMatchObject({ name: 'erased', status: 'erased' });
      expect((await ann.get(`${at}/suppliers/${id}/bank-details`)).body).toMatchObject({ accountNumber: 'erased' });
      expect(erasure.body.kept).toContainEqual(
        expect.objectContaining({ record: expect.objectContaining({ kind: 'purchase', id: purchase }) }),
      );
      expect(await shown(purchase)).toMatchObject({ supplier: { id, name: 'erased' } });
    });
  });

  describe('a purchase', () => {
    it('is entered, handed in, approved and paid in parts, and the trail says so', async () => {
      const id = await enter(ann, { reference: 'INV-77' });
      expect(await shown(id)).toMatchObject({
        id,
        status: 'draft',
        supplier: { id: supplier, name: 'Ink & Co' },
        net: 2000,
        vat: 400,
        total: 2400,
        outstanding: 0,
        reference: 'INV-77',
        createdBy: ann.userId,
        duplicates: [],
      });
      expect(await step(ann, id, 'approve')).toMatchObject({ status: 409, body: { rule: 'not-submitted' } });
      await done(ann, id, 'submit');
      expect(await step(ann, id, 'discard')).toMatchObject({ status: 409, body: { rule: 'not-a-draft' } });
      await done(ann, id, 'approve');
      expect(await shown(id)).toMatchObject({ status: 'approved', outstanding: 2400, approvedBy: ann.userId });
      await done(ann, id, 'pay', payment(400));
      expect(await shown(id)).toMatchObject({ status: 'part-paid', paid: 400, outstanding: 2000 });
      expect(await step(ann, id, 'pay', payment(2001))).toMatchObject({
        status: 409,
        body: { rule: 'payment-exceeds-outstanding' },
      });
      expect(await step(ann, id, 'pay', { ...payment(1), paymentAccountId: randomUUID() })).toMatchObject({
        status: 400,
        body: { errors: [{ field: 'paymentAccountId' }] },
      });
      expect(await ann.patch(`${at}/purchases/${id}`, { reference: 'X' })).toMatchObject({
        status: 409,
        body: { rule: 'has-payments' },
      });
      expect(await step(ann, id, 'void', { reason: 'x' })).toMatchObject({
        status: 409,
        body: { rule: 'has-payments' },
      });
      await done(ann, id, 'pay', payment(2000));
      expect(await shown(id)).toMatchObject({
        status: 'paid',
        outstanding: 0,
        payments: [payment(400), payment(2000)],
      });
      const trail = await ann.get(`${at}/audit?record=${id}`);
      expect((trail.body.items as Json[]).map(({ summary }) => summary)).toEqual([
        'Ann Hale recorded a payment of purchase INV-77',
        'Ann Hale recorded a payment of purchase INV-77',
        'Ann Hale approved purchase INV-77',
        'Ann Hale handed in purchase INV-77 for approval',
        'Ann Hale entered purchase INV-77',
      ]);
    });

    it('loses its approval by an edit, and is voided with a reason once it was in the books', async () => {
      const id = await enter();
      await done(ann, id, 'submit');
      await done(ann, id, 'approve');
      const edited = await ann.patch(`${at}/purchases/${id}`, { lines: [{ ...LINE, quantity: 1 }] });
      expect(edited).toMatchObject({ status: 200, body: { revision: 4 } });
      last = edited.headers.get('countersign-position')!;
      expect(await shown(id)).toMatchObject({ status: 'draft', total: 1200, approvedBy: null, submittedBy: null });
      expect(await step(ann, id, 'discard')).toMatchObject({ status: 409, body: { rule: 'was-approved' } });
      await done(ann, id, 'void', { reason: 'Sent twice' });
      expect(await shown(id)).toMatchObject({ status: 'void', reason: 'Sent twice' });
      expect(await ann.patch(`${at}/purchases/${id}`, { reference: 'X' })).toMatchObject({
        status: 409,
        body: { rule: 'not-open' },
      });
    });

    it('is discarded as a draft, and refused with what is not there', async () => {
      const id = await enter();
      await done(ann, id, 'discard');
      expect(await shown(id)).toMatchObject({ status: 'discarded' });
      const wrong: readonly [object, string][] = [
        [{ supplierId: randomUUID() }, 'supplierId'],
        [{ projectId: randomUUID() }, 'projectId'],
        [{ brandId: randomUUID() }, 'brandId'],
        [{ lines: [{ ...LINE, accountCode: '2100' }] }, 'lines.0.accountCode'],
        [{ lines: [{ ...LINE, accountCode: '1200' }] }, 'lines.0.accountCode'],
        [{ lines: [{ ...LINE, productId: randomUUID() }] }, 'lines.0.productId'],
      ];
      for (const [more, field] of wrong) {
        const body = { supplierId: supplier, date: DATE, lines: [LINE], ...more };
        expect([field, await ann.post(`${at}/purchases`, body)]).toMatchObject([
          field,
          { status: 400, body: { errors: [{ field }] } },
        ]);
      }
    });

    it('names others with the same reference of the same supplier', async () => {
      const [one, two] = [await enter(ann, { reference: 'TWICE' }), await enter(ann, { reference: 'TWICE' })];
      const other = await enter(ann, { reference: 'TWICE', supplierId: await made('suppliers', { name: 'Other' }) });
      expect((await shown(two)).duplicates).toEqual([one]);
      expect((await shown(other)).duplicates).toEqual([]);
      await done(ann, one, 'discard');
      expect((await shown(two)).duplicates).toEqual([]);
    });

    it('of a supplier whose data may only be stored is not approved until that is lifted', async () => {
      const theirs = await made('suppliers', { name: 'Stored Ltd' });
      const id = await enter(ann, { supplierId: theirs });
      await done(ann, id, 'submit');
      const restriction = await ann.post(`${at}/privacy/restrictions`, { subject: theirs, reason: 'They asked' });
      expect(restriction.status).toBe(201);
      const restricted = { status: 409, body: { rule: 'restricted' } };
      expect(await step(ann, id, 'approve')).toMatchObject(restricted);
      expect(await ann.post(`${at}/purchases`, { supplierId: theirs, date: DATE, lines: [] })).toMatchObject(
        restricted,
      );
      expect(await ann.patch(`${at}/suppliers/${theirs}`, { name: 'X' })).toMatchObject(restricted);
      const lifted = await ann.post(`${at}/privacy/restrictions/${restriction.body.id}/lift`, { notice: 'By letter' });
      expect(lifted.status).toBe(200);
      await done(ann, id, 'approve');
    });

    it('is in the books from its approval until an edit or a void, and paid from where it was paid', async () => {
      /** Balances before everything else in this organisation; debits are positive. */
      const balances = async (): Promise<Json> => {
        ann.reflect(last);
        const { body } = await ann.get(`${at}/reports/trial-balance?at=1999-12-31`);
        return Object.fromEntries(
          (body.accounts as Json[]).map(({ code, debit, credit }) => [code, (debit ?? 0) - (credit ?? 0)]),
        );
      };
      const id = await enter(ann, { date: '1999-05-01', lines: [LINE, { ...LINE, accountCode: '7504' }] });
      await done(ann, id, 'submit');
      expect(await balances()).toEqual({});
      await done(ann, id, 'approve');
      expect(await balances()).toEqual({ '5000': 2000, '7504': 2000, '2201': 800, '2100': -4800 });
      last = (await ann.patch(`${at}/purchases/${id}`, { lines: [LINE] })).headers.get('countersign-position')!;
      expect(Object.values(await balances()).every((balance) => balance === 0)).toBe(true);
      await done(ann, id, 'submit');
      await done(ann, id, 'approve');
      const open = { '5000': 2000, '2201': 400, '2100': -2400 };
      expect(await balances()).toMatchObject(open);
      const { body } = await ann.get(`${at}/reports/aged-creditors?at=1999-12-31`);
      expect(JSON.stringify(body)).toContain(supplier);
      const voided = await enter(ann, { date: '1999-06-01' });
      await done(ann, voided, 'submit');
      await done(ann, voided, 'approve');
      await done(ann, voided, 'void', { reason: 'Sent twice' });
      expect(await balances()).toMatchObject(open);
      await done(ann, id, 'pay', { ...payment(1000), date: '1999-07-01' });
      expect(await balances()).toMatchObject({ '5000': 2000, '2201': 400, '2100': -1400, '1200': -1000 });
    });

    it('is not approved onto an account that lines may not name any more', async () => {
      const account = await made('chart-of-accounts', { code: '5998', name: 'Old stock', type: 'cost-of-sales' });
      const id = await enter(ann, { lines: [{ ...LINE, accountCode: '5998' }] });
      await done(ann, id, 'submit');
      expect((await ann.post(`${at}/chart-of-accounts/${account}/archive`)).status).toBe(200);
      expect(await step(ann, id, 'approve')).toMatchObject({
        status: 400,
        body: { errors: [{ field: 'lines.0.accountCode' }] },
      });
      expect((await ann.post(`${at}/chart-of-accounts/${account}/restore`)).status).toBe(200);
      await done(ann, id, 'approve');
    });

    it('is listed by status, supplier and book date', async () => {
      const id = await enter(ann, { date: '2025-01-02' });
      await done(ann, id, 'submit');
      ann.reflect(last);
      const list = async (query: string): Promise<string[]> => ids(await ann.get(`${at}/purchases?${query}`));
      expect(await list('from=2025-01-01&to=2025-01-31')).toEqual([id]);
      expect(await list(`status=submitted&supplierId=${supplier}`)).toContain(id);
      expect(await list(`status=paid&from=2025-01-01&to=2025-01-31`)).toEqual([]);
      expect((await ann.get(`${at}/purchases?status=sent`)).status).toBe(400);
    });

    it('is answered the first time again to the same key', async () => {
      const body = { supplierId: supplier, date: DATE, lines: [LINE] };
      const send = () => ann.post(`${at}/purchases`, body, { 'idempotency-key': 'a purchase' });
      const [first, again] = [await send(), await send()];
      expect(again.body).toEqual(first.body);
      const pay = async (id: string) =>
        ann.post(`${at}/purchases/${id}/pay`, payment(100), { 'idempotency-key': 'pay it' });
      const id = first.body.id as string;
      await done(ann, id, 'submit');
      await done(ann, id, 'approve');
      await pay(id);
      last = (await pay(id)).headers.get('countersign-position')!;
      expect(await shown(id)).toMatchObject({ paid: 100 });
    });

    it('keeps to locked periods', async () => {
      const id = await enter(ann, { date: '2020-05-01' });
      await done(ann, id, 'submit');
      await done(ann, id, 'approve');
      const waiting = await enter(ann, { date: '2020-05-02' });
      await done(ann, waiting, 'submit');
      expect((await ann.post(`${at}/periods/lock`, { through: '2020-12-31' })).status).toBeLessThan(300);
      const locked = { status: 409, body: { rule: 'period-locked' } };
      expect(await step(ann, waiting, 'approve')).toMatchObject(locked);
      expect(await step(ann, id, 'void', { reason: 'x' })).toMatchObject(locked);
      expect(await ann.patch(`${at}/purchases/${id}`, { reference: 'X' })).toMatchObject(locked);
      expect(await step(ann, id, 'pay', { ...payment(1), date: '2020-12-31' })).toMatchObject(locked);
      await done(ann, id, 'pay', { ...payment(1), date: '2021-01-01' });
    });
  });

  describe('people', () => {
    it('see and do what their roles say', async () => {
      const [pat, bea, staff] = [
        await member('pat2', 'purchases'),
        await member('bea', 'bookkeeper'),
        await member('stan', 'staff'),
      ];
      const id = await enter(pat);
      await done(pat, id, 'submit');
      expect(await step(pat, id, 'approve')).toMatchObject({ status: 403, body: { permission: 'purchases:approve' } });
      await done(ann, id, 'approve');
      expect(await step(pat, id, 'pay', payment(1))).toMatchObject({ status: 403 });
      await done(bea, id, 'pay', payment(2400));
      for (const path of ['purchases', `purchases/${id}`, 'suppliers', `suppliers/${supplier}`])
        expect(await staff.get(`${at}/${path}`)).toMatchObject({ status: 403 });
      expect((await staff.get(`${at}/records/${id}`)).status).toBe(404);
    });

    it('with a read-only grant look, and do nothing', async () => {
      const id = await enter();
      const ro = await member('ro', { role: 'sales-and-purchases', readOnly: true }, 'compliance');
      expect(await ro.get(`${at}/suppliers/${supplier}`)).toMatchObject({ status: 200 });
      for (const [path, body] of [
        ['suppliers', { name: 'X' }],
        [`suppliers/${supplier}/archive`, {}],
        ['purchases', { supplierId: supplier, date: DATE, lines: [] }],
        [`purchases/${id}/submit`, {}],
        [`purchases/${id}/approve`, {}],
        [`purchases/${id}/pay`, payment(1)],
        [`purchases/${id}/void`, { reason: 'x' }],
        [`purchases/${id}/discard`, {}],
      ] as const)
        expect([path, await ro.post(`${at}/${path}`, body)]).toMatchObject([path, { status: 403 }]);
      expect((await ro.get(`${at}/suppliers/${supplier}/bank-details`)).status).toBe(403);
    });

    it('limited to a brand see its purchases and suppliers, and nothing of others', async () => {
      const brandId = await made('brands', { name: 'North' });
      const theirs = await made('suppliers', { name: 'Northern Ink', brandId });
      const id = await enter(ann, { supplierId: theirs, brandId });
      const foreign = await enter();
      const lim = await member('lim', { role: 'admin', brands: [brandId] });
      expect(ids(await lim.get(`${at}/purchases`))).toEqual([id]);
      expect(ids(await lim.get(`${at}/suppliers`))).toEqual([theirs]);
      for (const path of ['', '/submit', '/approve'])
        expect(
          told(await lim.send(path === '' ? 'GET' : 'POST', `${at}/purchases/${foreign}${path}`, undefined)),
        ).toEqual(
          told(await lim.send(path === '' ? 'GET' : 'POST', `${at}/purchases/${randomUUID()}${path}`, undefined)),
        );
      expect(await lim.post(`${at}/purchases`, { supplierId: supplier, date: DATE, lines: [], brandId })).toMatchObject(
        { status: 400, body: { errors: [{ field: 'supplierId' }] } },
      );
      expect((await lim.patch(`${at}/purchases/${id}`, { brandId: null })).status).toBe(404);
    });

    it('who may not see confidential accounts see no purchases on them', async () => {
      const id = await enter(ann, { lines: [{ ...LINE, accountCode: '7100' }], reference: 'RENT' });
      const pat = await member('pat3', { role: 'sales-and-purchases' });
      const role = await made('roles', {
        name: 'Purchaser',
        permissions: ['purchases:read', 'purchases:edit', 'purchases:submit', 'suppliers:read'],
      });
      const rob = await member('rob', role);
      expect((await rob.get(`${at}/purchases/${id}`)).status).toBe(200);
      const chart = (await ann.get(`${at}/chart-of-accounts`)).body.items as Json[];
      const rent = chart.find(({ code }) => code === '7100');
      const marked = await ann.post(`${at}/chart-of-accounts/${rent.id}/mark-confidential`);
      expect(marked.status).toBe(200);
      last = marked.headers.get('countersign-position')!;
      for (const person of [rob, pat, ann]) person.reflect(last);
      const absent = await rob.get(`${at}/purchases/${randomUUID()}`);
      expect(told(await rob.get(`${at}/purchases/${id}`))).toEqual(told(absent));
      expect(ids(await rob.get(`${at}/purchases?limit=200`))).not.toContain(id);
      expect((await step(rob, id, 'submit')).status).toBe(404);
      expect((await rob.get(`${at}/records/${id}`)).status).toBe(404);
      expect(ids(await ann.get(`${at}/purchases?limit=200`))).toContain(id);
      await ann.post(`${at}/chart-of-accounts/${rent.id}/unmark-confidential`);
    });
  });

  describe('two pairs of eyes', () => {
    let one: Client;
    let two: Client;
    let three: Client;

    beforeAll(async () => {
      one = await member('one', 'admin');
      two = await member('two', 'admin');
      three = await member('three', 'bookkeeper');
      expect(await one.put(`${at}/two-pairs-of-eyes`, { on: true })).toMatchObject({ status: 403 });
      expect((await ann.get(`${at}/two-pairs-of-eyes`)).body).toEqual({ on: false });
      expect((await ann.put(`${at}/two-pairs-of-eyes`, { on: true })).status).toBe(200);
      expect((await one.get(`${at}/two-pairs-of-eyes`)).body).toEqual({ on: true });
    });
    afterAll(async () => {
      expect((await ann.put(`${at}/two-pairs-of-eyes`, { on: false })).status).toBe(200);
    });
    const second = { status: 409, body: { rule: 'second-person' } };

    it('take another person to approve than those who entered, also behind their keys', async () => {
      const id = await enter(one);
      await done(two, id, 'submit');
      const key = await keyOf(one, 'purchases:approve', 'purchases:read');
      for (const person of [one, two, key]) expect(await step(person, id, 'approve')).toMatchObject(second);
      await done(ann, id, 'approve');
      // The Primary is no exception.
      expect(await step(ann, id, 'pay', payment(1))).toMatchObject(second);
      await done(three, id, 'pay', payment(2400));
    });

    it('take another person to pay than who approved, also behind their keys', async () => {
      const id = await enter(one);
      await done(one, id, 'submit');
      const key = await keyOf(two, 'purchases:approve', 'purchases:pay', 'purchases:read');
      await done(key, id, 'approve');
      for (const person of [two, key]) expect(await step(person, id, 'pay', payment(1))).toMatchObject(second);
      await done(one, id, 'pay', payment(2400));
    });

    it('are asked for again after an edit, of whoever made that too', async () => {
      const id = await enter(one);
      await done(one, id, 'submit');
      await done(two, id, 'approve');
      expect((await two.patch(`${at}/purchases/${id}`, { lines: [{ ...LINE, quantity: 100 }] })).status).toBe(200);
      expect(await step(three, id, 'pay', payment(1))).toMatchObject({ status: 409, body: { rule: 'not-approved' } });
      await done(one, id, 'submit');
      for (const person of [one, two]) expect(await step(person, id, 'approve')).toMatchObject(second);
      await done(ann, id, 'approve');
    });

    it('keep roles apart that would do both', async () => {
      const role = await made('roles', { name: 'Approver', permissions: ['purchases:read', 'purchases:approve'] });
      const give = (...roles: readonly unknown[]) => ann.put(`${at}/members/${three.userId}/roles`, { roles });
      const combined = { status: 409, body: { rule: 'roles-combined' } };
      expect(await give('bookkeeper', role)).toMatchObject(combined);
      const invitation = { email: 'x@purchases.example', firstName: 'X', lastName: 'Y', roles: ['purchases', role] };
      expect(await ann.post(`${at}/invitations`, invitation)).toMatchObject(combined);
      expect((await give('bookkeeper', 'staff')).status).toBe(200);
    });

    it('stand in the trail', async () => {
      const trail = (await ann.get(`${at}/audit?type=TwoPairsOfEyesSwitched`)).body.items as Json[];
      expect(trail[0]).toMatchObject({ summary: 'Ann Hale switched on two pairs of eyes for purchases' });
    });
  });
});
