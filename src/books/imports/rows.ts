import { isPlainDate } from '../../kernel/dates.js';
import { canonicalDecimal } from '../../kernel/money.js';
import type { RowErrorCode } from './import.js';

/** The columns of the file, in this order or another; more columns are ignored. */
export const COLUMNS = [
  'InvoiceNo',
  'StockCode',
  'Description',
  'Quantity',
  'InvoiceDate',
  'UnitPrice',
  'CustomerID',
  'Country',
] as const;

export type Column = (typeof COLUMNS)[number];

/** A row that is right by itself. Decimals are canonical texts. */
export interface Row {
  /** Counts the rows of data from 1. */
  readonly row: number;
  readonly invoiceNo: string;
  readonly stockCode: string;
  readonly description: string;
  readonly quantity: string;
  readonly date: string;
  readonly unitPrice: string;
  /** `''` where the file gives none. */
  readonly customerId: string;
  readonly country: string;
  /** What only files with columns of their own say. */
  readonly customer?: CustomerCells;
  /** Basis points. */
  readonly vatRate?: number;
  readonly accountCode?: string;
  readonly dueDate?: string;
}

/** What a row says of its customer. */
export interface CustomerCells {
  readonly reference?: string;
  readonly email?: string;
  readonly name?: string;
}

/** A row that rejects its document; without `invoiceNo` it belongs to none. */
export interface BadRow {
  readonly row: number;
  readonly invoiceNo?: string;
  readonly code: RowErrorCode;
  readonly detail: string;
}

const INVOICE = /^\d{1,30}$/;
const CREDIT_NOTE = /^C\d{1,30}$/;
export const DATE_TIME = /^(\d{4}-\d{2}-\d{2})(?:[ T]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?Z?)?$/;
/** Control characters but tab and line breaks, which spreadsheets put into cells; the mark of bytes that are not UTF-8. */
// eslint-disable-next-line no-control-regex -- just those are looked for
export const NO_TEXT = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\ufffd]/;

export const MAX_TEXT = 500;
export const MAX_CODE = 100;

export const documentKind = (invoiceNo: string): 'invoice' | 'credit-note' | undefined =>
  INVOICE.test(invoiceNo) ? 'invoice' : CREDIT_NOTE.test(invoiceNo) ? 'credit-note' : undefined;

/** Where each column stands in a file, and how many cells a row has. */
export interface Header {
  readonly index: Readonly<Record<Column, number>>;
  readonly width: number;
}

/** Reads the first line of a file; the names of the missing columns where it lacks some. */
export function readHeader(cells: readonly string[]): Header | { readonly missing: readonly Column[] } {
  const names = cells.map((cell) => cell.trim());
  const missing = COLUMNS.filter((column) => !names.includes(column));
  if (missing.length > 0) return { missing };
  const index = Object.fromEntries(COLUMNS.map((column) => [column, names.indexOf(column)])) as Record<Column, number>;
  return { index, width: cells.length };
}

/** Checks one row of data. The detail says what is wrong and never repeats what the file says. */
export function readRow(row: number, cells: readonly string[], { index, width }: Header): Row | BadRow {
  const invoiceNo = (cells[index.InvoiceNo] ?? '').trim();
  if (documentKind(invoiceNo) === undefined) {
    return { row, code: 'unknown-document-kind', detail: 'InvoiceNo must be digits, or C and digits' };
  }
  const bad = (code: RowErrorCode, detail: string): BadRow => ({ row, invoiceNo, code, detail });
  if (cells.length !== width)
    return bad('malformed-row', `The row has ${cells.length} cells, the first line has ${width}`);
  if (cells.some((cell) => NO_TEXT.test(cell) || !cell.isWellFormed())) {
    return bad('invalid-text', 'The row has control characters or bytes that are not UTF-8');
  }
  const stockCode = cells[index.StockCode]!;
  if (stockCode.trim() === '') return bad('missing-stock-code', 'StockCode must be given');
  if (stockCode.length > MAX_CODE) return bad('invalid-text', `StockCode has more than ${MAX_CODE} characters`);
  const description = cells[index.Description]!.trim();
  const country = cells[index.Country]!.trim();
  if (description.length > MAX_TEXT) return bad('invalid-text', `Description has more than ${MAX_TEXT} characters`);
  if (country.length > MAX_CODE) return bad('invalid-text', `Country has more than ${MAX_CODE} characters`);
  const quantity = canonicalDecimal(cells[index.Quantity]!.trim());
  if (quantity === undefined) return bad('invalid-quantity', 'Quantity must be a decimal of up to 6 places');
  const unitPrice = canonicalDecimal(cells[index.UnitPrice]!.trim());
  if (unitPrice === undefined) return bad('invalid-price', 'UnitPrice must be a decimal of up to 6 places');
  const date = DATE_TIME.exec(cells[index.InvoiceDate]!.trim())?.[1];
  if (date === undefined || !isPlainDate(date))
    return bad('invalid-date', 'InvoiceDate must be YYYY-MM-DD, with or without a time');
  const customerId = customerIdOf(cells[index.CustomerID]!.trim());
  if (customerId === undefined) return bad('invalid-customer', `CustomerID has more than ${MAX_CODE} characters`);
  return { row, invoiceNo, stockCode, description, quantity, date, unitPrice, customerId, country };
}

/** Spreadsheets write whole numbers as floats: `17850.0` is customer 17850. */
export function customerIdOf(cell: string): string | undefined {
  if (cell.length > MAX_CODE) return undefined;
  return /^\d+\.0+$/.test(cell) ? cell.slice(0, cell.indexOf('.')) : cell;
}
