import { recordIdOf } from '../../kernel/decider.js';
import type { ViewDefinition } from '../../kernel/view.js';
import { wholeWords } from '../../kernel/words.js';
import { reachTokens } from '../../access/contract.js';
import { documentFacts, editedContent } from '../contract.js';
import type { OrderContent, OrderStatus, PurchaseOrderEvent } from './purchase-order.js';

/** An order as it is answered, but for the supplier's name, which stands in the supplier's document only. */
export interface OrderDoc extends OrderContent {
  readonly organisation: string;
  readonly revision: number;
  readonly status: OrderStatus;
  readonly purchaseId: string | null;
  readonly reason?: string;
  readonly createdBy: string;
  /** Position of the first event: newest first means by this. */
  readonly created: string;
  readonly reach: readonly string[];
  /** What it is searched by: its reference. */
  readonly texts: readonly string[];
}

export const purchaseOrdersView: ViewDefinition<OrderDoc, PurchaseOrderEvent> = {
  name: 'purchase-orders',
  version: 1,
  events: [
    'PurchaseOrderDrafted',
    'PurchaseOrderEdited',
    'PurchaseOrderSent',
    'PurchaseOrderConverted',
    'PurchaseOrderCancelled',
    'PurchaseOrderDiscarded',
  ],
  fields: {
    organisation: 'symbol',
    status: 'text',
    supplierId: 'text',
    date: 'text',
    created: 'text',
    reach: 'texts',
    texts: 'texts',
  },
  sorts: { newest: { field: 'created', direction: 'desc', unique: true } },
  indexes: [
    ['organisation', 'supplierId'],
    ['organisation', 'status'],
    ['organisation', 'texts'],
    ['organisation', 'reach'],
    ['organisation'],
  ],
  keys: (event) => [recordIdOf(event.stream)],
  fold(doc, event) {
    const { revision } = event;
    if (event.type === 'PurchaseOrderDrafted') {
      const { createdBy, ...content } = event.data;
      return {
        ...content,
        organisation: event.metadata.organisation ?? '',
        revision,
        status: 'draft',
        purchaseId: null,
        createdBy,
        created: event.position,
        reach: reachTokens(documentFacts({ content, createdBy })),
        texts: wholeWords(content.reference),
      };
    }
    if (doc === null) return null;
    switch (event.type) {
      case 'PurchaseOrderEdited': {
        const edited = editedContent(doc, event.data);
        return {
          ...edited,
          revision,
          reach: reachTokens(documentFacts({ content: edited, createdBy: doc.createdBy })),
          texts: wholeWords(edited.reference),
        };
      }
      case 'PurchaseOrderSent':
        return { ...doc, revision, status: 'sent' };
      case 'PurchaseOrderConverted':
        return { ...doc, revision, status: 'converted', purchaseId: event.data.purchaseId };
      case 'PurchaseOrderCancelled':
        return { ...doc, revision, status: 'cancelled', reason: event.data.reason };
      case 'PurchaseOrderDiscarded':
        return { ...doc, revision, status: 'discarded' };
    }
  },
};
