import { randomUUID } from 'node:crypto';
import type { Answer, Client, Json } from '../../../test/support/client.js';
import { found, join, signUp } from '../../../test/support/people.js';
import { Server } from '../../../test/support/server.js';

const DATE = '2026-03-01';
const LINE = { description: 'Portraits', quantity: 1, unitPrice: '10' };

/** Everything of one brand. */
interface Side {
  readonly brand: string;
  readonly customer: string;
  readonly invoice: string;
  readonly draft: string;
  readonly note: string;
  readonly template: string;
  readonly account: string;
}

const ids = (answer: Answer<Json>): string[] => (answer.body.items as Json[]).map(({ id }) => id as string);
/** What a person is told of a refusal. */
const told = ({ status, body }: Answer<Json>): unknown => ({ status, body });

describe('brands, bank accounts and document templates over HTTP', () => {
  let server: Server;
  let owner: Client;
  let organisation: string;
  let at: string;
  let north: Side;
  let south: Side;
  /** Of no brand. */
  let plain: Omit<Side, 'brand'>;
  /** Limited to North: an admin, and somebody in sales. */
  let ada: Client;
  let sam: Client;
  /** Drafts that have been of both brands. */
  const moved = new Set<string>();

  const made = async (path: string, body: unknown): Promise<string> => {
    const answer = await owner.post(`${at}/${path}`, body);
    if (answer.status !== 201) throw new Error(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body.id as string;
  };

  async function fill(name: string, brandId?: string): Promise<Omit<Side, 'brand'>> {
    const of = brandId === undefined ? {} : { brandId };
    const customer = await made('customers', { name: `Customer ${name}`, ...of });
    const template = await made('document-templates', { name: `Template ${name}`, kind: 'invoice', ...of });
    const account = await made('bank-accounts', { name: `Account ${name}`, accountNumber: '1234567', ...of });
    const document = { customerId: customer, date: DATE, lines: [LINE], reference: `Secret of ${name}`, ...of };
    const invoice = await made('invoices', { ...document, templateId: template });
    await owner.post(`${at}/invoices/${invoice}/issue`);
    const draft = await made('invoices', document);
    const note = await made('credit-notes', { ...document, invoiceId: invoice });
    return { customer, template, account, invoice, draft, note };
  }

  /** From now on these people see at least what everybody did so far. */
  async function catchUp(...people: readonly Client[]): Promise<void> {
    const last = await owner.patch(`${at}/customers/${plain.customer}`, { notes: randomUUID() });
    for (const person of people) person.reflect(last.headers.get('countersign-position')!);
  }

  beforeAll(async () => {
    server = await Server.start();
    owner = await signUp(server, 'owner@brands.example', 'Ann', 'Hale');
    organisation = await found(owner);
    at = `/v1/organisations/${organisation}`;
    const [northern, southern] = [await made('brands', { name: 'North' }), await made('brands', { name: 'South' })];
    north = { brand: northern, ...(await fill('North', northern)) };
    south = { brand: southern, ...(await fill('South', southern)) };
    plain = await fill('of none');
    const limit = { brands: [north.brand] };
    ada = await join(server, owner, organisation, 'ada@brands.example', [{ role: 'admin', ...limit }]);
    sam = await join(server, owner, organisation, 'sam@brands.example', [{ role: 'sales', ...limit }]);
  }, 60_000);
  afterAll(() => server.dispose());
  beforeEach(() => catchUp(ada, sam));

  describe('a brand', () => {
    it('is made, shown, renamed and archived, and the trail says so', async () => {
      const id = await made('brands', { name: 'East', website: 'east.example' });
      const shown = await owner.get(`${at}/brands/${id}`);
      expect(shown.body).toEqual({
        id,
        revision: 0,
        archived: false,
        name: 'East',
        address: null,
        email: null,
        phone: null,
        website: 'east.example',
      });
      expect(shown.headers.get('etag')).toBe('"0"');
      const renamed = await owner.patch(`${at}/brands/${id}`, { name: 'Orient' }, { 'if-match': '"0"' });
      expect(renamed).toMatchObject({ status: 200, body: { id, revision: 1 } });
      expect(renamed.headers.get('etag')).toBe('"1"');
      // Another brand's change is no change of this one.
      await owner.patch(`${at}/brands/${south.brand}`, { phone: '1' });
      expect((await owner.patch(`${at}/brands/${id}`, { phone: '2' }, { 'if-match': '"0"' })).status).toBe(412);
      expect((await owner.patch(`${at}/brands/${id}`, { phone: '2' }, { 'if-match': '"1"' })).body.revision).toBe(2);
      const again = await owner.patch(`${at}/brands/${id}`, { phone: '2' });
      expect(again).toMatchObject({ status: 200, body: { id, revision: 2 } });
      await owner.patch(`${at}/brands/${id}`, { archived: true });
      expect((await owner.get(`${at}/brands/${id}`)).body).toMatchObject({ archived: true, name: 'Orient' });
      const trail = await owner.get(`${at}/audit?record=${id}`);
      expect((trail.body.items as Json[]).map(({ summary }) => summary)).toEqual([
        'Ann Hale archived the brand Orient',
        'Ann Hale set the phone of the brand Orient to 2',
        'Ann Hale renamed the brand East to Orient',
        'Ann Hale added the brand East',
      ]);
      expect(trail.body.items[2]).toMatchObject({
        record: { kind: 'brand', id, label: 'Orient' },
        changes: [{ field: 'name', from: 'East', to: 'Orient' }],
      });
      expect(
        await owner.post(`${at}/invoices`, { customerId: plain.customer, date: DATE, lines: [], brandId: id }),
      ).toMatchObject({ status: 409, body: { rule: 'brand-archived' } });
    });

    it('has a name of its own, however many ask for it at once', async () => {
      const answers = await Promise.all(
        ['West', 'west', 'WEST', ' West '].map((name) => owner.post(`${at}/brands`, { name })),
      );
      expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409]);
      expect(answers.find(({ status }) => status === 409)!.body.rule).toBe('brand-name-taken');
    });

    it('answers the first time again to the same key', async () => {
      const make = (name: string): Promise<Answer<Json>> =>
        owner.post(`${at}/brands`, { name }, { 'idempotency-key': 'a brand' });
      const [first, again, other] = [await make('Once'), await make('Once'), await make('Twice')];
      expect([first.status, again.status, other.status]).toEqual([201, 201, 422]);
      expect(again.body).toEqual(first.body);
      expect(first.headers.get('location')).toBe(`${at}/brands/${first.body.id}`);
    });
  });

  describe('a person limited to a brand', () => {
    const AREAS = ['brands', 'customers', 'invoices', 'credit-notes', 'document-templates', 'bank-accounts'];
    const of = (side: Partial<Side>, area: string): readonly (string | undefined)[] =>
      ({
        brands: [side.brand],
        customers: [side.customer],
        invoices: [side.invoice, side.draft],
        'credit-notes': [side.note],
        'document-templates': [side.template],
        'bank-accounts': [side.account],
      })[area]!;

    it.each(AREAS)('lists the %s of that brand, page by page', async (area) => {
      const all = ids(await owner.get(`${at}/${area}`));
      for (const side of [north, south]) expect(all).toEqual(expect.arrayContaining([...of(side, area)]));
      const seen: string[] = [];
      let next: string | null | undefined;
      for (let pages = 0; next !== null; pages++) {
        const after = next === undefined ? '' : `&after=${encodeURIComponent(next)}`;
        const page = await ada.get(`${at}/${area}?limit=1${after}`);
        expect(page.status).toBe(200);
        // A cursor that leads to an empty page would tell that there is more.
        if (pages > 0) expect(page.body.items).toHaveLength(1);
        seen.push(...ids(page));
        next = page.body.next as string | null;
      }
      expect(seen.sort()).toEqual([...of(north, area)].sort());
    });

    it('asks for what is of another brand, or of none, as for what is not there', async () => {
      const [draft, note] = [{ reason: 'x' }, { reason: 'y' }];
      const requests: readonly [string, string, string, unknown?][] = AREAS.flatMap((area) =>
        [south, plain].flatMap((side) =>
          of(side, area)
            .filter((id) => id !== undefined)
            .map((id): [string, string, string] => ['GET', area, id]),
        ),
      );
      const writes: readonly [string, string, string, unknown?][] = [
        ['PATCH', 'brands', south.brand, { phone: '1' }],
        ['PATCH', 'brands', south.brand, { name: 'Sud' }],
        ['PATCH', 'customers', south.customer, { notes: 'x' }],
        ['PATCH', 'customers', plain.customer, { brandId: north.brand }],
        ['PATCH', 'invoices', south.draft, { brandId: north.brand }],
        ['PATCH', 'invoices', plain.draft, { brandId: north.brand }],
        ['PATCH', 'document-templates', south.template, { default: true }],
        ['PATCH', 'document-templates', plain.template, { default: true }],
        ['PATCH', 'bank-accounts', south.account, { brandId: north.brand }],
        ['PATCH', 'bank-accounts', plain.account, { archived: true }],
        ['POST', 'invoices', `${south.draft}/issue`, {}],
        ['POST', 'invoices', `${south.invoice}/copy`, {}],
        ['POST', 'invoices', `${south.invoice}/void`, draft],
        ['POST', 'invoices', `${plain.draft}/discard`, {}],
        ['POST', 'credit-notes', `${south.note}/void`, note],
        ['POST', 'credit-notes', `${plain.note}/issue`, {}],
      ];
      const wrong: unknown[] = [];
      for (const [method, area, rest, body] of [...requests, ...writes]) {
        const nowhere = rest.replace(/^[0-9a-f-]{36}/, randomUUID());
        const [hidden, absent] = [
          await ada.send(method, `${at}/${area}/${rest}`, body),
          await ada.send(method, `${at}/${area}/${nowhere}`, body),
        ];
        if (hidden.status !== 404 || JSON.stringify(told(hidden)) !== JSON.stringify(told(absent)))
          wrong.push([method, area, rest, told(hidden), told(absent)]);
      }
      expect(wrong).toEqual([]);
    });

    it('makes records of that brand only', async () => {
      const bodies: Readonly<Record<string, object>> = {
        customers: { name: 'X' },
        invoices: { customerId: north.customer, date: DATE, lines: [LINE] },
        'credit-notes': { customerId: north.customer, date: DATE, lines: [LINE] },
        'document-templates': { name: 'X', kind: 'estimate' },
      };
      for (const [area, body] of Object.entries(bodies)) {
        const refusals = await Promise.all(
          [{}, { brandId: south.brand }, { brandId: randomUUID() }].map((more) =>
            ada.post(`${at}/${area}`, { ...body, ...more }),
          ),
        );
        expect(refusals.map(told)).toEqual(Array(3).fill(told(refusals[0]!)));
        expect(refusals[0]).toMatchObject({ status: 404, body: { code: 'not-found' } });
        expect(await ada.post(`${at}/${area}`, { ...body, brandId: north.brand })).toMatchObject({ status: 201 });
      }
      expect((await ada.post(`${at}/brands`, { name: 'Mine' })).status).toBe(404);
      expect((await ada.post(`${at}/brands`, { name: 'South' })).status).toBe(404);
      // Whoever sees all is told what is wrong.
      expect(await owner.post(`${at}/customers`, { name: 'X', brandId: randomUUID() })).toMatchObject({
        status: 400,
        body: { errors: [{ field: 'brandId' }] },
      });
    });

    it('moves nothing out of the brand, nor into it', async () => {
      const paths = [`customers/${north.customer}`, `invoices/${north.draft}`, `bank-accounts/${north.account}`];
      for (const path of paths) {
        const refusals = await Promise.all(
          [south.brand, randomUUID(), null].map((brandId) => ada.patch(`${at}/${path}`, { brandId })),
        );
        expect(refusals.map(told)).toEqual(Array(3).fill(told(refusals[0]!)));
        expect(refusals[0]!.status).toBe(404);
        expect((await ada.patch(`${at}/${path}`, { brandId: north.brand })).status).toBe(200);
      }
    });

    it('moves between the brands of one grant, and with two grants', async () => {
      const both = [north.brand, south.brand];
      const bea = await join(server, owner, organisation, 'bea@brands.example', [{ role: 'sales', brands: both }]);
      const bob = await join(
        server,
        owner,
        organisation,
        'bob@brands.example',
        both.map((brand) => ({ role: 'sales', brands: [brand] })),
      );
      const draft = await made('invoices', { customerId: plain.customer, date: DATE, lines: [], brandId: north.brand });
      moved.add(draft);
      expect((await bea.patch(`${at}/invoices/${draft}`, { brandId: south.brand })).status).toBe(200);
      await catchUp(sam);
      expect((await sam.get(`${at}/invoices/${draft}`)).status).toBe(404);
      expect((await bob.patch(`${at}/invoices/${draft}`, { brandId: north.brand })).status).toBe(200);
      await catchUp(sam);
      expect((await sam.get(`${at}/invoices/${draft}`)).status).toBe(200);
    });

    it('cannot name what they do not see', async () => {
      const document = { customerId: north.customer, date: DATE, lines: [LINE], brandId: north.brand };
      const product = await made('products', { name: 'Print' });
      const pairs: readonly [string, string, (id: string) => object, readonly string[]][] = [
        ['invoices', 'customerId', (customerId) => ({ ...document, customerId }), [south.customer, plain.customer]],
        ['invoices', 'templateId', (templateId) => ({ ...document, templateId }), [south.template, plain.template]],
        ['invoices', 'lines.0.productId', (productId) => ({ ...document, lines: [{ ...LINE, productId }] }), [product]],
        ['credit-notes', 'invoiceId', (invoiceId) => ({ ...document, invoiceId }), [south.invoice, plain.invoice]],
        [
          'customers',
          'defaultTemplateId',
          (defaultTemplateId) => ({ name: 'X', brandId: north.brand, defaultTemplateId }),
          [south.template, plain.template],
        ],
        [
          `invoices/${north.invoice}/payments`,
          'paymentAccountId',
          (paymentAccountId) => ({ amount: 100, date: DATE, paymentAccountId }),
          [south.account, plain.account],
        ],
      ];
      for (const [path, field, body, hidden] of pairs) {
        const absent = await ada.post(`${at}/${path}`, body(randomUUID()));
        expect(absent).toMatchObject({ status: 400, body: { errors: [{ field }] } });
        for (const id of hidden) expect(told(await ada.post(`${at}/${path}`, body(id)))).toEqual(told(absent));
      }
    });

    it('learns nothing of other brands by names, revisions and counts', async () => {
      const rename = (name: string): Promise<Answer<Json>> => ada.patch(`${at}/brands/${north.brand}`, { name });
      expect(told(await rename('South'))).toEqual(told(await rename('Nobody is called so')));
      const before = (await ada.get(`${at}/brands/${north.brand}`)).body.revision as number;
      await owner.patch(`${at}/brands/${south.brand}`, { phone: randomUUID() });
      await owner.patch(`${at}/document-templates/${south.template}`, { terms: randomUUID() });
      const edited = await ada.patch(`${at}/brands/${north.brand}`, { phone: randomUUID() });
      expect(edited.body.revision).toBe(before + 1);
      const terms = await ada.patch(`${at}/document-templates/${north.template}`, { terms: randomUUID() });
      expect(terms.body.revision).toBe(1);
    });

    it('has a trail of that brand', async () => {
      const trail = await ada.get(`${at}/audit?limit=200`);
      // What has been of the other brand shows its history to those who may read it today.
      const items = (trail.body.items as Json[]).filter(({ record }) => !moved.has(record.id as string));
      expect(items.length).toBeGreaterThan(5);
      const known = new Set([north.brand, north.customer, north.invoice, north.draft, north.note]);
      expect(items.filter(({ record }) => known.has(record.id)).length).toBeGreaterThan(4);
      const hidden: readonly string[] = [south, plain].flatMap((side) => Object.values(side));
      expect(items.filter((item) => hidden.some((id) => JSON.stringify(item).includes(id)))).toEqual([]);
      expect(JSON.stringify(items)).not.toMatch(/South|of none/);
      for (const id of [south.brand, south.invoice, plain.template]) {
        const asked = await ada.get(`${at}/audit?record=${id}`);
        const absent = await ada.get(`${at}/audit?record=${randomUUID()}`);
        expect(asked.body).toEqual(absent.body);
      }
    });

    it('pays into accounts of that brand, and into the one that every organisation has', async () => {
      const accounts = await sam.get(`${at}/payment-accounts`);
      expect(accounts.body).toEqual({
        items: [
          { id: expect.any(String), label: 'Current account' },
          { id: north.account, label: 'Account North' },
        ],
        next: null,
      });
      for (const paymentAccountId of ids(accounts)) {
        const paid = await sam.post(`${at}/invoices/${north.invoice}/payments`, {
          amount: 1,
          date: DATE,
          paymentAccountId,
        });
        expect(paid.status).toBe(200);
      }
    });

    it('is not shown the refusals of others, and is refused in the trail', async () => {
      await sam.get(`${at}/document-templates/${south.template}`);
      await catchUp(ada);
      await owner.get(`${at}/customers/${plain.customer}`);
      const refused = await owner.get(`${at}/audit?outcome=refused&record=${south.template}&actor=${sam.userId}`);
      expect(refused.body.items).toMatchObject([{ type: 'AccessRefused', record: { label: 'Template South' } }]);
      const shown = await ada.get(`${at}/audit?outcome=refused&actor=${sam.userId}`);
      expect((shown.body.items as Json[]).filter(({ record }) => record.id === south.template)).toEqual([]);
    });
  });

  describe('a grant for a brand that is none of the organisation', () => {
    it.each(['of nobody', 'of another organisation'])('%s gives nothing', async (whose) => {
      let brand: string = randomUUID();
      if (whose === 'of another organisation') {
        const elsewhere = await found(owner, 'Elsewhere');
        const other = await owner.post(`/v1/organisations/${elsewhere}/brands`, { name: 'North' });
        brand = other.body.id as string;
        const customer = { name: 'Theirs', brandId: brand };
        expect((await owner.post(`/v1/organisations/${elsewhere}/customers`, customer)).status).toBe(201);
      }
      const email = `${brand}@brands.example`;
      const who = await join(server, owner, organisation, email, [{ role: 'admin', brands: [brand] }]);
      await catchUp(who);
      for (const area of ['brands', 'customers', 'invoices', 'document-templates', 'bank-accounts']) {
        expect((await who.get(`${at}/${area}`)).body).toEqual({ items: [], next: null });
      }
      // It looks like a brand that they do not see, rather than one that there is not.
      const made = await Promise.all(
        [brand, north.brand, randomUUID()].map((brandId) => who.post(`${at}/customers`, { name: 'X', brandId })),
      );
      expect(made.map(told)).toEqual(Array(3).fill(told(made[0]!)));
      expect(made[0]!.status).toBe(404);
      const seen = [await who.get(`${at}/brands/${brand}`), await who.get(`${at}/brands/${randomUUID()}`)];
      expect(told(seen[0]!)).toEqual(told(seen[1]!));
    });
  });

  describe('bank accounts', () => {
    it('are shown with their details to few, who are in the trail, and changed', async () => {
      const iban = 'GB29 NWBK 6016 1331 9268 19';
      const id = await made('bank-accounts', { name: 'Savings', sortCode: '200000', accountNumber: '55779911', iban });
      expect((await owner.get(`${at}/bank-accounts/${id}`)).body).toEqual({
        id,
        revision: 0,
        archived: false,
        name: 'Savings',
        currency: 'GBP',
        bankName: null,
        sortCode: '20-00-00',
        accountNumber: '55779911',
        iban: 'GB29NWBK60161331926819',
        bic: null,
        brandId: null,
      });
      await catchUp(owner);
      const read = await owner.get(`${at}/audit?outcome=read&actor=${owner.userId}`);
      expect((read.body.items as Json[]).map(({ summary }) => summary)).toContain('Ann Hale read the bank details');
      expect((await owner.patch(`${at}/bank-accounts/${id}`, { name: 'Reserve' })).body.revision).toBe(1);
      const trail = await owner.get(`${at}/audit?record=${id}`);
      expect(trail.body.items[0]).toMatchObject({
        summary: 'Ann Hale renamed the bank account Savings to Reserve',
        record: { kind: 'bank-account', label: 'Reserve' },
      });
      expect((await sam.get(`${at}/bank-accounts`)).status).toBe(403);
    });

    it('are those of the grant for people limited to some', async () => {
      const limits = { bankAccounts: [plain.account] };
      const keeper = await join(server, owner, organisation, 'keeper@brands.example', [
        { role: 'bookkeeper', ...limits },
      ]);
      const admin = await join(server, owner, organisation, 'limited@brands.example', [{ role: 'admin', ...limits }]);
      await catchUp(keeper, admin);
      expect(ids(await keeper.get(`${at}/bank-accounts`))).toEqual([plain.account]);
      expect((await keeper.get(`${at}/bank-accounts/${plain.account}`)).status).toBe(200);
      const [hidden, absent] = [south.account, randomUUID()];
      expect(told(await keeper.get(`${at}/bank-accounts/${hidden}`))).toEqual(
        told(await keeper.get(`${at}/bank-accounts/${absent}`)),
      );
      expect((await admin.post(`${at}/bank-accounts`, { name: 'Mine' })).status).toBe(404);
      expect((await admin.patch(`${at}/bank-accounts/${hidden}`, { name: 'Mine' })).status).toBe(404);
      expect((await admin.patch(`${at}/bank-accounts/${plain.account}`, { bankName: 'Hale' })).status).toBe(200);
      // What a payment may go to follows, invoices do not: these are of no bank account.
      expect((await keeper.get(`${at}/payment-accounts`)).body.items.map(({ label }: Json) => label)).toEqual([
        'Current account',
        'Account of none',
      ]);
      expect(ids(await keeper.get(`${at}/invoices?limit=200`))).toContain(south.invoice);
      const pay = (paymentAccountId: string): Promise<Answer<Json>> =>
        keeper.post(`${at}/invoices/${plain.invoice}/payments`, { amount: 1, date: DATE, paymentAccountId });
      expect(told(await pay(hidden))).toEqual(told(await pay(absent)));
      expect((await pay(hidden)).status).toBe(400);
      expect((await pay(plain.account)).status).toBe(200);
      // Nothing of the bank in what the trail tells them.
      await owner.patch(`${at}/bank-accounts/${south.account}`, { bankName: 'Secret bank' });
      await catchUp(admin);
      const trail = await admin.get(`${at}/audit?record=${south.account}`);
      expect(JSON.stringify(trail.body)).not.toMatch(/Secret bank|Account South/);
    });

    it('of a grant that names none of the organisation are none', async () => {
      const who = await join(server, owner, organisation, 'nobody@brands.example', [
        { role: 'bookkeeper', bankAccounts: [randomUUID()] },
      ]);
      await catchUp(who);
      expect((await who.get(`${at}/bank-accounts`)).body).toEqual({ items: [], next: null });
      expect((await who.get(`${at}/payment-accounts`)).body.items).toHaveLength(1);
    });

    it('can be paid into by name, until they are archived', async () => {
      const sue = await join(server, owner, organisation, 'sue@brands.example', ['sales']);
      const id = await made('bank-accounts', { name: 'Old', accountNumber: '1' });
      await catchUp(sue);
      const accounts = await sue.get(`${at}/payment-accounts`);
      expect(accounts.body.items).toContainEqual({ id, label: 'Old' });
      const pay = (paymentAccountId: string): Promise<Answer<Json>> =>
        sue.post(`${at}/invoices/${plain.invoice}/payments`, { amount: 1, date: DATE, paymentAccountId });
      expect((await pay(id)).status).toBe(200);
      await owner.patch(`${at}/bank-accounts/${id}`, { archived: true });
      await catchUp(sue);
      expect(ids(await sue.get(`${at}/payment-accounts`))).not.toContain(id);
      expect(told(await pay(id))).toEqual(told(await pay(randomUUID())));
    });
  });

  describe('document templates', () => {
    it('have one default of each brand and kind', async () => {
      const first = await made('document-templates', { name: 'One', kind: 'estimate', default: true });
      const second = await made('document-templates', { name: 'Two', kind: 'estimate', default: true });
      const other = await made('document-templates', { name: 'Three', kind: 'estimate', brandId: south.brand });
      await owner.patch(`${at}/document-templates/${other}`, { default: true });
      const defaults = async (): Promise<string[]> =>
        ((await owner.get(`${at}/document-templates?limit=200`)).body.items as Json[])
          .filter((one) => one.default === true && one.kind === 'estimate')
          .map(({ id }) => id as string);
      expect((await defaults()).sort()).toEqual([second, other].sort());
      const back = await owner.patch(`${at}/document-templates/${first}`, { default: true });
      expect(back).toMatchObject({ status: 200, body: { id: first, revision: 2 } });
      expect((await defaults()).sort()).toEqual([first, other].sort());
      const trail = await owner.get(`${at}/audit?record=${second}&limit=1`);
      expect(trail.body.items[0].summary).toBe(
        'Ann Hale changed the default of the document template Two from yes to no',
      );
    });

    it('are chosen for documents that they fit', async () => {
      const estimate = await made('document-templates', { name: 'E', kind: 'estimate' });
      const old = await made('document-templates', { name: 'Old', kind: 'invoice' });
      await owner.patch(`${at}/document-templates/${old}`, { archived: true });
      const draft = { customerId: plain.customer, date: DATE, lines: [LINE] };
      const create = (more: object): Promise<Answer<Json>> => owner.post(`${at}/invoices`, { ...draft, ...more });
      for (const templateId of [randomUUID(), estimate, south.template])
        expect(await create({ templateId })).toMatchObject({
          status: 400,
          body: { errors: [{ field: 'templateId' }] },
        });
      expect(await create({ templateId: old })).toMatchObject({ status: 409, body: { rule: 'template-archived' } });
      // A template of no brand fits documents of any.
      expect((await create({ templateId: plain.template, brandId: south.brand })).status).toBe(201);
      const fitting = await create({ templateId: south.template, brandId: south.brand });
      expect(fitting.status).toBe(201);
      const path = `${at}/invoices/${fitting.body.id}`;
      expect(await owner.patch(path, { brandId: north.brand })).toMatchObject({
        status: 409,
        body: { rule: 'template-of-another-brand' },
      });
      expect((await owner.patch(path, { brandId: north.brand, templateId: north.template })).status).toBe(200);
      expect((await owner.patch(path, { templateId: null })).status).toBe(200);
    });

    it('are chosen by people with the permission to choose, and no others', async () => {
      const roleId = await made('roles', {
        name: 'Drafts',
        permissions: ['invoices:read', 'invoices:create', 'invoices:edit'],
      });
      const dan = await join(server, owner, organisation, 'dan@brands.example', [roleId]);
      const draft = { customerId: plain.customer, date: DATE, lines: [LINE] };
      const refusals = await Promise.all(
        [plain.template, randomUUID()].map((templateId) => dan.post(`${at}/invoices`, { ...draft, templateId })),
      );
      expect(refusals[0]).toMatchObject({ status: 403, body: { permission: 'document-templates:choose' } });
      expect(told(refusals[1]!)).toEqual(told(refusals[0]!));
      const written = await dan.post(`${at}/invoices`, draft);
      expect(written.status).toBe(201);
      // The rest of a document with a template is theirs to edit.
      const path = `${at}/invoices/${written.body.id}`;
      expect((await owner.patch(path, { templateId: plain.template })).status).toBe(200);
      expect((await dan.patch(path, { reference: 'x', templateId: plain.template })).status).toBe(200);
      expect((await dan.patch(path, { templateId: null })).status).toBe(403);
      // Sales picks a brand's template.
      const sold = { ...draft, customerId: north.customer, brandId: north.brand, templateId: north.template };
      expect((await sam.post(`${at}/invoices`, sold)).status).toBe(201);
      expect(ids(await sam.get(`${at}/document-templates`))).toContain(north.template);
      expect((await sam.patch(`${at}/document-templates/${north.template}`, { name: 'x' })).status).toBe(403);
    });
  });

  describe('a credit note', () => {
    it('is of the brand of the invoice that it corrects', async () => {
      const note = { customerId: south.customer, date: DATE, lines: [LINE], invoiceId: south.invoice };
      const id = await made('credit-notes', note);
      expect((await owner.get(`${at}/credit-notes/${id}`)).body.brandId).toBe(south.brand);
      expect(await owner.post(`${at}/credit-notes`, { ...note, brandId: north.brand })).toMatchObject({
        status: 400,
        body: { errors: [{ field: 'brandId' }] },
      });
    });
  });
});
