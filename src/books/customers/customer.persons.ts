import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { Existing } from '../../kernel/decider.js';
import type { Metadata, Recorded } from '../../kernel/event.js';
import type { Condition } from '../../kernel/view.js';
import { Consequences } from '../../platform/commands/consequences.js';
import { StateCache } from '../../platform/commands/state-cache.js';
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
import { PersonRecords, textsChanged, textsSet } from '../../platform/privacy/person-records.js';
import { type EstimateDoc, estimatesView } from '../estimates/estimate.view.js';
import { type InvoiceDoc, invoicesView } from '../invoices/invoice.view.js';
import { type Customer, type CustomerEvent, customers, factsOf, type Personal } from './customer.js';
import { eraseCustomer, restrictCustomer } from './customer.decide.js';
import { type CustomerDoc, customersView } from './customer.view.js';

const DOCUMENTS = 'The documents of this person';
const CONTACT = ['name', 'email', 'phone', 'notes'] as const;

/** Customers as people whose data the organisation holds. */
@Injectable()
export class CustomerPersons implements PersonKind, OnModuleInit {
  readonly kind = 'customer';

  constructor(
    private readonly persons: PersonKinds,
    private readonly states: StateCache,
    private readonly consequences: Consequences,
    private readonly records: PersonRecords,
  ) {}

  onModuleInit(): void {
    this.persons.register(this);
  }

  async find(organisation: string, query: PeopleQuery): Promise<PeoplePage> {
    const { items, next } = await this.records.find(customersView, organisation, query);
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
    return this.records.texts(customers, organisation, id, textsOf);
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

  /** Documents of any status. */
  private async *madeOutTo(organisation: string, id: string): AsyncGenerator<readonly [string, InvoiceDoc]> {
    for (const kind of ['invoice', 'credit-note'] as const) {
      const where: Condition[] = [
        { field: 'kind', eq: kind },
        { field: 'customerId', eq: id },
      ];
      yield* this.records.all(invoicesView, organisation, where, DOCUMENTS);
    }
  }

  private offeredTo(organisation: string, id: string): AsyncGenerator<readonly [string, EstimateDoc]> {
    return this.records.all(estimatesView, organisation, [{ field: 'customerId', eq: id }], DOCUMENTS);
  }
}

type Brief = Pick<CustomerDoc, 'status' | 'createdBy' | 'brandId'>;

const briefOf = ({ status, createdBy, fields }: Existing<Customer>): Brief => ({
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
  if (event.type === 'CustomerCreated') return textsSet(CONTACT, event.data);
  if (event.type !== 'CustomerEdited' || typeof event.data.contact !== 'object') return [];
  const { contact } = event.data as {
    readonly contact: { readonly [K in keyof Personal]?: { from?: string; to?: string } };
  };
  return textsChanged(CONTACT, contact);
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
