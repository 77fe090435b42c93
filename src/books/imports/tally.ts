import { type ImportCounts, MAX_ERRORS, type RowError } from './import.js';

/** What an import has done so far. */
export class Tally {
  private readonly sum = {
    rowsRead: 0,
    rowsRejected: 0,
    invoices: 0,
    creditNotes: 0,
    customers: 0,
    products: 0,
    total: 0,
  };
  private readonly listed: RowError[] = [];

  get counts(): ImportCounts {
    return { ...this.sum };
  }

  /** In the order of the file, as far as rows are wrong by themselves. */
  get errors(): readonly RowError[] {
    return [...this.listed];
  }

  /** Answers the number of the row, from 1. */
  rowRead(): number {
    return ++this.sum.rowsRead;
  }

  rowsRejected(rows: number, errors: readonly RowError[]): void {
    this.sum.rowsRejected += rows;
    this.listed.push(...errors.slice(0, MAX_ERRORS - this.listed.length));
  }

  made(kind: 'customers' | 'products'): void {
    this.sum[kind] += 1;
  }

  documentMade(kind: 'invoice' | 'credit-note', total: number): void {
    this.sum[kind === 'invoice' ? 'invoices' : 'creditNotes'] += 1;
    this.sum.total += total;
  }
}
