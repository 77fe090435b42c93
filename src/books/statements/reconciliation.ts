import { asNew, type EventCatalogue, type FieldChange } from '../../kernel/catalogue.js';
import type { Aggregate, RecordFacts } from '../../kernel/decider.js';
import type { DomainEvent, PlainDate, Recorded } from '../../kernel/event.js';
import type { Minor } from '../../kernel/money.js';

/** A transaction as it was when its amount was added up: it is reconciled at this revision, or not at all. */
export interface ReconciledLine {
  readonly id: string;
  readonly revision: number;
}

/** What a bank account's books and its statement agree on. */
export interface Agreed {
  readonly reconciliationId: string;
  readonly bankAccountId: string;
  /** Last day of the statement. */
  readonly through: PlainDate;
  /** What the account held before these lines, and with them, by the books and by the bank. */
  readonly opening: Minor;
  readonly closing: Minor;
  readonly brandId?: string;
  readonly createdBy: string;
  /** Accounts of the chart that explain these lines and all before them: a balance tells of them by its difference. */
  readonly codes?: readonly string[];
}

/** The lines follow, each in its own stream. */
export type ReconciliationBegun = DomainEvent<
  'ReconciliationBegun',
  Agreed & { readonly lines: readonly ReconciledLine[] }
>;
export type ReconciliationFinished = DomainEvent<'ReconciliationFinished', Agreed & { readonly count: number }>;
/** One of the lines had changed meanwhile; those that were reconciled are let go. */
export type ReconciliationAborted = DomainEvent<
  'ReconciliationAborted',
  Pick<Agreed, 'reconciliationId' | 'bankAccountId'>
>;
export type ReconciliationEvent = ReconciliationBegun | ReconciliationFinished | ReconciliationAborted;

/** How far a bank account is reconciled. */
export type Reconciled = Pick<Agreed, 'closing' | 'through' | 'reconciliationId' | 'codes'>;

export interface OpenReconciliation {
  readonly agreed: Agreed;
  readonly lines: readonly ReconciledLine[];
}

/**
 * The reconciliations of an organisation. They stand in one stream, so that the opening balance of each is the closing one
 * of that before; their lines only as long as they are under way.
 */
export interface Reconciliations {
  readonly last: ReadonlyMap<string, Reconciled>;
  /** By bank account. */
  readonly open: ReadonlyMap<string, OpenReconciliation>;
  /** What decides about those that are finished, by id. */
  readonly finished: ReadonlyMap<string, Pick<Agreed, 'bankAccountId' | 'brandId' | 'createdBy' | 'through' | 'codes'>>;
}

export const factsOf = (reconciliation: {
  readonly createdBy: string;
  readonly bankAccountId: string;
  readonly brandId?: string | undefined;
}): RecordFacts => ({
  createdBy: reconciliation.createdBy,
  bankAccountId: reconciliation.bankAccountId,
  brandId: reconciliation.brandId,
});

export const agreedOf = (data: Agreed): Agreed => ({
  reconciliationId: data.reconciliationId,
  bankAccountId: data.bankAccountId,
  through: data.through,
  opening: data.opening,
  closing: data.closing,
  ...(data.brandId === undefined ? {} : { brandId: data.brandId }),
  createdBy: data.createdBy,
  ...(data.codes === undefined ? {} : { codes: data.codes }),
});

const told = ({ bankAccountId, through, opening, closing }: Agreed): readonly FieldChange[] =>
  asNew({ bankAccountId, through, opening, closing });

const record = ({ data }: Recorded<ReconciliationEvent>) => ({ kind: 'reconciliation', id: data.reconciliationId });

const events: EventCatalogue<ReconciliationEvent> = {
  ReconciliationBegun: {
    schemaVersion: 1,
    summary: ({ through, lines }) => `began to reconcile ${lines.length} bank transactions through ${through}`,
    changes: () => [],
    record,
  },
  ReconciliationFinished: {
    schemaVersion: 1,
    summary: ({ through, count }) => `reconciled a bank account through ${through}, by ${count} transactions`,
    changes: told,
    record,
  },
  ReconciliationAborted: {
    schemaVersion: 1,
    summary: () => 'could not reconcile a bank account, because a transaction had changed',
    changes: () => [],
    record,
  },
};

export const reconciliations: Aggregate<Reconciliations, ReconciliationEvent> = {
  name: 'reconciliations',
  within: 'itself',
  events,
  readsPersonalFields: false,
  initial: () => ({ last: new Map(), open: new Map(), finished: new Map() }),
  evolve,
  // What is reconciled so far is there, be it nothing.
  exists: () => true,
  facts: () => ({}),
};

function evolve(state: Reconciliations, { type, data }: Recorded<ReconciliationEvent>): Reconciliations {
  const { bankAccountId, reconciliationId } = data;
  if (type === 'ReconciliationBegun') {
    const { lines } = data;
    return { ...state, open: new Map(state.open).set(bankAccountId, { agreed: agreedOf(data), lines }) };
  }
  const open = new Map(state.open);
  open.delete(bankAccountId);
  if (type === 'ReconciliationAborted') return { ...state, open };
  const { closing, through, brandId, createdBy, codes } = data;
  const known = codes === undefined ? {} : { codes };
  const facts = { bankAccountId, createdBy, through, ...(brandId === undefined ? {} : { brandId }), ...known };
  return {
    open,
    last: new Map(state.last).set(bankAccountId, { closing, through, reconciliationId, ...known }),
    finished: new Map(state.finished).set(reconciliationId, facts),
  };
}
