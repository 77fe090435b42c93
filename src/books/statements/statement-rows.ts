import { isPlainDate } from '../../kernel/dates.js';
import type { PlainDate } from '../../kernel/event.js';
import { canonicalDecimal, divideRounded, exponentOf, microsOf, type Minor } from '../../kernel/money.js';
import { foldedName } from '../../kernel/names.js';
import type { LineError, LineErrorCode } from './statement.js';

/** How a bank writes its dates: day, month and year in this order, between any of `/`, `-`, `.` and space. */
export const DATE_FORMATS = ['YYYY-MM-DD', 'DD/MM/YYYY', 'MM/DD/YYYY', 'DD/MM/YY', 'DD MMM YYYY', 'YYYYMMDD'] as const;
export type DateFormat = (typeof DATE_FORMATS)[number];

/** Which columns of a file say what: names as its first line has them. */
export interface ColumnMapping {
  readonly date: string;
  readonly description: string;
  /** Signed: money in is positive. */
  readonly amount?: string | undefined;
  /** In place of `amount`: two columns without signs. */
  readonly in?: string | undefined;
  readonly out?: string | undefined;
  readonly payee?: string | undefined;
  /** What the bank calls the line, one name for each. */
  readonly id?: string | undefined;
  readonly dateFormat: DateFormat;
  readonly decimal: '.' | ',';
}

/** A row that is right by itself. */
export interface StatementLine {
  readonly row: number;
  readonly date: PlainDate;
  readonly amount: Minor;
  readonly description: string;
  readonly payee?: string;
  readonly bankReference?: string;
}

export interface StatementRows {
  readonly lines: readonly StatementLine[];
  readonly errors: readonly LineError[];
}

const MAX_TEXT = 500;
const MAX_PAYEE = 200;
const MAX_ID = 200;

/** Control characters but tab and line breaks, which spreadsheets put into cells; the mark of bytes of another encoding. */
// eslint-disable-next-line no-control-regex -- just those are looked for
const NO_TEXT = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\ufffd]/;

type Column = 'date' | 'description' | 'amount' | 'in' | 'out' | 'payee' | 'id';
const COLUMNS: readonly Column[] = ['date', 'description', 'amount', 'in', 'out', 'payee', 'id'];

type Places = Readonly<Partial<Record<Column, number>>>;

/** Where the mapped columns stand, or the names of those that the first line lacks, or has twice. */
export function placesIn(
  header: readonly string[],
  mapping: ColumnMapping,
): Places | { readonly wrong: readonly string[] } {
  const names = header.map((cell) => cell.trim());
  const mapped = COLUMNS.flatMap((column) => {
    const name = mapping[column];
    return name === undefined ? [] : [[column, name.trim()] as const];
  });
  const wrong = mapped.filter(([, name]) => names.filter((one) => one === name).length !== 1).map(([, name]) => name);
  if (wrong.length > 0) return { wrong };
  return Object.fromEntries(mapped.map(([column, name]) => [column, names.indexOf(name)]));
}

/** The rows of data of a file, each right or wrong by itself; and an id of the bank's that two of them have is wrong. */
export function readRows(
  records: readonly (readonly string[])[],
  width: number,
  places: Places,
  mapping: ColumnMapping,
  currency: string,
): StatementRows {
  const lines: StatementLine[] = [];
  const errors: LineError[] = [];
  const ids = new Set<string>();
  for (const [index, cells] of records.entries()) {
    const line = readRow(index + 1, cells, width, places, mapping, currency);
    if ('code' in line) errors.push(line);
    else if (line.bankReference !== undefined && ids.has(line.bankReference))
      errors.push({ row: line.row, code: 'repeated-id', detail: 'Another row of the file has the same id' });
    else {
      if (line.bankReference !== undefined) ids.add(line.bankReference);
      lines.push(line);
    }
  }
  return { lines, errors };
}

function readRow(
  row: number,
  cells: readonly string[],
  width: number,
  places: Places,
  mapping: ColumnMapping,
  currency: string,
): StatementLine | LineError {
  const bad = (code: LineErrorCode, detail: string): LineError => ({ row, code, detail });
  if (cells.length !== width)
    return bad('malformed-row', `The row has ${cells.length} cells, the first line has ${width}`);
  if (cells.some((cell) => NO_TEXT.test(cell) || !cell.isWellFormed()))
    return bad('invalid-text', 'The row has control characters or bytes of another encoding');
  const cell = (column: Column): string => (places[column] === undefined ? '' : cells[places[column]]!.trim());
  const date = readDate(cell('date'), mapping.dateFormat);
  if (date === undefined)
    return bad('invalid-date', `The date must be a day of the calendar, as ${mapping.dateFormat}`);
  const description = oneLine(cell('description'));
  if (description === '') return bad('missing-description', 'The description must be given');
  const [payee, bankReference] = [oneLine(cell('payee')), cell('id')];
  if (description.length > MAX_TEXT || payee.length > MAX_PAYEE || bankReference.length > MAX_ID)
    return bad('invalid-text', 'A text of the row is too long');
  const amount = amountOf(cell, places, mapping, currency);
  if (amount === undefined) return bad('invalid-amount', 'The row must have one amount, in figures');
  if (amount === 0) return bad('zero-amount', 'A row of nothing is no transaction');
  return {
    row,
    date,
    amount,
    description,
    ...(payee === '' ? {} : { payee }),
    ...(bankReference === '' ? {} : { bankReference }),
  };
}

