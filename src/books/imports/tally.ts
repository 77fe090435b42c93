import {
  type DocumentCounts,
  type ImportCounts,
  MAX_ERRORS,
  NO_DOCUMENTS,
  NO_RECORDS,
  type RecordCounts,
  type RowError,
} from './import.js';

/** What an import has done so far. */
export interface Tally {
  readonly counts: ImportCounts;
  /** In the order of the file, as far as rows are wrong by themselves. */
  readonly errors: readonly RowError[];
}

/** The rows of a file. */
export class RowTally {
  private readonly listed: RowError[] = [];
  private read = 0;
  private rejected = 0;

  get rows(): { readonly rowsRead: number; readonly rowsRejected: number } {
    return { rowsRead: this.read, rowsRejected: this.rejected };
  }

  get errors(): readonly RowError[] {
    return [...this.listed];
  }

  /** Answers the number of the row, from 1. */
  rowRead(): number {
    return ++this.read;
  }

  rowsRejected(rows: number, errors: readonly RowError[]): void {
    this.rejected += rows;
    this.listed.push(...errors.slice(0, MAX_ERRORS - this.listed.length));
  }
}

export class DocumentTally extends RowTally implements Tally {
  private readonly sum = { invoices: 0, creditNotes: 0, customers: 0, products: 0, total: 0 };

  get counts(): DocumentCounts {
    return { ...NO_DOCUMENTS, ...this.rows, ...this.sum };
  }

  made(kind: 'customers' | 'products'): void {
    this.sum[kind] += 1;
  }

  documentMade(kind: 'invoice' | 'credit-note', total: number): void {
    this.sum[kind === 'invoice' ? 'invoices' : 'creditNotes'] += 1;
    this.sum.total += total;
  }
}

export class RecordTally extends RowTally implements Tally {
  private readonly sum = { created: 0, existing: 0 };

  get counts(): RecordCounts {
    return { ...NO_RECORDS, ...this.rows, ...this.sum };
  }

  found(outcome: 'created' | 'existing'): void {
    this.sum[outcome] += 1;
  }
}
