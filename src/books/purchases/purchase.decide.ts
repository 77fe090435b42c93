import { plainDate } from '../../kernel/dates.js';
import { type Decide, type Existing, existing } from '../../kernel/decider.js';
import { conflict, invalid, notFound } from '../../kernel/refusal.js';
import { type DocumentPatch, editOf, newContent, type NewDocument } from '../contract.js';
import {
  type Attachment,
  type Purchase,
  type PurchaseContent,
  type PurchaseEvent,
  type PurchaseFrom,
  type PurchaseHeader,
  type PurchasePayment,
  bookedOf,
} from './purchase.js';

type PurchaseDecide<Prepared = undefined> = Decide<Purchase, PurchaseEvent, Prepared>;

export type PurchaseInput = NewDocument<PurchaseHeader> & Pick<PurchaseHeader, 'supplierId' | 'date'>;
export type PurchasePatch = DocumentPatch<PurchaseHeader>;

/** Whether the organisation has two pairs of eyes switched on (rule 9). */
export interface Eyes {
  readonly twoPairs: boolean;
}

export interface Approving extends Eyes {
  readonly from: PurchaseFrom;
}

export const draftPurchase =
  (input: PurchaseInput): PurchaseDecide<{ readonly currency: string }> =>
  (_, { userId }, { currency }) => [
    { type: 'PurchaseDrafted', data: { ...newContent<PurchaseHeader>('invoice', input, currency), createdBy: userId } },
  ];

/** What an order has become, once: whoever comes again finds it there. */
export const draftFromOrder =
  (content: PurchaseContent, orderedBy: readonly string[]): PurchaseDecide =>
  (state, { userId }) =>
    state.status === 'absent' ? [{ type: 'PurchaseDrafted', data: { ...content, createdBy: userId, orderedBy } }] : [];

/**
 * Whatever was handed in or approved is a draft again: what somebody has approved is what they have seen. What was paid is
 * not edited any more.
 */
export const editPurchase =
  (patch: PurchasePatch): PurchaseDecide =>
  (state, { userId: by }) => {
    const purchase = unfinished(state);
    const { content } = purchase;
    if (purchase.paid !== 0) throw conflict('has-payments', 'A purchase that was paid is not edited any more');
    // Files are sealed under the key of the supplier that they came from, and are destroyed with it.
    if (purchase.attachments.size > 0 && (patch.supplierId ?? content.supplierId) !== content.supplierId)
      throw conflict('has-attachments', 'Remove the attachments before the purchase goes to another supplier');
    const edit = editOf<PurchaseHeader>(content, patch);
    if (edit === undefined) return [];
    return [
      ...(purchase.status === 'approved'
        ? [{ type: 'PurchaseApprovalUndone', data: { by, booked: bookedOf(content) } } as const]
        : []),
      { type: 'PurchaseEdited', data: { by, ...edit } },
    ];
  };

export const submitPurchase =
  (): PurchaseDecide =>
  (state, { userId: by }) => {
    const { status, content } = existing(state);
    if (status === 'submitted') return [];
    if (status !== 'draft') throw conflict('not-a-draft', `The purchase is ${status}, no draft any more`);
    if (content.lines.length === 0) throw conflict('no-lines-to-submit', 'A purchase without lines is not handed in');
    if (content.total < 0)
      throw conflict(
        'negative-total',
        'A purchase comes to nothing less than zero; what a supplier owes is a negative line of their next purchase',
      );
    return [{ type: 'PurchaseSubmitted', data: { by } }];
  };

/** @throws Refusal conflict: not-submitted; second-person where two pairs of eyes are asked for */
export const approvePurchase =
  (): PurchaseDecide<Approving> =>
  (state, { userId: by }, { twoPairs, from }) => {
    const { status, content, enteredBy } = existing(state);
    if (status !== 'submitted')
      throw conflict('not-submitted', `The purchase is ${status}; what is approved was handed in before`);
    if (twoPairs && enteredBy.has(by))
      throw conflict('second-person', 'Whoever entered a purchase does not approve it; somebody else has to');
    return [
      { type: 'PurchaseApproved', data: { by, supplierId: content.supplierId, from, booked: bookedOf(content) } },
    ];
  };

