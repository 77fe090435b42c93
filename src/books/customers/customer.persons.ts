import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { streamOf } from '../../kernel/decider.js';
import type { Metadata, Recorded } from '../../kernel/event.js';
import { Refusal } from '../../kernel/refusal.js';
import type { Condition } from '../../kernel/view.js';
import { wordsOf } from '../../kernel/words.js';
import { type Codec, ERASED } from '../../platform/codec/codec.port.js';
import { Consequences } from '../../platform/commands/consequences.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import { CODEC, EVENT_STORE, READ_MODEL } from '../../platform/commands/tokens.js';
import type { EventStore } from '../../platform/event-store/event-store.port.js';
import { VIEW_GAUGE, type ViewGauge } from '../../platform/http/view-gauge.port.js';
import {
  type HeldPerson,
  type IssuedDocument,
  type PeoplePage,
  type PeopleQuery,
  type PersonFile,
  type PersonKeys,
  type PersonKind,
  PersonKinds,
} from '../../platform/privacy/person-kinds.js';
import { allPages } from '../../platform/read-model/all-pages.js';
import type { ReadModel } from '../../platform/read-model/read-model.port.js';
import { type EstimateDoc, estimatesView } from '../estimates/estimate.view.js';
import { type InvoiceDoc, invoicesView } from '../invoices/invoice.view.js';
import { type Customer, type CustomerEvent, customers, factsOf, type Personal } from './customer.js';
import { eraseCustomer, restrictCustomer } from './customer.decide.js';
import { type CustomerDoc, customersView } from './customer.view.js';

const PATIENCE_MS = 10_000;
const CONTACT = ['name', 'email', 'phone', 'notes'] as const;

/** Customers as people whose data the organisation holds. */
@Injectable()
export class CustomerPersons implements PersonKind, OnModuleInit {
  readonly kind = 'customer';

  constructor(
    private readonly persons: PersonKinds,
    private readonly states: StateCache,
    private readonly consequences: Consequences,
    @Inject(READ_MODEL) private readonly model: ReadModel,
    @Inject(VIEW_GAUGE) private readonly gauge: ViewGauge,
    @Inject(EVENT_STORE) private readonly store: EventStore,
    @Inject(CODEC) private readonly codec: Pick<Codec, 'open'>,
  ) {}

  onModuleInit(): void {
    this.persons.register(this);
  }

  async find(organisation: string, { words, limit, after }: PeopleQuery): Promise<PeoplePage> {
    const wanted = wordsOf(words);
    if (wanted.length === 0 && words.trim() !== '') return { people: [], next: null };
    const where: Condition[] = [
      { field: 'organisation', eq: organisation },
      ...wanted.map((word) => ({ field: 'words', has: word })),
    ];
    const page = { where, sort: 'newest', limit, ...(after !== undefined && { after }) };
    const { items, next } = (await this.model.find(customersView, page)).value;
    return { people: items.map(({ key, doc }) => inBrief(key, doc.name, doc)), next };
  }

  async get(organisation: string, id: string): Promise<HeldPerson | undefined> {
    const { state } = await this.states.load(customers, organisation, id);
    return state.status === 'absent' ? undefined : inBrief(id, state.fields.name, briefOf(state));
  }

  async file(organisation: string, id: string): Promise<PersonFile> {
    const { state } = await this.states.load(customers, organisation, id);
    if (state.status === 'absent') throw new Error(`There is no customer ${id}`);
    const { status, fields, restricted } = state;
    const { name, email, phone, notes: _, country } = fields;
    const invoices: object[] = [];
    const creditNotes: object[] = [];
    for await (const [documentId, doc] of this.madeOutTo(organisation, id)) {
      (doc.kind === 'invoice' ? invoices : creditNotes).push(documentOf(documentId, doc));
    }
    const estimates: object[] = [];
    for await (const [estimateId, doc] of this.offeredTo(organisation, id)) estimates.push(offerOf(estimateId, doc));
    return {
      record: { ...fields, status, restricted },
      given: { name, email, phone, country },
      documents: { estimates, invoices, creditNotes } as PersonFile['documents'],
    };
  }

  async texts(organisation: string, id: string): Promise<readonly string[]> {
    const texts = new Set<string>();
    for await (const stored of this.store.readStream(streamOf(customers, organisation, id))) {
      const [event] = (await this.codec.open([stored])) as readonly Recorded<CustomerEvent>[];
      for (const text of textsOf(event!)) if (text !== ERASED) texts.add(text);
    }
    return [...texts];
  }

