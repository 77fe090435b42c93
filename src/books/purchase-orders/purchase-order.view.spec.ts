import { recorded } from '../../../test/support/specification.js';
import type { OrderContent, PurchaseOrderEvent } from './purchase-order.js';
import { type OrderDoc, purchaseOrdersView } from './purchase-order.view.js';

const fold = (doc: OrderDoc | null, revision: number, event: PurchaseOrderEvent): OrderDoc | null =>
  purchaseOrdersView.fold(doc, recorded('purchase-order-o1/p1', revision, event), 'p1');

const content: OrderContent = {
  supplierId: 's1',
  date: '2026-02-01',
  reference: 'PO 1',
  currency: 'GBP',
  lines: [],
  net: 0,
  vat: 0,
  total: 0,
};
const draft: OrderDoc = {
  ...content,
  organisation: '',
  revision: 0,
  status: 'draft',
  purchaseId: null,
  createdBy: 'ann',
  created: '00000000',
  reach: ['by:ann'],
  texts: ['po', '1'],
};

const rows: readonly [string, OrderDoc | null, PurchaseOrderEvent, OrderDoc | null][] = [
  ['PurchaseOrderDrafted', null, { type: 'PurchaseOrderDrafted', data: { ...content, createdBy: 'ann' } }, draft],
  [
    'PurchaseOrderEdited',
    draft,
    {
      type: 'PurchaseOrderEdited',
      data: {
        changes: { reference: { from: 'PO 1', to: '2' }, projectId: { from: undefined, to: 'x' } },
        lines: [],
      },
    },
    { ...draft, revision: 1, reference: '2', projectId: 'x', texts: ['2'], reach: ['by:ann', 'in:x'] },
  ],
  ['PurchaseOrderSent', draft, { type: 'PurchaseOrderSent', data: {} }, { ...draft, revision: 1, status: 'sent' }],
  [
    'PurchaseOrderConverted',
    draft,
    { type: 'PurchaseOrderConverted', data: { purchaseId: 'b1', date: '2026-03-01' } },
    { ...draft, revision: 1, status: 'converted', purchaseId: 'b1' },
  ],
  [
    'PurchaseOrderCancelled',
    draft,
    { type: 'PurchaseOrderCancelled', data: { reason: 'late' } },
    { ...draft, revision: 1, status: 'cancelled', reason: 'late' },
  ],
  [
    'PurchaseOrderDiscarded',
    draft,
    { type: 'PurchaseOrderDiscarded', data: {} },
    { ...draft, revision: 1, status: 'discarded' },
  ],
  ['PurchaseOrderSent of none', null, { type: 'PurchaseOrderSent', data: {} }, null],
];

describe('the view of purchase orders', () => {
  it.each(rows)('%s', (_, before, event, after) => {
    expect(fold(before, before === null ? 0 : 1, event)).toEqual(after);
  });

  it('keeps a document per order', () => {
    expect(purchaseOrdersView.keys(recorded('purchase-order-o1/p1', 0, rows[0]![2]))).toEqual(['p1']);
  });
});
