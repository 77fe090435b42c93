import { given } from '../../../test/support/specification.js';
import { type BookedPurchase, bookedOf, type PurchaseContent, type PurchaseEvent, purchases } from './purchase.js';
import {
  addAttachment,
  approvePurchase,
  discardPurchase,
  draftFromOrder,
  draftPurchase,
  editPurchase,
  MAX_ATTACHMENTS,
  payPurchase,
  removeAttachment,
  submitPurchase,
  voidPurchase,
} from './purchase.decide.js';

const line = { description: 'Ink', quantity: '2', unitPrice: '10', vatRate: 2000, net: 2000, vat: 400 };
const content: PurchaseContent = {
  supplierId: 's1',
  date: '2026-03-01',
  dueDate: '2026-03-31',
  currency: 'GBP',
  lines: [line],
  net: 2000,
  vat: 400,
  total: 2400,
};
const booked: BookedPurchase = {
  supplierId: 's1',
  date: '2026-03-01',
  dueDate: '2026-03-31',
  total: 2400,
  amounts: [{ accountCode: '5000', vatRate: 2000, net: 2000, vat: 400 }],
};
const drafted: PurchaseEvent = { type: 'PurchaseDrafted', data: { ...content, createdBy: 'ann' } };
const submitted = (by: string): PurchaseEvent => ({ type: 'PurchaseSubmitted', data: { by } });
const approved = (by: string): PurchaseEvent => ({
  type: 'PurchaseApproved',
  data: { by, supplierId: 's1', from: { name: 'Ink & Co' }, booked },
});
const edited = (by: string): PurchaseEvent => ({
  type: 'PurchaseEdited',
  data: { by, changes: { reference: { from: undefined, to: 'R1' } }, lines: [] },
});
const undone = (by: string): PurchaseEvent => ({ type: 'PurchaseApprovalUndone', data: { by, booked } });
const payment = { amount: 400, date: '2026-03-10', paymentAccountId: 'a1' };
const paid = (by: string, amount = 400): PurchaseEvent => ({
  type: 'PurchasePaid',
  data: { by, supplierId: 's1', ...payment, amount },
});
const voided: PurchaseEvent = { type: 'PurchaseVoided', data: { reason: 'twice', booked } };
const discarded: PurchaseEvent = { type: 'PurchaseDiscarded', data: {} };

/** Decided by the person called `sue`. */
const purchase = (...events: readonly PurchaseEvent[]) => ({
  ...given(purchases, 'sue', ...events),
});
const one = { twoPairs: false };
const two = { twoPairs: true };
const from = { name: 'Ink & Co' };

describe('entering a purchase', () => {
  const input = {
    supplierId: 's1',
    date: '2026-03-01',
    dueDate: '2026-03-31',
    reference: null,
    lines: [{ description: 'Ink', quantity: 2, unitPrice: '10.00', vatRate: 2000 }],
  };
  it('works out what it comes to', () =>
    purchase()
      .when(draftPurchase(input), { currency: 'GBP' })
      .then({ type: 'PurchaseDrafted', data: { ...content, createdBy: 'sue' } }));
  it('is refused with a date that is none', () => {
    purchase()
      .when(draftPurchase({ ...input, date: '2026-02-29' }), { currency: 'GBP' })
      .thenRefused('validation-failed');
  });
});

