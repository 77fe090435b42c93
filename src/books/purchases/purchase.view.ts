import { recordIdOf } from '../../kernel/decider.js';
import type { Instant } from '../../kernel/event.js';
import type { Minor } from '../../kernel/money.js';
import type { ViewDefinition } from '../../kernel/view.js';
import { wholeWords } from '../../kernel/words.js';
import { reachTokens } from '../../access/contract.js';
import { documentFacts, editedContent } from '../contract.js';
import type { PurchaseContent, PurchaseEvent, PurchasePayment } from './purchase.js';

export const PURCHASE_STATUSES = ['draft', 'submitted', 'approved', 'part-paid', 'paid', 'void', 'discarded'] as const;
export type PurchaseStatus = (typeof PURCHASE_STATUSES)[number];

/** Who did a step of a purchase, and when. */
export interface Step {
  readonly by: string;
  readonly at: Instant;
}

/** A purchase as it is answered, but for the supplier's name, which stands in the supplier's document only. */
export interface PurchaseDoc extends PurchaseContent {
  readonly organisation: string;
  readonly revision: number;
  readonly status: PurchaseStatus;
  readonly payments: readonly PurchasePayment[];
  readonly paid: Minor;
  /** What is still to be paid of an approved purchase; 0 of all others. */
  readonly outstanding: Minor;
  readonly reason?: string;
  readonly createdBy: string;
  /** As long as it stands as it was handed in, and approved. */
  readonly submitted?: Step;
  readonly approved?: Step;
  readonly wasApproved: boolean;
  /** How many files there are with it. */
  readonly attachments: number;
  /** Position of the first event: newest first means by this. */
  readonly created: string;
  readonly reach: readonly string[];
  /** What it is searched by: its reference. Who it is from stands in the supplier's document only. */
  readonly texts: readonly string[];
}

export const purchasesView: ViewDefinition<PurchaseDoc, PurchaseEvent> = {
  name: 'purchases',
  version: 1,
  events: [
    'PurchaseDrafted',
    'PurchaseEdited',
    'PurchaseSubmitted',
    'PurchaseApproved',
    'PurchaseApprovalUndone',
    'PurchasePaid',
    'PurchaseVoided',
    'PurchaseDiscarded',
    'PurchaseAttachmentAdded',
    'PurchaseAttachmentRemoved',
  ],
  fields: {
    organisation: 'symbol',
    status: 'text',
    supplierId: 'text',
    reference: 'text',
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
    if (event.type === 'PurchaseDrafted') {
      const { createdBy, orderedBy: _, ...content } = event.data;
      return {
        ...content,
        organisation: event.metadata.organisation ?? '',
        revision,
        status: 'draft',
        payments: [],
        paid: 0,
        outstanding: 0,
        createdBy,
        wasApproved: false,
        attachments: 0,
        created: event.position,
        reach: reachTokens(documentFacts({ content, createdBy })),
        texts: wholeWords(content.reference),
      };
    }
    if (doc === null) return null;
    switch (event.type) {
      case 'PurchaseEdited': {
        const edited = editedContent(asDraft(doc), event.data);
        return {
          ...edited,
          revision,
          reach: reachTokens(documentFacts({ content: edited, createdBy: doc.createdBy })),
          texts: wholeWords(edited.reference),
        };
      }
      case 'PurchaseSubmitted':
        return { ...doc, revision, status: 'submitted', submitted: { by: event.data.by, at: event.recordedAt } };
      case 'PurchaseApproved': {
        const approved = { by: event.data.by, at: event.recordedAt };
        return settled({ ...doc, revision, approved, wasApproved: true });
      }
      case 'PurchaseApprovalUndone':
        return { ...asDraft(doc), revision };
      case 'PurchasePaid': {
        const { amount, date, paymentAccountId } = event.data;
        const payments = [...doc.payments, { amount, date, paymentAccountId }];
        return settled({ ...doc, revision, payments, paid: doc.paid + amount });
      }
      case 'PurchaseVoided':
        return { ...doc, revision, status: 'void', outstanding: 0, reason: event.data.reason };
      case 'PurchaseDiscarded':
        return { ...doc, revision, status: 'discarded' };
      case 'PurchaseAttachmentAdded':
        return { ...doc, revision, attachments: doc.attachments + 1 };
      case 'PurchaseAttachmentRemoved':
        return { ...doc, revision, attachments: doc.attachments - 1 };
    }
  },
};

function asDraft({ submitted: _, approved: __, ...doc }: PurchaseDoc): PurchaseDoc {
  return { ...doc, status: 'draft', outstanding: 0 };
}

/** An approved purchase with what is still to be paid, and the status that follows from it. */
function settled(doc: PurchaseDoc): PurchaseDoc {
  const outstanding = doc.total - doc.paid;
  const status = outstanding === 0 ? 'paid' : doc.paid === 0 ? 'approved' : 'part-paid';
  return { ...doc, outstanding, status };
}
