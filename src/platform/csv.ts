/** Spreadsheets take UTF-8 for something else without it. */
export const BYTE_ORDER_MARK = '\ufeff';

/** A number as it is to stand in a cell, digits and all: the one thing that may begin with a minus. */
export class Figure {
  /** @param text a decimal: `-1234.50` */
  constructor(readonly text: string) {
    if (!/^-?\d+(\.\d+)?$/.test(text)) throw new RangeError('A figure is a decimal');
  }
}

export type Cell = string | Figure;

/** RFC 4180: cells are parted by commas, rows end with CRLF. */
export const csvRow = (cells: readonly Cell[]): string => `${cells.map(textOf).join(',')}\r\n`;

/** What a spreadsheet would work out instead of showing it; some skip spaces and invisible characters before they look. */
const FORMULA = /^[\s\p{Cf}\p{Cc}]*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]/u;
const NEEDS_QUOTES = /[",\r\n]/;

/** No text starts a formula: an apostrophe before it makes it text. */
function textOf(cell: Cell): string {
  if (cell instanceof Figure) return cell.text;
  const safe = FORMULA.test(cell) ? `'${cell}` : cell;
  return NEEDS_QUOTES.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
