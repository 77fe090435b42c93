import { asNew, type EventCatalogue } from '../../kernel/catalogue.js';
import { type Aggregate, recordIdOf } from '../../kernel/decider.js';
import type { DomainEvent, PlainDate, Recorded } from '../../kernel/event.js';
import type { Minor } from '../../kernel/money.js';
import { CODES } from '../chart/codes.js';
import {
  type Amount,
  amountsOf,
  documentFacts,
  type Edit,
  editedContent,
  editedFields,
  type Line,
  madeFields,
  type Priced,
} from '../contract.js';

export interface PurchaseHeader {
  readonly supplierId: string;
  /** Book date. */
  readonly date: PlainDate;
  readonly dueDate?: PlainDate;
  /** The supplier's own number of it. */
  readonly reference?: string;
  readonly brandId?: string;
  readonly projectId?: string;
  /** The order that it came of. */
  readonly purchaseOrderId?: string;
}

/** A purchase with every edit worked in. */
export interface PurchaseContent extends PurchaseHeader, Priced {}

/** What an approved purchase posts, and what is taken back where it is not approved any more. */
export interface BookedPurchase extends Pick<PurchaseHeader, 'supplierId' | 'date' | 'dueDate'> {
  readonly total: Minor;
  readonly amounts: readonly Amount[];
}

/** Who the purchase is from, as they were called then; it stands under a key that outlives the supplier's own. */
export interface PurchaseFrom {
  readonly name: string;
  readonly country?: string;
}

export interface PurchasePayment {
  readonly amount: Minor;
  readonly date: PlainDate;
  readonly paymentAccountId: string;
}

/** A file with a purchase, but for its content and its name. */
export interface Attachment {
  readonly attachmentId: string;
  /** Media type, as its first bytes say it too. */
  readonly type: string;
  readonly bytes: number;
  /** Hex. */
  readonly sha256: string;
}

/** The person who did it, also behind an API key: rule 9 is about persons. */
interface By {
  readonly by: string;
}

export type PurchaseDrafted = DomainEvent<
  'PurchaseDrafted',
  PurchaseContent & {
    readonly createdBy: string;
    /** The persons who wrote the order that it was: they have entered it too (rule 9). */
    readonly orderedBy?: readonly string[];
  }
>;
export type PurchaseEdited = DomainEvent<'PurchaseEdited', By & Edit<PurchaseHeader>>;
export type PurchaseSubmitted = DomainEvent<'PurchaseSubmitted', By>;
export type PurchaseApproved = DomainEvent<
  'PurchaseApproved',
  By & { readonly supplierId: string; readonly from: PurchaseFrom | 'erased'; readonly booked: BookedPurchase }
>;
/** An edit comes after it: what was approved is taken back from the books before that. */
export type PurchaseApprovalUndone = DomainEvent<'PurchaseApprovalUndone', By & { readonly booked: BookedPurchase }>;
export type PurchasePaid = DomainEvent<'PurchasePaid', By & PurchasePayment & { readonly supplierId: string }>;
/** `booked` where it stood in the books until now. */
export type PurchaseVoided = DomainEvent<
  'PurchaseVoided',
  { readonly reason: string; readonly booked?: BookedPurchase }
>;
export type PurchaseDiscarded = DomainEvent<'PurchaseDiscarded', Record<string, never>>;
/** The file is sealed under the `document:` key of this supplier, and so is its name. */
export type PurchaseAttachmentAdded = DomainEvent<
  'PurchaseAttachmentAdded',
  Attachment & By & { readonly supplierId: string; readonly name: string }
>;
export type PurchaseAttachmentRemoved = DomainEvent<'PurchaseAttachmentRemoved', { readonly attachmentId: string }>;
export type PurchaseEvent =
  | PurchaseDrafted
  | PurchaseEdited
  | PurchaseSubmitted
  | PurchaseApproved
  | PurchaseApprovalUndone
  | PurchasePaid
  | PurchaseVoided
  | PurchaseDiscarded
  | PurchaseAttachmentAdded
  | PurchaseAttachmentRemoved;

export type Purchase =
  | { readonly status: 'absent' }
  | {
      readonly status: 'draft' | 'submitted' | 'approved' | 'void' | 'discarded';
      readonly content: PurchaseContent;
      readonly createdBy: string;
      /** Everybody who made, edited or submitted it, ever. */
      readonly enteredBy: ReadonlySet<string>;
      /** Whose approval stands. */
      readonly approvedBy: string | null;
      /** Whether it has ever been in the books: then it is voided, and never discarded. */
      readonly wasApproved: boolean;
      readonly paid: Minor;
      /** By id; with the supplier under whose key each is sealed. */
      readonly attachments: ReadonlyMap<string, Attachment & { readonly supplierId: string }>;
      /** Ids of files that were taken off. */
      readonly removed: ReadonlySet<string>;
    };

/** What the approval of a purchase posts. */
export const bookedOf = ({ supplierId, date, dueDate, total, lines }: PurchaseContent): BookedPurchase => ({
  supplierId,
  date,
  ...(dueDate === undefined ? {} : { dueDate }),
  total,
  amounts: amountsOf(lines, CODES.purchases),
});