/** @throws Refusal conflict: not-approved, payment-exceeds-outstanding; second-person where two pairs of eyes are asked for */
export const payPurchase =
  ({ amount, date, paymentAccountId }: PurchasePayment): PurchaseDecide<Eyes> =>
  (state, { userId: by }, { twoPairs }) => {
    const { status, content, paid, approvedBy } = existing(state);
    if (status !== 'approved') throw conflict('not-approved', `The purchase is ${status}, not approved`);
    if (twoPairs && approvedBy === by)
      throw conflict('second-person', 'Whoever approved a purchase does not pay it; somebody else has to');
    if (amount < 1) throw invalid('amount', 'must be positive');
    if (amount > content.total - paid)
      throw conflict('payment-exceeds-outstanding', 'The payment is more than what is outstanding');
    const { supplierId } = content;
    return [
      { type: 'PurchasePaid', data: { by, supplierId, amount, date: plainDate('date', date), paymentAccountId } },
    ];
  };

/** What was never in the books nor handed in is discarded instead. */
export const voidPurchase =
  (reason: string): PurchaseDecide =>
  (state) => {
    const { status, content, paid, wasApproved } = existing(state);
    if (status === 'void' || status === 'discarded') throw conflict('not-open', `The purchase is ${status} already`);
    if (status === 'draft' && !wasApproved) throw conflict('never-approved', 'A draft is discarded, not voided');
    if (paid !== 0) throw conflict('has-payments', 'A purchase that was paid is not voided');
    return [
      { type: 'PurchaseVoided', data: { reason, ...(status === 'approved' ? { booked: bookedOf(content) } : {}) } },
    ];
  };

export const discardPurchase = (): PurchaseDecide => (state) => {
  const { status, wasApproved } = existing(state);
  if (status === 'discarded') return [];
  if (status !== 'draft') throw conflict('not-a-draft', `The purchase is ${status}, no draft any more`);
  if (wasApproved) throw conflict('was-approved', 'A purchase that was approved once is voided, with a reason');
  return [{ type: 'PurchaseDiscarded', data: {} }];
};

export const MAX_ATTACHMENTS = 20;

export const addAttachment =
  (attachment: Attachment & { readonly supplierId: string; readonly name: string }): PurchaseDecide =>
  (state, { userId: by }) => {
    const { attachments, content } = unfinished(state);
    if (attachments.size >= MAX_ATTACHMENTS)
      throw conflict('too-many-attachments', `A purchase has ${MAX_ATTACHMENTS} attachments at most`);
    if (attachment.supplierId !== content.supplierId)
      throw conflict('supplier-changed', 'The purchase has got another supplier meanwhile; send the file again');
    return [{ type: 'PurchaseAttachmentAdded', data: { ...attachment, by } }];
  };

/** What an approval was given on stays with it. */
export const removeAttachment =
  (attachmentId: string): PurchaseDecide =>
  (state) => {
    const { status, wasApproved, attachments, removed } = existing(state);
    if (removed.has(attachmentId)) return [];
    if (!attachments.has(attachmentId)) throw notFound();
    if (status !== 'draft' || wasApproved)
      throw conflict('not-a-draft', 'Files are taken off drafts only that were never approved');
    return [{ type: 'PurchaseAttachmentRemoved', data: { attachmentId } }];
  };

function unfinished(state: Purchase): Existing<Purchase> {
  const purchase = existing(state);
  if (purchase.status === 'void' || purchase.status === 'discarded')
    throw conflict('not-open', `The purchase is ${purchase.status} and stays as it is`);
  return purchase;
}
