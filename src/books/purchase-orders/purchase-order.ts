import type { EventCatalogue } from '../../kernel/catalogue.js';
import { type Aggregate, recordIdOf } from '../../kernel/decider.js';
import { type DomainEvent, personOf, type PlainDate, type Recorded } from '../../kernel/event.js';
import { documentFacts, type Edit, editedContent, editedFields, madeFields, type Priced } from '../contract.js';

export interface OrderHeader {
  readonly supplierId: string;
  readonly date: PlainDate;
  /** What we call it. */
  readonly reference?: string;
  readonly brandId?: string;
  readonly projectId?: string;
}

/** An order with every edit worked in. */
export interface OrderContent extends OrderHeader, Priced {}

/** The purchase that an order has become: decided once, so whoever makes it makes the same one. */
export interface OrderConversion {
  readonly purchaseId: string;
  readonly date: PlainDate;
  readonly dueDate?: PlainDate;
  /** The supplier's own number. */
  readonly reference?: string;
}

export type PurchaseOrderDrafted = DomainEvent<'PurchaseOrderDrafted', OrderContent & { readonly createdBy: string }>;
export type PurchaseOrderEdited = DomainEvent<'PurchaseOrderEdited', Edit<OrderHeader>>;
/** Somebody has sent it by themselves, and says so. */
export type PurchaseOrderSent = DomainEvent<'PurchaseOrderSent', Record<string, never>>;
export type PurchaseOrderConverted = DomainEvent<'PurchaseOrderConverted', OrderConversion>;
export type PurchaseOrderCancelled = DomainEvent<'PurchaseOrderCancelled', { readonly reason: string }>;
export type PurchaseOrderDiscarded = DomainEvent<'PurchaseOrderDiscarded', Record<string, never>>;
export type PurchaseOrderEvent =
  | PurchaseOrderDrafted
  | PurchaseOrderEdited
  | PurchaseOrderSent
  | PurchaseOrderConverted
  | PurchaseOrderCancelled
  | PurchaseOrderDiscarded;

export const ORDER_STATUSES = ['draft', 'sent', 'converted', 'cancelled', 'discarded'] as const;
export type OrderStatus = (typeof ORDER_STATUSES)[number];

export type PurchaseOrder =
  | { readonly status: 'absent' }
  | {
      readonly status: OrderStatus;
      readonly content: OrderContent;
      readonly createdBy: string;
      readonly purchaseId: string | null;
      /** The persons who drafted and edited it, also behind API keys. */
      readonly writtenBy: ReadonlySet<string>;
    };

export const labelOf = ({ reference, date }: Pick<OrderHeader, 'reference' | 'date'>): string =>
  `Purchase order ${reference ?? `of ${date}`}`;

const record = (event: Recorded<PurchaseOrderEvent>) => ({ kind: 'purchase-order', id: recordIdOf(event.stream) });

const events: EventCatalogue<PurchaseOrderEvent> = {
  PurchaseOrderDrafted: {
    schemaVersion: 1,
    summary: () => 'drafted a purchase order',
    changes: madeFields,
    record,
    subjects: ({ supplierId }) => [supplierId],
  },
  PurchaseOrderEdited: { schemaVersion: 1, summary: () => 'edited a purchase order', changes: editedFields, record },
  PurchaseOrderSent: { schemaVersion: 1, summary: () => 'marked a purchase order as sent', changes: () => [], record },
  PurchaseOrderConverted: { schemaVersion: 1, summary: () => 'made a purchase order into a purchase', record },
  PurchaseOrderCancelled: { schemaVersion: 1, summary: () => 'cancelled a purchase order', record },
  PurchaseOrderDiscarded: { schemaVersion: 1, summary: () => 'discarded a purchase order', changes: () => [], record },
};

export const purchaseOrders: Aggregate<PurchaseOrder, PurchaseOrderEvent> = {
  name: 'purchase-order',
  within: 'organisation',
  events,
  readsPersonalFields: false,
  initial: () => ({ status: 'absent' }),
  evolve,
  exists: ({ status }) => status !== 'absent',
  facts: (state) => (state.status === 'absent' ? {} : documentFacts(state)),
};

function evolve(state: PurchaseOrder, event: Recorded<PurchaseOrderEvent>): PurchaseOrder {
  if (event.type === 'PurchaseOrderDrafted') {
    const { createdBy, ...content } = event.data;
    return { status: 'draft', content, createdBy, purchaseId: null, writtenBy: new Set([createdBy]) };
  }
  if (state.status === 'absent') return state;
  switch (event.type) {
    case 'PurchaseOrderEdited': {
      const by = personOf(event.metadata.actor);
      const writtenBy = by === undefined ? state.writtenBy : new Set(state.writtenBy).add(by);
      return { ...state, content: editedContent(state.content, event.data), writtenBy };
    }
    case 'PurchaseOrderSent':
      return { ...state, status: 'sent' };
    case 'PurchaseOrderConverted':
      return { ...state, status: 'converted', purchaseId: event.data.purchaseId };
    case 'PurchaseOrderCancelled':
      return { ...state, status: 'cancelled' };
    case 'PurchaseOrderDiscarded':
      return { ...state, status: 'discarded' };
  }
}
