import { asNew, type EventCatalogue } from '../../kernel/catalogue.js';
import { type Aggregate, recordIdOf, type RecordFacts } from '../../kernel/decider.js';
import type { DomainEvent, PlainDate, Recorded } from '../../kernel/event.js';

export type LineErrorCode =
  | 'malformed-row'
  | 'invalid-date'
  | 'invalid-amount'
  | 'zero-amount'
  | 'missing-description'
  | 'invalid-text'
  | 'repeated-id';

/** Why a row was not taken; `row` counts the rows of data from 1. The detail never repeats what the file says. */
export interface LineError {
  readonly row: number;
  readonly code: LineErrorCode;
  readonly detail: string;
}

/** Only the first of many errors are kept. */
export const MAX_ERRORS = 100;

/** What became of a statement's rows. */
export interface StatementCounts {
  readonly rowsRead: number;
  /** Lines that were not known yet, and are transactions now. */
  readonly added: number;
  /** Lines that an earlier import had brought. */
  readonly known: number;
  readonly rowsRejected: number;
}

export interface StatementFacts extends StatementCounts {
  readonly bankAccountId: string;
  readonly brandId?: string;
  /** Book dates of the first and last of its right rows; absent without any. */
  readonly from?: PlainDate;
  readonly to?: PlainDate;
  readonly errors: readonly LineError[];
}

/** Its lines were written before it, each in a stream of its own. */
export type BankStatementImported = DomainEvent<
  'BankStatementImported',
  StatementFacts & { readonly createdBy: string }
>;

export type Statement =
  { readonly status: 'absent' } | (BankStatementImported['data'] & { readonly status: 'imported' });

export const factsOf = (statement: {
  readonly createdBy: string;
  readonly bankAccountId: string;
  readonly brandId?: string | undefined;
}): RecordFacts => ({
  createdBy: statement.createdBy,
  bankAccountId: statement.bankAccountId,
  brandId: statement.brandId,
});

const events: EventCatalogue<BankStatementImported> = {
  BankStatementImported: {
    schemaVersion: 1,
    summary: ({ rowsRead, added, known, rowsRejected }) =>
      `imported a bank statement of ${rowsRead} rows: ${added} new, ${known} known, ${rowsRejected} rejected`,
    changes: ({ bankAccountId, from, to }) => asNew({ bankAccountId, ...(from === undefined ? {} : { from, to }) }),
    record: ({ stream }: Recorded<BankStatementImported>) => ({ kind: 'bank-statement', id: recordIdOf(stream) }),
  },
};

export const bankStatements: Aggregate<Statement, BankStatementImported> = {
  name: 'bank-statement',
  within: 'organisation',
  events,
  readsPersonalFields: false,
  initial: () => ({ status: 'absent' }),
  evolve: (_, { data }) => ({ status: 'imported', ...data }),
  exists: ({ status }) => status !== 'absent',
  facts: (state) => (state.status === 'absent' ? {} : factsOf(state)),
};
