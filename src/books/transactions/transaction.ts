import { asNew, changesOf, type EventCatalogue, type FieldChange } from '../../kernel/catalogue.js';
import { changed } from '../../kernel/changes.js';
import { type Aggregate, type Existing, recordIdOf, type RecordFacts } from '../../kernel/decider.js';
import type { Changes, DomainEvent, PlainDate, Recorded } from '../../kernel/event.js';
import type { Minor } from '../../kernel/money.js';

/**
 * What the bank, or whoever typed it in, calls it. Such texts name people, so they are personal: they stand under a key of
 * their bank account and year, which can go when the records of that year need not be kept any more.
 */
export interface Texts {
  readonly description: string;
  readonly payee?: string;
}

/** Money in is positive, money out negative. */
export interface Money {
  readonly bankAccountId: string;
  readonly date: PlainDate;
  readonly amount: Minor;
}

/** Whose key the texts stand under. */
interface KeptBy {
  readonly bankAccountId: string;
  /** In which the transaction was when it was recorded: `2026`. */
  readonly year: string;
}

/** `statement`: a line of a bank's statement, of which only what is ours can change. */
export type Origin = 'manual' | 'statement';

/** What a transaction was for, without a document: the amounts are on its side, so money out makes both negative. */
export interface Explanation {
  readonly accountCode: string;
  /** An income account takes part in VAT on sales, a cost account in VAT on purchases, whichever way the money went. */
  readonly side: 'output' | 'input';
  /** Basis points. Absent: outside the scope of VAT. */
  readonly vatRate?: number;
  readonly net: Minor;
  readonly vat: Minor;
}

export type MatchedKind = 'invoice' | 'credit-note' | 'purchase' | 'transfer' | 'journal';

/** What a transaction is matched to: it posts there, and the transaction posts nothing. */
export interface Match {
  readonly matchId: string;
  readonly to: { readonly kind: MatchedKind; readonly id: string };
  /** A payment's id, the end of a transfer, or a journal and bank account; no two transactions are matched to one. */
  readonly slot: string;
  /** Whether the payment is recorded because of the match. Its id is then the match's. */
  readonly makes: boolean;
  /** Whether that payment may come to more than is owed. */
  readonly overpayment?: true;
}

export type TransactionRecorded = DomainEvent<
  'TransactionRecorded',
  Money &
    KeptBy &
    Texts & {
      readonly brandId?: string;
      readonly currency: string;
      readonly createdBy: string;
      readonly origin: Origin;
      readonly statementId?: string;
      /** What the bank calls it, where its file says. */
      readonly bankReference?: string;
    }
>;
export type TransactionEdited = DomainEvent<
  'TransactionEdited',
  KeptBy & {
    readonly changes: Changes<Pick<Money, 'date' | 'amount'>>;
    readonly texts?: Changes<Texts> | 'erased';
  }
>;
export type TransactionExplained = DomainEvent<'TransactionExplained', Money & Explanation>;
/** Takes back what the explanation has posted, on the same day. */
export type TransactionUnexplained = DomainEvent<'TransactionUnexplained', Money & Explanation>;
/** The transaction is taken; what it is matched to follows. */
export type TransactionMatchBegun = DomainEvent<
  'TransactionMatchBegun',
  Match & {
    /** Accounts of the chart that the journal or purchase names, where it is matched to one. */
    readonly codes?: readonly string[];
  }
>;
export type TransactionMatched = DomainEvent<'TransactionMatched', Match>;
/** What it was to be matched to did not allow it. */
export type TransactionMatchFailed = DomainEvent<'TransactionMatchFailed', Match & { readonly because: string }>;
/** A payment that was recorded stays recorded, and can be matched again. */
export type TransactionUnmatched = DomainEvent<'TransactionUnmatched', Match>;
export type TransactionReconciled = DomainEvent<'TransactionReconciled', { readonly reconciliationId: string }>;
/** The reconciliation came to nothing because another line had changed. */
export type TransactionReleased = DomainEvent<'TransactionReleased', { readonly reconciliationId: string }>;
export type TransactionVoided = DomainEvent<'TransactionVoided', { readonly reason: string }>;
export type TransactionEvent =
  | TransactionRecorded
  | TransactionEdited
  | TransactionExplained
  | TransactionUnexplained
  | TransactionMatchBegun
  | TransactionMatched
  | TransactionMatchFailed
  | TransactionUnmatched
  | TransactionReconciled
  | TransactionReleased
  | TransactionVoided;

