import { type Patch, withoutNothing } from '../../kernel/changes.js';
import type { Decide } from '../../kernel/decider.js';
import { conflict } from '../../kernel/refusal.js';
import type { Credit, CreditNote, CreditNoteEvent } from './credit-note.js';
import { type Content, type Header, type Issuing, type LineInput, priceLines, totalsOf } from './document.js';
import { checkDates, existing, issue } from './document.decide.js';

type CreditNoteDecide<Prepared = undefined> = Decide<CreditNote, CreditNoteEvent, Prepared>;

export type CreditNoteInput = Patch<Header> &
  Pick<Header, 'customerId' | 'date'> & { readonly lines: readonly LineInput[] };

/** With the brand of the invoice that it corrects. */
export const createCreditNote =
  ({
    lines: input,
    ...header
  }: CreditNoteInput): CreditNoteDecide<{ readonly currency: string; readonly brandId?: string | undefined }> =>
  (_, { userId }, { currency, brandId = header.brandId }) => {
    checkDates(header);
    const lines = priceLines('credit-note', input, currency);
    return [
      {
        type: 'CreditNoteCreated',
        data: {
          ...withoutNothing<Header>({ ...header, brandId }),
          currency,
          lines,
          ...totalsOf(lines),
          createdBy: userId,
        },
      },
    ];
  };

export const issueCreditNote = (): CreditNoteDecide<Issuing> => (state, context, issuing) => {
  const data = issue('credit-note', state, context, issuing);
  return [{ type: 'CreditNoteIssued', data: { ...data, ...withCredit(existing(state).content) } }];
};

/** Drafts too: credit notes have no discarding of their own. */
export const voidCreditNote =
  (reason: string): CreditNoteDecide =>
  (state) => {
    const { status, content } = existing(state);
    switch (status) {
      case 'draft':
        return [{ type: 'CreditNoteVoided', data: { reason } }];
      case 'issued':
        return [{ type: 'CreditNoteVoided', data: { reason, ...withCredit(content) } }];
      case 'void':
        throw conflict('already-void', 'The credit note is void already');
    }
  };

/** What a credit note takes off its invoice, where it corrects one. */
export const creditOf = ({ invoiceId, total }: Content): Credit | undefined =>
  invoiceId === undefined ? undefined : { invoiceId, amount: 0 - total };

function withCredit(content: Content): { readonly credit?: Credit } {
  const credit = creditOf(content);
  return credit === undefined ? {} : { credit };
}
