import { recordIdOf } from '../../kernel/decider.js';
import type { Instant, PlainDate, Recorded } from '../../kernel/event.js';
import type { Minor } from '../../kernel/money.js';
import type { Condition, ViewDefinition } from '../../kernel/view.js';
import { wholeWords } from '../../kernel/words.js';
import { reachTokens } from '../../access/contract.js';
import type { Credit, CreditNoteEvent } from './credit-note.js';
import { type Content, documentFacts, type DocumentKind, editedContent, type Made } from './document.js';
import type { InvoiceEvent, Payment } from './invoice.js';

export const DOCUMENT_STATUSES = ['draft', 'issued', 'sent', 'part-paid', 'paid', 'void', 'discarded'] as const;
export type DocumentStatus = (typeof DOCUMENT_STATUSES)[number];

/** An invoice or a credit note as it is answered, but for the customer's name, which stands in the customer's document only. */
export interface InvoiceDoc extends Content {
  readonly organisation: string;
  readonly revision: number;
  readonly kind: DocumentKind;
  readonly number: number | null;
  readonly status: DocumentStatus;
  /** Refunds are negative. */
  readonly payments: readonly Payment[];
  readonly paid: Minor;
  /** What credit notes have taken off an invoice; positive. */
  readonly credited: Minor;
  readonly outstanding: Minor;
  readonly reason?: string;
  /** When it was last sent, and the customer last reminded of it. */
  readonly sentAt?: Instant;
  readonly remindedAt?: Instant;
  /** How many days after it was due that was. */
  readonly reminded?: number;
  readonly createdBy: string;
  /** Position of the first event: newest first means by this. */
  readonly created: string;
  readonly reach: readonly string[];
  /** What it is searched by: number and reference. Who it is made out to stands in the customer's document only. */
  readonly texts: readonly string[];
}

type DocumentEvent = InvoiceEvent | CreditNoteEvent;

export const invoicesView: ViewDefinition<InvoiceDoc, DocumentEvent> = {
  name: 'invoices',
  version: 4,
  events: [
    'InvoiceCreated',
    'InvoiceEdited',
    'InvoiceIssued',
    'PaymentRecorded',
    'CreditReserved',
    'CreditReleased',
    'InvoiceVoided',
    'InvoiceDiscarded',
    'CreditNoteCreated',
    'CreditNoteIssued',
    'CreditNoteVoided',
    'RefundRecorded',
    'CreditNoteRefunded',
    'InvoiceSent',
    'InvoiceReminderSent',
    'CreditNoteSent',
  ],
  fields: {
    organisation: 'symbol',
    kind: 'text',
    status: 'text',
    customerId: 'text',
    date: 'text',
    dueDate: 'text',
    outstanding: 'number',
    created: 'text',
    reach: 'texts',
    texts: 'texts',
  },
  sorts: { newest: { field: 'created', direction: 'desc', unique: true } },
  indexes: [
    ['organisation', 'kind', 'customerId'],
    ['organisation', 'kind', 'status'],
    ['organisation', 'kind', 'texts'],
    ['organisation', 'kind', 'reach'],
    ['organisation', 'kind'],
  ],
  keys: (event) => {
    const credit = creditOf(event);
    return [recordIdOf(event.stream), ...(credit === undefined ? [] : [credit.invoiceId])];
  },
  fold(doc, event, key) {
    if (key === recordIdOf(event.stream)) return folded(doc, event);
    return doc && settled({ ...doc, credited: doc.credited + (creditOf(event)?.amount ?? 0) });
  },
};

/** The statuses in which something may be still to be paid. */
export const UNPAID_STATUSES = ['issued', 'sent', 'part-paid'] as const satisfies readonly DocumentStatus[];

/** Owed, and its day was before this one. The filter of the list and the sweep of the reminders ask the same. */
export const isOverdue = ({ kind, dueDate, outstanding }: InvoiceDoc, today: PlainDate): boolean =>
  kind === 'invoice' && dueDate !== undefined && dueDate < today && outstanding > 0;

export const overdueOn = (today: PlainDate): readonly Condition[] => [
  { field: 'status', in: UNPAID_STATUSES },
  { field: 'dueDate', before: today },
  { field: 'outstanding', from: 1 },
];