export type Standing =
  | { readonly status: 'unexplained' }
  | { readonly status: 'explained'; readonly explanation: Explanation }
  /** Between the beginning of a match and its end. */
  | { readonly status: 'matching' | 'matched'; readonly match: Match }
  | { readonly status: 'void' };

export type Transaction =
  | { readonly status: 'absent' }
  | (Standing &
      Money &
      KeptBy & {
        readonly texts: Texts;
        readonly brandId?: string;
        readonly currency: string;
        readonly createdBy: string;
        readonly origin: Origin;
        readonly reconciliationId?: string;
        /** Every account that ever explained it, itself or by what it was matched to: the trail tells of all of them. */
        readonly codes: readonly string[];
      });

export const ERASED_TEXTS: Texts = { description: 'erased', payee: 'erased' };

/** The texts after an edit. What an erased edit had touched is not known any more, so all of them read erased. */
export const editedTexts = (texts: Texts, { texts: changes = {} }: TransactionEdited['data']): Texts =>
  changes === 'erased' ? ERASED_TEXTS : changed<Texts>(texts, changes);

/** A transaction is of its bank account, and of the brand that the account was of when it was recorded. */
export const factsOf = (transaction: {
  readonly createdBy: string;
  readonly bankAccountId: string;
  readonly brandId?: string | undefined;
}): RecordFacts => ({
  createdBy: transaction.createdBy,
  bankAccountId: transaction.bankAccountId,
  brandId: transaction.brandId,
});

/** The bank's texts of one account and year. */
const subject = ({ bankAccountId, year }: KeptBy): string => `bank:${bankAccountId}:${year}`;
const record = (event: Recorded<TransactionEvent>) => ({ kind: 'transaction', id: recordIdOf(event.stream) });

const taken = (fields: object): readonly FieldChange[] =>
  Object.entries(fields).map(([field, from]) => ({ field, from: from as unknown, to: null }));

const explanationIn = ({ accountCode, vatRate, net, vat }: Explanation) => ({
  accountCode,
  ...(vatRate === undefined ? {} : { vatRate }),
  net,
  vat,
});
const MATCHED: Readonly<Record<MatchedKind, string>> = {
  invoice: 'an invoice',
  'credit-note': 'a credit note',
  purchase: 'a purchase',
  transfer: 'a transfer',
  journal: 'a journal',
};
/** What tells one payment or end of a record from another; a journal is one to each bank account. */
export function slotIn({ to, slot }: Match): { readonly paymentId?: string; readonly side?: string } {
  if (to.kind === 'journal') return {};
  return to.kind === 'transfer' ? { side: slot } : { paymentId: slot };
}
const matchIn = (match: Match) => ({ [match.to.kind]: match.to.id, ...slotIn(match) });

/** The slot of what a journal books on a bank account. */
export const journalSlot = (journalId: string, bankAccountId: string): string => `${journalId}:${bankAccountId}`;

const events: EventCatalogue<TransactionEvent> = {
  TransactionRecorded: {
    schemaVersion: 1,
    personal: { fields: ['description', 'payee'], subject, key: 'contact' },
    summary: ({ origin, amount }) =>
      `recorded money ${amount < 0 ? 'out of' : 'into'} a bank account${origin === 'statement' ? ', from a statement' : ''}`,
    changes: ({ createdBy: _, year: __, ...fields }) => asNew(fields),
    record,
  },
  TransactionEdited: {
    schemaVersion: 1,
    personal: { fields: ['texts'], subject, key: 'contact' },
    summary: () => 'edited a bank transaction',
    changes: ({ changes, texts = {} }) => [
      ...(texts === 'erased' ? [{ field: 'texts', from: texts, to: texts }] : changesOf({ changes: texts })),
      ...changesOf({ changes }),
    ],
    record,
  },
  TransactionExplained: {
    schemaVersion: 1,
    summary: ({ accountCode }) => `explained a bank transaction by account ${accountCode}`,
    changes: (data) => asNew(explanationIn(data)),
    record,
  },
  TransactionUnexplained: {
    schemaVersion: 1,
    summary: ({ accountCode }) => `took back that account ${accountCode} explains a bank transaction`,
    changes: (data) => taken(explanationIn(data)),
    record,
  },
  TransactionMatchBegun: {
    schemaVersion: 1,
    summary: ({ to }) => `began to match a bank transaction to ${MATCHED[to.kind]}`,
    changes: () => [],
    record,
  },
  TransactionMatched: {
    schemaVersion: 1,
    summary: ({ to }) => `matched a bank transaction to ${MATCHED[to.kind]}`,
    changes: (data) => asNew(matchIn(data)),
    record,
  },
  TransactionMatchFailed: {
    schemaVersion: 1,
    summary: ({ to }) => `could not match a bank transaction to ${MATCHED[to.kind]}`,
    changes: ({ because }) => [{ field: 'because', from: null, to: because }],
    record,
  },
  TransactionUnmatched: {
    schemaVersion: 1,
    summary: ({ to }) => `took back the match of a bank transaction to ${MATCHED[to.kind]}`,
    changes: (data) => taken(matchIn(data)),
    record,
  },
  TransactionReconciled: {
    schemaVersion: 1,
    summary: () => 'reconciled a bank transaction',
    changes: ({ reconciliationId }) => [{ field: 'reconciliation', from: null, to: reconciliationId }],
    record,
  },
  TransactionReleased: {
    schemaVersion: 1,
    summary: () => 'let go of a bank transaction that was being reconciled',
    changes: ({ reconciliationId }) => [{ field: 'reconciliation', from: reconciliationId, to: null }],
    record,
  },
  TransactionVoided: { schemaVersion: 1, summary: () => 'voided a bank transaction', record },
};

