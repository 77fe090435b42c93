import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { streamOf } from '../../src/kernel/decider.js';
import { openSqliteEventStore } from '../../src/platform/event-store/sqlite/sqlite-event-store.js';
import type { Answer, Client, Json } from '../support/client.js';
import { found, join, signUp } from '../support/people.js';
import { Server } from '../support/server.js';
import { TwoInstances } from '../support/two-instances.js';

const ROUNDS = 40;
const REASON = { reason: 'mistake' };

const outcome = ({ status, body }: Answer<Json>): string => (status === 200 ? '200' : `${status} ${body.rule}`);
const oneTo = (n: number): number[] => Array.from({ length: n }, (_, index) => index + 1);

/** The books of one organisation, as the tests here need them. */
class Books {
  private constructor(
    readonly owner: Client,
    readonly organisation: string,
    readonly customerId: string,
  ) {}

  static async open(server: Server, email: string): Promise<Books> {
    const owner = await signUp(server, email);
    const organisation = await found(owner);
    const customer = await owner.post(`/v1/organisations/${organisation}/customers`, { name: 'Rosa Klein' });
    return new Books(owner, organisation, customer.body.id as string);
  }

  /** The same organisation where another process answers. */
  at(url: string): Books {
    const owner = this.owner.at(url);
    owner.position = this.owner.position;
    return new Books(owner, this.organisation, this.customerId);
  }

  path(rest: string): string {
    return `/v1/organisations/${this.organisation}/${rest}`;
  }

  /** Path of a new draft; amounts are pounds. */
  async draft(area: 'invoices' | 'credit-notes', unitPrice: number, invoice?: string): Promise<string> {
    const made = await this.owner.post(this.path(area), {
      customerId: this.customerId,
      date: '2026-03-01',
      lines: [{ description: 'Portraits', quantity: 1, unitPrice }],
      ...(invoice === undefined ? {} : { invoiceId: invoice.split('/').at(-1) }),
    });
    expect(made.status).toBe(201);
    return this.path(`${area}/${made.body.id}`);
  }

  async issuedInvoice(unitPrice: number): Promise<string> {
    const invoice = await this.draft('invoices', unitPrice);
    expect((await this.owner.post(`${invoice}/issue`)).status).toBe(200);
    return invoice;
  }

  async get(path: string): Promise<Json> {
    let answer = await this.owner.get(path);
    // Where nodes share their views, the lease of one that was killed holds for some seconds.
    for (let tries = 0; answer.status === 503 && tries < 5; tries++) answer = await this.owner.get(path);
    expect(answer.status).toBe(200);
    return answer.body;
  }

  /** All numbers that documents of an area bear, in order. */
  async numbers(area: 'invoices' | 'credit-notes'): Promise<number[]> {
    const numbers: number[] = [];
    for (let after = ''; ;) {
      const page = await this.get(this.path(`${area}?limit=200${after}`));
      numbers.push(...(page.items as { number: number | null }[]).flatMap(({ number }) => number ?? []));
      if (page.next === null) return numbers.sort((a, b) => a - b);
      after = `&after=${page.next}`;
    }
  }
}

