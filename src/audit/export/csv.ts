/** One row for each event. */
export const CSV_COLUMNS = [
  'at',
  'who',
  'what',
  'recordKind',
  'recordId',
  'recordLabel',
  'permission',
  'role',
  'grantedBy',
  'outcome',
  'correlationId',
  'eventId',
] as const;

/** Spreadsheets take UTF-8 for something else without it; programs have the bundle. */
export const BYTE_ORDER_MARK = '\ufeff';

/** RFC 4180: cells are parted by commas, rows end with CRLF. */
export const csvRow = (cells: readonly string[]): string => `${cells.map(cell).join(',')}\r\n`;

/** What a spreadsheet would work out instead of showing it; some skip spaces and invisible characters before they look. */
const FORMULA = /^[\s\p{Cf}\p{Cc}]*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]/u;
const NEEDS_QUOTES = /[",\r\n]/;

/** No cell starts a formula: an apostrophe before it makes it text. */
function cell(text: string): string {
  const safe = FORMULA.test(text) ? `'${text}` : text;
  return NEEDS_QUOTES.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