  async documents(organisation: string, id: string): Promise<readonly IssuedDocument[]> {
    const documents: IssuedDocument[] = [];
    for await (const [documentId, { kind, number, date }] of this.madeOutTo(organisation, id)) {
      if (number === null) continue;
      const label = `${kind === 'invoice' ? 'Invoice' : 'Credit note'} ${number}`;
      documents.push({ kind, id: documentId, label, date });
    }
    return documents;
  }

  assertErasable(): void {
    // Nothing stands against it: what tax law keeps stands under another key.
  }

  keptBeside(): readonly [] {
    return [];
  }

  async erase(organisation: string, id: string, metadata: Metadata): Promise<void> {
    await this.consequences.write(customers, organisation, id, eraseCustomer(id), metadata);
  }

  keys(id: string): PersonKeys {
    return { atOnce: id, documents: `document:${id}` };
  }

  async restrict(organisation: string, id: string, restricted: boolean, metadata: Metadata): Promise<void> {
    await this.consequences.write(customers, organisation, id, restrictCustomer(id, restricted), metadata);
  }

  /** Documents of any status, once the view has everything that was acknowledged before. */
  private async *madeOutTo(organisation: string, id: string): AsyncGenerator<readonly [string, InvoiceDoc]> {
    await this.caughtUp(invoicesView);
    for (const kind of ['invoice', 'credit-note'] as const) {
      const where: Condition[] = [
        { field: 'organisation', eq: organisation },
        { field: 'kind', eq: kind },
        { field: 'customerId', eq: id },
      ];
      for await (const page of allPages(this.model, invoicesView, { where, sort: 'newest' })) {
        for (const { key, doc } of page) yield [key, doc];
      }
    }
  }

  private async *offeredTo(organisation: string, id: string): AsyncGenerator<readonly [string, EstimateDoc]> {
    await this.caughtUp(estimatesView);
    const where: Condition[] = [
      { field: 'organisation', eq: organisation },
      { field: 'customerId', eq: id },
    ];
    for await (const page of allPages(this.model, estimatesView, { where, sort: 'newest' })) {
      for (const { key, doc } of page) yield [key, doc];
    }
  }

  /** @throws Refusal unavailable */
  private async caughtUp({ name }: { readonly name: string }): Promise<void> {
    const head = await this.store.head();
    if (head !== undefined && !(await this.gauge.waitFor(name, head, PATIENCE_MS)))
      throw new Refusal('unavailable', 'The documents of this person cannot be looked up now', { retryAfter: 1 });
  }
}

type Brief = Pick<CustomerDoc, 'status' | 'createdBy' | 'brandId'>;

const briefOf = ({ status, createdBy, fields }: Exclude<Customer, { status: 'absent' }>): Brief => ({
  status,
  createdBy,
  ...(fields.brandId === undefined ? {} : { brandId: fields.brandId }),
});

const inBrief = (id: string, label: string, brief: Brief): HeldPerson => ({
  id,
  kind: 'customer',
  label,
  status: brief.status,
  facts: factsOf(id, brief),
});

function textsOf(event: Recorded<CustomerEvent>): readonly string[] {
  if (event.type === 'CustomerCreated') return CONTACT.flatMap((field) => event.data[field] ?? []);
  if (event.type !== 'CustomerEdited' || typeof event.data.contact !== 'object') return [];
  const { contact } = event.data as {
    readonly contact: { readonly [K in keyof Personal]?: { from?: string; to?: string } };
  };
  return CONTACT.flatMap((field) => [contact[field]?.from ?? [], contact[field]?.to ?? []].flat());
}

/** Without who made it: that is somebody else. */
function documentOf(id: string, doc: InvoiceDoc): Readonly<Record<string, unknown>> {
  const { number, status, date, dueDate, currency, lines, net, vat, total, paid, credited, outstanding, payments } =
    doc;
  const own = { number, status, date, dueDate: dueDate ?? null, reference: doc.reference ?? null, currency, lines };
  return { id, ...own, net, vat, total, paid, credited, outstanding, payments };
}

function offerOf(id: string, doc: EstimateDoc): Readonly<Record<string, unknown>> {
  const { status, date, validUntil, reference, currency, lines, net, vat, total, reason } = doc;
  const own = { status, date, validUntil: validUntil ?? null, reference: reference ?? null, currency, lines };
  return { id, ...own, net, vat, total, reason: reason ?? null };
}