describe('documents that people change at the same time, through two instances', () => {
  let instances: TwoInstances;
  let books: Books;
  let one: Client;
  let two: Client;

  beforeAll(async () => {
    instances = await TwoInstances.start();
    books = await Books.open(instances.server, 'owner@races.example');
    [one, two] = instances.urls.map((url) => books.owner.at(url)) as [Client, Client];
  });
  afterAll(() => instances.dispose());

  it('either voids an invoice or issues a credit note against it', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const invoice = await books.issuedInvoice(100);
      const note = await books.draft('credit-notes', 60, invoice);
      const [voided, issued] = await Promise.all([
        one.post(`${invoice}/void`, REASON),
        (round % 2 === 0 ? one : two).post(`${note}/issue`),
      ]);
      expect([
        ['200', '409 invoice-not-issued'],
        ['409 has-credit-notes', '200'],
      ]).toContainEqual([outcome(voided), outcome(issued)]);
      if (issued.status === 200) books.owner.reflect(issued.headers.get('countersign-position')!);
      else books.owner.reflect(voided.headers.get('countersign-position')!);
      expect(await books.get(invoice)).toMatchObject(
        issued.status === 200
          ? { status: 'issued', credited: 6000, outstanding: 4000 }
          : { status: 'void', credited: 0, outstanding: 0 },
      );
      expect((await books.get(note)).status).toBe(issued.status === 200 ? 'issued' : 'draft');
    }
    const issued = await books.numbers('credit-notes');
    expect(issued).toEqual(oneTo(issued.length));
  });

  it('never credits more than the invoice comes to', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const invoice = await books.issuedInvoice(100);
      const notes = await Promise.all([60, 60].map((amount) => books.draft('credit-notes', amount, invoice)));
      const [first, second] = await Promise.all([one.post(`${notes[0]}/issue`), two.post(`${notes[1]}/issue`)]);
      expect([outcome(first), outcome(second)].sort()).toEqual(['200', '409 credit-exceeds-invoice']);
    }
  });

  it('takes no payment beside a credit note that is more than both leave', async () => {
    const accounts = await books.get(books.path('payment-accounts'));
    const payment = { amount: 6000, date: '2026-03-02', paymentAccountId: accounts.items[0].id as string };
    for (let round = 0; round < ROUNDS / 2; round++) {
      const invoice = await books.issuedInvoice(100);
      const note = await books.draft('credit-notes', 60, invoice);
      const [paid, issued] = await Promise.all([one.post(`${invoice}/payments`, payment), two.post(`${note}/issue`)]);
      // Whoever has paid is owed what is credited afterwards; a credit that came first leaves less to pay.
      expect(outcome(issued)).toBe('200');
      expect(['200', '409 payment-exceeds-outstanding']).toContain(outcome(paid));
      books.owner.reflect(issued.headers.get('countersign-position')!);
      if (paid.status !== 200) expect(await books.get(invoice)).toMatchObject({ paid: 0, outstanding: 4000 });
    }
  });

  it('gives a credit back as soon as its credit note is void', async () => {
    const invoice = await books.issuedInvoice(100);
    const [first, second] = [
      await books.draft('credit-notes', 100, invoice),
      await books.draft('credit-notes', 1, invoice),
    ];
    expect(outcome(await one.post(`${first}/issue`))).toBe('200');
    expect(outcome(await two.post(`${second}/issue`))).toBe('409 credit-exceeds-invoice');
    expect(outcome(await two.post(`${invoice}/void`, REASON))).toBe('409 has-credit-notes');
    expect(outcome(await one.post(`${first}/void`, REASON))).toBe('200');
    expect(outcome(await two.post(`${second}/issue`))).toBe('200');
    expect(outcome(await one.post(`${second}/void`, REASON))).toBe('200');
    expect(outcome(await two.post(`${invoice}/void`, REASON))).toBe('200');
  });

  it.each(['invoices', 'credit-notes'] as const)(
    'leaves no gap in the numbers of %s when a draft goes while it is issued',
    async (area) => {
      const away = area === 'invoices' ? 'discard' : 'void';
      let beaten = 0;
      for (let round = 0; round < ROUNDS; round++) {
        const document = await books.draft(area, 10);
        const [issued] = await Promise.all([
          one.post(`${document}/issue`),
          (round % 2 === 0 ? one : two).post(`${document}/${away}`, area === 'invoices' ? {} : REASON),
        ]);
        if (issued.status !== 200) beaten++;
      }
      expect(beaten).toBeGreaterThan(0);
      const last = await one.post(`${await books.draft(area, 10)}/issue`);
      expect(last.status).toBe(200);
      books.owner.reflect(last.headers.get('countersign-position')!);
      const numbers = await books.numbers(area);
      expect(numbers).toEqual(oneTo(numbers.length));
    },
  );

  it('hands on the number of a draft that its issuer may not issue any more', async () => {
    const { organisation, owner } = books;
    const clerk = await join(instances.server, owner, organisation, 'clerk@races.example', ['sales']);
    for (let round = 0; round < ROUNDS / 4; round++) {
      const document = await books.draft('invoices', 10);
      const [issued, edited] = await Promise.all([
        clerk.at(instances.urls[0]).post(`${document}/issue`, {}, { 'if-match': '"0"' }),
        two.patch(document, { reference: `PO ${round}` }),
      ]);
      expect([
        [200, 409],
        [412, 200],
      ]).toContainEqual([issued.status, edited.status]);
    }
    const last = await one.post(`${await books.draft('invoices', 10)}/issue`);
    books.owner.reflect(last.headers.get('countersign-position')!);
    const numbers = await books.numbers('invoices');
    expect(numbers).toEqual(oneTo(numbers.length));
  });
});