/** What the event takes off an invoice; a voided credit note gives it back. */
function creditOf(event: Recorded<DocumentEvent>): Credit | undefined {
  if (event.type === 'CreditNoteIssued') return event.data.credit;
  if (event.type !== 'CreditNoteVoided' || event.data.credit === undefined) return undefined;
  const { invoiceId, amount } = event.data.credit;
  return { invoiceId, amount: -amount };
}

function folded(doc: InvoiceDoc | null, event: Recorded<DocumentEvent>): InvoiceDoc | null {
  if (event.type === 'InvoiceCreated') return created('invoice', event);
  if (event.type === 'CreditNoteCreated') return created('credit-note', event);
  if (doc === null) return null;
  const { revision } = event;
  switch (event.type) {
    case 'InvoiceEdited': {
      const edited = editedContent(doc, event.data);
      return settled({
        ...edited,
        revision,
        texts: textsOf(edited),
        reach: reachTokens(documentFacts({ content: edited, createdBy: doc.createdBy })),
      });
    }
    case 'InvoiceIssued':
    case 'CreditNoteIssued':
      return settled({
        ...doc,
        revision,
        status: 'issued',
        number: event.data.number,
        texts: textsOf(doc, event.data.number),
      });
    case 'PaymentRecorded': {
      const { customerId: _, ...payment } = event.data;
      return settled({ ...doc, revision, payments: [...doc.payments, payment], paid: doc.paid + payment.amount });
    }
    case 'RefundRecorded':
    case 'CreditNoteRefunded': {
      const { customerId: _, ...refund } = event.data;
      const payment = { ...refund, amount: -refund.amount };
      return settled({ ...doc, revision, payments: [...doc.payments, payment], paid: doc.paid + payment.amount });
    }
    // What is credited shows once the credit note is issued, until it is void.
    case 'CreditReserved':
    case 'CreditReleased':
      return { ...doc, revision };
    case 'InvoiceVoided':
    case 'CreditNoteVoided':
      return settled({ ...doc, revision, status: 'void', reason: event.data.reason });
    case 'InvoiceDiscarded':
      return settled({ ...doc, revision, status: 'discarded' });
    case 'InvoiceSent':
    case 'CreditNoteSent':
      return settled({ ...doc, revision, sentAt: event.recordedAt });
    case 'InvoiceReminderSent':
      return settled({ ...doc, revision, remindedAt: event.recordedAt, reminded: event.data.daysAfterDue });
  }
}

/** What was given stands last: V8 is ten times as slow where what is new follows a spread, and invoices are many. */
const created = (kind: DocumentKind, event: Recorded<Made<'InvoiceCreated' | 'CreditNoteCreated'>>): InvoiceDoc =>
  settled({
    organisation: event.metadata.organisation ?? '',
    revision: event.revision,
    kind,
    number: null,
    status: 'draft',
    payments: [],
    paid: 0,
    credited: 0,
    outstanding: 0,
    created: event.position,
    reach: reachTokens(documentFacts({ content: event.data, createdBy: event.data.createdBy })),
    texts: textsOf(event.data),
    ...event.data,
  });

const textsOf = ({ reference }: Pick<Content, 'reference'>, number?: number): readonly string[] =>
  wholeWords(number === undefined ? undefined : String(number), reference);

/** With what is still to be paid, and the status that follows from it. A credit note for an invoice is used up by that. */
function settled(doc: InvoiceDoc): InvoiceDoc {
  const { status, kind, invoiceId, total, paid, credited } = doc;
  if (status === 'void' || status === 'discarded') return { ...doc, outstanding: 0 };
  const outstanding = kind === 'credit-note' && invoiceId !== undefined ? 0 : total - paid - credited;
  if (status === 'draft') return { ...doc, outstanding };
  const unpaid = doc.sentAt === undefined && doc.remindedAt === undefined ? 'issued' : 'sent';
  return { ...doc, outstanding, status: paymentStatus({ total, paid, credited, outstanding }, unpaid) };
}

function paymentStatus(
  { total, paid, credited, outstanding }: Pick<InvoiceDoc, 'total' | 'paid' | 'credited' | 'outstanding'>,
  unpaid: 'issued' | 'sent',
): DocumentStatus {
  if (paid === 0 && credited === 0) return unpaid;
  if (total < 0 ? outstanding >= 0 : outstanding <= 0) return 'paid';
  return paid === 0 ? unpaid : 'part-paid';
}
