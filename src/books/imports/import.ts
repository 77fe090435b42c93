import type { EventCatalogue } from '../../kernel/catalogue.js';
import { type Aggregate, recordIdOf } from '../../kernel/decider.js';
import { type DomainEvent, personOf, type Recorded } from '../../kernel/event.js';

/** Why a row or a document was not imported; `row` counts the rows of data from 1. */
export interface RowError {
  readonly row: number;
  readonly code: RowErrorCode;
  readonly detail: string;
}

export type RowErrorCode =
  | 'malformed-row'
  | 'unknown-document-kind'
  | 'missing-stock-code'
  | 'invalid-text'
  | 'invalid-quantity'
  | 'invalid-date'
  | 'invalid-price'
  | 'invalid-customer'
  | 'customer-differs'
  | 'amount-too-large'
  | 'too-many-lines'
  | 'document-too-large'
  | 'document-rejected';

/** How far an import is. `total` is the signed sum of the documents it made, in minor units. */
export interface ImportCounts {
  readonly rowsRead: number;
  readonly rowsRejected: number;
  readonly invoices: number;
  readonly creditNotes: number;
  readonly customers: number;
  readonly products: number;
  readonly total: number;
}

/** Only the first of many errors are kept. */
export const MAX_ERRORS = 1000;

/** The upload is safe on disk, and the work may begin. */
export type ImportAccepted = DomainEvent<'ImportAccepted', { readonly kind: 'invoices'; readonly bytes: number }>;
export type ImportProgressed = DomainEvent<'ImportProgressed', { readonly counts: ImportCounts }>;
export type ImportFinished = DomainEvent<
  'ImportFinished',
  { readonly counts: ImportCounts; readonly errors: readonly RowError[] }
>;
export type ImportFailed = DomainEvent<
  'ImportFailed',
  { readonly counts: ImportCounts; readonly errors: readonly RowError[]; readonly reason: string }
>;

export type ImportEvent = ImportAccepted | ImportProgressed | ImportFinished | ImportFailed;

export interface ImportState {
  readonly status: 'none' | 'running' | 'done' | 'failed';
  readonly createdBy: string;
}

const record = ({ stream }: { readonly stream: string }): { kind: string; id: string } => ({
  kind: 'import',
  id: recordIdOf(stream),
});

const made = ({ invoices, creditNotes, rowsRejected }: ImportCounts): string =>
  `${invoices} invoices and ${creditNotes} credit notes made, ${rowsRejected} rows rejected`;

const events: EventCatalogue<ImportEvent> = {
  ImportAccepted: { schemaVersion: 1, summary: () => 'began to import invoices', record },
  ImportProgressed: {
    schemaVersion: 1,
    summary: ({ counts }) => `is importing invoices: ${counts.rowsRead} rows read, ${made(counts)}`,
    changes: () => [],
    record,
  },
  ImportFinished: {
    schemaVersion: 1,
    summary: ({ counts }) => `finished importing invoices: ${made(counts)}`,
    changes: () => [],
    record,
  },
  ImportFailed: {
    schemaVersion: 1,
    summary: ({ counts, reason }) => `could not finish importing invoices (${reason}): ${made(counts)}`,
    changes: () => [],
    record,
  },
};

export const imports: Aggregate<ImportState, ImportEvent> = {
  name: 'import',
  within: 'organisation',
  events,
  readsPersonalFields: false,
  initial: () => ({ status: 'none', createdBy: '' }),
  evolve,
  exists: (state) => state.status !== 'none',
  facts: ({ createdBy }) => ({ createdBy }),
};

function evolve(state: ImportState, event: Recorded<ImportEvent>): ImportState {
  switch (event.type) {
    case 'ImportAccepted':
      return { status: 'running', createdBy: personOf(event.metadata.actor) ?? '' };
    case 'ImportProgressed':
      return state;
    case 'ImportFinished':
      return { ...state, status: 'done' };
    case 'ImportFailed':
      return { ...state, status: 'failed' };
  }
}