export const accountsOf = ({ lines }: Pick<PurchaseContent, 'lines'>): readonly string[] => lines.map(accountOf);

/** The account of a line that names none, too. */
export const accountOf = ({ accountCode = CODES.purchases }: Pick<Line, 'accountCode'>): string => accountCode;

const record = (event: Recorded<PurchaseEvent>) => ({ kind: 'purchase', id: recordIdOf(event.stream) });
const subjects = ({ supplierId }: { readonly supplierId: string }) => [supplierId];
const subject = ({ supplierId }: { readonly supplierId: string }) => supplierId;
const status = (from: string, to: string) => ({ field: 'status', from, to });

const events: EventCatalogue<PurchaseEvent> = {
  PurchaseDrafted: {
    schemaVersion: 1,
    summary: () => 'entered a purchase',
    changes: ({ orderedBy: _, ...made }) => madeFields(made),
    record,
    subjects,
  },
  PurchaseEdited: { schemaVersion: 1, summary: () => 'edited a purchase', changes: editedFields, record },
  PurchaseSubmitted: {
    schemaVersion: 1,
    summary: () => 'handed in a purchase for approval',
    changes: () => [status('draft', 'submitted')],
    record,
  },
  PurchaseApproved: {
    schemaVersion: 1,
    personal: { fields: ['from'], subject, key: 'document' },
    summary: () => 'approved a purchase',
    changes: ({ booked }) => [status('submitted', 'approved'), { field: 'total', from: null, to: booked.total }],
    record,
    subjects,
  },
  PurchaseApprovalUndone: {
    schemaVersion: 1,
    summary: () => 'undid the approval of a purchase by an edit',
    changes: () => [status('approved', 'draft')],
    record,
  },
  PurchasePaid: {
    schemaVersion: 1,
    summary: () => 'recorded a payment of a purchase',
    changes: ({ amount, date, paymentAccountId }) => asNew({ amount, date, paymentAccountId }),
    record,
    subjects,
  },
  PurchaseVoided: {
    schemaVersion: 1,
    summary: () => 'voided a purchase',
    changes: ({ reason }) => [{ field: 'reason', from: null, to: reason }],
    record,
  },
  PurchaseDiscarded: { schemaVersion: 1, summary: () => 'discarded a purchase', changes: () => [], record },
  PurchaseAttachmentAdded: {
    schemaVersion: 1,
    personal: { fields: ['name'], subject, key: 'document' },
    summary: () => 'attached a file to a purchase',
    changes: ({ name, type, bytes, sha256 }) => asNew({ name, type, bytes, sha256 }),
    record,
    subjects,
  },
  PurchaseAttachmentRemoved: {
    schemaVersion: 1,
    summary: () => 'removed a file from a purchase',
    changes: () => [],
    record,
  },
};

export const purchases: Aggregate<Purchase, PurchaseEvent> = {
  name: 'purchase',
  within: 'organisation',
  events,
  readsPersonalFields: false,
  initial: () => ({ status: 'absent' }),
  evolve,
  exists: ({ status: now }) => now !== 'absent',
  facts: (state) => (state.status === 'absent' ? {} : documentFacts(state)),
};

function evolve(state: Purchase, event: Recorded<PurchaseEvent>): Purchase {
  if (event.type === 'PurchaseDrafted') {
    const { createdBy, orderedBy = [], ...content } = event.data;
    return {
      status: 'draft',
      content,
      createdBy,
      enteredBy: new Set([createdBy, ...orderedBy]),
      approvedBy: null,
      wasApproved: false,
      paid: 0,
      attachments: new Map(),
      removed: new Set(),
    };
  }
  if (state.status === 'absent') return state;
  switch (event.type) {
    case 'PurchaseEdited':
      return {
        ...state,
        status: 'draft',
        content: editedContent(state.content, event.data),
        enteredBy: new Set(state.enteredBy).add(event.data.by),
      };
    case 'PurchaseSubmitted':
      return { ...state, status: 'submitted', enteredBy: new Set(state.enteredBy).add(event.data.by) };
    case 'PurchaseApproved':
      return { ...state, status: 'approved', approvedBy: event.data.by, wasApproved: true };
    case 'PurchaseApprovalUndone':
      return { ...state, status: 'draft', approvedBy: null };
    case 'PurchasePaid':
      return { ...state, paid: state.paid + event.data.amount };
    case 'PurchaseVoided':
      return { ...state, status: 'void' };
    case 'PurchaseDiscarded':
      return { ...state, status: 'discarded' };
    case 'PurchaseAttachmentAdded': {
      const { attachmentId, supplierId, type, bytes, sha256 } = event.data;
      const attachments = new Map(state.attachments).set(attachmentId, {
        attachmentId,
        supplierId,
        type,
        bytes,
        sha256,
      });
      return { ...state, attachments };
    }
    case 'PurchaseAttachmentRemoved': {
      const attachments = new Map(state.attachments);
      attachments.delete(event.data.attachmentId);
      return { ...state, attachments, removed: new Set(state.removed).add(event.data.attachmentId) };
    }
  }
}
