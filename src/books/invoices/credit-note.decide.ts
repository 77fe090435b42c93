import { plainDate } from '../../kernel/dates.js';
import { type Decide, existing } from '../../kernel/decider.js';
import { conflict, invalid } from '../../kernel/refusal.js';
import type { Credit, CreditNote, CreditNoteEvent } from './credit-note.js';
import { type Content, type Header, type Issuing, newContent, type NewDocument, type Sending } from './document.js';
import { issue, issued } from './document.decide.js';
import type { Payment } from './invoice.js';

type CreditNoteDecide<Prepared = undefined> = Decide<CreditNote, CreditNoteEvent, Prepared>;

export type CreditNoteInput = NewDocument<Header> & Pick<Header, 'customerId' | 'date'>;

/** With the brand of the invoice that it corrects. */
export const createCreditNote =
  (input: CreditNoteInput): CreditNoteDecide<{ readonly currency: string; readonly brandId?: string | undefined }> =>
  (_, { userId }, { currency, brandId = input.brandId }) => {
    const content = newContent<Header>('credit-note', { ...input, brandId }, currency);
    return [{ type: 'CreditNoteCreated', data: { ...content, createdBy: userId } }];
  };

export const issueCreditNote = (): CreditNoteDecide<Issuing> => (state, context, issuing) => {
  const data = issue('credit-note', state, context, issuing);
  return [{ type: 'CreditNoteIssued', data: { ...data, ...withCredit(existing(state).content) } }];
};

/** Drafts too: credit notes have no discarding of their own. */
export const voidCreditNote =
  (reason: string): CreditNoteDecide =>
  (state) => {
    const { status, content, booked, refunded } = existing(state);
    switch (status) {
      case 'draft':
        return [{ type: 'CreditNoteVoided', data: { reason } }];
      case 'issued':
        if (refunded !== 0) throw conflict('has-refunds', 'A credit note that was paid out is not voided');
        return [
          {
            type: 'CreditNoteVoided',
            data: { reason, ...withCredit(content), ...(booked === undefined ? {} : { booked }) },
          },
        ];
      case 'void':
        throw conflict('already-void', 'The credit note is void already');
    }
  };

/** At most what it is for. What corrects an invoice is used up by that, and refunded there where that was paid. */
export const refundCreditNote =
  ({ amount, date, paymentAccountId }: Payment): CreditNoteDecide =>
  (state) => {
    const { content, refunded } = issued('credit-note', state);
    if (content.invoiceId !== undefined)
      throw conflict(
        'credit-of-an-invoice',
        'What this credit note takes off its invoice is refunded with the invoice',
      );
    if (amount < 1) throw invalid('amount', 'must be positive');
    if (amount > 0 - content.total - refunded)
      throw conflict('refund-exceeds-credit', 'The refund is more than what the customer is owed');
    const { customerId } = content;
    return [
      { type: 'CreditNoteRefunded', data: { amount, date: plainDate('date', date), paymentAccountId, customerId } },
    ];
  };

/** Again, too: the customer may have lost it. */
export const sendCreditNote =
  (): CreditNoteDecide<Pick<Sending, 'to'>> =>
  (state, _, { to }) => {
    const { customerId } = issued('credit-note', state).content;
    return [{ type: 'CreditNoteSent', data: { customerId, to } }];
  };

/** What a credit note takes off its invoice, where it corrects one. */
export const creditOf = ({ invoiceId, total }: Content): Credit | undefined =>
  invoiceId === undefined ? undefined : { invoiceId, amount: 0 - total };

function withCredit(content: Content): { readonly credit?: Credit } {
  const credit = creditOf(content);
  return credit === undefined ? {} : { credit };
}