const oneLine = (text: string): string => text.replace(/\s+/gu, ' ').trim();

function amountOf(
  cell: (column: Column) => string,
  places: Places,
  { decimal }: ColumnMapping,
  currency: string,
): Minor | undefined {
  if (places.amount !== undefined) return readAmount(cell('amount'), decimal, currency);
  const [paidIn, paidOut] = (['in', 'out'] as const).map((column) =>
    cell(column) === '' ? 0 : readAmount(cell(column), decimal, currency),
  );
  if (paidIn === undefined || paidOut === undefined) return undefined;
  if (cell('in') === '' && cell('out') === '') return undefined;
  // Some banks write 0.00 into the column that does not apply, and some a sign into both.
  return paidIn !== 0 && paidOut !== 0 ? undefined : Math.abs(paidIn) - Math.abs(paidOut);
}

/** Figures as banks write them: `1,234.56`, `-12.50`, `12.50-`, `(12.50)`, `£12.50`; exact, or undefined. */
export function readAmount(text: string, decimal: '.' | ',', currency: string): Minor | undefined {
  const [thousands, point] = decimal === '.' ? [',', '.'] : ['.', ','];
  const parts = /^(\(?)([-+]?)\s*[£$€]?\s*([-+]?)([\d.,' \u00a0\u202f]+?)\s*([-+]?)(\)?)$/u.exec(text);
  if (parts === null || (parts[1] === '(') !== (parts[6] === ')')) return undefined;
  const signs = [parts[2], parts[3], parts[5]].filter((sign) => sign !== '');
  if (signs.length > 1 || (signs.length === 1 && parts[1] === '(')) return undefined;
  const [whole = '', fraction, ...more] = parts[4]!.split(point);
  const grouped = whole.replace(/[' \u00a0\u202f]/gu, thousands);
  const isGrouped = /^\d{1,3}(?:[.,]\d{3})+$/.test(grouped) && !grouped.includes(point);
  if (more.length > 0 || !(isGrouped || /^\d+$/.test(grouped))) return undefined;
  const digits = grouped.replaceAll(thousands, '');
  const canonical = canonicalDecimal(fraction === undefined ? digits : `${digits}.${fraction}`);
  if (canonical === undefined) return undefined;
  const scaled = microsOf(canonical) * 10n ** BigInt(exponentOf(currency));
  if (scaled % 1_000_000n !== 0n) return undefined;
  const amount = Number(divideRounded(scaled, 1_000_000n));
  if (!Number.isSafeInteger(amount)) return undefined;
  return amount !== 0 && (signs[0] === '-' || parts[1] === '(') ? -amount : amount;
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/** A day of the calendar, whatever stands between its parts; a time behind it is left out. */
export function readDate(text: string, format: DateFormat): PlainDate | undefined {
  const parts =
    format === 'YYYYMMDD'
      ? /^(\d{4})(\d{2})(\d{2})$/.exec(text)
      : /^(\w+)[-/. ](\w+)[-/. ](\w+)(?:[T ,]+\d{1,2}:\d{2}.*)?$/.exec(text);
  if (parts === null) return undefined;
  const [a, b, c] = [parts[1]!, parts[2]!, parts[3]!];
  const [year, month, day] = ((): readonly [string, string, string] => {
    switch (format) {
      case 'YYYYMMDD':
      case 'YYYY-MM-DD':
        return [a, b, c];
      case 'MM/DD/YYYY':
        return [c, a, b];
      case 'DD/MM/YYYY':
        return [c, b, a];
      case 'DD/MM/YY':
        return [`20${c}`, b, a];
      case 'DD MMM YYYY':
        return [c, String(MONTHS.indexOf(b.slice(0, 3).toLowerCase()) + 1), a];
    }
  })();
  const date = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
  return isPlainDate(date) ? date : undefined;
}

/**
 * What tells lines apart, as parts of a name: the bank's id; without one, the day, the amount, the text and which of the
 * lines of a day with all of these it is, counted as they stand in the file. So a file that overlaps with another one brings
 * only what that one had not, also where two lines of a day look the same.
 */
export function namesOf(lines: readonly StatementLine[]): readonly (readonly string[])[] {
  const seen = new Map<string, number>();
  return lines.map(({ date, amount, description, bankReference }) => {
    if (bankReference !== undefined) return ['id', bankReference];
    const parts = [date, String(amount), foldedName(description)];
    const name = JSON.stringify(parts);
    const nth = (seen.get(name) ?? 0) + 1;
    seen.set(name, nth);
    return ['line', ...parts, String(nth)];
  });
}
