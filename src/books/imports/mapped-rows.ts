import { isPlainDate } from '../../kernel/dates.js';
import { canonicalDecimal } from '../../kernel/money.js';
import { foldedName } from '../../kernel/names.js';
import { type ColumnField, type Columns, columnsIn, type Mapping, valuesIn } from './columns.js';
import type { RowErrorCode } from './import.js';
import {
  type BadRow,
  COLUMNS,
  type CustomerCells,
  customerIdOf,
  DATE_TIME,
  MAX_CODE,
  MAX_TEXT,
  NO_TEXT,
  type Row,
} from './rows.js';

const REQUIRED = ['InvoiceNo', 'InvoiceDate', 'UnitPrice'];

/** What the columns of a file of invoices can hold where it has columns of its own. */
export const DOCUMENT_FIELDS: readonly ColumnField[] = [
  ...COLUMNS,
  'CustomerName',
  'CustomerEmail',
  'DueDate',
  'VatRate',
  'AccountCode',
].map((name) => ({ name, required: REQUIRED.includes(name) }));

const MAX_NUMBER = 60;
const MAX_NAME = 200;
const MAX_ACCOUNT = 20;
const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;
const PERCENT = /^(\d{1,3}(?:\.\d{1,2})?) ?%$/;

/** Reads the rows of such a file. A number is any text; that of a credit note is C and digits, as ever. */
export class MappedRows {
  private columns: Columns | undefined;

  constructor(private readonly mapping: Mapping) {}

  begin(cells: readonly string[]): string | undefined {
    const columns = columnsIn(cells, DOCUMENT_FIELDS, this.mapping);
    if ('problem' in columns) return columns.problem;
    this.columns = columns;
    return undefined;
  }

  row(row: number, cells: readonly string[]): Row | BadRow {
    const { columns } = this;
    if (columns === undefined) throw new Error('A row came before the first line');
    const values = valuesIn(cells, columns);
    const invoiceNo = values.get('InvoiceNo') ?? '';
    if (invoiceNo === '' || invoiceNo.length > MAX_NUMBER || !isLine(invoiceNo)) {
      const detail = `InvoiceNo must be a text of one line, of at most ${MAX_NUMBER} characters`;
      return { row, code: 'unknown-document-kind', detail };
    }
    const bad = (code: RowErrorCode, detail: string): BadRow => ({ row, invoiceNo, code, detail });
    if (cells.length !== columns.width)
      return bad('malformed-row', `The row has ${cells.length} cells, the first line has ${columns.width}`);
    if (cells.some((cell) => NO_TEXT.test(cell) || !cell.isWellFormed()))
      return bad('invalid-text', 'The row has control characters or bytes that are not UTF-8');
    const problem = problemIn(values);
    if (problem !== undefined) return bad(...problem);
    return rowOf(row, invoiceNo, values);
  }
}

type Values = ReadonlyMap<string, string>;

function problemIn(values: Values): readonly [RowErrorCode, string] | undefined {
  for (const [name, max] of [
    ['Description', MAX_TEXT],
    ['StockCode', MAX_CODE],
    ['Country', MAX_CODE],
    ['AccountCode', MAX_ACCOUNT],
  ] as const) {
    if ((values.get(name) ?? '').length > max) return ['invalid-text', `${name} has more than ${max} characters`];
  }
  if (!values.has('Description') && !values.has('StockCode'))
    return ['invalid-text', 'Description or StockCode must be given'];
  const { reference, email, name } = customerIn(values);
  if ((reference ?? '').length > MAX_CODE)
    return ['invalid-customer', `CustomerID has more than ${MAX_CODE} characters`];
  if ((name ?? '').length > MAX_NAME || !isLine(name ?? ''))
    return ['invalid-customer', `CustomerName must be one line of at most ${MAX_NAME} characters`];
  if (email !== undefined && (email.length > 254 || !EMAIL.test(email)))
    return ['invalid-customer', 'CustomerEmail must be an email address'];
  if (quantityIn(values) === undefined) return ['invalid-quantity', 'Quantity must be a decimal of up to 6 places'];
  if (canonicalDecimal(values.get('UnitPrice')) === undefined)
    return ['invalid-price', 'UnitPrice must be a decimal of up to 6 places'];
  for (const field of ['InvoiceDate', 'DueDate']) {
    if (values.has(field) ? dateIn(values, field) === undefined : field === 'InvoiceDate')
      return ['invalid-date', `${field} must be YYYY-MM-DD, with or without a time`];
  }
  if (values.has('VatRate') && vatRateIn(values) === undefined)
    return ['invalid-field', 'VatRate must be percent (20%) or basis points (2000), up to 100 %'];
  return undefined;
}

/** Of values without a problem. */
function rowOf(row: number, invoiceNo: string, values: Values): Row {
  const customer = customerIn(values);
  const { reference, email, name } = customer;
  const [vatRate, accountCode, dueDate] = [vatRateIn(values), values.get('AccountCode'), dateIn(values, 'DueDate')];
  // Tells apart whom the rows of a document are for.
  const key = [
    reference ?? '',
    email === undefined ? '' : foldedName(email),
    name === undefined ? '' : foldedName(name),
  ];
  return {
    row,
    invoiceNo,
    stockCode: values.get('StockCode') ?? '',
    description: values.get('Description') ?? '',
    quantity: quantityIn(values)!,
    date: dateIn(values, 'InvoiceDate')!,
    unitPrice: canonicalDecimal(values.get('UnitPrice'))!,
    customerId: key.every((part) => part === '') ? '' : JSON.stringify(key),
    country: values.get('Country') ?? '',
    ...(Object.keys(customer).length === 0 ? {} : { customer }),
    ...(vatRate === undefined ? {} : { vatRate }),
    ...(accountCode === undefined ? {} : { accountCode }),
    ...(dueDate === undefined ? {} : { dueDate }),
  };
}

function customerIn(values: Values): CustomerCells {
  const [reference, email, name] = [values.get('CustomerID'), values.get('CustomerEmail'), values.get('CustomerName')];
  return {
    ...(reference === undefined ? {} : { reference: customerIdOf(reference) ?? reference }),
    ...(email === undefined ? {} : { email }),
    ...(name === undefined ? {} : { name }),
  };
}

const quantityIn = (values: Values): string | undefined => canonicalDecimal(values.get('Quantity') ?? '1');

function dateIn(values: Values, field: string): string | undefined {
  const date = DATE_TIME.exec(values.get(field) ?? '')?.[1];
  return date !== undefined && isPlainDate(date) ? date : undefined;
}

/** Basis points. */
function vatRateIn(values: Values): number | undefined {
  const text = values.get('VatRate') ?? '';
  const percent = PERCENT.exec(text)?.[1];
  const rate = percent === undefined ? (/^\d{1,5}$/.test(text) ? Number(text) : undefined) : basisPoints(percent);
  return rate !== undefined && rate <= 10_000 ? rate : undefined;
}

function basisPoints(percent: string): number {
  const [whole = '0', fraction = ''] = percent.split('.');
  return Number(whole + fraction.padEnd(2, '0'));
}

/** One line: what is sorted by is written a line each. */
const isLine = (text: string): boolean => !/[\p{Cc}\u2028\u2029]/u.test(text);