describe('editing a purchase', () => {
  const edit = editPurchase({ reference: 'R1' });
  const changed: PurchaseEvent = {
    type: 'PurchaseEdited',
    data: { by: 'sue', changes: { reference: { to: 'R1' } } as never, lines: [] },
  };
  it('says what changed, line by line', () =>
    purchase(drafted)
      .when(editPurchase({ lines: [{ ...line, quantity: 1 }] }))
      .then({
        type: 'PurchaseEdited',
        data: {
          by: 'sue',
          changes: { net: { from: 2000, to: 1000 }, vat: { from: 400, to: 200 }, total: { from: 2400, to: 1200 } },
          lines: [{ line: 1, from: line, to: { ...line, quantity: '1', net: 1000, vat: 200 } }],
        },
      }));
  it('does nothing where nothing changes, and so undoes no approval', () =>
    purchase(drafted, submitted('ann'), approved('bob'))
      .when(editPurchase({ date: '2026-03-01' }))
      .then());
  it('makes a draft again of what was handed in', () => {
    purchase(drafted, submitted('ann')).when(edit).then(changed);
    expect(purchase(drafted, submitted('ann'), edited('sue')).state).toMatchObject({ status: 'draft' });
  });
  it('undoes an approval, and takes what was posted out of the books', () => {
    purchase(drafted, submitted('ann'), approved('bob')).when(edit).then(undone('sue'), changed);
    const { state } = purchase(drafted, submitted('ann'), approved('bob'), undone('sue'), edited('sue'));
    expect(state).toMatchObject({ status: 'draft', approvedBy: null, wasApproved: true });
  });
  it('takes back what was posted then, whatever the edit makes of it', () =>
    purchase(drafted, submitted('ann'), approved('bob'))
      .when(editPurchase({ date: '2026-05-01', lines: [] }))
      .then(undone('sue'), expect.objectContaining({ type: 'PurchaseEdited' }) as never));
  it('is refused once something was paid, and for what is void or discarded', () => {
    purchase(drafted, submitted('ann'), approved('bob'), paid('cid'))
      .when(edit)
      .thenRefused('conflict', 'has-payments');
    purchase(drafted, submitted('ann'), approved('bob'), voided).when(edit).thenRefused('conflict', 'not-open');
    purchase(drafted, discarded).when(edit).thenRefused('conflict', 'not-open');
    purchase().when(edit).thenRefused('not-found');
  });
});

describe('handing in a purchase', () => {
  it('is done once', () => {
    purchase(drafted).when(submitPurchase()).then(submitted('sue'));
    purchase(drafted, submitted('ann')).when(submitPurchase()).then();
  });
  it('is refused without lines, below zero, and for what is no draft', () => {
    const of = (more: Partial<PurchaseContent>): PurchaseEvent => ({
      type: 'PurchaseDrafted',
      data: { ...content, ...more, createdBy: 'ann' },
    });
    purchase(of({ lines: [] }))
      .when(submitPurchase())
      .thenRefused('conflict', 'no-lines-to-submit');
    purchase(of({ total: -1 }))
      .when(submitPurchase())
      .thenRefused('conflict', 'negative-total');
    purchase(of({ total: 0 }))
      .when(submitPurchase())
      .then(submitted('sue'));
    purchase(drafted, submitted('ann'), approved('bob')).when(submitPurchase()).thenRefused('conflict', 'not-a-draft');
  });
});

describe('approving a purchase', () => {
  it('posts it, and keeps who it is from', () =>
    purchase(drafted, submitted('ann'))
      .when(approvePurchase(), { ...two, from })
      .then(approved('sue')));
  it('is refused for what was not handed in', () => {
    for (const events of [[drafted], [drafted, submitted('ann'), approved('bob')], [drafted, discarded]])
      purchase(...events)
        .when(approvePurchase(), { ...one, from })
        .thenRefused('conflict', 'not-submitted');
  });
  it.each([
    ['made it', [{ type: 'PurchaseDrafted', data: { ...content, createdBy: 'sue' } }, submitted('ann')]],
    [
      'wrote the order',
      [{ type: 'PurchaseDrafted', data: { ...content, createdBy: 'ann', orderedBy: ['sue'] } }, submitted('ann')],
    ],
    ['edited it', [drafted, edited('sue'), submitted('ann')]],
    ['handed it in', [drafted, submitted('sue')]],
    ['edited it before an edit of somebody else', [drafted, edited('sue'), edited('ann'), submitted('ann')]],
    [
      'edited what was approved',
      [drafted, submitted('ann'), approved('bob'), undone('sue'), edited('sue'), submitted('ann')],
    ],
  ] as [string, PurchaseEvent[]][])('with two pairs of eyes is not for whoever %s', (_, events) => {
    purchase(...events)
      .when(approvePurchase(), { ...two, from })
      .thenRefused('conflict', 'second-person');
    purchase(...events)
      .when(approvePurchase(), { ...one, from })
      .then(expect.objectContaining({ type: 'PurchaseApproved' }) as never);
  });
});

