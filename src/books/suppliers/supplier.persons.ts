import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { Existing } from '../../kernel/decider.js';
import type { Metadata, Recorded } from '../../kernel/event.js';
import type { ViewDefinition } from '../../kernel/view.js';
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
import { type OrderDoc, purchaseOrdersView } from '../purchase-orders/purchase-order.view.js';
import { type PurchaseDoc, purchasesView } from '../purchases/purchase.view.js';
import { factsOf, type Supplier, type SupplierContact, type SupplierEvent, suppliers } from './supplier.js';
import { eraseSupplier, restrictSupplier } from './supplier.decide.js';
import { type SupplierDoc, suppliersView } from './supplier.view.js';

const CONTACT = ['name', 'email', 'phone', 'notes'] as const;

/** Suppliers as people whose data the organisation holds. */
@Injectable()
export class SupplierPersons implements PersonKind, OnModuleInit {
  readonly kind = 'supplier';

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
    const { items, next } = await this.records.find(suppliersView, organisation, query);
    return { people: items.map(({ key, doc }) => inBrief(key, doc.name, doc)), next };
  }

  async get(organisation: string, id: string): Promise<HeldPerson | undefined> {
    const { state } = await this.states.load(suppliers, organisation, id);
    return state.status === 'absent' ? undefined : inBrief(id, state.fields.name, briefOf(state));
  }

  async file(organisation: string, id: string): Promise<PersonFile> {
    const { state } = await this.states.load(suppliers, organisation, id);
    if (state.status === 'absent') throw new Error(`There is no supplier ${id}`);
    const { status, fields, restricted, bankDetails = null } = state;
    const { name, email, phone, notes: _, country } = fields;
    const orders: object[] = [];
    for await (const [orderId, doc] of this.madeOf(purchaseOrdersView, organisation, id))
      orders.push(orderOf(orderId, doc));
    const purchases: object[] = [];
    for await (const [purchaseId, doc] of this.madeOf(purchasesView, organisation, id))
      purchases.push(purchaseOf(purchaseId, doc));
    return {
      record: { ...fields, status, restricted, bankDetails },
      given: { name, email, phone, country, bankDetails },
      documents: { purchaseOrders: orders, purchases } as PersonFile['documents'],
    };
  }

  /** Mails name them and give ends of numbers at most, so numbers are not looked for. */
  async texts(organisation: string, id: string): Promise<readonly string[]> {
    return this.records.texts(suppliers, organisation, id, textsOf);
  }

  /** Purchases that were approved: who they are from is kept with them. */
  async documents(organisation: string, id: string): Promise<readonly IssuedDocument[]> {
    const documents: IssuedDocument[] = [];
    for await (const [purchaseId, { wasApproved, reference, date }] of this.madeOf(purchasesView, organisation, id)) {
      const label = reference === undefined ? 'Purchase' : `Purchase ${reference}`;
      if (wasApproved) documents.push({ kind: 'purchase', id: purchaseId, label, date });
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
    await this.consequences.write(suppliers, organisation, id, eraseSupplier(id), metadata);
  }

  keys(id: string): PersonKeys {
    return { atOnce: id, documents: `document:${id}` };
  }

  async restrict(organisation: string, id: string, restricted: boolean, metadata: Metadata): Promise<void> {
    await this.consequences.write(suppliers, organisation, id, restrictSupplier(id, restricted), metadata);
  }

  /** Purchases or orders of any status. */
  private madeOf<Doc extends object>(
    view: ViewDefinition<Doc>,
    organisation: string,
    id: string,
  ): AsyncGenerator<readonly [string, Doc]> {
    return this.records.all(view, organisation, [{ field: 'supplierId', eq: id }], 'The purchases of this person');
  }
}

type Brief = Pick<SupplierDoc, 'status' | 'createdBy' | 'brandId'>;

const briefOf = ({ status, createdBy, fields }: Existing<Supplier>): Brief => ({
  status,
  createdBy,
  ...(fields.brandId === undefined ? {} : { brandId: fields.brandId }),
});

const inBrief = (id: string, label: string, brief: Brief): HeldPerson => ({
  id,
  kind: 'supplier',
  label,
  status: brief.status,
  facts: factsOf(brief),
});

function textsOf(event: Recorded<SupplierEvent>): readonly string[] {
  if (event.type === 'SupplierCreated') return textsSet(CONTACT, event.data);
  if (event.type !== 'SupplierEdited' || typeof event.data.contact !== 'object') return [];
  const { contact } = event.data as {
    readonly contact: { readonly [K in keyof SupplierContact]?: { from?: string; to?: string } };
  };
  return textsChanged(CONTACT, contact);
}

/** Without who entered and approved it: that is somebody else. */
function purchaseOf(id: string, doc: PurchaseDoc): Readonly<Record<string, unknown>> {
  const { status, date, dueDate = null, reference = null, currency, lines, net, vat, total, paid, outstanding } = doc;
  return { id, status, date, dueDate, reference, currency, lines, net, vat, total, paid, outstanding };
}

function orderOf(id: string, doc: OrderDoc): Readonly<Record<string, unknown>> {
  const { status, date, reference = null, currency, lines, net, vat, total, reason = null } = doc;
  return { id, status, date, reference, currency, lines, net, vat, total, reason };
}
