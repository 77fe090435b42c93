/**
 * A history of businesses: customers, products and invoices that are drafted, issued and paid, with what the pipeline would
 * have written beside them. It is decided by the same functions as commands are, so views, trail and codec take it.
 */
import { createCustomer, editCustomer } from '../../src/books/customers/customer.decide.js';
import { customers } from '../../src/books/customers/customer.js';
import { createInvoice, issueInvoice, recordPayment } from '../../src/books/invoices/invoice.decide.js';
import { type Invoice, invoices } from '../../src/books/invoices/invoice.js';
import { numbers } from '../../src/books/numbering/numbers.js';
import { createProduct, editProduct } from '../../src/books/products/product.decide.js';
import { products } from '../../src/books/products/product.js';
import type { Aggregate, Decide, DecisionContext } from '../../src/kernel/decider.js';
import { streamOf } from '../../src/kernel/decider.js';
import type { Authority, DomainEvent, Metadata, Recorded } from '../../src/kernel/event.js';
import type { Codec } from '../../src/platform/codec/codec.port.js';
import type { EventStore, ExpectedRevision, NewEvent } from '../../src/platform/event-store/event-store.port.js';
import { newId } from '../../src/platform/random.js';

export interface Business {
  readonly organisation: string;
  /** User ids and the ciphertext of where their commands come from. */
  readonly people: readonly { readonly id: string; readonly source: string }[];
  /** Of a command that one of them has given; the permission is replaced. */
  readonly authority: Authority;
}

const INVOICES = 8;
/** Customer and product with an edit each, the block of numbers, and invoices of three events. */
export const EVENTS_A_CYCLE = 4 + 1 + INVOICES * 3;

const FIRST = [
  'Ada',
  'Ben',
  'Cleo',
  'Dan',
  'Esi',
  'Finn',
  'Gwen',
  'Hugo',
  'Ines',
  'Jon',
  'Kaja',
  'Lars',
  'Mina',
  'Noor',
];
const LAST = [
  'Abbot',
  'Baker',
  'Cole',
  'Dyer',
  'Egan',
  'Frost',
  'Gale',
  'Hale',
  'Ives',
  'Judd',
  'Kerr',
  'Lane',
  'Moss',
];
const GOODS = ['T-LIGHT HOLDER', 'HEART OF WICKER', 'TIN OF BUTTONS', 'OAK FRAME', 'GLASS STAR', 'PAPER CHAIN KIT'];

interface Did<E extends DomainEvent> {
  readonly command: string;
  readonly permission: string;
  readonly decide: (state: never, context: DecisionContext) => readonly E[];
}

/** One business that goes on, cycle by cycle. Cycles may run side by side. */
export class History {
  private cycles = 0;
  private blocks = 0;
  /** Invoices that bear their numbers since the last block was reserved. */
  private settled: string[] = [];

  constructor(
    private readonly business: Business,
    private readonly store: Pick<EventStore, 'append'>,
    private readonly codec: Pick<Codec, 'seal'>,
  ) {}

  /** A new customer and a new product, and invoices for both. Resolves when all of it is durable. */
  async cycle(): Promise<void> {
    const n = this.cycles++;
    const [customer, product] = [this.id(), this.id()];
    const ids = Array.from({ length: INVOICES }, () => this.id());
    // Before anything is awaited: the register's revisions are counted here.
    const reserved = this.reserve(ids);
    const name = `${FIRST[n % FIRST.length]!} ${LAST[Math.floor(n / FIRST.length) % LAST.length]!}`;
    const unitPrice = `${1 + (n % 97)}.50`;
    const goods = `${GOODS[n % GOODS.length]!} ${n}`;
    await Promise.all([
      this.record(customers, customer, n, [
        did('CreateCustomer', 'customers:create', createCustomer({ name, email: `c${n}@shop.example`, country: 'GB' })),
        did('EditCustomer', 'customers:edit', editCustomer(customer, { phone: `+44 20 7946 ${1000 + (n % 9000)}` })),
      ]),
      this.record(products, product, n, [
        did(
          'CreateProduct',
          'products:create',
          createProduct({ name: goods, code: `C-${n}`, unitPrice, vatRate: 2000 }),
        ),
        did('EditProduct', 'products:edit', editProduct({ description: `${goods}, in a box` })),
      ]),
    ]);
    const first = await reserved;
    const line = { description: goods, unitPrice, vatRate: 2000, productId: product };
    await Promise.all(ids.map((id, i) => this.invoice(id, n + i, { customer, name, line, number: first + i })));
    this.settled.push(...ids);
  }