describe('a server that is killed between a credit and its credit note', () => {
  let server: Server;
  let books: Books;

  beforeEach(async () => {
    server = await Server.start();
    books = await Books.open(server, 'owner@killed.example');
  });
  afterEach(() => server.dispose());

  const restart = async (): Promise<void> => {
    server = await Server.start({ folder: server.folder });
    books = books.at(server.url);
  };

  it('issues the credit note after its next start, in the name of whoever asked for it', async () => {
    const invoice = await books.issuedInvoice(100);
    const note = await books.draft('credit-notes', 60, invoice);
    await server.stop();
    const [invoiceId, creditNoteId] = [invoice, note].map((path) => path.split('/').at(-1)!) as [string, string];
    const stream = streamOf({ name: 'invoice', within: 'organisation' }, books.organisation, invoiceId);
    const store = await openSqliteEventStore({ folder: server.folder, clock: Date.now });
    const [, issuedBefore] = await store.newerThan(stream, -1);
    const { idempotency: _, ...before } = issuedBefore!.metadata;
    const metadata = { ...before, command: 'IssueCreditNote' };
    await store.append(stream, 1, [
      { id: randomUUID(), type: 'CreditReserved', schemaVersion: 1, data: { creditNoteId, amount: 6000 }, metadata },
    ]);
    await store.close();
    await restart();

    while ((await books.get(note)).status === 'draft') await sleep(20);
    expect(await books.get(note)).toMatchObject({ status: 'issued', number: 1 });
    expect(await books.get(invoice)).toMatchObject({ credited: 6000, outstanding: 4000 });
    const trail = await books.get(books.path('audit?type=CreditNoteIssued'));
    expect(trail.items).toMatchObject([
      { actor: { kind: 'system', id: 'crediting' }, onBehalfOf: { id: books.owner.userId } },
    ]);
    expect(outcome(await books.owner.post(`${invoice}/void`, REASON))).toBe('409 has-credit-notes');
    expect(outcome(await books.owner.post(`${note}/void`, REASON))).toBe('200');
    expect(outcome(await books.owner.post(`${invoice}/void`, REASON))).toBe('200');
  });

  it('has either voided the invoice or issued the credit note, whenever it is killed', async () => {
    interface Asked {
      readonly path: string;
      readonly key: string;
      answer?: Answer<Json>;
    }
    const ask = async (asked: Asked): Promise<Answer<Json>> => {
      const body = asked.path.endsWith('/void') ? REASON : {};
      return (asked.answer = await books.owner.post(asked.path, body, { 'idempotency-key': asked.key }));
    };
    const pairs: { readonly invoice: string; readonly note: string; readonly asked: readonly [Asked, Asked] }[] = [];
    let interrupted = 0;
    for (const pause of [5, 15, 25, 40]) {
      const fresh = await Promise.all(
        Array.from({ length: 15 }, async () => {
          const invoice = await books.issuedInvoice(100);
          const note = await books.draft('credit-notes', 60, invoice);
          const asked = [`${invoice}/void`, `${note}/issue`].map((path) => ({ path, key: randomUUID() }));
          return { invoice, note, asked: asked as [Asked, Asked] };
        }),
      );
      const asking = fresh.flatMap(({ asked }, index) => (index % 2 === 0 ? asked : asked.toReversed()).map(ask));
      await sleep(pause);
      await server.kill();
      interrupted += (await Promise.allSettled(asking)).filter(({ status }) => status === 'rejected').length;
      pairs.push(...fresh);
      await restart();
    }
    expect(interrupted).toBeGreaterThan(0);

    const doubtful = pairs.flatMap(({ asked }) => asked).filter(({ answer }) => answer === undefined);
    await Promise.all(doubtful.map(ask));
    for (const { invoice, note, asked } of pairs) {
      const [voided, issued] = asked.map(({ answer }) => outcome(answer!));
      expect([
        ['200', '409 invoice-not-issued'],
        ['409 has-credit-notes', '200'],
      ]).toContainEqual([voided, issued]);
      books.owner.reflect(
        asked.find(({ answer }) => answer!.status === 200)!.answer!.headers.get('countersign-position')!,
      );
      const [of, by] = [await books.get(invoice), await books.get(note)];
      expect([of.status, by.status, of.credited]).toEqual(
        issued === '200' ? ['issued', 'issued', 6000] : ['void', 'draft', 0],
      );
      if (issued !== '200') continue;
      expect(outcome(await books.owner.post(`${note}/void`, REASON))).toBe('200');
      expect(outcome(await books.owner.post(`${invoice}/void`, REASON))).toBe('200');
    }
    for (const area of ['invoices', 'credit-notes'] as const) {
      const numbers = await books.numbers(area);
      expect(numbers).toEqual(oneTo(numbers.length));
    }
  }, 120_000);
});