describe('paying a purchase', () => {
  const approvedBy = (by: string) => [drafted, submitted('ann'), approved(by)];
  it('is done in parts, up to what is outstanding', () => {
    purchase(...approvedBy('bob'))
      .when(payPurchase(payment), two)
      .then(paid('sue'));
    purchase(...approvedBy('bob'), paid('cid'))
      .when(payPurchase({ ...payment, amount: 2000 }), two)
      .then(paid('sue', 2000));
    purchase(...approvedBy('bob'), paid('cid'))
      .when(payPurchase({ ...payment, amount: 2001 }), two)
      .thenRefused('conflict', 'payment-exceeds-outstanding');
  });
  it('is refused before the approval and after the void, and for nothing', () => {
    for (const events of [[drafted], [drafted, submitted('ann')], [...approvedBy('bob'), voided]])
      purchase(...events)
        .when(payPurchase(payment), one)
        .thenRefused('conflict', 'not-approved');
    purchase(...approvedBy('bob'))
      .when(payPurchase({ ...payment, amount: 0 }), one)
      .thenRefused('validation-failed');
  });
  it('with two pairs of eyes is not for whoever approved it', () => {
    purchase(...approvedBy('sue'))
      .when(payPurchase(payment), two)
      .thenRefused('conflict', 'second-person');
    purchase(...approvedBy('sue'))
      .when(payPurchase(payment), one)
      .then(paid('sue'));
  });
  it('is for whoever entered it, and for whoever gave an approval that was undone', () => {
    const again = [...approvedBy('sue'), undone('ann'), edited('ann'), submitted('ann'), approved('bob')];
    purchase(...again)
      .when(payPurchase(payment), two)
      .then(paid('sue'));
  });
});

describe('voiding and discarding a purchase', () => {
  it('takes an approved one out of the books', () =>
    purchase(drafted, submitted('ann'), approved('bob')).when(voidPurchase('twice')).then(voided));
  it('takes nothing out where nothing is in', () => {
    const plain: PurchaseEvent = { type: 'PurchaseVoided', data: { reason: 'twice' } };
    purchase(drafted, submitted('ann')).when(voidPurchase('twice')).then(plain);
    purchase(drafted, submitted('ann'), approved('bob'), undone('ann'), edited('ann'))
      .when(voidPurchase('twice'))
      .then(plain);
  });
  it('voids no draft, nothing that was paid, and nothing twice', () => {
    purchase(drafted).when(voidPurchase('x')).thenRefused('conflict', 'never-approved');
    purchase(drafted, submitted('ann'), approved('bob'), paid('cid'))
      .when(voidPurchase('x'))
      .thenRefused('conflict', 'has-payments');
    purchase(drafted, submitted('ann'), approved('bob'), voided)
      .when(voidPurchase('x'))
      .thenRefused('conflict', 'not-open');
  });
  it('discards drafts, once', () => {
    purchase(drafted).when(discardPurchase()).then(discarded);
    purchase(drafted, discarded).when(discardPurchase()).then();
  });
  it('discards nothing that was handed in, or was ever in the books', () => {
    purchase(drafted, submitted('ann')).when(discardPurchase()).thenRefused('conflict', 'not-a-draft');
    purchase(drafted, submitted('ann'), approved('bob'), undone('ann'), edited('ann'))
      .when(discardPurchase())
      .thenRefused('conflict', 'was-approved');
  });
});

