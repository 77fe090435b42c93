import type { Patch } from '../../kernel/changes.js';
import { dateOf, plainDate } from '../../kernel/dates.js';
import { type Decide, type Existing, existing } from '../../kernel/decider.js';
import { conflict } from '../../kernel/refusal.js';
import { type DocumentPatch, editOf, newContent, type NewDocument } from '../contract.js';
import type {
  OrderContent,
  OrderConversion,
  OrderHeader,
  OrderStatus,
  PurchaseOrder,
  PurchaseOrderEvent,
} from './purchase-order.js';

type OrderDecide<Prepared = undefined> = Decide<PurchaseOrder, PurchaseOrderEvent, Prepared>;

export type OrderInput = NewDocument<OrderHeader> & Pick<OrderHeader, 'supplierId' | 'date'>;
export type OrderPatch = DocumentPatch<OrderHeader>;
export type ConversionInput = Patch<Omit<OrderConversion, 'purchaseId' | 'date'>> & {
  readonly date?: string | undefined;
};

export const draftOrder =
  (input: OrderInput): OrderDecide<{ readonly currency: string }> =>
  (_, { userId }, { currency }) => [
    {
      type: 'PurchaseOrderDrafted',
      data: { ...newContent<OrderHeader>('invoice', input, currency), createdBy: userId },
    },
  ];

/** What the supplier has got stays as it is; another order is made instead. */
export const editOrder =
  (patch: OrderPatch): OrderDecide =>
  (state) => {
    const edit = editOf<OrderHeader>(inStatus(state, 'draft').content, patch);
    return edit === undefined ? [] : [{ type: 'PurchaseOrderEdited', data: edit }];
  };

export const markSent = (): OrderDecide => (state) => {
  if (existing(state).status === 'sent') return [];
  const { content } = inStatus(state, 'draft');
  if (content.lines.length === 0) throw conflict('no-lines-to-send', 'An order without lines is not sent');
  return [{ type: 'PurchaseOrderSent', data: {} }];
};

/** Nothing happens where it is converted already: the same purchase is meant. Without a date, today's. */
export const convertOrder =
  (purchaseId: string, { date, dueDate, reference }: ConversionInput): OrderDecide =>
  (state, { now }) => {
    if (existing(state).status === 'converted') return [];
    inStatus(state, 'draft', 'sent');
    return [
      {
        type: 'PurchaseOrderConverted',
        data: {
          purchaseId,
          date: date === undefined ? dateOf(now) : plainDate('date', date),
          ...(dueDate ? { dueDate: plainDate('dueDate', dueDate) } : {}),
          ...(reference ? { reference } : {}),
        },
      },
    ];
  };

export const cancelOrder =
  (reason: string): OrderDecide =>
  (state) => {
    if (existing(state).status === 'cancelled') return [];
    inStatus(state, 'sent');
    return [{ type: 'PurchaseOrderCancelled', data: { reason } }];
  };

export const discardOrder = (): OrderDecide => (state) => {
  if (existing(state).status === 'discarded') return [];
  inStatus(state, 'draft');
  return [{ type: 'PurchaseOrderDiscarded', data: {} }];
};

/** What a purchase holds that an order has become. */
export function purchaseOf(
  orderId: string,
  { supplierId, currency, lines, net, vat, total, brandId, projectId }: OrderContent,
  { date, dueDate, reference }: OrderConversion,
) {
  return {
    supplierId,
    date,
    ...(dueDate === undefined ? {} : { dueDate }),
    ...(reference === undefined ? {} : { reference }),
    ...(brandId === undefined ? {} : { brandId }),
    ...(projectId === undefined ? {} : { projectId }),
    purchaseOrderId: orderId,
    currency,
    lines,
    net,
    vat,
    total,
  };
}

/** @throws Refusal conflict `not-a-draft` where a draft is asked for, else `not-open` */
function inStatus(state: PurchaseOrder, ...wanted: readonly OrderStatus[]): Existing<PurchaseOrder> {
  const order = existing(state);
  if (!wanted.includes(order.status))
    throw conflict(
      wanted.length === 1 && wanted[0] === 'draft' ? 'not-a-draft' : 'not-open',
      `The order is ${order.status}, not ${wanted.join(' or ')}`,
    );
  return order;
}
