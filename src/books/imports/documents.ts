import { MAX_LINES } from '../contract.js';
import type { RowError, RowErrorCode } from './import.js';
import { type BadRow, documentKind, type Row } from './rows.js';

/** Whom a document goes to, where the file says more of them than a number. */
export interface KnownCustomer {
  readonly id: string;
  readonly name: string;
  readonly country?: string;
}

/** A row with the document it belongs to. */
export type DocumentRow = Row | (BadRow & { readonly invoiceNo: string });

/** A document of which every row is right. */
export interface SourceDocument {
  readonly rejected: false;
  readonly kind: 'invoice' | 'credit-note';
  readonly invoiceNo: string;
  readonly rows: readonly [Row, ...Row[]];
  readonly customer?: KnownCustomer;
}

/** A document that a bad row rejects. */
export interface RejectedDocument {
  readonly rejected: true;
  readonly invoiceNo: string;
  /** Rows that were found to be bad only here, where they stand beside the others of their document. */
  readonly badRows: number;
  /** What is to be listed beyond the rows that were bad by themselves; the first `maxErrors`. */
  readonly errors: readonly RowError[];
}

/**
 * Documents from rows that come sorted by document, some of one document at a time. A document of any length needs no more
 * memory than `MAX_LINES` rows.
 */
export async function* gatherDocuments(
  pieces: AsyncIterable<readonly DocumentRow[]>,
  maxErrors: number,
): AsyncGenerator<SourceDocument | RejectedDocument> {
  let group: Group | undefined;
  for await (const rows of pieces) {
    const { invoiceNo } = rows[0]!;
    if (group !== undefined && group.invoiceNo !== invoiceNo) {
      yield group.close();
      group = undefined;
    }
    group ??= new Group(invoiceNo, maxErrors);
    for (const row of rows) group.add(row);
  }
  if (group !== undefined) yield group.close();
}

/** Documents that are written together, and their rows: a few blocks at a time are all that is in memory. */
export const BLOCK_DOCUMENTS = 100;
export const BLOCK_ROWS = 4000;

/** A document that is larger than a block would be one by itself. */
export async function* inBlocks(documents: AsyncIterable<SourceDocument>): AsyncGenerator<readonly SourceDocument[]> {
  let block: SourceDocument[] = [];
  let rows = 0;
  for await (const document of documents) {
    if (block.length === BLOCK_DOCUMENTS || (block.length > 0 && rows + document.rows.length > BLOCK_ROWS)) {
      yield block;
      block = [];
      rows = 0;
    }
    block.push(document);
    rows += document.rows.length;
  }
  if (block.length > 0) yield block;
}

class Group {
  private readonly good: Row[] = [];
  private readonly errors: RowError[] = [];
  private rejected = false;
  private badRows = 0;

  constructor(
    readonly invoiceNo: string,
    private readonly maxErrors: number,
  ) {}

  add(row: DocumentRow): void {
    if ('code' in row) return this.reject();
    const first = this.good[0];
    if (first !== undefined && first.customerId !== row.customerId) {
      return this.rejectFor(row, 'customer-differs', 'The other rows of this document have another CustomerID');
    }
    if (this.good.length === MAX_LINES) {
      return this.rejectFor(row, 'too-many-lines', `A document has at most ${MAX_LINES} lines`);
    }
    if (this.rejected) this.list(row);
    else this.good.push(row);
  }

  close(): SourceDocument | RejectedDocument {
    const [first, ...rest] = this.good;
    const { invoiceNo, badRows, errors } = this;
    if (this.rejected || first === undefined) return { rejected: true, invoiceNo, badRows, errors };
    return { rejected: false, kind: documentKind(invoiceNo) ?? 'invoice', invoiceNo, rows: [first, ...rest] };
  }

  private rejectFor(row: Row, code: RowErrorCode, detail: string): void {
    this.badRows += 1;
    this.push({ row: row.row, code, detail });
    this.reject();
  }

  /** Rows that were right by themselves are listed too, since they were not imported either. */
  private reject(): void {
    if (this.rejected) return;
    this.rejected = true;
    for (const row of this.good) this.list(row);
  }

  private list({ row }: Row): void {
    this.push({ row, code: 'document-rejected', detail: 'Another row of this document is wrong' });
  }

  private push(error: RowError): void {
    if (this.errors.length < this.maxErrors) this.errors.push(error);
  }
}