export const transactions: Aggregate<Transaction, TransactionEvent> = {
  name: 'transaction',
  within: 'organisation',
  events,
  readsPersonalFields: true,
  initial: () => ({ status: 'absent' }),
  evolve,
  exists: ({ status }) => status !== 'absent',
  facts: (state) => (state.status === 'absent' ? {} : factsOf(state)),
};

/** A transaction without what came of it: what it was for, or what it was matched to. */
function bare(state: Existing<Transaction>) {
  const { bankAccountId, year, date, amount, texts, brandId, currency, createdBy, origin, reconciliationId, codes } =
    state;
  return {
    ...{ bankAccountId, year, date, amount, texts, currency, createdBy, origin, codes },
    ...(brandId === undefined ? {} : { brandId }),
    ...(reconciliationId === undefined ? {} : { reconciliationId }),
  };
}

export const explanationOf = ({ accountCode, side, vatRate, net, vat }: Explanation): Explanation => ({
  accountCode,
  side,
  ...(vatRate === undefined ? {} : { vatRate }),
  net,
  vat,
});

export const matchOf = ({ matchId, to, slot, makes, overpayment }: Match): Match => ({
  matchId,
  to,
  slot,
  makes,
  ...(overpayment === undefined ? {} : { overpayment }),
});

export const withCodes = (codes: readonly string[], ...more: readonly string[]): readonly string[] => [
  ...new Set([...codes, ...more]),
];

function evolve(state: Transaction, event: Recorded<TransactionEvent>): Transaction {
  if (event.type === 'TransactionRecorded') {
    const { description, payee, statementId: _, bankReference: __, ...data } = event.data;
    const texts = { description, ...(payee === undefined ? {} : { payee }) };
    return { status: 'unexplained', ...data, texts, codes: [] };
  }
  if (state.status === 'absent') return state;
  switch (event.type) {
    case 'TransactionEdited': {
      const { date, amount } = changed({ date: state.date, amount: state.amount }, event.data.changes);
      return { ...state, date, amount, texts: editedTexts(state.texts, event.data) };
    }
    case 'TransactionExplained':
      return {
        ...bare(state),
        status: 'explained',
        explanation: explanationOf(event.data),
        codes: withCodes(state.codes, event.data.accountCode),
      };
    case 'TransactionMatchBegun':
      return {
        ...bare(state),
        status: 'matching',
        match: matchOf(event.data),
        codes: withCodes(state.codes, ...(event.data.codes ?? [])),
      };
    case 'TransactionMatched':
      return { ...bare(state), status: 'matched', match: matchOf(event.data) };
    case 'TransactionUnexplained':
    case 'TransactionMatchFailed':
    case 'TransactionUnmatched':
      return { ...bare(state), status: 'unexplained' };
    case 'TransactionReconciled':
      return { ...state, reconciliationId: event.data.reconciliationId };
    case 'TransactionReleased': {
      const { reconciliationId: _, ...released } = state;
      return released;
    }
    case 'TransactionVoided':
      return { ...bare(state), status: 'void' };
  }
}
