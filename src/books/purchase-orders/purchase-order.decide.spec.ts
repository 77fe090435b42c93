import { given, NOW, recorded } from '../../../test/support/specification.js';
import { type OrderContent, type PurchaseOrderEvent, purchaseOrders } from './purchase-order.js';
import {
  cancelOrder,
  convertOrder,
  discardOrder,
  draftOrder,
  editOrder,
  markSent,
  purchaseOf,
} from './purchase-order.decide.js';

const line = { description: 'Ink', quantity: '2', unitPrice: '10', vatRate: 2000, net: 2000, vat: 400 };
const content: OrderContent = {
  supplierId: 's1',
  date: '2026-02-01',
  reference: 'PO1',
  brandId: 'b1',
  currency: 'GBP',
  lines: [line],
  net: 2000,
  vat: 400,
  total: 2400,
};
const drafted: PurchaseOrderEvent = { type: 'PurchaseOrderDrafted', data: { ...content, createdBy: 'ann' } };
const sent: PurchaseOrderEvent = { type: 'PurchaseOrderSent', data: {} };
const converted: PurchaseOrderEvent = {
  type: 'PurchaseOrderConverted',
  data: { purchaseId: 'p1', date: NOW.slice(0, 10) },
};
const cancelled: PurchaseOrderEvent = { type: 'PurchaseOrderCancelled', data: { reason: 'late' } };
const discarded: PurchaseOrderEvent = { type: 'PurchaseOrderDiscarded', data: {} };
const order = (...events: readonly PurchaseOrderEvent[]) => given(purchaseOrders, 'sue', ...events);

describe('a purchase order', () => {
  it('is drafted with what it comes to', () => {
    const lines = [{ description: 'Ink', quantity: 2, unitPrice: '10', vatRate: 2000 }];
    order()
      .when(draftOrder({ supplierId: 's1', date: '2026-02-01', reference: 'PO1', brandId: 'b1', lines }), {
        currency: 'GBP',
      })
      .then({ type: 'PurchaseOrderDrafted', data: { ...content, createdBy: 'sue' } });
    order()
      .when(draftOrder({ supplierId: 's1', date: '2026-02-30', lines }), { currency: 'GBP' })
      .thenRefused('validation-failed');
  });

  it('is edited as a draft only', () => {
    order(drafted)
      .when(editOrder({ reference: 'PO2', lines: [] }))
      .then({
        type: 'PurchaseOrderEdited',
        data: {
          changes: {
            reference: { from: 'PO1', to: 'PO2' },
            net: { from: 2000, to: 0 },
            vat: { from: 400, to: 0 },
            total: { from: 2400, to: 0 },
          },
          lines: [{ line: 1, from: line, to: null }],
        },
      });
    order(drafted)
      .when(editOrder({ reference: 'PO1' }))
      .then();
    for (const event of [sent, converted, discarded])
      order(drafted, event)
        .when(editOrder({ reference: 'PO2' }))
        .thenRefused('conflict', 'not-a-draft');
    order().when(editOrder({})).thenRefused('not-found');
  });

  it('is marked as sent, once', () => {
    order(drafted).when(markSent()).then(sent);
    order(drafted, sent).when(markSent()).then();
    order(drafted, discarded).when(markSent()).thenRefused('conflict', 'not-a-draft');
    order({ type: 'PurchaseOrderDrafted', data: { ...content, lines: [], createdBy: 'ann' } })
      .when(markSent())
      .thenRefused('conflict', 'no-lines-to-send');
  });

  it('becomes one purchase, on a date of its own', () => {
    order(drafted).when(convertOrder('p1', {})).then(converted);
    order(drafted, sent)
      .when(convertOrder('p1', { date: '2026-03-10', dueDate: '2026-04-10', reference: 'INV-1' }))
      .then({
        type: 'PurchaseOrderConverted',
        data: { purchaseId: 'p1', date: '2026-03-10', dueDate: '2026-04-10', reference: 'INV-1' },
      });
    order(drafted, converted)
      .when(convertOrder('p1', { date: '2026-12-31' }))
      .then();
    order(drafted, discarded).when(convertOrder('p1', {})).thenRefused('conflict', 'not-open');
    order(drafted, sent, cancelled).when(convertOrder('p1', {})).thenRefused('conflict', 'not-open');
    expect(purchaseOf('o1', content, { purchaseId: 'p1', date: '2026-03-10', reference: 'INV-1' })).toEqual({
      ...content,
      date: '2026-03-10',
      reference: 'INV-1',
      purchaseOrderId: 'o1',
    });
  });

  it('is cancelled once it was sent, and discarded before', () => {
    order(drafted, sent).when(cancelOrder('late')).then(cancelled);
    order(drafted, sent, cancelled).when(cancelOrder('again')).then();
    order(drafted).when(cancelOrder('late')).thenRefused('conflict', 'not-open');
    order(drafted, converted).when(cancelOrder('late')).thenRefused('conflict', 'not-open');
    order(drafted).when(discardOrder()).then(discarded);
    order(drafted, discarded).when(discardOrder()).then();
    order(drafted, sent).when(discardOrder()).thenRefused('conflict', 'not-a-draft');
  });

  it('is written by whoever drafted it and whoever edited it', () => {
    const event = recorded('purchase-order-o1/po1', 1, {
      type: 'PurchaseOrderEdited',
      data: { changes: {}, lines: [] },
    } as const);
    const actor = { kind: 'api-key', id: 'k1', onBehalfOf: 'bob' } as const;
    const edited = { ...event, metadata: { ...event.metadata, actor } };
    expect(purchaseOrders.evolve(order(drafted).state, edited)).toMatchObject({ writtenBy: new Set(['ann', 'bob']) });
  });
  it('is authorised by who made it and where it belongs', () => {
    expect(purchaseOrders.facts(order(drafted).state)).toEqual({
      createdBy: 'ann',
      projectId: undefined,
      brandId: 'b1',
    });
    expect(purchaseOrders.facts(order().state)).toEqual({});
  });
});
