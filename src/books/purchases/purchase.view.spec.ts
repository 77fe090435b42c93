import { NOW, recorded } from '../../../test/support/specification.js';
import type { BookedPurchase, PurchaseContent, PurchaseEvent } from './purchase.js';
import { type PurchaseDoc, purchasesView } from './purchase.view.js';

const fold = (doc: PurchaseDoc | null, revision: number, event: PurchaseEvent): PurchaseDoc | null =>
  purchasesView.fold(doc, recorded('purchase-o1/p1', revision, event), 'p1');

const content: PurchaseContent = {
  supplierId: 's1',
  date: '2026-03-01',
  currency: 'GBP',
  lines: [{ description: 'Ink', quantity: '2', unitPrice: '10', vatRate: 2000, net: 2000, vat: 400 }],
  net: 2000,
  vat: 400,
  total: 2400,
  reference: 'Inv 77',
};
const booked: BookedPurchase = { supplierId: 's1', date: '2026-03-01', total: 2400, amounts: [] };

const draft: PurchaseDoc = {
  ...content,
  organisation: '',
  revision: 0,
  status: 'draft',
  payments: [],
  paid: 0,
  outstanding: 0,
  createdBy: 'ann',
  wasApproved: false,
  attachments: 0,
  created: '00000000',
  reach: ['by:ann'],
  texts: ['inv', '77'],
};
const handedIn: PurchaseDoc = { ...draft, revision: 1, status: 'submitted', submitted: { by: 'ann', at: NOW } };
const approved: PurchaseDoc = {
  ...handedIn,
  status: 'approved',
  approved: { by: 'bob', at: NOW },
  wasApproved: true,
  outstanding: 2400,
};
const payment = (amount: number) => ({ amount, date: '2026-03-10', paymentAccountId: 'a1' });
const paying = (amount: number): PurchaseEvent => ({
  type: 'PurchasePaid',
  data: { by: 'cid', supplierId: 's1', ...payment(amount) },
});
const approving: PurchaseEvent = {
  type: 'PurchaseApproved',
  data: { by: 'bob', supplierId: 's1', from: 'erased', booked },
};
const undone: PurchaseDoc = { ...draft, revision: 1, wasApproved: true };

const rows: readonly [string, PurchaseDoc | null, PurchaseEvent, PurchaseDoc | null][] = [
  ['PurchaseDrafted', null, { type: 'PurchaseDrafted', data: { ...content, createdBy: 'ann' } }, draft],
  [
    'PurchaseEdited, which makes a draft of it again',
    handedIn,
    {
      type: 'PurchaseEdited',
      data: {
        by: 'sue',
        changes: { reference: { from: 'Inv 77', to: '78' }, brandId: { from: undefined, to: 'b1' } },
        lines: [],
      },
    },
    {
      ...draft,
      revision: 1,
      reference: '78',
      brandId: 'b1',
      texts: ['78'],
      reach: expect.arrayContaining(['*|b1|', 'by:ann|b1|']) as unknown as readonly string[],
    },
  ],
  ['PurchaseSubmitted', draft, { type: 'PurchaseSubmitted', data: { by: 'ann' } }, handedIn],
  ['PurchaseApproved', handedIn, approving, approved],
  [
    'PurchaseApproved, of nothing to pay',
    { ...handedIn, total: 0 },
    approving,
    { ...approved, total: 0, outstanding: 0, status: 'paid' },
  ],
  ['PurchaseApprovalUndone', approved, { type: 'PurchaseApprovalUndone', data: { by: 'sue', booked } }, undone],
  [
    'PurchasePaid, in part',
    approved,
    paying(400),
    { ...approved, status: 'part-paid', payments: [payment(400)], paid: 400, outstanding: 2000 },
  ],
  [
    'PurchasePaid, in full',
    { ...approved, status: 'part-paid', payments: [payment(400)], paid: 400, outstanding: 2000 },
    paying(2000),
    { ...approved, status: 'paid', payments: [payment(400), payment(2000)], paid: 2400, outstanding: 0 },
  ],
  [
    'PurchaseVoided',
    approved,
    { type: 'PurchaseVoided', data: { reason: 'twice', booked } },
    { ...approved, status: 'void', outstanding: 0, reason: 'twice' },
  ],
  ['PurchaseDiscarded', draft, { type: 'PurchaseDiscarded', data: {} }, { ...draft, revision: 1, status: 'discarded' }],
  [
    'PurchaseAttachmentAdded',
    approved,
    {
      type: 'PurchaseAttachmentAdded',
      data: { by: 'a', attachmentId: 'f', supplierId: 's1', name: 'n', type: 't', bytes: 1, sha256: 'h' },
    },
    { ...approved, attachments: 1 },
  ],
  [
    'PurchaseAttachmentRemoved',
    { ...draft, attachments: 2 },
    { type: 'PurchaseAttachmentRemoved', data: { attachmentId: 'f' } },
    { ...draft, revision: 1, attachments: 1 },
  ],
  ['PurchaseSubmitted of none', null, { type: 'PurchaseSubmitted', data: { by: 'ann' } }, null],
];

describe('the purchases view', () => {
  it.each(rows)('%s', (_, before, event, after) => {
    expect(fold(before, before === null ? 0 : 1, event)).toEqual(after);
  });

  it('keeps a document per purchase', () => {
    expect(purchasesView.keys(recorded('purchase-o1/p1', 0, rows[0]![2]))).toEqual(['p1']);
  });
});
