import { recorded } from '../../../test/support/specification.js';
import type { Entry } from '../ledger/entry.js';
import type { BookedPurchase, PurchaseEvent } from './purchase.js';
import { purchasePostings } from './purchase.postings.js';

const booked: BookedPurchase = {
  supplierId: 's1',
  date: '2026-03-01',
  dueDate: '2026-03-31',
  total: 2510,
  amounts: [
    { accountCode: '5000', vatRate: 2000, net: 2000, vat: 400 },
    { accountCode: '7500', vatRate: 2000, net: 50, vat: 10 },
    { accountCode: '7500', vatRate: 0, net: 50, vat: 0 },
  ],
};
const item = { ledger: 'creditors', partyId: 's1', documentId: 'p1' } as const;
const entry: Entry = {
  date: '2026-03-01',
  postings: [
    { account: '5000', amount: 2000 },
    { account: '2201', amount: 410 },
    { account: '7500', amount: 100 },
    { account: '2100', amount: -2510 },
  ],
  vat: [
    { side: 'input', rate: 2000, net: 2000, vat: 400 },
    { side: 'input', rate: 2000, net: 50, vat: 10 },
    { side: 'input', rate: 0, net: 50, vat: 0 },
  ],
  openItems: [{ ...item, dueDate: '2026-03-31', amount: 2510 }],
};
const opposite: Entry = {
  date: '2026-03-01',
  postings: entry.postings.map(({ account, amount }) => ({ account, amount: -amount })),
  vat: entry.vat!.map(({ net, vat, ...rest }) => ({ ...rest, net: 0 - net, vat: 0 - vat })),
  openItems: [{ ...item, dueDate: '2026-03-31', amount: -2510 }],
};
const line = { description: 'Ink', quantity: '1', unitPrice: '1', vatRate: 0, net: 100, vat: 0 };

const rows: readonly [string, PurchaseEvent, Entry | null][] = [
  [
    'PurchaseDrafted',
    {
      type: 'PurchaseDrafted',
      data: {
        supplierId: 's1',
        date: '2026-03-01',
        currency: 'GBP',
        lines: [line],
        net: 100,
        vat: 0,
        total: 100,
        createdBy: 'ann',
      },
    },
    null,
  ],
  ['PurchaseEdited', { type: 'PurchaseEdited', data: { by: 'ann', changes: {}, lines: [] } }, null],
  ['PurchaseSubmitted', { type: 'PurchaseSubmitted', data: { by: 'ann' } }, null],
  [
    'PurchaseApproved',
    { type: 'PurchaseApproved', data: { by: 'bob', supplierId: 's1', from: 'erased', booked } },
    entry,
  ],
  ['PurchaseApprovalUndone', { type: 'PurchaseApprovalUndone', data: { by: 'ann', booked } }, opposite],
  [
    'PurchasePaid',
    {
      type: 'PurchasePaid',
      data: { by: 'cid', supplierId: 's1', amount: 510, date: '2026-03-10', paymentAccountId: 'a1' },
    },
    {
      date: '2026-03-10',
      postings: [
        { account: '2100', amount: 510 },
        { account: 'bank:a1', amount: -510 },
      ],
      openItems: [{ ...item, amount: -510 }],
    },
  ],
  ['PurchaseVoided, approved', { type: 'PurchaseVoided', data: { reason: 'twice', booked } }, opposite],
  ['PurchaseVoided, not in the books', { type: 'PurchaseVoided', data: { reason: 'twice' } }, null],
  ['PurchaseDiscarded', { type: 'PurchaseDiscarded', data: {} }, null],
  [
    'PurchaseAttachmentAdded',
    {
      type: 'PurchaseAttachmentAdded',
      data: { by: 'a', attachmentId: 'f', supplierId: 's1', name: 'n', type: 't', bytes: 1, sha256: 'h' },
    },
    null,
  ],
  ['PurchaseAttachmentRemoved', { type: 'PurchaseAttachmentRemoved', data: { attachmentId: 'f' } }, null],
];

describe('what purchases post', () => {
  it.each(rows)('%s', (_, event, expected) => {
    const rule = purchasePostings[event.type] as ((event: object) => Entry | null) | null;
    expect(rule?.(recorded('purchase-o1/p1', 3, event)) ?? null).toEqual(expected);
  });

  it('has a row for every type', () => {
    expect([...new Set(rows.map(([, { type }]) => type))].sort()).toEqual(Object.keys(purchasePostings).sort());
  });

  it('comes to nothing together', () => {
    for (const { postings } of rows.flatMap(([, , expected]) => expected ?? []))
      expect(postings.reduce((sum, { amount }) => sum + amount, 0)).toBe(0);
  });
});
