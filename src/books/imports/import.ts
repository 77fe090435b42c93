import { counted } from '../../kernel/counted.js';
import type { EventCatalogue } from '../../kernel/catalogue.js';
import { type Aggregate, recordIdOf } from '../../kernel/decider.js';
import { type DomainEvent, personOf, type Recorded } from '../../kernel/event.js';

/** What files can hold. */
export const IMPORT_KINDS = ['invoices', 'customers', 'suppliers', 'products', 'opening-balances'] as const;
export type ImportKind = (typeof IMPORT_KINDS)[number];

/** Imports of each kind are records of a kind of their own, since who may see them differs. */
export const IMPORT_RECORDS = {
  invoices: 'import',
  customers: 'customer-import',
  suppliers: 'supplier-import',
  products: 'product-import',
  'opening-balances': 'opening-balances-import',
} as const satisfies Record<ImportKind, string>;

/** What it takes to begin such an import, to look at it, and to go on with it. */
export const IMPORT_PERMISSIONS = {
  invoices: 'invoices:import',
  customers: 'customers:create',
  suppliers: 'suppliers:create',
  products: 'products:create',
  'opening-balances': 'journals:create',
} as const satisfies Record<ImportKind, string>;

/** Words for people: `an import of opening balances`. */
export const importName = (kind: ImportKind): string => `import of ${kind.replaceAll('-', ' ')}`;

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
  | 'invalid-field'
  | 'invalid-account'
  | 'customer-differs'
  | 'customer-restricted'
  | 'customer-erased'
  | 'erased'
  | 'period-locked'
  | 'amount-too-large'
  | 'too-many-lines'
  | 'document-too-large'
  | 'document-rejected';

interface RowCounts {
  readonly rowsRead: number;
  readonly rowsRejected: number;
}

/** How far an import of invoices is. `total` is the signed sum of the documents it made, in minor units. */
export interface DocumentCounts extends RowCounts {
  readonly invoices: number;
  readonly creditNotes: number;
  readonly customers: number;
  readonly products: number;
  readonly total: number;
}

/** How far an import of other records is: those that it made, and rows whose record was there before. */
export interface RecordCounts extends RowCounts {
  readonly created: number;
  readonly existing: number;
}

export type ImportCounts = DocumentCounts | RecordCounts;

const NO_ROWS: RowCounts = { rowsRead: 0, rowsRejected: 0 };
export const NO_DOCUMENTS: DocumentCounts = {
  ...NO_ROWS,
  invoices: 0,
  creditNotes: 0,
  customers: 0,
  products: 0,
  total: 0,
};
export const NO_RECORDS: RecordCounts = { ...NO_ROWS, created: 0, existing: 0 };

/** Only the first of many errors are kept. */
export const MAX_ERRORS = 1000;

/** How a file is to be read, beyond what its first line says. */
export interface ImportOptions {
  /** Names of columns by what they hold; absent where the file names them as we do. */
  readonly columns?: Readonly<Record<string, string>>;
  /** The day of opening balances. */
  readonly date?: string;
}

/** The upload is safe on disk, and the work may begin. */
export type ImportAccepted = DomainEvent<
  'ImportAccepted',
  ImportOptions & { readonly kind: ImportKind; readonly bytes: number }
>;
export type ImportProgressed = DomainEvent<
  'ImportProgressed',
  { readonly kind: ImportKind; readonly counts: ImportCounts }
>;
export type ImportFinished = DomainEvent<
  'ImportFinished',
  { readonly kind: ImportKind; readonly counts: ImportCounts; readonly errors: readonly RowError[] }
>;
export type ImportFailed = DomainEvent<
  'ImportFailed',
  {
    readonly kind: ImportKind;
    readonly counts: ImportCounts;
    readonly errors: readonly RowError[];
    readonly reason: string;
  }
>;

export type ImportEvent = ImportAccepted | ImportProgressed | ImportFinished | ImportFailed;

export type ImportState =
  | { readonly status: 'none' }
  | {
      readonly status: 'running' | 'done' | 'failed';
      readonly kind: ImportKind;
      readonly options: ImportOptions;
      readonly createdBy: string;
    };

const record = ({ stream, data }: Recorded<ImportEvent>): { kind: string; id: string } => ({
  kind: IMPORT_RECORDS[data.kind],
  id: recordIdOf(stream),
});

/** For people: what an import has come to. */
export function outcomeOf(counts: ImportCounts): string {
  const made =
    'invoices' in counts
      ? `${counted(counts.invoices, 'invoice')} and ${counted(counts.creditNotes, 'credit note')} made`
      : `${counts.created} made, ${counts.existing} there before`;
  return `${made}, ${counted(counts.rowsRejected, 'row')} rejected`;
}

/** At first there were imports of invoices only, and none said so but the first event. */
const named = (data: object): object => ({ kind: 'invoices', ...data });

const events: EventCatalogue<ImportEvent> = {
  ImportAccepted: {
    schemaVersion: 2,
    // An older program would take any file for one of invoices.
    upcasters: { 1: named },
    summary: ({ kind }) => `began an ${importName(kind)}`,
    record,
  },
  ImportProgressed: {
    schemaVersion: 2,
    upcasters: { 1: named },
    summary: ({ kind, counts }) =>
      `went on with an ${importName(kind)}: ${counted(counts.rowsRead, 'row')} read, ${outcomeOf(counts)}`,
    changes: () => [],
    record,
  },
  ImportFinished: {
    schemaVersion: 2,
    upcasters: { 1: named },
    summary: ({ kind, counts }) => `finished an ${importName(kind)}: ${outcomeOf(counts)}`,
    changes: () => [],
    record,
  },
  ImportFailed: {
    schemaVersion: 2,
    upcasters: { 1: named },
    summary: ({ kind, counts, reason }) => `could not finish an ${importName(kind)} (${reason}): ${outcomeOf(counts)}`,
    changes: () => [],
    record,
  },
};

export const imports: Aggregate<ImportState, ImportEvent> = {
  name: 'import',
  within: 'organisation',
  events,
  readsPersonalFields: false,
  initial: () => ({ status: 'none' }),
  evolve,
  exists: (state) => state.status !== 'none',
  facts: (state) => (state.status === 'none' ? {} : { createdBy: state.createdBy }),
};

function evolve(state: ImportState, event: Recorded<ImportEvent>): ImportState {
  if (event.type === 'ImportAccepted') {
    const { kind, bytes: _, ...options } = event.data;
    return { status: 'running', kind, options, createdBy: personOf(event.metadata.actor) ?? '' };
  }
  if (state.status === 'none') return state;
  switch (event.type) {
    case 'ImportProgressed':
      return state;
    case 'ImportFinished':
      return { ...state, status: 'done' };
    case 'ImportFailed':
      return { ...state, status: 'failed' };
  }
}
