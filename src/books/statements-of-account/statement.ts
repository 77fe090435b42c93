import type { EventCatalogue } from '../../kernel/catalogue.js';
import type { Aggregate, Decide } from '../../kernel/decider.js';
import type { DomainEvent, PlainDate } from '../../kernel/event.js';
import type { Minor } from '../../kernel/money.js';

type DocumentKind = 'invoice' | 'credit-note';

/** What is owed with one document, and how that changed. */
export interface OwedDocument {
  readonly id: string;
  /** None for what is no invoice or credit note: an opening balance. */
  readonly kind?: DocumentKind;
  readonly number?: number;
  readonly dueDate?: PlainDate;
  readonly movements: readonly {
    readonly date: PlainDate;
    readonly position: string;
    /** The event that it was. */
    readonly type: string;
    readonly amount: Minor;
  }[];
}

export const LINE_TYPES = ['invoice', 'credit-note', 'payment', 'refund', 'other'] as const;
export type LineType = (typeof LINE_TYPES)[number];

export interface StatementLine {
  readonly date: PlainDate;
  readonly type: LineType;
  /** The document whose debt it changes, which for a credit note may be the invoice that it corrects. */
  readonly documentId: string;
  readonly documentKind: DocumentKind | null;
  readonly number: number | null;
  readonly dueDate: PlainDate | null;
  /** More is owed by this. */
  readonly amount: Minor;
  /** What is owed after it. */
  readonly balance: Minor;
}

/** What a customer owes, and how it came about, over some days, both included; without a first day, since ever. */
export interface Statement {
  readonly from: PlainDate | null;
  readonly to: PlainDate;
  readonly opening: Minor;
  readonly lines: readonly StatementLine[];
  readonly closing: Minor;
  /** What of the closing balance was due before its last day. */
  readonly overdue: Minor;
}

export function statementOf(
  documents: readonly OwedDocument[],
  { from, to }: Pick<Statement, 'from' | 'to'>,
): Statement {
  const movements = documents
    .flatMap((document) => document.movements.map((movement) => ({ document, ...movement })))
    .filter(({ date }) => date <= to)
    .sort((a, b) => compare(a.date, b.date) || compare(a.position, b.position));
  const isBefore = ({ date }: { readonly date: PlainDate }): boolean => from !== null && date < from;
  const opening = total(movements.filter(isBefore));
  let balance = opening;
  const lines = movements
    .filter((movement) => !isBefore(movement))
    .map(({ document, date, type, amount }): StatementLine => {
      balance += amount;
      return {
        date,
        type: lineType(type),
        documentId: document.id,
        documentKind: document.kind ?? null,
        number: document.number ?? null,
        dueDate: type === 'InvoiceIssued' ? (document.dueDate ?? null) : null,
        amount,
        balance,
      };
    });
  return { from, to, opening, lines, closing: balance, overdue: overdueOn(documents, to) };
}

function overdueOn(documents: readonly OwedDocument[], day: PlainDate): Minor {
  const late = documents.filter(({ dueDate }) => dueDate !== undefined && dueDate < day);
  const owed = late.map(({ movements }) => total(movements.filter(({ date }) => date <= day)));
  return owed.filter((amount) => amount > 0).reduce((sum, amount) => sum + amount, 0);
}

function lineType(event: string): LineType {
  if (event === 'InvoiceIssued') return 'invoice';
  if (event === 'RefundRecorded' || event === 'CreditNoteRefunded') return 'refund';
  if (event.startsWith('CreditNote')) return 'credit-note';
  return event.startsWith('Payment') || event.startsWith('Transaction') ? 'payment' : 'other';
}

const total = (movements: readonly { readonly amount: Minor }[]): Minor =>
  movements.reduce((sum, { amount }) => sum + amount, 0);

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Goes out by mail because of this event, as of that time and as far as whoever sent it may look. */
export type StatementSent = DomainEvent<
  'StatementSent',
  {
    readonly customerId: string;
    readonly from: PlainDate;
    readonly until: PlainDate;
    /** An address. */
    readonly to: string;
  }
>;

const events: EventCatalogue<StatementSent> = {
  StatementSent: {
    schemaVersion: 1,
    personal: { fields: ['to'], subject: ({ customerId }) => customerId, key: 'contact' },
    summary: ({ from, until }) => `sent a statement of account from ${from} to ${until}`,
    changes: ({ to }) => [{ field: 'to', from: null, to }],
    record: ({ data }) => ({ kind: 'customer', id: data.customerId }),
    subjects: ({ customerId }) => [customerId],
  },
};

export const sendStatement =
  (
    customerId: string,
    from: PlainDate,
    until: PlainDate,
  ): Decide<Record<string, never>, StatementSent, { readonly to: string }> =>
  (_, __, { to }) => [{ type: 'StatementSent', data: { customerId, from, until, to } }];

/** The statements that were sent to one customer; keyed by the customer, of whose record they are. */
export const statements: Aggregate<Record<string, never>, StatementSent> = {
  name: 'statement-of-account',
  within: 'organisation',
  events,
  readsPersonalFields: false,
  initial: () => ({}),
  evolve: (state) => state,
  // Whether the customer is there is asked by whoever sends one.
  exists: () => true,
  facts: () => ({}),
};