  private async invoice(
    id: string,
    n: number,
    { customer, name, line, number }: { customer: string; name: string; line: object; number: number },
  ): Promise<void> {
    const lines = [1, 2, 3].map((quantity) => ({ quantity: quantity + (n % 5), ...line })) as never;
    const date = `2026-0${1 + (n % 9)}-1${n % 10}`;
    const create = createInvoice({ customerId: customer, date, lines });
    const issue = issueInvoice();
    const pay = recordPayment({ amount: 500 + (n % 500), date, paymentAccountId: this.business.organisation });
    await this.record(invoices, id, n, [
      did('CreateInvoice', 'invoices:create', (state: Invoice, context) => create(state, context, { currency: 'GBP' })),
      did('IssueInvoice', 'invoices:issue', (state: Invoice, context) =>
        issue(state, context, { number, billTo: { name, country: 'GB' } }),
      ),
      did('RecordPayment', 'invoices:record-payment', (state: Invoice, context) =>
        pay(state, context, { voidNotes: new Set() }),
      ),
    ]);
  }

  /** Answers the first number. */
  private async reserve(ids: readonly string[]): Promise<number> {
    const { organisation } = this.business;
    const revision = this.blocks++ - 1;
    const first = (revision + 1) * INVOICES + 1;
    const documents = ids.map((id) => ({ id, revision: 0 }));
    const data = { series: 'invoice', first, documents, settled: this.settled.splice(0) };
    const stream = streamOf(numbers, organisation, organisation);
    const expected: ExpectedRevision = revision === -1 ? 'no-stream' : revision;
    await this.store.append(stream, expected, [
      {
        id: this.id(),
        type: 'NumbersReserved',
        schemaVersion: 1,
        data,
        metadata: this.metadata(first, 'IssueInvoice', 'invoices:issue'),
      },
    ]);
    return first;
  }

  /** A new record's events, appended together. */
  private async record<State, E extends DomainEvent>(
    aggregate: Aggregate<State, E>,
    id: string,
    n: number,
    deeds: readonly Did<E>[],
  ): Promise<void> {
    const { organisation } = this.business;
    const stream = streamOf(aggregate, organisation, id);
    const context = { now: new Date().toISOString(), organisation, newId: id };
    const events: NewEvent[] = [];
    let state = aggregate.initial();
    for (const { command, permission, decide } of deeds) {
      const metadata = this.metadata(n + events.length, command, permission);
      for (const event of decide(state as never, { ...context, userId: metadata.actor.id })) {
        const eventId = this.id();
        events.push({
          id: eventId,
          type: event.type,
          metadata,
          ...(await this.codec.seal(eventId, event, organisation)),
        });
        state = aggregate.evolve(state, { ...event, stream, revision: events.length - 1, metadata } as Recorded<E>);
      }
    }
    await this.store.append(stream, 'no-stream', events);
  }

  private metadata(n: number, command: string, permission: string): Metadata {
    const { organisation, people, authority } = this.business;
    const { id, source } = people[n % people.length]!;
    return {
      actor: { kind: 'user', id, session: organisation },
      command,
      correlationId: this.id(),
      requestId: this.id(),
      organisation,
      authority: { ...authority, permission },
      source,
    };
  }

  private id(): string {
    return newId(Date.now());
  }
}

const did = <State, E extends DomainEvent>(command: string, permission: string, decide: Decide<State, E>): Did<E> => ({
  command,
  permission,
  decide: (state, context) => decide(state, context, undefined),
});