describe('files with a purchase', () => {
  const file = {
    attachmentId: 'f1',
    supplierId: 's1',
    name: 'bill.pdf',
    type: 'application/pdf',
    bytes: 9,
    sha256: 'a',
  };
  const attached = (attachmentId: string): PurchaseEvent => ({
    type: 'PurchaseAttachmentAdded',
    data: { ...file, attachmentId, by: 'sue' },
  });
  const removed: PurchaseEvent = { type: 'PurchaseAttachmentRemoved', data: { attachmentId: 'f1' } };

  it('stay with the supplier under whose key they are', () => {
    const to = (supplierId: string) => editPurchase({ supplierId });
    purchase(drafted, attached('f1')).when(to('s2')).thenRefused('conflict', 'has-attachments');
    purchase(drafted, attached('f1')).when(to(content.supplierId)).then();
    purchase(drafted, attached('f1'), removed)
      .when(to('s2'))
      .then({
        type: 'PurchaseEdited',
        data: { by: 'sue', changes: { supplierId: { from: 's1', to: 's2' } }, lines: [] },
      });
  });
  it('are added at any time until it is void or discarded', () => {
    purchase(drafted, submitted('ann'), approved('bob'), paid('cid')).when(addAttachment(file)).then(attached('f1'));
    purchase(drafted, discarded).when(addAttachment(file)).thenRefused('conflict', 'not-open');
    purchase(drafted, submitted('ann'), approved('bob'), voided)
      .when(addAttachment(file))
      .thenRefused('conflict', 'not-open');
  });
  it('are so many at most', () => {
    const many = Array.from({ length: MAX_ATTACHMENTS }, (_, index) => attached(`f${index}`));
    purchase(drafted, ...many)
      .when(addAttachment(file))
      .thenRefused('conflict', 'too-many-attachments');
  });
  it('are under the key of the supplier whom it has then', () => {
    purchase(drafted)
      .when(addAttachment({ ...file, supplierId: 's2' }))
      .thenRefused('conflict', 'supplier-changed');
  });
  it('are no edit: who adds one may approve, and an approval stands', () => {
    purchase(drafted, attached('f1'), submitted('ann'))
      .when(approvePurchase(), { ...two, from })
      .then(approved('sue'));
    expect(purchase(drafted, submitted('ann'), approved('bob'), attached('f1')).state).toMatchObject({
      status: 'approved',
    });
  });
  it('are taken off drafts only that were never approved', () => {
    purchase(drafted, attached('f1')).when(removeAttachment('f1')).then(removed);
    expect(purchase(drafted, attached('f1'), removed).state).toMatchObject({ attachments: new Map() });
    purchase(drafted, attached('f1'), removed).when(removeAttachment('f1')).then();
    purchase(drafted, attached('f1')).when(removeAttachment('f2')).thenRefused('not-found');
    for (const events of [
      [drafted, attached('f1'), submitted('ann')],
      [drafted, attached('f1'), submitted('ann'), approved('bob'), undone('ann'), edited('ann')],
    ])
      purchase(...events)
        .when(removeAttachment('f1'))
        .thenRefused('conflict', 'not-a-draft');
  });
});

describe('what a purchase posts', () => {
  it('is its lines in sums of account and rate', () => {
    const lines = [
      line,
      { ...line, net: 50, vat: 10 },
      { ...line, accountCode: '7500', net: 100, vat: 20 },
      { ...line, accountCode: '7500', vatRate: 0, net: -30, vat: 0 },
    ];
    expect(bookedOf({ ...content, lines, total: 2550 }).amounts).toEqual([
      { accountCode: '5000', vatRate: 2000, net: 2050, vat: 410 },
      { accountCode: '7500', vatRate: 2000, net: 100, vat: 20 },
      { accountCode: '7500', vatRate: 0, net: -30, vat: 0 },
    ]);
  });
  it('is authorised by who made it and where it belongs', () => {
    const placed: PurchaseEvent = {
      type: 'PurchaseDrafted',
      data: { ...content, projectId: 'p1', brandId: 'b1', createdBy: 'ann' },
    };
    expect(purchases.facts(purchase(placed).state)).toEqual({ createdBy: 'ann', projectId: 'p1', brandId: 'b1' });
    expect(purchases.facts(purchase().state)).toEqual({});
  });
});

describe('a purchase that an order has become', () => {
  it('is there once', () => {
    purchase()
      .when(draftFromOrder({ ...content, purchaseOrderId: 'o1' }, ['ann']))
      .then({
        type: 'PurchaseDrafted',
        data: { ...content, purchaseOrderId: 'o1', createdBy: 'sue', orderedBy: ['ann'] },
      });
    purchase(drafted).when(draftFromOrder(content, [])).then();
  });
});
